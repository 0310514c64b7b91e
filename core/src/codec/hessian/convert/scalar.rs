//! Booleans, numbers, characters and dates.

use std::time::{Duration, SystemTime};

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::writer::Writer;

type Written = Result<(), EncodeError>;
type Read<T> = Result<T, DecodeError>;

macro_rules! scalar {
    ($($type:ty, $java:literal: $write:ident, $read:ident;)*) => {$(
        impl ToHessian for $type {
            #[inline]
            fn write_hessian(&self, w: &mut Writer) -> Written {
                $write(*self, w)
            }
        }

        impl<'de> FromHessian<'de> for $type {
            #[inline]
            fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
                let at = r.position();
                let out_of_range = |_| DecodeError::new(DecodeErrorKind::Overflow($java), at);
                Self::try_from(r.$read()?).map_err(out_of_range)
            }
        }
    )*};
}

#[inline]
fn bool(value: bool, w: &mut Writer) -> Written {
    w.bool(value);
    Ok(())
}

#[inline]
fn int(value: impl Into<i32>, w: &mut Writer) -> Written {
    w.int(value.into());
    Ok(())
}

#[inline]
fn long(value: impl TryInto<i64>, w: &mut Writer) -> Written {
    let value = value.try_into().map_err(|_| EncodeError::new(EncodeErrorKind::Overflow("long")))?;
    w.long(value);
    Ok(())
}

#[inline]
fn double(value: f64, w: &mut Writer) -> Written {
    w.double(value);
    Ok(())
}

scalar! {
    bool, "boolean": bool, read_bool;
    i8, "byte": int, read_int;
    i16, "short": int, read_int;
    u8, "unsigned byte": int, read_int;
    u16, "unsigned short": int, read_int;
    i64, "long": long, read_long;
    u32, "unsigned int": long, read_long;
    u64, "unsigned long": long, read_long;
    f64, "double": double, read_double;
}

impl ToHessian for i32 {
    #[inline]
    fn write_hessian(&self, w: &mut Writer) -> Written {
        int(*self, w)
    }

    fn write_each(values: &[Self], w: &mut Writer) -> Written {
        w.ints(values);
        Ok(())
    }
}

impl<'de> FromHessian<'de> for i32 {
    #[inline]
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        r.read_int()
    }

    fn read_run(r: &mut Reader<'de>, most: usize, add: impl FnMut(Self)) -> usize {
        r.take_ints(most, add)
    }
}

impl ToHessian for f32 {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        w.float(*self);
        Ok(())
    }
}

impl<'de> FromHessian<'de> for f32 {
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        let at = r.position();
        let wide = r.read_double()?;
        let narrow = wide as Self;
        if narrow.is_infinite() && wide.is_finite() {
            return Err(DecodeError::new(DecodeErrorKind::Overflow("float"), at));
        }
        Ok(narrow)
    }
}

impl ToHessian for char {
    /// Writes a string of one unit; a character beyond the BMP is no Java `char`.
    fn write_hessian(&self, w: &mut Writer) -> Written {
        if self.len_utf16() > 1 {
            return Err(EncodeError::new(EncodeErrorKind::Overflow("char")));
        }
        w.string(self.encode_utf8(&mut [0; 4]));
        Ok(())
    }
}

impl<'de> FromHessian<'de> for char {
    /// Reads a string of one character; Java would drop the others.
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        let at = r.position();
        let text = r.read_string()?;
        let only = text.as_ref().and_then(|text| {
            let mut chars = text.as_str()?.chars();
            chars.next().filter(|_| chars.next().is_none())
        });
        only.ok_or_else(|| DecodeError::new(DecodeErrorKind::Overflow("char"), at))
    }
}

impl ToHessian for SystemTime {
    /// Writes a date; what is finer than a millisecond is lost, as in Java.
    fn write_hessian(&self, w: &mut Writer) -> Written {
        let ms = match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => whole_ms(after, after.subsec_millis()),
            // Rounded down, so that an instant never moves over a millisecond towards the epoch.
            Err(before) => {
                let before = before.duration();
                whole_ms(before, before.subsec_nanos().div_ceil(1_000_000)).map(|ms| -ms)
            }
        };
        w.date_ms(ms.ok_or_else(|| EncodeError::new(EncodeErrorKind::Overflow("date")))?);
        Ok(())
    }
}

impl<'de> FromHessian<'de> for SystemTime {
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        let at = r.position();
        let ms = r.read_date_ms()?;
        let distance = Duration::from_millis(ms.unsigned_abs());
        let time = if ms < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        };
        time.ok_or_else(|| DecodeError::new(DecodeErrorKind::Overflow("time"), at))
    }
}

/// The milliseconds of the seconds of a distance, and these. Not by [`Duration::as_millis`], which divides 128 bits.
fn whole_ms(distance: Duration, ms: u32) -> Option<i64> {
    i64::try_from(distance.as_secs()).ok()?.checked_mul(1000)?.checked_add(i64::from(ms))
}

/// An integer that travels as `long` although Rust holds it in another type: `#[hessian(long)]`.
pub trait AsLong: Sized {
    /// Writes the integer as a `long`.
    ///
    /// # Errors
    /// `Overflow` when it is no i64.
    fn write_long(&self, w: &mut Writer) -> Result<(), EncodeError>;

    /// Reads any number.
    ///
    /// # Errors
    /// `Overflow` when the type cannot hold it, `TypeMismatch`.
    fn read_long(r: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// As [`FromHessian::absent`].
    #[must_use]
    fn absent_long() -> Option<Self> {
        None
    }
}

macro_rules! as_long {
    ($($type:ty)*) => {$(
        impl AsLong for $type {
            fn write_long(&self, w: &mut Writer) -> Written {
                long(*self, w)
            }

            fn read_long(r: &mut Reader<'_>) -> Read<Self> {
                let at = r.position();
                let out_of_range = |_| DecodeError::new(DecodeErrorKind::Overflow(stringify!($type)), at);
                Self::try_from(r.read_long()?).map_err(out_of_range)
            }
        }
    )*};
}

as_long! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

impl<T: AsLong> AsLong for Option<T> {
    fn write_long(&self, w: &mut Writer) -> Written {
        match self {
            Some(value) => value.write_long(w),
            None => {
                w.null();
                Ok(())
            }
        }
    }

    fn read_long(r: &mut Reader<'_>) -> Read<Self> {
        if r.take_null()? { Ok(None) } else { T::read_long(r).map(Some) }
    }

    fn absent_long() -> Option<Self> {
        Some(None)
    }
}
