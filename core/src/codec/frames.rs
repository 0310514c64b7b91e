//! Cuts a stream into runs of whole frames without looking into them, for a host that decodes frames itself.
//!
//! A pure state machine over bytes. It keeps only what a frame cut in half leaves behind, and memory grows with the bytes
//! that arrive, never with the length that a header announces.

use bytes::Bytes;

use super::frame::{self, Decoded, HEADER_LENGTH};

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// One or more whole frames.
    Frames(Bytes),
    /// The header of a frame whose body is longer than allowed; the body is skipped.
    Truncated(Bytes),
    /// Bytes of a stream that has left the framing: a telnet user, or garbage. Everything that follows is of this kind.
    Raw(Bytes),
}

impl Piece {
    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Frames(bytes) | Self::Truncated(bytes) | Self::Raw(bytes) => bytes.len(),
        }
    }

    /// True when there is not a single byte; never so for what a [`FrameCutter`] gives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The longest bodies that are accepted, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Of requests and their events.
    pub request: u32,
    /// Of responses.
    pub response: u32,
}

impl Default for BodyLimits {
    /// Dubbo's default for both.
    fn default() -> Self {
        Self { request: frame::DEFAULT_PAYLOAD, response: frame::DEFAULT_PAYLOAD }
    }
}

/// A header whose length is negative: the stream cannot be followed any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NegativeLength(pub i32);

impl std::fmt::Display for NegativeLength {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a frame of length {}", self.0)
    }
}

/// The state between two reads of one connection.
#[derive(Debug, Default)]
pub struct FrameCutter {
    limits: BodyLimits,
    /// The beginning of a frame, of which [`Self::missing`] bytes are still to come.
    partial: Vec<u8>,
    /// 0 while not even the header is complete.
    missing: usize,
    /// Bytes of an over-long body still to be skipped.
    skip: usize,
    is_raw: bool,
}

impl FrameCutter {
    /// A cutter at the beginning of a stream.
    #[must_use]
    pub fn new(limits: BodyLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes the next bytes of the stream and appends the pieces that they complete.
    ///
    /// # Errors
    /// [`NegativeLength`]; what came before it is in `pieces`.
    pub fn consume(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) -> Result<(), NegativeLength> {
        let bytes = self.skipped(bytes);
        let mut rest = self.fill(bytes, pieces);
        if self.missing > 0 || self.is_raw || rest.is_empty() {
            self.raw(rest, pieces);
            return Ok(());
        }
        let joined;
        if !self.partial.is_empty() {
            // Less than a header: joining it with what follows costs nothing worth mentioning.
            joined = [&std::mem::take(&mut self.partial), rest].concat();
            rest = &joined;
        }
        self.cut(rest, pieces)
    }

    /// Memory held while nothing is read, in bytes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.partial.capacity()
    }

    fn skipped<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        &bytes[skipped..]
    }

    /// Moves bytes into the frame that has begun, if there is one.
    fn fill<'a>(&mut self, bytes: &'a [u8], pieces: &mut Vec<Piece>) -> &'a [u8] {
        if self.missing == 0 {
            return bytes;
        }
        let (head, tail) = bytes.split_at(self.missing.min(bytes.len()));
        self.partial.extend_from_slice(head);
        self.missing -= head.len();
        if self.missing == 0 {
            pieces.push(Piece::Frames(std::mem::take(&mut self.partial).into()));
        }
        tail
    }

    fn raw(&self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        if self.is_raw && !bytes.is_empty() {
            pieces.push(Piece::Raw(Bytes::copy_from_slice(bytes)));
        }
    }

    /// Cuts bytes that begin where a frame should.
    fn cut(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) -> Result<(), NegativeLength> {
        let (mut begin, mut at) = (0, 0);
        let whole = |from: usize, to: usize, pieces: &mut Vec<Piece>| {
            if from < to {
                pieces.push(Piece::Frames(Bytes::copy_from_slice(&bytes[from..to])));
            }
        };
        loop {
            let rest = &bytes[at..];
            match self.decode(rest) {
                Decoded::Frame(header) => {
                    at += HEADER_LENGTH + header.length as usize;
                    continue;
                }
                Decoded::Overflow(header) => {
                    whole(begin, at, pieces);
                    pieces.push(Piece::Truncated(Bytes::copy_from_slice(&rest[..HEADER_LENGTH])));
                    self.skip = header.length as usize;
                    at = bytes.len() - self.skipped(&rest[HEADER_LENGTH..]).len();
                    begin = at;
                    continue;
                }
                Decoded::Need(_) => {
                    whole(begin, at, pieces);
                    self.partial = rest.to_vec();
                }
                Decoded::Partial(header) => {
                    whole(begin, at, pieces);
                    self.partial = rest.to_vec();
                    self.missing = HEADER_LENGTH + header.length as usize - rest.len();
                }
                Decoded::Garbage(_) => {
                    whole(begin, at, pieces);
                    self.is_raw = true;
                    self.raw(rest, pieces);
                }
                Decoded::BadLength(length) => {
                    whole(begin, at, pieces);
                    return Err(NegativeLength(length));
                }
            }
            return Ok(());
        }
    }

    fn decode(&self, bytes: &[u8]) -> Decoded {
        if bytes.is_empty() {
            return Decoded::Need(HEADER_LENGTH);
        }
        let is_request = bytes.get(2).is_some_and(|flags| flags & frame::flag::REQUEST != 0);
        frame::decode(bytes, if is_request { self.limits.request } else { self.limits.response })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::frame::{FrameHeader, HESSIAN2, UNLIMITED_PAYLOAD, status};

    const LIMITS: BodyLimits = BodyLimits { request: 100, response: 50 };

    fn request(length: usize) -> Vec<u8> {
        let header = FrameHeader::request(length as i64, HESSIAN2, true, length as u32);
        [&header.encode()[..], &vec![7; length]].concat()
    }

    fn response(length: usize) -> Vec<u8> {
        let header = FrameHeader::response(length as i64, HESSIAN2, status::OK, length as u32);
        [&header.encode()[..], &vec![8; length]].concat()
    }

    fn frames(bytes: &[u8]) -> Piece {
        Piece::Frames(Bytes::copy_from_slice(bytes))
    }

    fn cut(cutter: &mut FrameCutter, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        cutter.consume(bytes, &mut pieces).expect("no negative length");
        pieces
    }

    /// Everything that was let through, with the kinds joined.
    fn joined(pieces: &[Piece]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let mut kinds = (Vec::new(), Vec::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Frames(bytes) => kinds.0.extend_from_slice(bytes),
                Piece::Truncated(bytes) => kinds.1.extend_from_slice(bytes),
                Piece::Raw(bytes) => kinds.2.extend_from_slice(bytes),
            }
        }
        kinds
    }

    #[test]
    fn frames_of_one_read_come_as_one_piece_and_the_rest_waits() {
        let (a, b, c) = (request(10), response(50), request(0));
        let mut cutter = FrameCutter::new(LIMITS);
        let read = [&a[..], &b, &c[..15]].concat();
        assert_eq!(cut(&mut cutter, &read), [frames(&[&a[..], &b].concat())]);
        assert_eq!(cut(&mut cutter, &[]), []);
        assert_eq!(cut(&mut cutter, &c[15..]), [frames(&c)]);
        assert_eq!(cutter.held(), 0, "an idle connection holds no memory");
    }

    #[test]
    fn a_stream_may_be_cut_anywhere() {
        let stream = [request(10), response(0), request(101), response(51), request(100), b"ls\r\n".to_vec()];
        let stream = stream.concat();
        let mut whole = FrameCutter::new(LIMITS);
        let want = joined(&cut(&mut whole, &stream));
        assert_eq!(want.0, [request(10), response(0), request(100)].concat());
        assert_eq!(want.1, [&request(101)[..16], &response(51)[..16]].concat());
        assert_eq!(want.2, b"ls\r\n");
        for step in 1..stream.len() {
            let mut cutter = FrameCutter::new(LIMITS);
            let pieces: Vec<_> = stream.chunks(step).flat_map(|part| cut(&mut cutter, part)).collect();
            assert_eq!(joined(&pieces), want, "in steps of {step}");
        }
    }

    #[test]
    fn each_direction_has_a_limit_of_its_own_and_a_skipped_body_costs_no_memory() {
        let mut cutter = FrameCutter::new(LIMITS);
        let long = response(1000);
        let header = Piece::Truncated(Bytes::copy_from_slice(&long[..16]));
        assert_eq!(cut(&mut cutter, &long[..20]), [header]);
        for part in long[20..].chunks(100) {
            assert_eq!(cut(&mut cutter, part), []);
            assert_eq!(cutter.held(), 0);
        }
        assert_eq!(cut(&mut cutter, &request(100)), [frames(&request(100))]);
    }

    #[test]
    fn an_announced_length_reserves_nothing() {
        let limits = BodyLimits { request: UNLIMITED_PAYLOAD, ..LIMITS };
        let mut cutter = FrameCutter::new(limits);
        let header = FrameHeader::request(1, HESSIAN2, true, i32::MAX as u32);
        assert_eq!(cut(&mut cutter, &header.encode()), []);
        assert_eq!(cut(&mut cutter, &[0; 1000]), []);
        assert!(cutter.held() < 4096, "{}", cutter.held());
    }

    #[test]
    fn what_does_not_begin_with_the_magic_is_raw_from_then_on() {
        for first in [&b"ls\r\n"[..], b"\xDA\xBC", b"\x00"] {
            let mut cutter = FrameCutter::new(LIMITS);
            assert_eq!(cut(&mut cutter, first), [Piece::Raw(Bytes::copy_from_slice(first))]);
            assert_eq!(cut(&mut cutter, &request(1)), [Piece::Raw(request(1).into())]);
        }
        let mut cutter = FrameCutter::new(LIMITS);
        assert_eq!(cut(&mut cutter, b"\xDA"), [], "half of a magic");
        assert_eq!(cut(&mut cutter, b"\xDA"), [Piece::Raw(Bytes::from_static(b"\xDA\xDA"))]);
    }

    #[test]
    fn a_negative_length_ends_the_stream_behind_the_frames_before_it() {
        let mut bad = FrameHeader::request(7, HESSIAN2, true, 0).encode();
        bad[12..].copy_from_slice(&(-1i32).to_be_bytes());
        let mut pieces = Vec::new();
        let read = [&request(3)[..], &bad].concat();
        let result = FrameCutter::new(LIMITS).consume(&read, &mut pieces);
        assert_eq!(result, Err(NegativeLength(-1)));
        assert_eq!(pieces, [frames(&request(3))]);
    }
}
