//! Canonical forms of integers, doubles and dates: the shortest one, as every Java writer chooses it.

use super::tag;

/// Appends an int: one octet for -16..=47, two for 12 bits, three for 19 bits, else five.
#[inline]
pub(super) fn put_int(out: &mut Vec<u8>, value: i32) {
    match value {
        -0x10..=0x2f => out.push((0x90 + value) as u8),
        _ => put_longer_int(out, value),
    }
}

/// Out of line, so that the usual case stays small.
#[inline(never)]
fn put_longer_int(out: &mut Vec<u8>, value: i32) {
    match value {
        -0x800..=0x7ff => out.extend_from_slice(&[(0xc8 + (value >> 8)) as u8, value as u8]),
        -0x40000..=0x3ffff => {
            out.extend_from_slice(&[(0xd4 + (value >> 16)) as u8, (value >> 8) as u8, value as u8]);
        }
        _ => put_tagged(out, tag::INT, value.to_be_bytes()),
    }
}

/// The int at the start of the bytes, in any of its forms, and what follows.
#[inline]
pub(super) fn take_int(bytes: &[u8]) -> Option<(i32, &[u8])> {
    Some(match *bytes {
        [octet @ 0x80..=0xbf, ref rest @ ..] => (i32::from(octet) - 0x90, rest),
        [octet @ 0xc0..=0xcf, low, ref rest @ ..] => {
            (((i32::from(octet) - 0xc8) << 8) + i32::from(low), rest)
        }
        [octet @ 0xd0..=0xd7, high, low, ref rest @ ..] => {
            (((i32::from(octet) - 0xd4) << 16) + i32::from(u16::from_be_bytes([high, low])), rest)
        }
        [tag::INT, a, b, c, d, ref rest @ ..] => (i32::from_be_bytes([a, b, c, d]), rest),
        _ => return None,
    })
}

/// Appends a long: one octet for -8..=15, two for 12 bits, three for 19 bits, five for 32 bits, else nine.
#[inline]
pub(super) fn put_long(out: &mut Vec<u8>, value: i64) {
    match value {
        -0x8..=0xf => out.push((0xe0 + value) as u8),
        -0x800..=0x7ff => out.extend_from_slice(&[(0xf8 + (value >> 8)) as u8, value as u8]),
        -0x40000..=0x3ffff => {
            out.extend_from_slice(&[(0x3c + (value >> 16)) as u8, (value >> 8) as u8, value as u8]);
        }
        _ => match i32::try_from(value) {
            Ok(small) => put_tagged(out, tag::LONG_INT, small.to_be_bytes()),
            Err(_) => put_tagged(out, tag::LONG, value.to_be_bytes()),
        },
    }
}

/// Appends a double: 0, 1, an i8, an i16, thousandths in an i32, or all 64 bits.
///
/// Like Java, this writes -0.0 as 0.0 and every NaN as the canonical one.
#[inline]
pub(super) fn put_double(out: &mut Vec<u8>, value: f64) {
    let whole = value as i32;
    if f64::from(whole) == value {
        match whole {
            0 => return out.push(tag::DOUBLE_ZERO),
            1 => return out.push(tag::DOUBLE_ONE),
            -0x80..=0x7f => return out.extend_from_slice(&[tag::DOUBLE_BYTE, whole as u8]),
            -0x8000..=0x7fff => return put_tagged(out, tag::DOUBLE_SHORT, (whole as i16).to_be_bytes()),
            _ => {}
        }
    }
    // Both sides multiply by 0.001; a division by 1000 differs in the last bit for many values.
    let mills = (value * 1000.0) as i32;
    if 0.001 * f64::from(mills) == value {
        return put_tagged(out, tag::DOUBLE_MILLS, mills.to_be_bytes());
    }
    let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
    put_tagged(out, tag::DOUBLE, bits.to_be_bytes());
}

/// Appends a date: minutes when they are whole and fit an i32, else milliseconds.
#[inline]
pub(super) fn put_date(out: &mut Vec<u8>, ms: i64) {
    match i32::try_from(ms / 60_000) {
        Ok(minutes) if i64::from(minutes) * 60_000 == ms => {
            put_tagged(out, tag::DATE_MINUTES, minutes.to_be_bytes())
        }
        _ => put_tagged(out, tag::DATE_MS, ms.to_be_bytes()),
    }
}

/// The double that Java writes for a boxed `Float`: the shortest decimal that names the float.
///
/// Rust prints the same shortest digits as `Float.toString` of JDK 19 and later; older JDKs differ in
/// rare cases.
pub(super) fn shortest_decimal(value: f32) -> f64 {
    let whole = value as i32;
    if whole as f32 == value && whole.unsigned_abs() < 1 << 24 {
        return f64::from(whole);
    }
    if !value.is_finite() {
        return f64::from(value);
    }
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

#[inline]
fn put_tagged<const N: usize>(out: &mut Vec<u8>, tag: u8, payload: [u8; N]) {
    out.reserve(1 + N);
    out.push(tag);
    out.extend_from_slice(&payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded<T>(put: fn(&mut Vec<u8>, T), value: T) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, value);
        out.to_vec()
    }

    #[test]
    fn ints_take_the_shortest_form_at_every_boundary() {
        for (value, octets) in [
            (-16, 1),
            (47, 1),
            (-17, 2),
            (48, 2),
            (-2048, 2),
            (2047, 2),
            (-2049, 3),
            (2048, 3),
            (-262_144, 3),
            (262_143, 3),
            (-262_145, 5),
            (262_144, 5),
            (i32::MIN, 5),
            (i32::MAX, 5),
        ] {
            let bytes = encoded(put_int, value);
            assert_eq!(bytes.len(), octets, "{value}");
            assert_eq!(take_int(&[&bytes[..], b"x"].concat()), Some((value, &b"x"[..])));
            assert_eq!(take_int(&bytes[..octets - 1]), None);
        }
    }

    #[test]
    fn longs_take_the_shortest_form_at_every_boundary() {
        for (value, octets) in [
            (-8, 1),
            (15, 1),
            (-9, 2),
            (16, 2),
            (2047, 2),
            (2048, 3),
            (262_143, 3),
            (262_144, 5),
            (i64::from(i32::MIN), 5),
            (i64::from(i32::MAX), 5),
            (i64::from(i32::MAX) + 1, 9),
            (i64::MIN, 9),
        ] {
            assert_eq!(encoded(put_long, value).len(), octets, "{value}");
        }
    }

    #[test]
    fn boxed_floats_are_written_as_their_shortest_decimal() {
        for (value, want) in
            [(1.1f32, 1.1f64), (0.1, 0.1), (3.0, 3.0), (16_777_216.0, 16_777_216.0), (1e30, 1e30)]
        {
            assert_eq!(shortest_decimal(value), want);
        }
        assert!(shortest_decimal(f32::NAN).is_nan());
        assert_eq!(shortest_decimal(f32::NEG_INFINITY), f64::NEG_INFINITY);
    }
}
