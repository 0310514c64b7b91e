//! Strings in canonical form.

use super::cesu::unit_bytes;
use super::scan::{count_pairs, count_starts, is_ascii};
use crate::codec::hessian::tag;

/// Units of one chunk, as Java cuts them.
const CHUNK: usize = 0x8000;

/// Appends a string in canonical form.
#[inline]
pub(in crate::codec::hessian) fn put_str(out: &mut Vec<u8>, text: &str) {
    if is_ascii(text.as_bytes()) { put_ascii(out, text.as_bytes()) } else { put_other(out, text) }
}

#[inline(never)]
fn put_other(out: &mut Vec<u8>, text: &str) {
    let pairs = count_pairs(text.as_bytes());
    let mut units = count_starts(text.as_bytes()) + pairs;
    if pairs == 0 && units <= CHUNK {
        put_header(out, units, false);
        return out.extend_from_slice(text.as_bytes());
    }
    let mut rest = text;
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
    if count_pairs(text.as_bytes()) == 0 {
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
pub(in crate::codec::hessian) fn put_utf16(out: &mut Vec<u8>, mut units: &[u16]) {
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
