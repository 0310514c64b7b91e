//! Between objects and the maps that stand for them in generic calls.

use std::collections::HashMap;

use crate::codec::descriptor::class_name;
use crate::codec::hessian::{EncodeError, EncodeErrorKind, Value};

/// Key under which a map names the class of the object that it stands for.
const CLASS: &str = "class";

/// Turns every object into a map with the key `class`, and every enum constant into its name. Objects of the JDK stay.
///
/// On the wire an enum constant is an object whose only field is `name`; a class that happens to look like that is taken
/// for an enum.
///
/// # Errors
///
/// Cycles: a map that contains itself has no such form.
pub fn generalize(value: &Value) -> Result<Value, EncodeError> {
    Converter::default().convert(value, &|converter, value| converter.generalize_object(value))
}

/// Turns maps that name their class back into objects. `parameter` is the declared type as a descriptor: a map without
/// a class becomes an object of that type, and a text an enum constant, when it is a class of the application.
///
/// # Errors
///
/// Cycles, and class names that are none in Java.
pub fn realize(value: &Value, parameter: Option<&str>) -> Result<Value, EncodeError> {
    let mut converter = Converter::default();
    let declared = parameter.and_then(class_name).filter(|name| is_application_class(name));
    match (value, declared) {
        (Value::Map(map), Some(class)) if map.get(CLASS).is_none() => converter.object(&class, map.entries()),
        (Value::String(name), Some(class)) => match name.as_str() {
            Some(name) => Value::enum_constant(&class, name),
            None => Ok(value.clone()),
        },
        _ => converter.convert(value, &|converter, value| converter.realize_map(value)),
    }
}

/// The descriptor of a Java type given by its name: `int`, `java.lang.String[]`, or `[I` as it is.
#[must_use]
pub fn descriptor_of(name: &str) -> String {
    let name = name.trim();
    if name.starts_with('[') {
        return name.replace('.', "/");
    }
    let (mut element, mut dimensions) = (name, 0);
    while let Some(component) = element.strip_suffix("[]") {
        (element, dimensions) = (component, dimensions + 1);
    }
    let mut descriptor = String::with_capacity(dimensions + element.len() + 2);
    descriptor.extend(std::iter::repeat_n('[', dimensions));
    match primitive(element) {
        Some(letter) => descriptor.push(letter),
        None => {
            for (index, part) in element.split('.').enumerate() {
                descriptor.push(if index == 0 { 'L' } else { '/' });
                descriptor.push_str(part);
            }
            descriptor.push(';');
        }
    }
    descriptor
}

fn primitive(name: &str) -> Option<char> {
    Some(match name {
        "void" => 'V',
        "boolean" => 'Z',
        "byte" => 'B',
        "char" => 'C',
        "double" => 'D',
        "float" => 'F',
        "int" => 'I',
        "long" => 'J',
        "short" => 'S',
        _ => return None,
    })
}

fn is_application_class(name: &str) -> bool {
    !["java.", "javax.", "jakarta."].iter().any(|prefix| name.starts_with(prefix))
}

type Special = dyn Fn(&mut Converter, &Value) -> Result<Option<Value>, EncodeError>;

/// Copies a value with some containers replaced. What was shared stays shared, so that a small input cannot expand
/// into a large output.
#[derive(Default)]
struct Converter {
    done: HashMap<usize, Value>,
}

impl Converter {
    fn convert(&mut self, value: &Value, special: &Special) -> Result<Value, EncodeError> {
        let identity = match value {
            Value::List(_) | Value::Map(_) | Value::Object(_) => value.identity(),
            Value::Back(_) => return Err(cycle()),
            _ => return Ok(value.clone()),
        };
        if let Some(done) = identity.and_then(|identity| self.done.get(&identity)) {
            return Ok(done.clone());
        }
        let converted = match special(self, value)? {
            Some(converted) => converted,
            None => self.copy(value, special)?,
        };
        if let Some(identity) = identity {
            self.done.insert(identity, converted.clone());
        }
        Ok(converted)
    }

    fn copy(&mut self, value: &Value, special: &Special) -> Result<Value, EncodeError> {
        match value {
            Value::List(list) => {
                let items: Result<Vec<_>, _> =
                    list.items().iter().map(|item| self.convert(item, special)).collect();
                Ok(match list.java_type() {
                    Some(java_type) => Value::typed_list(java_type, items?),
                    None => Value::list(items?),
                })
            }
            Value::Map(map) => {
                let entries: Result<Vec<_>, _> = map
                    .entries()
                    .iter()
                    .map(|(key, value)| Ok((self.convert(key, special)?, self.convert(value, special)?)))
                    .collect();
                Ok(match map.java_type() {
                    Some(java_type) => Value::typed_map(java_type, entries?),
                    None => Value::map(entries?),
                })
            }
            other => Ok(other.clone()),
        }
    }

    fn generalize_object(&mut self, value: &Value) -> Result<Option<Value>, EncodeError> {
        let Value::Object(object) = value else { return Ok(None) };
        if let Some(name) = object.enum_name() {
            return Ok(Some(Value::from(name)));
        }
        let class = object.class();
        if !is_application_class(class.name()) {
            return Ok(None);
        }
        let mut entries = vec![(Value::from(CLASS), Value::from(class.name()))];
        for (name, field) in class.fields().iter().zip(object.fields()) {
            entries.push((Value::from(&**name), generalize_in(self, field)?));
        }
        Ok(Some(Value::map(entries)))
    }

    fn realize_map(&mut self, value: &Value) -> Result<Option<Value>, EncodeError> {
        let Value::Map(map) = value else { return Ok(None) };
        let Some(class) = map.get(CLASS).and_then(Value::as_str).map(str::to_owned) else { return Ok(None) };
        // Maps of the JDK name their class too; the type of the map says the same.
        if !is_application_class(&class) {
            return Ok(None);
        }
        self.object(&class, map.entries()).map(Some)
    }

    fn object(&mut self, class: &str, entries: &[(Value, Value)]) -> Result<Value, EncodeError> {
        let mut fields = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = key.as_str() else {
                return Err(EncodeError::new(EncodeErrorKind::Custom("a field is named by a text".into())));
            };
            if name != CLASS {
                fields.push((name, realize_in(self, value)?));
            }
        }
        Value::object(class, fields)
    }
}

fn generalize_in(converter: &mut Converter, value: &Value) -> Result<Value, EncodeError> {
    converter.convert(value, &|converter, value| converter.generalize_object(value))
}

fn realize_in(converter: &mut Converter, value: &Value) -> Result<Value, EncodeError> {
    converter.convert(value, &|converter, value| converter.realize_map(value))
}

fn cycle() -> EncodeError {
    EncodeError::new(EncodeErrorKind::Unsupported("a cycle in a generic call".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Value {
        Value::object("demo.User", [("name", Value::from("ann")), ("age", Value::from(7))]).expect("class")
    }

    #[test]
    fn objects_become_maps_that_name_their_class_and_come_back() {
        let value = Value::list([user(), Value::from("x")]);
        let general = generalize(&value).expect("no cycle");
        let first = &general.as_list().expect("list").items()[0];
        assert_eq!(first.get("class").and_then(Value::as_str), Some("demo.User"));
        assert_eq!(first.get("age").and_then(Value::as_long), Some(7));
        assert_eq!(realize(&general, None).expect("names"), value);
    }

    #[test]
    fn enum_constants_travel_as_their_names() {
        let red = Value::enum_constant("demo.Color", "RED").expect("class");
        let general = generalize(&red).expect("no cycle");
        assert_eq!(general.as_str(), Some("RED"));
        assert_eq!(realize(&general, Some("Ldemo/Color;")).expect("class"), red);
        assert_eq!(realize(&general, Some("Ljava/lang/String;")).expect("text"), general);
    }

    #[test]
    fn a_map_without_a_class_takes_the_declared_one() {
        let map = Value::map([("name", Value::from("ann")), ("age", Value::from(7))]);
        assert_eq!(realize(&map, Some("Ldemo/User;")).expect("class"), user());
        assert_eq!(realize(&map, Some("Ljava/util/Map;")).expect("map"), map);
    }

    #[test]
    fn what_is_shared_stays_shared_and_cycles_are_refused() {
        let shared = user();
        let general = generalize(&Value::list([shared.clone(), shared])).expect("no cycle");
        let items = general.as_list().expect("list").items();
        assert_eq!(items[0].identity(), items[1].identity());
        let cycle = Value::cyclic_list(None, |this| vec![this]);
        assert!(generalize(&cycle).is_err());
    }

    #[test]
    fn type_names_become_descriptors() {
        for (name, want) in [
            ("int", "I"),
            ("java.lang.String", "Ljava/lang/String;"),
            ("int[]", "[I"),
            ("java.lang.String[][]", "[[Ljava/lang/String;"),
            ("demo.Foo$Inner", "Ldemo/Foo$Inner;"),
            ("[I", "[I"),
            ("[Ljava.lang.String;", "[Ljava/lang/String;"),
        ] {
            assert_eq!(descriptor_of(name), want);
        }
    }
}
