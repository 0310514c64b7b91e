//! Printing values for people, bounded in depth and size.

use std::fmt::{self, Formatter};

use super::{List, Map, Object, Value};

/// Containers below this depth print as `..`.
const MAX_DEPTH: usize = 16;

/// Children of one value tree that are printed at most.
const MAX_VALUES: usize = 1000;

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Printer { depth: 0, left: MAX_VALUES }.value(self, f)
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Printer { depth: 0, left: MAX_VALUES }.list(self, f)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Printer { depth: 0, left: MAX_VALUES }.map(self, f)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Printer { depth: 0, left: MAX_VALUES }.object(self, f)
    }
}

struct Printer {
    depth: usize,
    left: usize,
}

impl Printer {
    fn value(&mut self, value: &Value, f: &mut Formatter<'_>) -> fmt::Result {
        match value {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Long(value) => write!(f, "{value}L"),
            Value::Double(value) => write!(f, "{value:?}"),
            Value::Date(ms) => write!(f, "Date({ms})"),
            Value::String(text) => write!(f, "{text:?}"),
            Value::Binary(data) => write!(f, "<{} bytes>", data.len()),
            Value::Back(_) => f.write_str("<back>"),
            _ if self.depth >= MAX_DEPTH => f.write_str(".."),
            Value::List(list) => self.list(list, f),
            Value::Map(map) => self.map(map, f),
            Value::Object(object) => self.object(object, f),
        }
    }

    fn list(&mut self, list: &List, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(list.java_type().unwrap_or_default())?;
        self.children('[', ']', list.items(), f, |this, item, f| this.value(item, f))
    }

    fn map(&mut self, map: &Map, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(map.java_type().unwrap_or_default())?;
        self.children('{', '}', map.entries(), f, |this, (key, value), f| {
            this.value(key, f)?;
            f.write_str(": ")?;
            this.value(value, f)
        })
    }

    fn object(&mut self, object: &Object, f: &mut Formatter<'_>) -> fmt::Result {
        let class = object.class();
        f.write_str(class.name())?;
        let fields: Vec<_> = class.fields().iter().zip(object.fields()).collect();
        self.children('(', ')', &fields, f, |this, (name, value), f| {
            write!(f, "{name}: ")?;
            this.value(value, f)
        })
    }

    fn children<T>(
        &mut self,
        start: char,
        end: char,
        children: &[T],
        f: &mut Formatter<'_>,
        mut print: impl FnMut(&mut Self, &T, &mut Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        write!(f, "{start}")?;
        self.depth += 1;
        for (index, child) in children.iter().enumerate() {
            let Some(left) = self.left.checked_sub(1) else {
                f.write_str("..")?;
                break;
            };
            self.left = left;
            if index > 0 {
                f.write_str(", ")?;
            }
            print(self, child, f)?;
        }
        self.depth -= 1;
        write!(f, "{end}")
    }
}
