//! Whether a value fits the type that a Java interface declares.
//!
//! Only primitives, their boxes and text are checked: what else a parameter may take, only Java knows.

use polydubbo::api::hessian::{JavaString, Value};
use polydubbo::api::{Error, ErrorCode, Result};

/// The value as the parameter takes it: integers in the width of the type.
pub(crate) fn fit(java_type: &str, value: Value, index: usize) -> Result<Value> {
    let (kind, is_box) = match java_type {
        "java.lang.Boolean" => ("boolean", true),
        "java.lang.Byte" => ("byte", true),
        "java.lang.Short" => ("short", true),
        "java.lang.Integer" => ("int", true),
        "java.lang.Long" => ("long", true),
        "java.lang.Float" => ("float", true),
        "java.lang.Double" => ("double", true),
        "java.lang.Character" => ("char", true),
        "java.lang.String" => ("String", true),
        other => (other, false),
    };
    if is_box && value.is_null() {
        return Ok(value);
    }
    match (kind, &value) {
        ("boolean", Value::Bool(_))
        | ("float" | "double", Value::Double(_))
        | ("String", Value::String(_)) => Ok(value),
        ("byte", Value::Int(_) | Value::Long(_)) => narrow(value, kind, index, -0x80..=0x7f),
        ("short", Value::Int(_) | Value::Long(_)) => narrow(value, kind, index, -0x8000..=0x7fff),
        ("int", Value::Int(_) | Value::Long(_)) => {
            narrow(value, kind, index, i32::MIN.into()..=i32::MAX.into())
        }
        ("long", Value::Int(number)) => Ok(Value::Long((*number).into())),
        ("long", Value::Long(_)) => Ok(value),
        ("char", Value::String(text)) if is_one_unit(text) => Ok(value),
        ("boolean" | "byte" | "short" | "int" | "long" | "float" | "double" | "char" | "String", other) => {
            Err(unfit(index, format_args!("expected {kind}, got {}", name_of(other))))
        }
        _ => Ok(value),
    }
}

fn narrow(value: Value, kind: &str, index: usize, range: std::ops::RangeInclusive<i64>) -> Result<Value> {
    let number = value.as_long().unwrap_or_default();
    match i32::try_from(number) {
        Ok(int) if range.contains(&number) => Ok(Value::Int(int)),
        _ => Err(unfit(index, format_args!("value {number} out of range for {kind}"))),
    }
}

fn is_one_unit(text: &JavaString) -> bool {
    match (text.as_str(), text.as_wide()) {
        (Some(text), _) => text.encode_utf16().count() == 1,
        (None, units) => units.is_some_and(|units| units.len() == 1),
    }
}

#[cold]
fn unfit(index: usize, what: std::fmt::Arguments<'_>) -> Error {
    Error::new(ErrorCode::Serialization, format!("args[{index}]: {what}"))
}

/// What a value is, for error texts.
pub(crate) fn name_of(value: &Value) -> &str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an int",
        Value::Long(_) => "a long",
        Value::Double(_) => "a double",
        Value::Date(_) => "a java.util.Date",
        Value::String(_) => "a String",
        Value::Binary(_) => "a byte[]",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Object(object) => object.class().name(),
        Value::Back(_) => "the edge of a cycle",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_the_width_of_the_parameter() {
        for (java_type, value, want) in [
            ("long", Value::Int(7), Some(Value::Long(7))),
            ("int", Value::Long(7), Some(Value::Int(7))),
            ("int", Value::Long(1 << 31), None),
            ("byte", Value::Int(-128), Some(Value::Int(-128))),
            ("byte", Value::Int(128), None),
            ("java.lang.Short", Value::Null, Some(Value::Null)),
            ("short", Value::Null, None),
            ("char", Value::from("é"), Some(Value::from("é"))),
            ("char", Value::from("ab"), None),
            ("double", Value::Int(1), None),
            ("java.lang.String", Value::Int(1), None),
            ("java.lang.Object", Value::Int(1), Some(Value::Int(1))),
            ("int[]", Value::list([]), Some(Value::list([]))),
        ] {
            assert_eq!(fit(java_type, value, 0).ok(), want, "{java_type}");
        }
        let error = fit("int", Value::Bool(true), 2).unwrap_err();
        assert_eq!(error.message(), "args[2]: expected int, got a boolean");
    }
}
