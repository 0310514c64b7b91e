//! Java text: UTF-16 units on the wire, each in UTF-8 form on its own (CESU-8), counted in units.
//!
//! Almost all text is valid UTF-8 as it stands and is borrowed from the body. Characters beyond the BMP
//! arrive as two three-byte sequences and are joined; a lone surrogate, which Java permits, makes the
//! text a sequence of UTF-16 units, so that nothing is ever lost.

mod cesu;
mod scan;
mod write;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use self::cesu::{decode_cesu, wtf8};
pub use self::scan::utf16_len;
pub(super) use self::scan::{measure, uniform};
pub(super) use self::write::{put_str, put_utf16};
use super::error::DecodeErrorKind;

/// A string read from a body: borrowed when it stands there as UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a>(Repr<'a>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Repr<'a> {
    Utf8(Cow<'a, str>),
    /// Holds at least one lone surrogate.
    Wide(Vec<u16>),
}

impl<'a> Text<'a> {
    pub(super) fn borrowed(text: &'a str) -> Self {
        Self(Repr::Utf8(Cow::Borrowed(text)))
    }

    pub(super) fn owned(text: String) -> Self {
        Self(Repr::Utf8(Cow::Owned(text)))
    }

    /// The text, unless it holds a lone surrogate.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Utf8(text) => Some(text),
            Repr::Wide(_) => None,
        }
    }

    /// The text as a slice of the body, when it is one.
    #[must_use]
    pub fn as_borrowed(&self) -> Option<&'a str> {
        match self.0 {
            Repr::Utf8(Cow::Borrowed(text)) => Some(text),
            _ => None,
        }
    }

    /// The text with U+FFFD for every lone surrogate.
    #[must_use]
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Utf8(text) => Cow::Borrowed(text),
            Repr::Wide(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// The text, or its UTF-16 units when it holds a lone surrogate.
    ///
    /// # Errors
    /// Gives the units.
    pub fn into_str(self) -> Result<Cow<'a, str>, Vec<u16>> {
        match self.0 {
            Repr::Utf8(text) => Ok(text),
            Repr::Wide(units) => Err(units),
        }
    }

    /// The UTF-16 units.
    #[must_use]
    pub fn to_utf16(&self) -> Vec<u16> {
        match &self.0 {
            Repr::Utf8(text) => text.encode_utf16().collect(),
            Repr::Wide(units) => units.clone(),
        }
    }

    /// The text in WTF-8: UTF-8 in which a lone surrogate has its own three-byte sequence, as Python's
    /// `surrogatepass` takes it.
    #[must_use]
    pub fn to_wtf8(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Repr::Utf8(text) => Cow::Borrowed(text.as_bytes()),
            Repr::Wide(units) => Cow::Owned(wtf8(units)),
        }
    }

    /// Number of UTF-16 units: Java's `length()`.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        match &self.0 {
            Repr::Utf8(text) => utf16_len(text),
            Repr::Wide(units) => units.len(),
        }
    }

    /// Decodes the joined bytes of all chunks.
    pub(super) fn from_chunks(bytes: Vec<u8>) -> Result<Self, DecodeErrorKind> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self(Repr::Utf8(Cow::Owned(text)))),
            Err(error) => Self::from_cesu(error.as_bytes()),
        }
    }

    /// Decodes the bytes of the only chunk.
    pub(super) fn from_chunk(bytes: &'a [u8]) -> Result<Self, DecodeErrorKind> {
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => Ok(Self::borrowed(text)),
            Err(_) => Self::from_cesu(bytes),
        }
    }

    #[cold]
    fn from_cesu(bytes: &[u8]) -> Result<Self, DecodeErrorKind> {
        let units = decode_cesu(bytes)?;
        Ok(match String::from_utf16(&units) {
            Ok(text) => Self(Repr::Utf8(Cow::Owned(text))),
            Err(_) => Self(Repr::Wide(units)),
        })
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str_lossy())
    }
}

/// An owned Java string that loses nothing: UTF-8, or UTF-16 units when it holds a lone surrogate.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JavaString(Shared);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Shared {
    Utf8(Arc<str>),
    Wide(Arc<[u16]>),
}

impl JavaString {
    /// Creates a string from UTF-16 units.
    #[must_use]
    pub fn from_utf16(units: &[u16]) -> Self {
        match String::from_utf16(units) {
            Ok(text) => Self(Shared::Utf8(text.into())),
            Err(_) => Self(Shared::Wide(units.into())),
        }
    }

    /// The text, unless it holds a lone surrogate.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Shared::Utf8(text) => Some(text),
            Shared::Wide(_) => None,
        }
    }

    /// The UTF-16 units, when the string holds a lone surrogate.
    #[must_use]
    pub fn as_wide(&self) -> Option<&[u16]> {
        match &self.0 {
            Shared::Utf8(_) => None,
            Shared::Wide(units) => Some(units),
        }
    }

    /// The text with U+FFFD for every lone surrogate.
    #[must_use]
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Shared::Utf8(text) => Cow::Borrowed(text),
            Shared::Wide(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }
}

impl From<&str> for JavaString {
    fn from(text: &str) -> Self {
        Self(Shared::Utf8(text.into()))
    }
}

impl From<String> for JavaString {
    fn from(text: String) -> Self {
        Self(Shared::Utf8(text.into()))
    }
}

impl From<Text<'_>> for JavaString {
    fn from(text: Text<'_>) -> Self {
        match text.0 {
            Repr::Utf8(text) => Self(Shared::Utf8(text.into())),
            Repr::Wide(units) => Self(Shared::Wide(units.into())),
        }
    }
}

impl fmt::Display for JavaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str_lossy())
    }
}

impl fmt::Debug for JavaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), f)
    }
}

impl PartialEq<str> for JavaString {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_are_joined_or_kept() {
        let joined = Text::from_chunk(b"a\xed\xa0\xbd\xed\xb8\x80b").unwrap();
        assert_eq!(joined.as_str(), Some("a😀b"));
        let lone = Text::from_chunk(b"a\xed\xa0\xbdb").unwrap();
        assert_eq!(lone.as_str(), None);
        assert_eq!(lone.to_utf16(), [0x61, 0xd83d, 0x62]);
        assert_eq!(lone.to_str_lossy(), "a\u{fffd}b");
        assert_eq!(&lone.to_wtf8()[..], b"a\xed\xa0\xbdb");
    }

    #[test]
    fn malformed_text_is_refused() {
        for bytes in [
            &b"\xc0\x80"[..],
            b"\xe0\x80\x80",
            b"\x80",
            b"\xf8\x80\x80\x80",
            b"\xe4\xb8",
            b"\xf5\x80\x80\x80",
        ] {
            assert_eq!(Text::from_chunk(bytes), Err(DecodeErrorKind::BadUtf8), "{bytes:x?}");
        }
    }
}
