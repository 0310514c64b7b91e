//! An encoded body as the pieces of which it consists.

use bytes::Bytes;

/// A piece that is not there.
pub(crate) static NOTHING: Bytes = Bytes::new();

/// The pieces of a request or response, in order. All but one are borrowed from whoever keeps them, so that putting a
/// body together copies nothing and takes no share in anything.
#[derive(Debug)]
pub struct Pieces<'a> {
    /// What stands in front of the values: names and versions, or a flag.
    pub(crate) head: &'a Bytes,
    /// The arguments or the result.
    pub(crate) values: &'a Bytes,
    /// Attachments of this message alone; mostly empty.
    pub(crate) own: Bytes,
    /// The end that many messages share.
    pub(crate) tail: &'a Bytes,
}

impl Pieces<'_> {
    /// The pieces; unused ones are empty.
    #[must_use]
    pub fn all(&self) -> [&Bytes; 4] {
        [self.head, self.values, &self.own, self.tail]
    }

    /// The whole body in one.
    #[must_use]
    pub fn concat(&self) -> Vec<u8> {
        self.all().map(|piece| &piece[..]).concat()
    }
}
