//! Making values.

use std::mem::MaybeUninit;
use std::str::FromStr;
use std::sync::Arc;

use polydubbo::api::hessian::jdk::{BigDecimal, BigInteger};
use polydubbo::api::hessian::{EncodeError, Reader, ToHessian, Value, Writer, is_class_name};
use polydubbo::api::{Error, Result};

use super::dubbo_value;
use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::errors::dubbo_error;
use crate::text::dubbo_str;

/// Makes a list, set or array.
///
/// @param java_type borrowed: the type as it stands on the wire, "java.util.HashSet", "[int", "[string"; empty for an
///   ordinary list, which Java reads as an ArrayList
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_list(
    java_type: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(dubbo_value::boxed(match java_type.text("java_type")? {
            "" => Value::list([]),
            name => Value::typed_list(checked_type(name)?, []),
        }));
        Ok(())
    })
}

/// Appends to a list that has one owner.
///
/// @param list borrowed
/// @param item consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_push(
    list: Option<&mut dubbo_value>,
    item: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let Value::List(list) = &mut required(list, "list")?.0 else {
            return Err(invalid("the value is no list"));
        };
        let item = required(item, "item")?;
        unshared(list)?.items_mut().push(item.into_inner());
        Ok(())
    })
}

/// Makes a map.
///
/// @param java_type borrowed: its class, for example "java.util.TreeMap"; empty for a java.util.HashMap
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_map(
    java_type: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let entries: [(Value, Value); 0] = [];
        *out = Some(dubbo_value::boxed(match java_type.text("java_type")? {
            "" => Value::map(entries),
            name => Value::typed_map(checked_type(name)?, entries),
        }));
        Ok(())
    })
}

/// Adds an entry to a map that has one owner. An entry with an equal key stays; in Java the last one counts.
///
/// @param map borrowed
/// @param key consumed
/// @param value consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_put(
    map: Option<&mut dubbo_value>,
    key: Option<Box<dubbo_value>>,
    value: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let Value::Map(map) = &mut required(map, "map")?.0 else {
            return Err(invalid("the value is no map"));
        };
        let (key, value) = (required(key, "key")?, required(value, "value")?);
        unshared(map)?.entries_mut().push((key.into_inner(), value.into_inner()));
        Ok(())
    })
}

/// Makes an enum constant.
///
/// @param class_name borrowed
/// @param constant borrowed: the name of the constant
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_enum(
    class_name: dubbo_str,
    constant: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let made = Value::enum_constant(class_name.text("class_name")?, constant.text("constant")?);
        *out = Some(dubbo_value::boxed(made.map_err(bad_name)?));
        Ok(())
    })
}

/// Makes a java.math.BigDecimal.
///
/// @param digits borrowed: a number as Java writes it, "12.340" or "1E+3"
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_decimal(
    digits: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(number::<BigDecimal>(digits)?);
        Ok(())
    })
}

/// Makes a java.math.BigInteger.
///
/// @param digits borrowed: decimal digits with an optional sign
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_integer(
    digits: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(number::<BigInteger>(digits)?);
        Ok(())
    })
}

/// Makes another owner of a value. A container then has two owners and cannot be changed any more; put in two places, it
/// is one object for Java.
///
/// @param value borrowed; NULL gives NULL
/// @return owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_clone(value: Option<&dubbo_value>) -> Option<Box<dubbo_value>> {
    infallible(None, || value.map(|value| dubbo_value::boxed(value.0.clone())))
}

/// Makes the edge that closes a cycle: to be put somewhere inside the container, which it does not own.
///
/// @param container borrowed: a list, map or object
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_new_back(
    container: Option<&dubbo_value>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let back = required(container, "container")?.0.back();
        *out = Some(dubbo_value::boxed(back.ok_or_else(|| invalid("the value is no container"))?));
        Ok(())
    })
}

/// Releases a value. What it shares with other values stays with them.
///
/// @param value consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_free(value: Option<Box<dubbo_value>>) {
    infallible((), || drop(value));
}

/// The container, to be changed by its only owner.
pub(super) fn unshared<T>(container: &mut Arc<T>) -> Result<&mut T> {
    if Arc::strong_count(container) > 1 {
        return Err(invalid(
            "the container has another owner and cannot be changed: change it before it is cloned",
        ));
    }
    // SAFETY: this is the only owner, and the caller holds it exclusively. Edges back to it may exist, but they are
    // followed only by functions that read the same value, which the header forbids at the same time.
    Ok(unsafe { &mut *Arc::as_ptr(container).cast_mut() })
}

/// The number as the object that Java makes of it.
fn number<T: FromStr + ToHessian>(digits: dubbo_str) -> Result<Box<dubbo_value>> {
    let text = digits.text("digits")?;
    let number: T = text.parse().map_err(|_| invalid(format!("{text:?} is no number")))?;
    let mut writer = Writer::new();
    number.write_hessian(&mut writer).map_err(bad_name)?;
    let value: Value = writer
        .finish()
        .map_err(bad_name)
        .and_then(|body| Reader::new(&body).read().map_err(|error| invalid(error.to_string())))?;
    Ok(dubbo_value::boxed(value))
}

fn checked_type(name: &str) -> Result<&str> {
    let element = name.trim_start_matches('[');
    if is_class_name(element) { Ok(name) } else { Err(invalid(format!("{name:?} is no Java type"))) }
}

fn bad_name(error: EncodeError) -> Error {
    invalid(error.to_string())
}
