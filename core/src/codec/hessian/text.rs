//! Java text: UTF-16 units on the wire, each in UTF-8 form on its own (CESU-8), counted in units.
//!
//! Almost all text is valid UTF-8 as it stands and is borrowed from the body. Characters beyond the BMP
//! arrive as two three-byte sequences and are joined; a lone surrogate, which Java permits, makes the
//! text a sequence of UTF-16 units, so that nothing is ever lost.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::error::DecodeErrorKind;
use super::tag;

/// Units of one chunk, as Java cuts them.
const CHUNK: usize = 0x8000;

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

/// Number of UTF-16 units of a text.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { count_units(text.as_bytes()) }
}

/// Counts units in UTF-8 or CESU-8: one for each octet that does not continue a character, one more for
/// each four-byte character. Octet-wide counters keep the loop in vector registers.
fn count_units(bytes: &[u8]) -> usize {
    if bytes.len() <= 16 {
        return bytes.iter().map(|&octet| usize::from(starts(octet)) + usize::from(octet >= 0xf0)).sum();
    }
    let mut units = 0;
    for block in bytes.chunks(127) {
        let mut sum = 0u8;
        for &octet in block {
            sum += u8::from(starts(octet)) + u8::from(octet >= 0xf0);
        }
        units += usize::from(sum);
    }
    units
}

/// Counts the first octets of three-byte characters. Chinese, Japanese and Korean text consists of nothing else, so
/// that two counts measure it without a step for every character.
fn count_triples(bytes: &[u8]) -> usize {
    let count = |block: &[u8]| block.iter().fold(0u8, |sum, octet| sum + u8::from(octet & 0xf0 == 0xe0));
    bytes.chunks(255).map(|block| usize::from(count(block))).sum()
}

#[inline]
fn starts(octet: u8) -> bool {
    (octet as i8) >= -0x40
}

/// Length in bytes of a text of so many units at the start of `bytes`.
///
/// `None` when the bytes end before; what is found is measured, not validated, except that an octet
/// which starts no character stops the measure.
pub(super) fn measure(bytes: &[u8], units: usize) -> Result<usize, DecodeErrorKind> {
    if units > bytes.len() {
        return Err(DecodeErrorKind::Eof);
    }
    if bytes[..units].is_ascii() {
        return Ok(units);
    }
    if let Some(text) = bytes.get(..3 * units)
        && count_units(text) == units
        && count_triples(text) == units
    {
        return Ok(3 * units);
    }
    let (mut at, mut left) = skip_blocks(bytes, units);
    while left > 0 {
        let Some(&lead) = bytes.get(at) else { return Err(DecodeErrorKind::Eof) };
        let (octets, taken) = match lead {
            0x00..=0x7f => (1, 1),
            0xc0..=0xdf => (2, 1),
            0xe0..=0xef => (3, 1),
            // Only third-party writers send these. Counted as two units they are clear.
            0xf0..=0xf7 if left >= 2 => (4, 2),
            _ => return Err(DecodeErrorKind::BadUtf8),
        };
        at += octets;
        left -= taken;
    }
    if at > bytes.len() { Err(DecodeErrorKind::Eof) } else { Ok(at) }
}

/// Passes whole blocks while they cannot hold the last unit; gives the position and the units left.
fn skip_blocks(bytes: &[u8], units: usize) -> (usize, usize) {
    const BLOCK: usize = 64;
    let (mut at, mut left) = (0, units);
    while left > 2 * BLOCK && bytes.len() - at >= BLOCK {
        left -= count_units(&bytes[at..at + BLOCK]);
        at += BLOCK;
    }
    // Step back to the start of a character; the units of a cut one are counted again.
    while at > 0 && at < bytes.len() && !starts(bytes[at]) {
        at -= 1;
        if starts(bytes[at]) {
            left += 1 + usize::from(bytes[at] >= 0xf0);
            break;
        }
    }
    (at, left)
}

fn decode_cesu(bytes: &[u8]) -> Result<Vec<u16>, DecodeErrorKind> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [lead, tail @ ..] = rest {
        let (code, octets) = match (*lead, tail) {
            (0x00..=0x7f, _) => (u32::from(*lead), 1),
            (0xc2..=0xdf, [a, ..]) => (bits(*lead & 0x1f, &[*a])?, 2),
            (0xe0..=0xef, [a, b, ..]) => (bits(*lead & 0x0f, &[*a, *b])?, 3),
            (0xf0..=0xf4, [a, b, c, ..]) => (bits(*lead & 0x07, &[*a, *b, *c])?, 4),
            _ => return Err(DecodeErrorKind::BadUtf8),
        };
        let is_overlong = (octets == 3 && code < 0x800) || (octets == 4 && code < 0x1_0000);
        if is_overlong || code > 0x10_ffff {
            return Err(DecodeErrorKind::BadUtf8);
        }
        match char::from_u32(code) {
            Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            // Only a surrogate is no character; it fits one unit.
            None => units.push(code as u16),
        }
        rest = &rest[octets..];
    }
    Ok(units)
}

fn bits(lead: u8, tail: &[u8]) -> Result<u32, DecodeErrorKind> {
    tail.iter().try_fold(u32::from(lead), |code, &octet| match octet {
        0x80..=0xbf => Ok(code << 6 | u32::from(octet & 0x3f)),
        _ => Err(DecodeErrorKind::BadUtf8),
    })
}

fn wtf8(units: &[u16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.len() * 3);
    for decoded in char::decode_utf16(units.iter().copied()) {
        match decoded {
            Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(lone) => out.extend_from_slice(&unit_bytes(lone.unpaired_surrogate())),
        }
    }
    out
}

/// The three-byte form of a unit of 0x800 and more.
fn unit_bytes(unit: u16) -> [u8; 3] {
    [0xe0 | (unit >> 12) as u8, 0x80 | ((unit >> 6) & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]
}

/// Appends a string in canonical form.
pub(super) fn put_str(out: &mut Vec<u8>, text: &str) {
    if text.is_ascii() {
        return put_ascii(out, text.as_bytes());
    }
    let mut rest = text;
    let mut units = count_units(text.as_bytes());
    while units > CHUNK {
        let (chunk, taken) = first_chunk(rest);
        put_header(out, taken, true);
        put_cesu(out, &rest[..chunk]);
        rest = &rest[chunk..];
        units -= taken;
    }
    put_header(out, units, false);
    put_cesu(out, rest);
}

fn put_ascii(out: &mut Vec<u8>, mut rest: &[u8]) {
    // Exactly what it takes, so that a body of one text is one allocation without a byte too many.
    out.reserve(header_length(rest.len()) + rest.len());
    while rest.len() > CHUNK {
        put_header(out, CHUNK, true);
        out.extend_from_slice(&rest[..CHUNK]);
        rest = &rest[CHUNK..];
    }
    put_header(out, rest.len(), false);
    out.extend_from_slice(rest);
}

/// Bytes and units of the first full chunk; a surrogate pair is never split.
fn first_chunk(text: &str) -> (usize, usize) {
    let (mut bytes, mut units) = (0, 0);
    for c in text.chars() {
        if units + c.len_utf16() > CHUNK {
            break;
        }
        units += c.len_utf16();
        bytes += c.len_utf8();
    }
    (bytes, units)
}

fn put_cesu(out: &mut Vec<u8>, text: &str) {
    // Not `all`: without an early exit the compiler looks at many octets at once.
    if text.bytes().fold(0, u8::max) < 0xf0 {
        return out.extend_from_slice(text.as_bytes());
    }
    out.reserve(text.len() + text.len() / 2);
    let mut utf8 = [0; 4];
    for c in text.chars() {
        let mut utf16 = [0; 2];
        match c.encode_utf16(&mut utf16) {
            [high, low] => {
                out.extend_from_slice(&unit_bytes(*high));
                out.extend_from_slice(&unit_bytes(*low));
            }
            _ => out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()),
        }
    }
}

/// Appends a string of UTF-16 units, lone surrogates included, in canonical form.
pub(super) fn put_utf16(out: &mut Vec<u8>, mut units: &[u16]) {
    while units.len() > CHUNK {
        let is_cut = matches!(units[CHUNK - 1], 0xd800..=0xdbff);
        let (chunk, rest) = units.split_at(CHUNK - usize::from(is_cut));
        put_header(out, chunk.len(), true);
        put_units(out, chunk);
        units = rest;
    }
    put_header(out, units.len(), false);
    put_units(out, units);
}

fn put_units(out: &mut Vec<u8>, units: &[u16]) {
    for &unit in units {
        match unit {
            0..0x80 => out.push(unit as u8),
            0x80..0x800 => out.extend_from_slice(&[0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
            _ => out.extend_from_slice(&unit_bytes(unit)),
        }
    }
}

/// Bytes in front of the last or only chunk.
const fn header_length(units: usize) -> usize {
    match units {
        0..=0x1f => 1,
        0x20..=0x3ff => 2,
        _ => 3,
    }
}

#[inline]
fn put_header(out: &mut Vec<u8>, units: usize, more: bool) {
    let [high, low] = (units as u16).to_be_bytes();
    match units {
        _ if more => out.extend_from_slice(&[tag::STRING_CHUNK, high, low]),
        0..=0x1f => out.push(low),
        0x20..=0x3ff => out.extend_from_slice(&[tag::STRING_MEDIUM + high, low]),
        _ => out.extend_from_slice(&[tag::STRING, high, low]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_as_utf16_counts_them() {
        for text in ["", "a", "é", "中文", "a😀b", &"x中😀é".repeat(100), &"😀".repeat(64)] {
            assert_eq!(utf16_len(text), text.encode_utf16().count(), "{text}");
        }
    }

    #[test]
    fn measuring_finds_the_end_in_every_alignment() {
        for unit in ["a", "é", "中", "a中", "é中x", "é中中"] {
            for count in [1, 31, 64, 65, 128, 129, 200, 1000] {
                for prefix in 0..4 {
                    let text = "x".repeat(prefix) + &unit.repeat(count);
                    let mut bytes = text.clone().into_bytes();
                    // Octets that follow may look like the rest of a character: ints do.
                    bytes.extend_from_slice(&[0x90; 200]);
                    assert_eq!(measure(&bytes, utf16_len(&text)), Ok(text.len()), "{unit} x {count}");
                }
            }
        }
    }

    #[test]
    fn measuring_stops_at_the_end_of_the_data() {
        let bytes = "中".repeat(200).into_bytes();
        for cut in 0..bytes.len() {
            assert_eq!(measure(&bytes[..cut], 200), Err(DecodeErrorKind::Eof), "{cut}");
        }
        assert_eq!(measure(&bytes, 200), Ok(600));
    }

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

    #[test]
    fn a_pair_is_never_split_over_chunks() {
        let text = "x".repeat(CHUNK - 1) + "😀y";
        let mut out = Vec::new();
        put_str(&mut out, &text);
        assert_eq!(&out[..3], [tag::STRING_CHUNK, 0x7f, 0xff]);
        let mut wide = Vec::new();
        put_utf16(&mut wide, &text.encode_utf16().collect::<Vec<_>>());
        assert_eq!(out, wide);
    }

    #[test]
    fn exactly_one_chunk_is_final() {
        let mut out = Vec::new();
        put_str(&mut out, &"é".repeat(CHUNK));
        assert_eq!(&out[..3], [tag::STRING, 0x80, 0x00]);
    }
}
