//! The records in which events cross the border, many at a time.
//!
//! A batch is a buffer of Java's: 48-byte records from its beginning, and payloads behind the place of the last possible
//! record. `io.polydubbo.internal.Batch` reads it, native byte order:
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u16 | kind |
//! | 2 | u16 | flags |
//! | 4 | u32 | length of the payload |
//! | 8 | u64 | owner |
//! | 16 | u64 | connection |
//! | 24 | u64 | token |
//! | 32 | u64 | payload: offset in this buffer if it is inline, else the number for `QueueNative.take` |
//! | 40 | u64 | aux |

use bytes::Bytes;

use crate::handles::Handles;

/// Bytes of a record.
pub(crate) const RECORD: usize = 48;
/// Payloads up to this size travel in the batch, if there is room.
const INLINE: usize = 16 * 1024;
/// Flag: the payload is in the batch.
const FLAG_INLINE: u16 = 1;
/// Flag: the payload waits on this side until Java takes it.
const FLAG_KEPT: u16 = 2;

/// Payloads that did not travel in their batch.
pub(crate) static PAYLOADS: Handles<Bytes> = Handles::new();

/// What an event says; which of the numbers mean something depends on its kind.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// One of the constants of `io.polydubbo.internal.Kinds`.
    pub(crate) kind: u16,
    /// Flags of the kind's own, from bit 2 on.
    pub(crate) flags: u16,
    /// Which client, server or service of Java's it is for.
    pub(crate) owner: u64,
    /// Which connection it came from.
    pub(crate) connection: u64,
    /// Which request it answers, or which it is.
    pub(crate) token: u64,
    /// An error code, a number of milliseconds, a port.
    pub(crate) aux: u64,
    /// Bytes that belong to it.
    pub(crate) payload: Bytes,
}

/// True when a payload travels in its batch, if there is room.
pub(crate) fn is_inline(payload: &[u8]) -> bool {
    payload.len() <= INLINE
}

/// An event that can cross the border.
pub(crate) trait Event: Send + 'static {
    /// The record that tells it.
    fn into_record(self) -> Record;
}

/// A buffer that is being filled.
pub(crate) struct Batch<'a> {
    buffer: &'a mut [u8],
    count: usize,
    payload_end: usize,
}

impl<'a> Batch<'a> {
    /// Fills `buffer` with at most `max_records` records; fewer if the buffer is small.
    pub(crate) fn new(buffer: &'a mut [u8], max_records: usize) -> (Self, usize) {
        let max_records = max_records.min(buffer.len() / RECORD);
        (Self { buffer, count: 0, payload_end: max_records * RECORD }, max_records)
    }

    /// Number of records written.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Appends a record. The caller writes no more than the number that [`Batch::new`] gave.
    pub(crate) fn push(&mut self, record: Record) {
        let Record { kind, mut flags, owner, connection, token, aux, payload } = record;
        let length = payload.len();
        let place = match self.inline(&payload) {
            Some(offset) => {
                flags |= FLAG_INLINE;
                offset as u64
            }
            None => {
                flags |= FLAG_KEPT;
                PAYLOADS.insert(payload) as u64
            }
        };
        let at = self.count * RECORD;
        let slot = &mut self.buffer[at..at + RECORD];
        slot[0..2].copy_from_slice(&kind.to_ne_bytes());
        slot[2..4].copy_from_slice(&flags.to_ne_bytes());
        slot[4..8].copy_from_slice(&(length as u32).to_ne_bytes());
        for (index, number) in [owner, connection, token, place, aux].into_iter().enumerate() {
            slot[8 + index * 8..16 + index * 8].copy_from_slice(&number.to_ne_bytes());
        }
        self.count += 1;
    }

    /// Copies a small payload and gives its offset.
    fn inline(&mut self, payload: &[u8]) -> Option<usize> {
        let (start, end) = (self.payload_end, self.payload_end + payload.len());
        if !is_inline(payload) || end > self.buffer.len() {
            return None;
        }
        self.buffer[start..end].copy_from_slice(payload);
        self.payload_end = end;
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, payload: &[u8]) -> Record {
        Record { kind, token: 7, payload: Bytes::copy_from_slice(payload), ..Record::default() }
    }

    fn u64_at(buffer: &[u8], at: usize) -> u64 {
        u64::from_ne_bytes(buffer[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn small_payloads_lie_behind_the_records_and_others_are_kept() {
        let mut buffer = vec![0; 2 * RECORD + 5];
        let (mut batch, max) = Batch::new(&mut buffer, 2);
        assert_eq!(max, 2);
        batch.push(record(1, b"abc"));
        batch.push(record(2, b"def"));
        assert_eq!(batch.len(), 2);
        assert_eq!(u64_at(&buffer, 32), 96);
        assert_eq!(&buffer[96..99], b"abc");
        assert_eq!(u16::from_ne_bytes([buffer[RECORD + 2], buffer[RECORD + 3]]), FLAG_KEPT);
        let kept = u64_at(&buffer, RECORD + 32) as i64;
        assert_eq!(PAYLOADS.remove(kept).unwrap(), "def");
        assert!(PAYLOADS.remove(kept).is_none());
    }

    #[test]
    fn a_small_buffer_takes_fewer_records() {
        let mut buffer = vec![0; 3 * RECORD - 1];
        assert_eq!(Batch::new(&mut buffer, 100).1, 2);
    }
}
