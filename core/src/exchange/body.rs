//! The body of an outgoing message.

use std::slice;

use bytes::Bytes;

use crate::codec::frame::HESSIAN2;
use crate::codec::pieces::NOTHING;

/// Segments a body can hold without copying: the encoded beginning shared by all calls of a
/// method, the arguments, the attachments of this call, and the shared end.
pub const MAX_SEGMENTS: usize = 4;

/// The body of a request or response as up to four pieces, so that the pieces which are the same
/// for many calls are shared instead of copied.
#[derive(Debug, Clone)]
pub struct Body {
    segments: Segments,
    serialization: u8,
}

/// Most bodies are one piece; those must be cheap to move.
#[derive(Debug, Clone)]
enum Segments {
    None,
    One(Bytes),
    Several(Vec<Bytes>),
}

impl Segments {
    fn as_slice(&self) -> &[Bytes] {
        match self {
            Self::None => &[],
            Self::One(segment) => slice::from_ref(segment),
            Self::Several(segments) => segments,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::new()
    }
}

impl Body {
    /// An empty body in Hessian2.
    #[must_use]
    pub fn new() -> Self {
        Self { segments: Segments::None, serialization: HESSIAN2 }
    }

    /// A body in Hessian2 of these pieces.
    #[must_use]
    pub fn from_segments(segments: impl IntoIterator<Item = Bytes>) -> Self {
        let mut body = Self::new();
        segments.into_iter().for_each(|segment| body.push(segment));
        body
    }

    /// A body that holds one string: what every answer with a status other than OK consists of.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Bytes::from(super::text::encode(text)).into()
    }

    /// Appends a piece. Beyond [`MAX_SEGMENTS`] the last two are joined by a copy.
    pub fn push(&mut self, segment: Bytes) {
        if segment.is_empty() {
            return;
        }
        match &mut self.segments {
            Segments::None => self.segments = Segments::One(segment),
            Segments::One(first) => self.segments = Segments::Several(vec![std::mem::take(first), segment]),
            Segments::Several(segments) if segments.len() < MAX_SEGMENTS => segments.push(segment),
            Segments::Several(segments) => {
                if let Some(last) = segments.last_mut() {
                    *last = [last.as_ref(), segment.as_ref()].concat().into();
                }
            }
        }
    }

    /// The same bytes under another serialization id (5 bits; the frame header carries it).
    #[must_use]
    pub fn with_serialization(mut self, id: u8) -> Self {
        self.serialization = id;
        self
    }

    /// The serialization id of the bytes.
    #[must_use]
    pub const fn serialization(&self) -> u8 {
        self.serialization
    }

    /// The pieces in order, none of them empty.
    #[must_use]
    pub fn segments(&self) -> &[Bytes] {
        self.segments.as_slice()
    }

    /// Bytes of all pieces together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments().iter().map(Bytes::len).sum()
    }

    /// True when there is not a single byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.segments, Segments::None)
    }

    /// The pieces, to be sent now.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let mut segments = [&NOTHING; MAX_SEGMENTS];
        segments.iter_mut().zip(self.segments()).for_each(|(to, from)| *to = from);
        Parts { serialization: self.serialization, ..Parts::new(segments) }
    }
}

/// A body that is sent at once: borrowed, so that sending takes no share in its pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    segments: [&'a Bytes; MAX_SEGMENTS],
    length: usize,
    serialization: u8,
}

impl<'a> Parts<'a> {
    /// A body in Hessian2; empty pieces are nothing.
    pub(crate) fn new(segments: [&'a Bytes; MAX_SEGMENTS]) -> Self {
        let length = segments.iter().map(|segment| segment.len()).sum();
        Self { segments, length, serialization: HESSIAN2 }
    }

    pub(crate) const fn segments(&self) -> &[&'a Bytes; MAX_SEGMENTS] {
        &self.segments
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    pub(crate) const fn serialization(&self) -> u8 {
        self.serialization
    }

    /// The same as a body that can wait.
    pub(crate) fn to_body(self) -> Body {
        Body::from_segments(self.segments.into_iter().cloned()).with_serialization(self.serialization)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let segments = if bytes.is_empty() { Segments::None } else { Segments::One(bytes) };
        Self { segments, serialization: HESSIAN2 }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order_also_when_there_are_too_many() {
        let pieces = ["a", "", "b", "c", "d", "e", "f"].map(|s| Bytes::from_static(s.as_bytes()));
        let body = Body::from_segments(pieces);
        assert_eq!(body.segments().concat(), b"abcdef");
        assert_eq!((body.segments().len(), body.len()), (MAX_SEGMENTS, 6));
    }

    #[test]
    fn a_piece_is_shared_and_not_copied() {
        let piece = Bytes::from(vec![7; 100]);
        let body = Body::from(piece.clone());
        assert_eq!(body.segments()[0].as_ptr(), piece.as_ptr());
    }
}
