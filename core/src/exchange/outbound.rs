//! Bytes on their way out: small pieces copied into one buffer, large ones queued as they are.

use std::io::IoSlice;

use bytes::Bytes;

use super::body::Parts;
use crate::codec::frame::HEADER_LENGTH;

/// From this size on a piece is cheaper to gather at the write than to copy into the buffer.
pub(crate) const LARGE: usize = 4096;

/// What waits to be written, in order.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    small: Vec<u8>,
    large: Vec<Large>,
}

/// A piece that stands in the stream before byte `at` of the small buffer.
#[derive(Debug)]
struct Large {
    at: usize,
    bytes: Bytes,
}

impl Outbound {
    pub(crate) const fn new() -> Self {
        Self { small: Vec::new(), large: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.is_empty()
    }

    /// Bytes for which memory is held, in the copying buffer.
    pub(crate) fn capacity(&self) -> usize {
        self.small.capacity()
    }

    /// Appends a frame, leaving out its first `skip` bytes, which are written already.
    pub(crate) fn append_from(&mut self, header: &[u8; HEADER_LENGTH], body: &Parts<'_>, skip: usize) {
        if skip == 0 && body.len() < LARGE {
            return self.append_small(header, body);
        }
        self.small.extend_from_slice(header.get(skip..).unwrap_or_default());
        let mut skip = skip.saturating_sub(HEADER_LENGTH);
        for segment in body.segments() {
            let skipped = skip.min(segment.len());
            skip -= skipped;
            match segment.len() - skipped {
                0 => {}
                LARGE.. => self.large.push(Large { at: self.small.len(), bytes: segment.slice(skipped..) }),
                _ => self.small.extend_from_slice(&segment[skipped..]),
            }
        }
    }

    /// Appends a whole frame without large pieces: by far the most frequent case.
    fn append_small(&mut self, header: &[u8; HEADER_LENGTH], body: &Parts<'_>) {
        self.small.reserve(HEADER_LENGTH + body.len());
        self.small.extend_from_slice(header);
        body.segments().iter().for_each(|segment| self.small.extend_from_slice(segment));
    }

    /// Appends a whole frame whose body is one small piece.
    pub(crate) fn append_slice(&mut self, header: &[u8; HEADER_LENGTH], body: &[u8]) {
        self.small.reserve(HEADER_LENGTH + body.len());
        self.small.extend_from_slice(header);
        self.small.extend_from_slice(body);
    }

    /// Moves everything that stands in `other` behind what stands here, and returns its length. Buffers change hands
    /// when there is nothing here.
    pub(crate) fn append_all(&mut self, other: &mut Self) -> usize {
        let length = other.small.len() + other.large.iter().map(|large| large.bytes.len()).sum::<usize>();
        if self.is_empty() {
            std::mem::swap(self, other);
            return length;
        }
        let before = self.small.len();
        self.small.append(&mut other.small);
        self.large.extend(other.large.drain(..).map(|large| Large { at: before + large.at, ..large }));
        length
    }

    /// Drops what stands here, and the buffer when it holds more than `kept` bytes.
    pub(crate) fn clear(&mut self, kept: usize) {
        self.small.clear();
        self.large.clear();
        if self.small.capacity() > kept {
            self.small = Vec::new();
        }
    }

    /// Appends bytes that are not a frame: the answer to a telnet line.
    pub(crate) fn append_raw(&mut self, bytes: &[u8]) {
        self.small.extend_from_slice(bytes);
    }

    /// Hands everything over to be written; `writing` must be done with what it had.
    pub(crate) fn take(&mut self, writing: &mut Writing) {
        debug_assert!(writing.is_done());
        writing.reset();
        std::mem::swap(&mut self.small, &mut writing.queue.small);
        std::mem::swap(&mut self.large, &mut writing.queue.large);
    }

    /// Takes the buffer that was just written to fill it again: it is still in the caches of this core, and as long as
    /// nobody appends during a write there is need for one only.
    pub(crate) fn reuse(&mut self, writing: &mut Writing) {
        debug_assert!(self.is_empty() && writing.is_done());
        writing.reset();
        if writing.queue.capacity() > 0 {
            std::mem::swap(&mut self.small, &mut writing.queue.small);
        }
    }

    /// Gives memory back.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }
}

/// Most slices handed to one vectored write.
pub(crate) const MAX_SLICES: usize = 32;

/// A part of the stream that is being written, and how far that has come.
#[derive(Debug, Default)]
pub(crate) struct Writing {
    queue: Outbound,
    /// Bytes of the small buffer that are written.
    small_at: usize,
    /// Large pieces that are written.
    large_at: usize,
    /// Bytes of the current large piece that are written.
    inside: usize,
}

impl Writing {
    pub(crate) fn is_done(&self) -> bool {
        self.small_at == self.queue.small.len() && self.large_at == self.queue.large.len()
    }

    /// The one slice that is left, unless there are several.
    pub(crate) fn single(&self) -> Option<&[u8]> {
        (self.large_at == self.queue.large.len()).then(|| &self.queue.small[self.small_at..])
    }

    /// Lists what is left, as much as fits; returns the number of slices.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; MAX_SLICES]) -> usize {
        let mut count = 0;
        let mut push = |bytes: &'a [u8]| {
            if !bytes.is_empty() && count < MAX_SLICES {
                slices[count] = IoSlice::new(bytes);
                count += 1;
            }
        };
        let (mut small_at, mut inside) = (self.small_at, self.inside);
        for large in self.queue.large[self.large_at..].iter().take(MAX_SLICES) {
            push(&self.queue.small[small_at..large.at]);
            push(&large.bytes[inside..]);
            (small_at, inside) = (large.at, 0);
        }
        let all_listed = self.queue.large.len() - self.large_at <= MAX_SLICES;
        if all_listed {
            push(&self.queue.small[small_at..]);
        }
        count
    }

    /// Notes that `written` more bytes are out.
    pub(crate) fn advance(&mut self, mut written: usize) {
        while let Some(large) = self.queue.large.get(self.large_at) {
            let small = written.min(large.at - self.small_at);
            self.small_at += small;
            written -= small;
            let of_large = written.min(large.bytes.len() - self.inside);
            self.inside += of_large;
            written -= of_large;
            if self.small_at < large.at || self.inside < large.bytes.len() {
                return;
            }
            (self.large_at, self.inside) = (self.large_at + 1, 0);
        }
        self.small_at = (self.small_at + written).min(self.queue.small.len());
    }

    fn reset(&mut self) {
        self.queue.small.clear();
        self.queue.large.clear();
        (self.small_at, self.large_at, self.inside) = (0, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Body;

    fn write_all(outbound: &mut Outbound, step: usize) -> Vec<u8> {
        let mut writing = Writing::default();
        outbound.take(&mut writing);
        let mut written = Vec::new();
        while !writing.is_done() {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let count = writing.slices(&mut slices);
            let all: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect();
            let now = step.min(all.len());
            assert!(now > 0, "something is listed while not done");
            written.extend_from_slice(&all[..now]);
            writing.advance(now);
        }
        written
    }

    fn body(sizes: &[usize]) -> Body {
        let segment = |(index, &size): (usize, &usize)| Bytes::from(vec![index as u8 + 1; size]);
        Body::from_segments(sizes.iter().enumerate().map(segment))
    }

    #[test]
    fn order_is_kept_between_copied_and_gathered_pieces_at_any_write_size() {
        for step in [1, 7, 4096, 5000, usize::MAX] {
            let mut outbound = Outbound::default();
            let mut want = Vec::new();
            let frames: &[&[usize]] = if step == 1 {
                &[&[3], &[10, 5000, 20]]
            } else {
                &[&[3], &[10, 5000, 20], &[4096, 4096], &[], &[9000], &[1; 4]]
            };
            for (index, sizes) in frames.iter().enumerate() {
                let header = [0xF0 + index as u8; HEADER_LENGTH];
                let body = body(sizes);
                outbound.append_from(&header, &body.parts(), 0);
                want.extend_from_slice(&header);
                want.extend_from_slice(&body.segments().concat());
            }
            assert_eq!(write_all(&mut outbound, step), want, "step {step}");
        }
    }

    #[test]
    fn more_large_pieces_than_slices_are_written_in_several_turns() {
        let mut outbound = Outbound::default();
        let mut want = Vec::new();
        for index in 0..100u8 {
            let header = [index; HEADER_LENGTH];
            let body = Body::from(vec![index; LARGE]);
            outbound.append_from(&header, &body.parts(), 0);
            want.extend_from_slice(&header);
            want.extend_from_slice(&body.segments().concat());
        }
        outbound.append_raw(b"end");
        want.extend_from_slice(b"end");
        assert_eq!(write_all(&mut outbound, usize::MAX), want);
    }

    #[test]
    fn what_is_moved_behind_other_frames_keeps_its_order() {
        let whole: &[&[usize]] = &[&[3], &[10, 5000, 20], &[9000], &[1; 4]];
        for split in 0..=whole.len() {
            let (mut first, mut second) = (Outbound::default(), Outbound::default());
            let (mut want, mut behind) = (Vec::new(), 0);
            for (index, sizes) in whole.iter().enumerate() {
                if index == split {
                    behind = want.len();
                }
                let (header, body) = ([0xF0 + index as u8; HEADER_LENGTH], body(sizes));
                let outbound = if index < split { &mut first } else { &mut second };
                outbound.append_from(&header, &body.parts(), 0);
                want.extend_from_slice(&header);
                want.extend_from_slice(&body.segments().concat());
            }
            if split == whole.len() {
                behind = want.len();
            }
            second.append_slice(&[9; HEADER_LENGTH], b"end");
            want.extend_from_slice(&[9; HEADER_LENGTH]);
            want.extend_from_slice(b"end");
            assert_eq!(first.append_all(&mut second), want.len() - behind, "split {split}");
            assert!(second.is_empty());
            assert_eq!(write_all(&mut first, 777), want, "split {split}");
        }
    }

    #[test]
    fn one_buffer_serves_as_long_as_nothing_is_appended_during_a_write() {
        let (mut outbound, mut writing) = (Outbound::default(), Writing::default());
        let buffers = (0..3).map(|round: u8| {
            outbound.append_raw(&[round; 100]);
            outbound.take(&mut writing);
            let written = writing.single().expect("no large pieces").to_vec();
            assert_eq!(written, [round; 100]);
            writing.advance(written.len());
            outbound.reuse(&mut writing);
            assert!(outbound.is_empty() && writing.is_done());
            (outbound.small.as_ptr(), writing.queue.capacity())
        });
        let buffers: Vec<_> = buffers.collect();
        assert!(buffers.iter().all(|buffer| *buffer == (buffers[0].0, 0)), "{buffers:?}");
    }

    #[test]
    fn the_written_beginning_of_a_frame_is_left_out() {
        let header = [0xFF; HEADER_LENGTH];
        let body = body(&[3, 5000, 3]);
        let all = [&header[..], &body.segments().concat()].concat();
        for skip in [0, 1, 16, 17, 19, 20, 1000, 4019, 5019, 5021, 5022] {
            let mut outbound = Outbound::default();
            outbound.append_from(&header, &body.parts(), skip);
            assert_eq!(write_all(&mut outbound, 600), all[skip..], "skip {skip}");
        }
    }
}
