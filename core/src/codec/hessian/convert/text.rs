//! Strings.

use std::borrow::Cow;
use std::sync::Arc;

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::tag::Kind;
use crate::codec::hessian::text::{JavaString, Text};
use crate::codec::hessian::writer::Writer;

macro_rules! write_as_str {
    ($($type:ty)*) => {$(
        impl ToHessian for $type {
            #[inline]
            fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
                w.string(self);
                Ok(())
            }
        }
    )*};
}

write_as_str! { str String Cow<'_, str> }

impl ToHessian for JavaString {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        match self.as_wide() {
            Some(units) => w.string_utf16(units),
            None => w.string(self.as_str().unwrap_or_default()),
        }
        Ok(())
    }
}

impl<'de> FromHessian<'de> for Text<'de> {
    /// Reads a string or, as Java does for a `String`, the text of a number or boolean.
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let owned = match r.peek()? {
            Kind::Bool => r.read_bool()?.to_string(),
            Kind::Int | Kind::Long => r.read_long()?.to_string(),
            Kind::Double => java_double_text(r.read_double()?),
            _ => {
                let at = r.position();
                let null = DecodeErrorKind::TypeMismatch { expected: "string", found: "null" };
                return r.read_string()?.ok_or_else(|| DecodeError::new(null, at));
            }
        };
        Ok(Self::owned(owned))
    }
}

/// The text of a double as `Double.toString` writes it: always with a point, beyond 10^7 and below 10^-3
/// with an exponent.
fn java_double_text(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

impl<'a, 'de: 'a> FromHessian<'de> for Cow<'a, str> {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let at = r.position();
        let text = Text::read_hessian(r)?;
        r.charge(if text.as_borrowed().is_some() { 0 } else { text.utf16_len() })?;
        text.into_str().map_err(|_| DecodeError::new(DecodeErrorKind::BadUtf8, at))
    }
}

impl<'a, 'de: 'a> FromHessian<'de> for &'a str {
    /// Borrows from the body.
    ///
    /// Text in several chunks or with characters beyond the BMP does not stand in the body as UTF-8 and
    /// is refused: use `Cow<str>` or `String` for it.
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let at = r.position();
        let cannot = || {
            let why = "text that cannot be borrowed from the body";
            DecodeError::new(DecodeErrorKind::Custom(why.into()), at)
        };
        Text::read_hessian(r)?.as_borrowed().ok_or_else(cannot)
    }
}

impl<'de> FromHessian<'de> for String {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let text = match r.take_uniform() {
            Some(text) => Cow::Borrowed(text),
            None => read_other(r)?,
        };
        r.charge(text.len())?;
        Ok(text.into_owned())
    }
}

/// Out of line, so that the usual case stays small.
#[inline(never)]
fn read_other<'de>(r: &mut Reader<'de>) -> Result<Cow<'de, str>, DecodeError> {
    Cow::read_hessian(r)
}

impl<'de> FromHessian<'de> for Box<str> {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        String::read_hessian(r).map(Into::into)
    }
}

impl<'de> FromHessian<'de> for Arc<str> {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        String::read_hessian(r).map(Into::into)
    }
}

impl<'de> FromHessian<'de> for JavaString {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let text = Text::read_hessian(r)?;
        r.charge(text.utf16_len())?;
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_become_text_as_in_java() {
        for (value, want) in [
            (1.0, "1.0"),
            (1.1, "1.1"),
            (0.001, "0.001"),
            (1e7, "1.0E7"),
            (1.5e-5, "1.5E-5"),
            (-0.0, "-0.0"),
            (9_999_999.0, "9999999.0"),
            (1e21, "1.0E21"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(java_double_text(value), want);
        }
    }
}
