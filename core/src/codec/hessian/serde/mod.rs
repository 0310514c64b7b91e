//! serde types as Hessian2 values, for types that have serde's traits already.
//!
//! | Rust | Java |
//! |---|---|
//! | struct renamed to a name with a dot, `#[serde(rename = "com.acme.User")]` | object of that class |
//! | other struct | `java.util.HashMap` of its fields, which Java takes for a bean parameter |
//! | unit variant of an enum renamed to a name with a dot | enum constant |
//! | other unit variant | `String` |
//! | variant with content | map with the variant's name as only key |
//! | `i8 i16 i32 u8 u16` / `i64 u32 u64` | `int` / `long` |
//! | `i128`, `u128` | `java.math.BigInteger` |
//! | `f32` | double of the shortest decimal |
//! | sequences and tuples / maps | `ArrayList` / `HashMap` |
//! | bytes (`serde_bytes`) | `byte[]` |
//!
//! Reading takes objects of any class and maps for structs, converts numbers as Java does, and gives dates
//! as RFC 3339 text in UTC. What is shared in the body is read once for each reference, within the
//! expansion limit; cycles are errors.
//!
//! serde recurses with some kilobytes of stack for each level, so values nest 128 deep at most, in both
//! directions.
//!
//! Writing goes through a [`Value`], because serde names the fields of a struct one by one and Java wants
//! all names first. `#[derive(Hessian)]` is the faster way.

mod access;
mod de;
mod rfc3339;
mod ser;

use serde::{Deserialize, Serialize};

use self::de::Decode;
use super::error::{DecodeError, EncodeError};
use super::reader::Reader;
use super::source::{FromHessian, ToHessian};
use super::value::Value;
use super::writer::Writer;

/// Containers that may nest; the stack that serde needs for each is not ours to choose.
const MAX_DEPTH: usize = 128;

/// Writes and reads a serde type where a Hessian type is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Serde<T>(pub T);

/// Encodes a serde type as one body.
///
/// # Errors
/// Numbers beyond `long`, names that Java cannot have, values that nest too deeply, and the type's own.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<bytes::Bytes, EncodeError> {
    let mut writer = Writer::new();
    writer.value(&to_value(value)?)?;
    writer.finish()
}

/// Converts a serde type to a value.
///
/// # Errors
/// As [`to_bytes`].
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, EncodeError> {
    value.serialize(ser::Encode { depth: 0 })
}

/// Decodes a serde type from a body that holds one value.
///
/// # Errors
/// Malformed bytes, values that the type does not take, bytes left over.
pub fn from_bytes<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(body);
    let Serde(value) = reader.read()?;
    reader.expect_end()?;
    Ok(value)
}

impl<T: Serialize> ToHessian for Serde<T> {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        to_value(&self.0)?.write_hessian(w)
    }
}

impl<'de, T: Deserialize<'de>> FromHessian<'de> for Serde<T> {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        T::deserialize(Decode { reader: r }).map(Self).map_err(|error| error.placed(r.position()))
    }
}

#[cfg(test)]
mod tests;
