//! The small structures that cross the border as one array: numbers in native order, texts and bytes behind their length.
//!
//! `io.polydubbo.internal.Packer` and `Unpacker` are the other side.

use polydubbo::api::{Error, ErrorCode, Result};

/// Writes a structure.
#[derive(Debug, Default)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn int(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_ne_bytes());
    }

    pub(crate) fn long(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_ne_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        // Nothing that crosses comes near: bodies are limited to less.
        self.int(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn finish(self) -> bytes::Bytes {
        self.0.into()
    }
}

/// Reads a structure that Java wrote.
#[derive(Debug)]
pub(crate) struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn int(&mut self) -> Result<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| damaged())
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.int()?).map_err(|_| damaged())?;
        self.take(length)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }
}

fn damaged() -> Error {
    Error::new(ErrorCode::Internal, "damaged structure from Java")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut packer = Packer::default();
        packer.byte(7);
        packer.int(-3);
        packer.text("grüße");
        let bytes = packer.finish();
        let mut unpacker = Unpacker::new(&bytes);
        assert_eq!(
            (unpacker.byte().unwrap(), unpacker.int().unwrap(), unpacker.text().unwrap()),
            (7, -3, "grüße")
        );
        assert!(unpacker.byte().is_err());
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        for bytes in [[255, 255, 255, 255, 0], [2, 0, 0, 0, 0]] {
            assert!(Unpacker::new(&bytes).bytes().is_err());
        }
    }
}
