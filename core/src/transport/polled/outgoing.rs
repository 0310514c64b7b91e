//! Bytes on their way out, and positions in the outgoing stream.

/// What waits to be written, in order.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// What was taken before and could not be written completely.
    rest: Option<Run>,
    waiting: Vec<u8>,
    appended: u64,
    written: u64,
}

/// Bytes that are being written, and how far that has come.
#[derive(Debug)]
pub(super) struct Run {
    bytes: Vec<u8>,
    at: usize,
}

impl Run {
    /// What is left.
    pub(super) fn left(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Notes that more is written.
    pub(super) const fn advance(&mut self, written: usize) {
        self.at += written;
    }
}

impl From<&[u8]> for Run {
    fn from(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), at: 0 }
    }
}

/// Unwritten bytes above which nothing more is accepted.
const CONGESTED: u64 = 64 * 1024 * 1024;
/// Larger buffers are given back as soon as they are empty.
const KEPT: usize = 64 * 1024;

impl Outgoing {
    /// True when so much waits that nothing may be added.
    pub(super) const fn is_congested(&self) -> bool {
        self.appended - self.written > CONGESTED
    }

    /// Counts bytes that the caller will write itself or append; gives the position behind them.
    pub(super) const fn accept(&mut self, length: usize) -> u64 {
        self.appended += length as u64;
        self.appended
    }

    /// Appends bytes that were accepted.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// Takes what is to be written next.
    pub(super) fn take(&mut self) -> Option<Run> {
        if self.rest.is_some() {
            return self.rest.take();
        }
        let has_some = !self.waiting.is_empty();
        has_some.then(|| Run { bytes: std::mem::take(&mut self.waiting), at: 0 })
    }

    /// Puts what could not be written back in front, or its buffer if all was.
    pub(super) fn give_back(&mut self, mut run: Run) {
        if !run.left().is_empty() {
            self.rest = Some(run);
            return;
        }
        run.bytes.clear();
        if self.waiting.capacity() == 0 && run.bytes.capacity() <= KEPT {
            self.waiting = run.bytes;
        }
    }

    /// Notes that more bytes are written.
    pub(super) const fn wrote(&mut self, length: usize) {
        self.written += length as u64;
    }

    /// The position up to which everything is written.
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    /// True when nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.rest.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_when_a_write_falls_short() {
        let mut outgoing = Outgoing::default();
        assert_eq!(outgoing.accept(6), 6);
        outgoing.append(b"abcdef");
        let mut run = outgoing.take().expect("six bytes");
        run.advance(2);
        outgoing.wrote(2);
        outgoing.accept(3);
        outgoing.append(b"ghi");
        outgoing.give_back(run);
        let mut run = outgoing.take().expect("the rest");
        assert_eq!((run.left(), outgoing.written()), (&b"cdef"[..], 2));
        run.advance(4);
        outgoing.give_back(run);
        assert!(!outgoing.is_empty());
        assert_eq!(outgoing.take().expect("what came later").left(), b"ghi");
        assert!(outgoing.take().is_none() && outgoing.is_empty());
    }

    #[test]
    fn too_much_unwritten_is_congestion() {
        let mut outgoing = Outgoing::default();
        outgoing.accept(CONGESTED as usize);
        assert!(!outgoing.is_congested());
        outgoing.accept(1);
        assert!(outgoing.is_congested());
        outgoing.wrote(1);
        assert!(!outgoing.is_congested());
    }

    #[test]
    fn a_large_buffer_is_not_kept() {
        let mut outgoing = Outgoing::default();
        outgoing.append(&vec![0; KEPT + 1]);
        let mut run = outgoing.take().expect("bytes");
        run.advance(KEPT + 1);
        outgoing.give_back(run);
        assert_eq!(outgoing.waiting.capacity(), 0);
    }
}
