//! Reading containers.

use polydubbo::api::hessian::Value;

use super::*;
use crate::boundary::infallible;
use crate::text::{dubbo_buf, dubbo_str};

/// Says what a value is: one of DUBBO_TYPE_*. The edge that closes a cycle is what it leads to.
///
/// @param value borrowed; NULL is DUBBO_TYPE_NULL
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_type(value: Option<&dubbo_value>) -> u32 {
    infallible(DUBBO_TYPE_NULL, || value.map_or(DUBBO_TYPE_NULL, type_of))
}

fn type_of(value: &dubbo_value) -> u32 {
    match &value.0 {
        Value::Null => DUBBO_TYPE_NULL,
        Value::Bool(_) => DUBBO_TYPE_BOOL,
        Value::Int(_) => DUBBO_TYPE_I32,
        Value::Long(_) => DUBBO_TYPE_I64,
        Value::Double(_) => DUBBO_TYPE_F64,
        Value::String(_) => DUBBO_TYPE_STR,
        Value::Binary(_) => DUBBO_TYPE_BYTES,
        Value::Date(_) => DUBBO_TYPE_DATE,
        _ => match value.container() {
            Some(Container::List(_)) => DUBBO_TYPE_LIST,
            Some(Container::Map(_)) => DUBBO_TYPE_MAP,
            Some(Container::Object(object)) => match object.class().name() {
                "java.math.BigDecimal" | "java.math.BigInteger" => DUBBO_TYPE_DECIMAL,
                _ => DUBBO_TYPE_OBJECT,
            },
            None => DUBBO_TYPE_LOST,
        },
    }
}

/// Counts the elements of a list, the entries of a map, or the fields of an object; 0 for anything else.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_len(value: Option<&dubbo_value>) -> usize {
    infallible(0, || match value.and_then(dubbo_value::container) {
        Some(Container::List(list)) => list.items().len(),
        Some(Container::Map(map)) => map.entries().len(),
        Some(Container::Object(object)) => object.fields().len(),
        None => 0,
    })
}

/// Shows an element of a list, the value of an entry of a map, or the value of a field, in the order of the wire.
///
/// @param value borrowed
/// @return view; NULL when there is none
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_item(value: Option<&dubbo_value>, index: usize) -> Option<&dubbo_value> {
    infallible(None, || {
        let item = match value?.container()? {
            Container::List(list) => list.items().get(index),
            Container::Map(map) => map.entries().get(index).map(|(_, value)| value),
            Container::Object(object) => object.fields().get(index),
        };
        item.map(dubbo_value::view)
    })
}

/// Shows the key of an entry of a map.
///
/// @param map borrowed
/// @return view; NULL when there is none
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_key(map: Option<&dubbo_value>, index: usize) -> Option<&dubbo_value> {
    infallible(None, || match map?.container()? {
        Container::Map(map) => map.entries().get(index).map(|(key, _)| dubbo_value::view(key)),
        _ => None,
    })
}

/// Shows the name of a field of an object: a view, empty when there is none.
///
/// @param object borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_field_name(object: Option<&dubbo_value>, index: usize) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        let name = match object.and_then(dubbo_value::container) {
            Some(Container::Object(object)) => object.class().fields().get(index),
            _ => None,
        };
        dubbo_str::view_of(name.map(|name| &**name))
    })
}

/// Shows the field of an object, or the entry of a map whose key is this text.
///
/// @param value borrowed
/// @param name borrowed
/// @return view; NULL when there is none
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_field(value: Option<&dubbo_value>, name: dubbo_str) -> Option<&dubbo_value> {
    infallible(None, || {
        let name = name.text("name").ok()?;
        let field = match value?.container()? {
            Container::List(_) => None,
            Container::Map(map) => map.get(name),
            Container::Object(object) => object.get(name),
        };
        field.map(dubbo_value::view)
    })
}

/// Shows the class of an object, or the type of a list or map as it stands on the wire: a view, empty for an ordinary
/// list or map and for anything else.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_java_type(value: Option<&dubbo_value>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(match value.and_then(dubbo_value::container) {
            Some(Container::List(list)) => list.java_type(),
            Some(Container::Map(map)) => map.java_type(),
            Some(Container::Object(object)) => Some(object.class().name()),
            None => None,
        })
    })
}

/// Shows the name of an enum constant: a view, empty for anything else. A bean whose only field is a text `name` looks the
/// same on the wire.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_enum_name(value: Option<&dubbo_value>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || match value.and_then(dubbo_value::container) {
        Some(Container::Object(object)) => dubbo_str::view_of(object.enum_name()),
        _ => dubbo_str::EMPTY,
    })
}

/// Gives a number that is the same for the same container and no other that is alive; 0 for values that are none.
///
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_identity(value: Option<&dubbo_value>) -> usize {
    infallible(0, || value.and_then(|value| value.0.identity()).unwrap_or(0))
}

/// Compares two values as they would read from Java; what is shared does not matter, NaN equals NaN.
///
/// @param left borrowed; NULL equals null
/// @param right borrowed; NULL equals null
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_equal(left: Option<&dubbo_value>, right: Option<&dubbo_value>) -> bool {
    infallible(false, || or_null(left) == or_null(right))
}

/// Prints a value for people, bounded in depth and size.
///
/// @param value borrowed
/// @return owned: released by dubbo_buf_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_value_print(value: Option<&dubbo_value>) -> Option<Box<dubbo_buf>> {
    infallible(None, || Some(dubbo_buf::new(format!("{:?}", or_null(value)).into_bytes())))
}

fn or_null(value: Option<&dubbo_value>) -> &Value {
    value.map_or(&Value::Null, dubbo_value::inner)
}
