//! Values as Hessian2 bytes.

use std::mem::MaybeUninit;

use bytes::Bytes;
use polydubbo::api::hessian::{GraphBuilder, Profile, Reader, Refs, Value, Writer};
use polydubbo::api::{Error, ErrorCode, Result};

use super::dubbo_value;
use crate::boundary::{fallible, invalid, place, required};
use crate::errors::dubbo_error;
use crate::text::{dubbo_buf, dubbo_bytes};

/// Readable by every Dubbo from 2.6 on.
pub const DUBBO_PROFILE_PORTABLE: u32 = 0;
/// As the Hessian library of Dubbo 2.7 to 3.2 writes.
pub const DUBBO_PROFILE_HL3: u32 = 1;
/// As the Hessian library of Dubbo 3.3 writes.
pub const DUBBO_PROFILE_HL4: u32 = 2;

/// Encodes a value as Hessian2.
///
/// @param value borrowed
/// @param profile whose choices to copy where Java's writers differ: DUBBO_PROFILE_*
/// @param out owned: released by dubbo_buf_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_encode(
    value: Option<&dubbo_value>,
    profile: u32,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_buf>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let body = encode(&[required(value, "value")?.inner().clone()], profile_of(profile)?)?;
        *out = Some(dubbo_buf::new(body));
        Ok(())
    })
}

/// Encodes the elements of a list one after the other, as the arguments of a call: they share one set of tables.
///
/// @param list borrowed
/// @param profile DUBBO_PROFILE_*
/// @param out owned: released by dubbo_buf_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_encode_all(
    list: Option<&dubbo_value>,
    profile: u32,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_buf>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let list =
            required(list, "list")?.inner().as_list().ok_or_else(|| invalid("the value is no list"))?;
        *out = Some(dubbo_buf::new(encode(list.items(), profile_of(profile)?)?));
        Ok(())
    })
}

/// Decodes exactly one Hessian2 value.
///
/// @param body borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_decode(
    body: dubbo_bytes,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let mut reader = Reader::new(body.bytes("body")?);
        let value = reader.read().map_err(|error| malformed("value", &error))?;
        reader.expect_end().map_err(|error| malformed("value", &error))?;
        *out = Some(dubbo_value::boxed(value));
        Ok(())
    })
}

/// Decodes all Hessian2 values of a body, which share one set of tables, into a list.
///
/// @param body borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_decode_all(
    body: dubbo_bytes,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(dubbo_value::boxed(Value::list(decode_all(body.bytes("body")?)?)));
        Ok(())
    })
}

/// Encodes values into one body.
pub(crate) fn encode(values: &[Value], profile: Profile) -> Result<Bytes> {
    let mut writer = Writer::with_profile(profile);
    for (index, value) in values.iter().enumerate() {
        writer.value(value).map_err(|error| unfit(&error.in_index(index)))?;
    }
    writer.finish().map_err(|error| unfit(&error))
}

/// All values of a body.
pub(crate) fn decode_all(body: &[u8]) -> Result<Vec<Value>> {
    let (mut reader, mut builder, mut refs) = (Reader::new(body), GraphBuilder::new(), Refs::default());
    let mut values = Vec::new();
    while !reader.is_at_end() {
        values.push(reader.build(&mut builder, &mut refs).map_err(|error| malformed("body", &error))?);
    }
    Ok(values)
}

/// The error of bytes that are not what they should be.
pub(crate) fn malformed(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Serialization, format!("cannot decode the {what}: {error}"))
}

fn unfit(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Serialization, error.to_string())
}

fn profile_of(number: u32) -> Result<Profile> {
    match number {
        DUBBO_PROFILE_PORTABLE => Ok(Profile::Portable),
        DUBBO_PROFILE_HL3 => Ok(Profile::Hl3),
        DUBBO_PROFILE_HL4 => Ok(Profile::Hl4),
        other => Err(invalid(format!("{other} is no profile: use DUBBO_PROFILE_PORTABLE, _HL3 or _HL4"))),
    }
}
