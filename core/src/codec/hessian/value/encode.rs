//! Writing the owned model.

use std::sync::Arc;

use super::Value;
use crate::codec::hessian::error::{EncodeError, EncodeErrorKind};
use crate::codec::hessian::source::ToHessian;
use crate::codec::hessian::writer::{Slot, Writer};

/// A container whose children are being written.
struct Walk {
    container: Value,
    next: usize,
}

impl ToHessian for Value {
    /// Writes the value; what it shares is written once, what is cyclic refers back.
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        let mut open = Vec::new();
        begin(self, 1, w, &mut open)?;
        while let Some(innermost) = open.last_mut() {
            let child = innermost.child();
            innermost.next += 1;
            match child {
                Some(child) => begin(&child, 2, w, &mut open)?,
                None => {
                    if matches!(innermost.container, Self::Map(_)) {
                        w.end_map()?;
                    }
                    open.pop();
                }
            }
        }
        Ok(())
    }
}

impl Walk {
    fn child(&self) -> Option<Value> {
        match &self.container {
            Value::List(list) => list.items().get(self.next).cloned(),
            Value::Object(object) => object.fields().get(self.next).cloned(),
            Value::Map(map) => {
                let (key, value) = map.entries().get(self.next / 2)?;
                Some(if self.next.is_multiple_of(2) { key.clone() } else { value.clone() })
            }
            _ => None,
        }
    }
}

/// Writes a scalar or the head of a container, of which the walk and its parent hold `owners` counts.
fn begin(value: &Value, owners: usize, w: &mut Writer, open: &mut Vec<Walk>) -> Result<(), EncodeError> {
    match value {
        Value::Null => w.null(),
        Value::Bool(value) => w.bool(*value),
        Value::Int(value) => w.int(*value),
        Value::Long(value) => w.long(*value),
        Value::Double(value) => w.double(*value),
        Value::Date(ms) => w.date_ms(*ms),
        Value::Binary(data) => w.binary(data),
        Value::String(text) => match text.as_wide() {
            Some(units) => w.string_utf16(units),
            None => w.string(text.as_str().unwrap_or_default()),
        },
        Value::Back(back) => {
            let gone = || EncodeError::new(EncodeErrorKind::DanglingReference);
            return begin(&back.upgrade().ok_or_else(gone)?, owners, w, open);
        }
        container => return begin_container(container, owners, w, open),
    }
    Ok(())
}

fn begin_container(
    value: &Value,
    owners: usize,
    w: &mut Writer,
    open: &mut Vec<Walk>,
) -> Result<(), EncodeError> {
    if let Some(slot) = value.identity().and_then(|identity| w.seen(identity)) {
        return w.reference(slot);
    }
    match value {
        Value::List(list) => {
            let slot = w.begin_list(list.java_type(), list.items().len())?;
            remember(list, owners, slot, w);
        }
        Value::Map(map) => {
            let slot = w.begin_map(map.java_type())?;
            remember(map, owners, slot, w);
        }
        Value::Object(object) => {
            let slot = w.begin_object(object.class())?;
            remember(object, owners, slot, w);
        }
        _ => {}
    }
    open.push(Walk { container: value.clone(), next: 0 });
    Ok(())
}

/// Only a container with another owner can be met again, and only one that took a slot can be referred to.
fn remember<T: Send + Sync + 'static>(shared: &Arc<T>, owners: usize, slot: Slot, w: &mut Writer) {
    let is_shared = Arc::strong_count(shared) > owners || Arc::weak_count(shared) > 0;
    if is_shared && w.next_slot() > slot {
        w.remember_shared(shared, slot);
    }
}
