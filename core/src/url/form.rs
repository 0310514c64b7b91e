//! The form encoding of `java.net.URLEncoder`, which names ZooKeeper nodes and wraps nested URLs.
//!
//! It differs from the percent-encoding of most libraries (`+` for a blank, `*` kept, `~` escaped), and
//! a node name that differs in one byte is another node, so the table is our own.

use std::borrow::Cow;

use crate::error::{Error, ErrorCode, Result};

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes the UTF-8 bytes of `text`: letters, digits and `.-*_` stay, a blank becomes `+`, every other
/// byte `%XX` in upper case.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for &byte in text.as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
    out
}

/// Decodes what [`encode`] wrote; bytes that are not UTF-8 become U+FFFD, as in Java.
///
/// # Errors
///
/// [`ErrorCode::InvalidArgument`] when a `%` is not followed by two hexadecimal digits.
pub fn decode(text: &str) -> Result<Cow<'_, str>> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else {
                    return Err(bad_escape(text));
                };
                out.push(high << 4 | low);
                rest = after;
            }
            (b'%', _) => return Err(bad_escape(text)),
            (byte, _) => out.push(*byte),
        }
    }
    Ok(match String::from_utf8(out) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn bad_escape(text: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, "a % is not followed by two hexadecimal digits").with("text", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_follows_the_table_of_java() {
        for (plain, encoded) in [
            ("azAZ09.-*_", "azAZ09.-*_"),
            ("a b", "a+b"),
            ("+", "%2B"),
            ("~/:?=&,;|$'()@!", "%7E%2F%3A%3F%3D%26%2C%3B%7C%24%27%28%29%40%21"),
            ("用户", "%E7%94%A8%E6%88%B7"),
            ("%3A", "%253A"),
            ("", ""),
        ] {
            assert_eq!(encode(plain), encoded);
            assert_eq!(decode(encoded).unwrap(), plain);
        }
    }

    #[test]
    fn decoding_accepts_lower_case_and_repairs_broken_utf8() {
        assert_eq!(decode("%3a%2F").unwrap(), ":/");
        assert_eq!(decode("%FFx").unwrap(), "\u{fffd}x");
        for broken in ["%", "a%2", "%zz"] {
            assert!(decode(broken).is_err(), "{broken}");
        }
    }
}
