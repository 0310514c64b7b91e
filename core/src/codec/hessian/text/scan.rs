//! What the octets of a text consist of, in as few passes as possible: most texts are short or ASCII.

use crate::codec::hessian::error::DecodeErrorKind;

/// Number of UTF-16 units of a text.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    if is_ascii(bytes) { bytes.len() } else { count_units(bytes) }
}

/// Whether all octets are ASCII. Like the method of slices, but without a step for each octet of a short text or of the
/// rest of a long one: the last block overlaps the one before.
#[inline]
pub(super) fn is_ascii(bytes: &[u8]) -> bool {
    match bytes.len() {
        0..8 => bytes.iter().fold(0, |all, octet| all | octet) < 0x80,
        8..16 => has_ascii_ends::<8>(bytes),
        16..32 => has_ascii_ends::<16>(bytes),
        32..64 => has_ascii_ends::<32>(bytes),
        64..128 => has_ascii_ends::<64>(bytes),
        _ => bytes.as_chunks::<128>().0.iter().chain(bytes.last_chunk()).all(is_ascii_block),
    }
}

#[inline]
fn has_ascii_ends<const N: usize>(bytes: &[u8]) -> bool {
    bytes.first_chunk::<N>().is_some_and(is_ascii_block)
        && bytes.last_chunk::<N>().is_some_and(is_ascii_block)
}

/// Eight octets at a time; the compiler makes it sixteen.
#[inline]
fn is_ascii_block<const N: usize>(block: &[u8; N]) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let words = block.as_chunks().0.iter();
    words.fold(0, |all, word| all | u64::from_ne_bytes(*word)) & HIGH_BITS == 0
}

/// The text of so many units at the start of `bytes`, if all its characters are ASCII, or all take three octets as those
/// of Chinese, Japanese and Korean do: nearly every text is one of the two. `None` says nothing.
#[inline]
pub(in crate::codec::hessian) fn uniform(bytes: &[u8], units: usize) -> Option<&str> {
    let ascii = bytes.get(..units)?;
    if is_ascii(ascii) { simdutf8::basic::from_utf8(ascii).ok() } else { triples(bytes, units) }
}

fn triples(bytes: &[u8], units: usize) -> Option<&str> {
    let triples = bytes.get(..3 * units).filter(|bytes| count_triples(bytes) == units)?;
    simdutf8::basic::from_utf8(triples).ok()
}

/// Counts units in UTF-8 or CESU-8: one for each octet that does not continue a character, one more for
/// each four-byte character.
fn count_units(bytes: &[u8]) -> usize {
    count_starts(bytes) + count_pairs(bytes)
}

/// Counts the first octets of characters.
pub(super) fn count_starts(bytes: &[u8]) -> usize {
    count(bytes, starts)
}

/// Counts the first octets of four-byte characters, which are pairs of units.
pub(super) fn count_pairs(bytes: &[u8]) -> usize {
    count(bytes, |octet| octet >= 0xf0)
}

/// Counts the first octets of three-byte characters.
fn count_triples(bytes: &[u8]) -> usize {
    count(bytes, |octet| octet & 0xf0 == 0xe0)
}

/// Octet-wide counters keep the loop in vector registers.
#[inline]
fn count(bytes: &[u8], is_counted: impl Fn(u8) -> bool) -> usize {
    let count = |block: &[u8]| block.iter().fold(0u8, |sum, octet| sum + u8::from(is_counted(*octet)));
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
pub(in crate::codec::hessian) fn measure(bytes: &[u8], units: usize) -> Result<usize, DecodeErrorKind> {
    if units > bytes.len() {
        return Err(DecodeErrorKind::Eof);
    }
    if is_ascii(&bytes[..units]) {
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
    fn ascii_is_told_apart_wherever_the_other_octet_stands() {
        for length in (0..200).chain([255, 256, 257, 1000]) {
            let mut bytes = vec![b'~'; length];
            assert!(is_ascii(&bytes), "{length}");
            for at in 0..length {
                bytes[at] = 0x80;
                assert!(!is_ascii(&bytes), "{length} {at}");
                bytes[at] = b'~';
            }
        }
    }

    #[test]
    fn uniform_texts_are_found_and_others_are_not() {
        for (text, is_uniform) in [
            ("", true),
            ("abc", true),
            ("中文", true),
            ("a中", false),
            ("é", false),
            ("中é", false),
            ("😀", false),
        ] {
            for repeat in [1, 7, 40, 300] {
                let text = text.repeat(repeat);
                // Octets that follow may look like the rest of a character: ints do.
                let bytes = [text.as_bytes(), &[0x90; 1000]].concat();
                let found = uniform(&bytes, utf16_len(&text));
                assert_eq!(found, is_uniform.then_some(&*text), "{text}");
            }
        }
        assert_eq!(uniform(b"ab", 3), None);
        // A surrogate has three octets, but is no character of UTF-8.
        assert_eq!(uniform(b"\xed\xa0\xbd", 1), None);
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
}
