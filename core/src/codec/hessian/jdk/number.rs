//! `java.math`.

use std::fmt;
use std::str::FromStr;

use polydubbo_derive::Hessian;

use crate::codec::hessian::convert::Array;
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::codec::hessian::object::{JavaObject, begin_required_object};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::writer::Writer;

/// Text that is no number of the wanted type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseNumberError;

impl fmt::Display for ParseNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed number")
    }
}

impl std::error::Error for ParseNumberError {}

/// A `java.math.BigDecimal`, as its `toString`; the scale is part of it: `12.340`, `1E+3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "java.math.BigDecimal")]
pub struct BigDecimal {
    value: Decimal,
}

/// Checked text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Decimal(String);

impl BigDecimal {
    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value.0
    }
}

impl FromStr for BigDecimal {
    type Err = ParseNumberError;

    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        if is_decimal(text) { Ok(Self { value: Decimal(text.into()) }) } else { Err(ParseNumberError) }
    }
}

impl fmt::Display for BigDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether Java's `new BigDecimal(text)` takes the text.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (unsigned, None),
    };
    let is_exponent = |exponent: &str| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    whole.len() + fraction.len() > 0
        && whole.bytes().chain(fraction.bytes()).all(|octet| octet.is_ascii_digit())
        && exponent.is_none_or(is_exponent)
}

impl ToHessian for Decimal {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        self.0.write_hessian(w)
    }
}

impl<'de> FromHessian<'de> for Decimal {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let at = r.position();
        let text = String::read_hessian(r)?;
        let malformed = DecodeErrorKind::Custom("malformed BigDecimal".into());
        if is_decimal(&text) { Ok(Self(text)) } else { Err(DecodeError::new(malformed, at)) }
    }
}

/// A `java.math.BigInteger`: sign and magnitude.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BigInteger {
    is_negative: bool,
    /// 32-bit words, most significant first, without leading zeros; empty for zero.
    words: Vec<u32>,
}

/// The two fields that every Java version has; the others are caches that Java computes again.
#[derive(Hessian)]
#[hessian(class = "java.math.BigInteger")]
struct BigIntegerObject {
    signum: i32,
    mag: Array<i32>,
}

impl BigInteger {
    /// Creates a number from its sign and its magnitude in 32-bit words, most significant first.
    #[must_use]
    pub fn from_words(is_negative: bool, words: &[u32]) -> Self {
        let first = words.iter().position(|word| *word != 0).unwrap_or(words.len());
        let words = words[first..].to_vec();
        Self { is_negative: is_negative && !words.is_empty(), words }
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.is_negative
    }

    /// The magnitude in 32-bit words, most significant first, without leading zeros.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The number, if it is an i128.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        if self.words.len() > 4 {
            return None;
        }
        let magnitude = self.words.iter().fold(0u128, |sum, word| sum << 32 | u128::from(*word));
        match self.is_negative {
            true => 0i128.checked_sub_unsigned(magnitude),
            false => i128::try_from(magnitude).ok(),
        }
    }
}

impl From<i128> for BigInteger {
    fn from(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        let words = [96, 64, 32, 0].map(|shift| (magnitude >> shift) as u32);
        Self::from_words(value < 0, &words)
    }
}

impl FromStr for BigInteger {
    type Err = ParseNumberError;

    /// Parses decimal digits with an optional sign. The time grows with the square of the length.
    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(ParseNumberError);
        }
        // Least significant word first while it grows.
        let mut words: Vec<u32> = Vec::new();
        for digit in digits.bytes() {
            let mut carry = u64::from(digit - b'0');
            for word in &mut words {
                carry += u64::from(*word) * 10;
                *word = carry as u32;
                carry >>= 32;
            }
            if carry > 0 {
                words.push(carry as u32);
            }
        }
        words.reverse();
        Ok(Self::from_words(text.starts_with('-'), &words))
    }
}

impl fmt::Display for BigInteger {
    /// Writes decimal digits. The time grows with the square of the length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BASE: u64 = 1_000_000_000;
        let mut words = self.words.clone();
        let mut groups = Vec::new();
        while words.iter().any(|word| *word != 0) {
            let mut rest = 0;
            for word in &mut words {
                let value = rest << 32 | u64::from(*word);
                *word = (value / BASE) as u32;
                rest = value % BASE;
            }
            groups.push(rest);
        }
        let mut digits = groups.pop().unwrap_or(0).to_string();
        groups.iter().rev().for_each(|group| digits.push_str(&format!("{group:09}")));
        f.pad_integral(!self.is_negative, "", &digits)
    }
}

impl ToHessian for BigInteger {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        let signum = match (self.is_negative, self.words.is_empty()) {
            (_, true) => 0,
            (true, _) => -1,
            (false, _) => 1,
        };
        let mag = Array(self.words.iter().map(|word| *word as i32).collect());
        BigIntegerObject { signum, mag }.write_hessian(w)
    }
}

impl<'de> FromHessian<'de> for BigInteger {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let container = begin_required_object(r)?;
        let object = BigIntegerObject::read_fields(r, container)?;
        let words: Vec<u32> = object.mag.0.into_iter().map(|word| word as u32).collect();
        Ok(Self::from_words(object.signum < 0, &words))
    }
}
