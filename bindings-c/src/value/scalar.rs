//! Making and reading values that have no children.

use std::mem::MaybeUninit;

use polydubbo::api::hessian::jdk::{BigDecimal, BigInteger};
use polydubbo::api::hessian::{FromHessianOwned, JavaString, Reader, Value, Writer};
use polydubbo::api::{Error, ErrorCode, Result};

use super::{Container, dubbo_value};
use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::declared::name_of;
use crate::errors::dubbo_error;
use crate::text::{dubbo_buf, dubbo_bytes, dubbo_str, elements};

/// Makes a null.
///
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_null() -> Option<Box<dubbo_value>> {
    infallible(None, || Some(dubbo_value::boxed(Value::Null)))
}

/// Makes a boolean.
///
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_bool(value: bool) -> Option<Box<dubbo_value>> {
    infallible(None, || Some(dubbo_value::boxed(Value::Bool(value))))
}

/// Makes an int, which also serves for short and byte.
///
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_i32(value: i32) -> Option<Box<dubbo_value>> {
    infallible(None, || Some(dubbo_value::boxed(Value::Int(value))))
}

/// Makes a long.
///
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_i64(value: i64) -> Option<Box<dubbo_value>> {
    infallible(None, || Some(dubbo_value::boxed(Value::Long(value))))
}

/// Makes a double, which also serves for float.
///
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_f64(value: f64) -> Option<Box<dubbo_value>> {
    infallible(None, || Some(dubbo_value::boxed(Value::Double(value))))
}

/// Makes a java.util.Date of milliseconds since 1970-01-01T00:00Z.
///
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_date(ms: i64) -> Option<Box<dubbo_value>> {
    infallible(None, || Some(dubbo_value::boxed(Value::Date(ms))))
}

/// Makes a String, which also serves for char.
///
/// @param text borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_str(
    text: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(dubbo_value::boxed(Value::from(text.text("text")?)));
        Ok(())
    })
}

/// Makes a String of UTF-16 units, lone surrogates included.
///
/// @param units borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_utf16(
    units: *const u16,
    unit_count: usize,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let text = JavaString::from_utf16(elements(units, unit_count, "units")?);
        *out = Some(dubbo_value::boxed(Value::String(text)));
        Ok(())
    })
}

/// Makes a byte[].
///
/// @param bytes borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_bytes(
    bytes: dubbo_bytes,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(dubbo_value::boxed(Value::from(bytes.bytes("bytes")?)));
        Ok(())
    })
}

/// Reads a boolean.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_bool(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<bool>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        *out = value.as_bool().ok_or_else(|| mismatch("boolean", value))?;
        Ok(())
    })
}

/// Reads an int, or a long that fits.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_i32(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<i32>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        let number = value.as_long().ok_or_else(|| mismatch("int", value))?;
        *out = i32::try_from(number).map_err(|_| invalid(format!("{number} is out of range for int")))?;
        Ok(())
    })
}

/// Reads a long or an int.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_i64(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<i64>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        *out = value.as_long().ok_or_else(|| mismatch("long", value))?;
        Ok(())
    })
}

/// Reads a double.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_f64(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<f64>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        *out = value.as_double().ok_or_else(|| mismatch("double", value))?;
        Ok(())
    })
}

/// Reads a java.util.Date: milliseconds since 1970-01-01T00:00Z.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_date(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<i64>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        let Value::Date(ms) = value else { return Err(mismatch("java.util.Date", value)) };
        *out = *ms;
        Ok(())
    })
}

/// Shows a String: a view that dies with the value. A text with a lone surrogate, which UTF-8 cannot hold, is refused;
/// dubbo_value_utf16 reads it.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_str(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<dubbo_str>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        let Value::String(text) = value else { return Err(mismatch("String", value)) };
        let lone = || {
            invalid("the text has a lone surrogate, which UTF-8 cannot hold: read it by dubbo_value_utf16")
        };
        *out = dubbo_str::view(text.as_str().ok_or_else(lone)?);
        Ok(())
    })
}

/// Copies the UTF-16 units of a String: two bytes each, in the order of this machine.
///
/// @param value borrowed
/// @param out owned: released by dubbo_buf_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_utf16(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_buf>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        let Value::String(text) = value else { return Err(mismatch("String", value)) };
        let units: Vec<u16> = match text.as_wide() {
            Some(units) => units.to_vec(),
            None => text.as_str().unwrap_or_default().encode_utf16().collect(),
        };
        *out = Some(dubbo_buf::new(units.into_iter().flat_map(u16::to_ne_bytes).collect::<Vec<u8>>()));
        Ok(())
    })
}

/// Shows a byte[]: a view that dies with the value.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_bytes(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<dubbo_bytes>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (out, value) = (place(out)?, inner(value)?);
        let Value::Binary(bytes) = value else { return Err(mismatch("byte[]", value)) };
        *out = dubbo_bytes::view(bytes);
        Ok(())
    })
}

/// Writes a java.math.BigDecimal or java.math.BigInteger as Java does.
///
/// @param value borrowed
/// @param out owned: released by dubbo_buf_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_decimal(
    value: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_buf>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let value = required(value, "value")?;
        *out = Some(dubbo_buf::new(digits(value)?));
        Ok(())
    })
}

/// Words of the longest integer that is written as text, because the time grows with the square of its length.
const MAX_WORDS: usize = 4096;

fn digits(value: &dubbo_value) -> Result<String> {
    let class = match value.container() {
        Some(Container::Object(object)) => object.class().name(),
        _ => "",
    };
    match class {
        "java.math.BigDecimal" => Ok(convert::<BigDecimal>(&value.0)?.to_string()),
        "java.math.BigInteger" => {
            let number: BigInteger = convert(&value.0)?;
            if number.words().len() > MAX_WORDS {
                let text = "the number has more than 39000 digits: read its fields signum and mag";
                return Err(Error::new(ErrorCode::LimitExceeded, text));
            }
            Ok(number.to_string())
        }
        _ => Err(mismatch("BigDecimal or BigInteger", &value.0)),
    }
}

fn convert<T: FromHessianOwned>(value: &Value) -> Result<T> {
    let malformed = |error: &dyn std::fmt::Display| Error::new(ErrorCode::Serialization, error.to_string());
    let mut writer = Writer::new();
    writer.value(value).map_err(|error| malformed(&error))?;
    let body = writer.finish().map_err(|error| malformed(&error))?;
    Reader::new(&body).read().map_err(|error| malformed(&error))
}

fn inner(value: Option<&dubbo_value>) -> Result<&Value> {
    required(value, "value").map(dubbo_value::inner)
}

#[cold]
fn mismatch(expected: &str, value: &Value) -> Error {
    invalid(format!("expected {expected}, found {}", name_of(value)))
}
