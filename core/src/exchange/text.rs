//! The one value this layer encodes itself: the string of an answer with an error status.

/// Encodes `text` as one Hessian2 string. Lengths count UTF-16 units; characters outside the
/// basic plane are written as two surrogates of three bytes each, as Java does.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = Vec::with_capacity(text.len() + 3);
    let mut rest = units.as_slice();
    while rest.len() > CHUNK {
        let (chunk, tail) = rest.split_at(chunk_end(rest));
        out.push(b'R');
        out.extend_from_slice(&(chunk.len() as u16).to_be_bytes());
        write_units(&mut out, chunk);
        rest = tail;
    }
    write_final_length(&mut out, rest.len());
    write_units(&mut out, rest);
    out
}

/// Units of a chunk that is not the last one.
const CHUNK: usize = 0x8000;

/// Java never splits a surrogate pair between chunks.
fn chunk_end(units: &[u16]) -> usize {
    let high_surrogate = (0xD800..0xDC00).contains(&units[CHUNK - 1]);
    CHUNK - usize::from(high_surrogate)
}

fn write_final_length(out: &mut Vec<u8>, length: usize) {
    let [high, low] = (length as u16).to_be_bytes();
    match length {
        0..=31 => out.push(low),
        32..=1023 => out.extend([0x30 + high, low]),
        _ => out.extend([b'S', high, low]),
    }
}

fn write_units(out: &mut Vec<u8>, units: &[u16]) {
    for &unit in units {
        let low_six = |shift: u32| 0x80 | (unit >> shift & 0x3F) as u8;
        match unit {
            0..0x80 => out.push(unit as u8),
            0x80..0x800 => out.extend([0xC0 | (unit >> 6) as u8, low_six(0)]),
            _ => out.extend([0xE0 | (unit >> 12) as u8, low_six(6), low_six(0)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_characters_are_written_as_java_writes_them() {
        for (text, want) in [
            ("", &b"\x00"[..]),
            ("x", b"\x01x"),
            ("é", b"\x01\xC3\xA9"),
            ("中", b"\x01\xE4\xB8\xAD"),
            ("😀", b"\x02\xED\xA0\xBD\xED\xB8\x80"),
        ] {
            assert_eq!(encode(text), want, "{text}");
        }
        assert_eq!(encode(&"a".repeat(32))[..3], [0x30, 32, b'a']);
        assert_eq!(encode(&"a".repeat(1024))[..4], [b'S', 4, 0, b'a']);
        assert_eq!(encode(&"a".repeat(0x8000))[..3], [b'S', 0x80, 0]);
    }

    #[test]
    fn long_texts_are_chunked_and_pairs_stay_together() {
        let long = format!("{}😀b", "a".repeat(0x7FFF));
        let bytes = encode(&long);
        assert_eq!(bytes[..3], [b'R', 0x7F, 0xFF]);
        let second = 3 + 0x7FFF;
        assert_eq!(bytes[second..], b"\x03\xED\xA0\xBD\xED\xB8\x80b"[..]);
    }
}
