//! Values as JSON, for the generic mode `gson`: each argument and the result are one text.

use serde_json::{Map, Number, Value as Json};

use crate::codec::hessian::Value;

/// Reads one argument. `parameter` is the declared type as a descriptor: JSON has one kind of number, Java has many.
///
/// # Errors
///
/// The fault of the text, with its place.
pub(super) fn from_text(text: &str, parameter: &str) -> Result<Value, serde_json::Error> {
    // The parser limits depth by itself.
    serde_json::from_str(text).map(|json| from_json(json, parameter))
}

fn from_json(json: Json, parameter: &str) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => from_number(&number, parameter),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::list(items.into_iter().map(|item| from_json(item, ""))),
        Json::Object(entries) => Value::map(
            entries.into_iter().map(|(key, value)| (Value::from(key.as_str()), from_json(value, ""))),
        ),
    }
}

fn from_number(number: &Number, parameter: &str) -> Value {
    let is = |types: &[&str]| types.contains(&parameter);
    match number.as_i64() {
        Some(_) | None if is(&["D", "F", "Ljava/lang/Double;", "Ljava/lang/Float;"]) => {
            Value::Double(number.as_f64().unwrap_or(f64::NAN))
        }
        Some(whole) if is(&["J", "Ljava/lang/Long;"]) => Value::Long(whole),
        Some(whole) => i32::try_from(whole).map_or(Value::Long(whole), Value::Int),
        None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// Writes the result, which holds no cycle: objects lose their class, enum constants become their names, dates
/// milliseconds since 1970, and numbers that JSON has no form for null.
pub(super) fn to_text(value: &Value) -> String {
    to_json(value).to_string()
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Back(_) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Long(value) | Value::Date(value) => Json::from(*value),
        Value::Double(value) => Json::from(*value),
        Value::String(text) => Json::String(text.to_str_lossy().into_owned()),
        Value::Binary(bytes) => bytes.iter().map(|byte| Json::from(*byte as i8)).collect(),
        Value::List(list) => list.items().iter().map(to_json).collect(),
        Value::Map(map) => {
            let entries = map.entries().iter().map(|(key, value)| (key_text(key), to_json(value)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
        Value::Object(object) => match object.enum_name() {
            Some(name) => Json::from(name),
            None => {
                let fields = object.class().fields().iter().zip(object.fields());
                Json::Object(
                    fields.map(|(name, value)| (name.to_string(), to_json(value))).collect::<Map<_, _>>(),
                )
            }
        },
    }
}

/// Keys of JSON are texts.
fn key_text(key: &Value) -> String {
    match to_json(key) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_declared_width() {
        for (text, parameter, want) in [
            ("1", "I", Value::Int(1)),
            ("1", "J", Value::Long(1)),
            ("1", "D", Value::Double(1.0)),
            ("1.5", "Ljava/lang/Object;", Value::Double(1.5)),
            ("9007199254740993", "Ljava/lang/Object;", Value::Long(9_007_199_254_740_993)),
            ("null", "Ljava/lang/Long;", Value::Null),
            ("\"x\"", "Ljava/lang/String;", Value::from("x")),
        ] {
            assert_eq!(from_text(text, parameter).expect("JSON"), want, "{text} as {parameter}");
        }
        assert!(from_text("{", "I").is_err());
        assert!(from_text(&"[".repeat(100_000), "I").is_err(), "depth is bounded");
    }

    #[test]
    fn objects_and_maps_are_written_as_json_objects() {
        let user = Value::object("demo.User", [("name", Value::from("ann")), ("age", Value::from(7))])
            .expect("class");
        let value = Value::map([(Value::from("u"), user), (Value::from("n"), Value::Double(f64::NAN))]);
        assert_eq!(to_text(&value), r#"{"n":null,"u":{"age":7,"name":"ann"}}"#);
        assert_eq!(to_text(&Value::list([Value::from(1), Value::Null])), "[1,null]");
    }
}
