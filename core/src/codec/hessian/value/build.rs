//! Reading into the owned model.

use std::borrow::Cow;
use std::sync::Arc;

use super::{List, Map, Object, Value};
use crate::codec::hessian::builder::{Ended, ValueBuilder};
use crate::codec::hessian::class_def::ClassDef;
use crate::codec::hessian::error::DecodeError;
use crate::codec::hessian::reader::{Reader, Refs};
use crate::codec::hessian::source::FromHessian;
use crate::codec::hessian::text::Text;

/// Builds [`Value`]s. Use one with one [`Refs`] for all values of a body to keep what they share.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    /// Children of the open containers; a container receives its own when it ends.
    open: Vec<Vec<Value>>,
    /// Entries for which a list may reserve before it has seen them.
    preallocate: usize,
}

impl GraphBuilder {
    /// Creates a builder.
    #[must_use]
    pub fn new() -> Self {
        Self { open: Vec::new(), preallocate: 1024 }
    }

    fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        if let Some(children) = self.open.last_mut() {
            children.extend(values);
        }
    }
}

type Built<V = Value> = Result<V, DecodeError>;

impl ValueBuilder for GraphBuilder {
    type Value = Value;
    type Error = DecodeError;

    fn null(&mut self) -> Built {
        Ok(Value::Null)
    }

    fn bool(&mut self, value: bool) -> Built {
        Ok(Value::Bool(value))
    }

    fn int(&mut self, value: i32) -> Built {
        Ok(Value::Int(value))
    }

    fn long(&mut self, value: i64) -> Built {
        Ok(Value::Long(value))
    }

    fn double(&mut self, value: f64) -> Built {
        Ok(Value::Double(value))
    }

    fn date_ms(&mut self, ms: i64) -> Built {
        Ok(Value::Date(ms))
    }

    fn string(&mut self, text: Text<'_>) -> Built {
        Ok(Value::String(text.into()))
    }

    fn binary(&mut self, data: Cow<'_, [u8]>) -> Built {
        Ok(Value::Binary(data.into()))
    }

    fn begin_list(&mut self, java_type: Option<&str>, len: Option<usize>) -> Built {
        self.open.push(Vec::with_capacity(len.unwrap_or(0).min(self.preallocate)));
        Ok(Value::List(Arc::new(List { java_type: java_type.map(Into::into), items: Default::default() })))
    }

    fn list_push(&mut self, _: &Value, item: Value) -> Built<()> {
        self.push([item]);
        Ok(())
    }

    fn begin_map(&mut self, java_type: Option<&str>) -> Built {
        self.open.push(Vec::new());
        Ok(Value::Map(Arc::new(Map { java_type: java_type.map(Into::into), entries: Default::default() })))
    }

    fn map_put(&mut self, _: &Value, key: Value, value: Value) -> Built<()> {
        self.push([key, value]);
        Ok(())
    }

    fn begin_object(&mut self, class: &Arc<ClassDef>) -> Built {
        self.open.push(Vec::with_capacity(class.fields().len()));
        Ok(Value::Object(Arc::new(Object { class: Arc::clone(class), fields: Default::default() })))
    }

    fn field(&mut self, _: &Value, _: usize, value: Value) -> Built<()> {
        self.push([value]);
        Ok(())
    }

    fn end(&mut self, container: Value) -> Built<Ended<Value>> {
        let children = self.open.pop().unwrap_or_default();
        // Each container ends once, so its cell is empty.
        match &container {
            Value::List(list) => drop(list.items.set(children)),
            Value::Object(object) => drop(object.fields.set(children)),
            Value::Map(map) => drop(map.entries.set(pairs(children))),
            _ => {}
        }
        Ok(Ended::Same(container))
    }

    fn reference(&mut self, target: &Value, is_open: bool) -> Built {
        let back = if is_open { target.back() } else { None };
        Ok(back.unwrap_or_else(|| target.clone()))
    }
}

fn pairs(children: Vec<Value>) -> Vec<(Value, Value)> {
    let mut pairs = Vec::with_capacity(children.len() / 2);
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        pairs.push((key, value));
    }
    pairs
}

impl<'de> FromHessian<'de> for Value {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        r.build(&mut GraphBuilder::new(), &mut Refs::default())
    }
}
