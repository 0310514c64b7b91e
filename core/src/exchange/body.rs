//! The body of an outgoing message.

use bytes::Bytes;

use crate::codec::frame::HESSIAN2;

/// Segments a body can hold without copying: the encoded beginning shared by all calls of a
/// method, the arguments, the attachments of this call, and the shared end.
pub const MAX_SEGMENTS: usize = 4;

/// The body of a request or response as up to four pieces, so that the pieces which are the same
/// for many calls are shared instead of copied.
#[derive(Debug, Clone)]
pub struct Body {
    segments: [Bytes; MAX_SEGMENTS],
    used: u8,
    serialization: u8,
}

impl Default for Body {
    fn default() -> Self {
        Self::new()
    }
}

impl Body {
    /// An empty body in Hessian2.
    #[must_use]
    pub const fn new() -> Self {
        Self { segments: [const { Bytes::new() }; MAX_SEGMENTS], used: 0, serialization: HESSIAN2 }
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
        let used = usize::from(self.used);
        if let Some(free) = self.segments.get_mut(used) {
            *free = segment;
            self.used += 1;
            return;
        }
        let last = &mut self.segments[MAX_SEGMENTS - 1];
        *last = [last.as_ref(), segment.as_ref()].concat().into();
    }

    /// The same bytes under another serialization id (5 bits; the frame header carries it).
    #[must_use]
    pub const fn with_serialization(mut self, id: u8) -> Self {
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
        &self.segments[..usize::from(self.used)]
    }

    /// Bytes of all pieces together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments().iter().map(Bytes::len).sum()
    }

    /// True when there is not a single byte.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.used == 0
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let used = u8::from(!bytes.is_empty());
        Self { segments: [bytes, Bytes::new(), Bytes::new(), Bytes::new()], used, serialization: HESSIAN2 }
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
