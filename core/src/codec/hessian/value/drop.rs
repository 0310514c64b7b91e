//! Dropping deep values without recursion.

use std::sync::Arc;

use super::{List, Map, Object, Value};

impl Drop for List {
    fn drop(&mut self) {
        if let Some(items) = self.items.take() {
            drop_all(items);
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if let Some(entries) = self.entries.take() {
            drop_all(entries.into_iter().flat_map(|(key, value)| [key, value]));
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        if let Some(fields) = self.fields.take() {
            drop_all(fields);
        }
    }
}

/// Drops values level by level: a container that loses its last owner gives its children to the list of
/// those still to drop before it is dropped itself, empty.
fn drop_all(values: impl IntoIterator<Item = Value>) {
    let mut pending: Vec<Value> = values.into_iter().filter(is_container).collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => {
                let items = Arc::into_inner(list).and_then(|mut list| list.items.take());
                pending.extend(items.into_iter().flatten().filter(is_container));
            }
            Value::Object(object) => {
                let fields = Arc::into_inner(object).and_then(|mut object| object.fields.take());
                pending.extend(fields.into_iter().flatten().filter(is_container));
            }
            Value::Map(map) => {
                let entries = Arc::into_inner(map).and_then(|mut map| map.entries.take());
                let children = entries.into_iter().flatten().flat_map(|(key, value)| [key, value]);
                pending.extend(children.filter(is_container));
            }
            _ => {}
        }
    }
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_) | Value::Object(_))
}
