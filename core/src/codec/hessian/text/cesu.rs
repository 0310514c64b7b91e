//! Java's form of text on the wire, where it is not valid UTF-8 as it stands.

use crate::codec::hessian::error::DecodeErrorKind;

pub(super) fn decode_cesu(bytes: &[u8]) -> Result<Vec<u16>, DecodeErrorKind> {
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

pub(super) fn wtf8(units: &[u16]) -> Vec<u8> {
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
pub(super) fn unit_bytes(unit: u16) -> [u8; 3] {
    [0xe0 | (unit >> 12) as u8, 0x80 | ((unit >> 6) & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]
}
