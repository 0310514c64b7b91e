//! Driving a [`ValueBuilder`].

use super::container::{Container, Shape};
use super::{Reader, Result};
use crate::codec::hessian::builder::{Ended, ValueBuilder};
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind};
use crate::codec::hessian::tag::{self, Kind};

/// Charged to the memory budget for each value and, in addition, for each container, string and byte array:
/// what the owned model takes.
const VALUE_BYTES: usize = 24;
const CONTAINER_BYTES: usize = 104;
const BUFFER_BYTES: usize = 32;

/// The containers that one target has built from a body, by slot.
///
/// Keep one for all values of a body that may share objects.
#[derive(Debug, Clone)]
pub struct Refs<V> {
    rows: Vec<Option<Row<V>>>,
}

#[derive(Debug, Clone)]
struct Row<V> {
    value: V,
    is_open: bool,
    /// Whether a child refers to the container while it is open.
    is_referred: bool,
}

impl<V> Default for Refs<V> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<V> Refs<V> {
    fn get_mut(&mut self, slot: usize) -> Option<&mut Row<V>> {
        self.rows.get_mut(slot)?.as_mut()
    }

    fn set(&mut self, slot: usize, value: V, is_open: bool) {
        if slot >= self.rows.len() {
            self.rows.resize_with(slot + 1, || None);
        }
        self.rows[slot] = Some(Row { value, is_open, is_referred: false });
    }
}

/// A container under construction.
struct Open<V> {
    container: Container,
    value: V,
    /// The key of a map entry whose value is being read.
    key: Option<V>,
}

/// A fault of the bytes, which gets a path, or of the host, which does not.
enum Fault<E> {
    Bytes(DecodeError),
    Host(E),
}

impl<E> From<DecodeError> for Fault<E> {
    fn from(error: DecodeError) -> Self {
        Self::Bytes(error)
    }
}

/// What a step of the reader has led to.
enum Step<V> {
    /// A complete value.
    Done(V),
    /// A container that now awaits its children.
    Begun,
}

impl Reader<'_> {
    /// Reads one value into the builder's host.
    ///
    /// Iterative: depth is a number to compare, not a stack to exhaust.
    ///
    /// # Errors
    /// Faults of the bytes with offset and path, and errors of the builder.
    pub fn build<B: ValueBuilder>(
        &mut self,
        builder: &mut B,
        refs: &mut Refs<B::Value>,
    ) -> Result<B::Value, B::Error> {
        let mut open = Vec::new();
        let result = self.build_nested(builder, refs, &mut open);
        result.map_err(|fault| match fault {
            Fault::Host(error) => error,
            Fault::Bytes(error) => self.locate(error, &open).into(),
        })
    }

    fn build_nested<B: ValueBuilder>(
        &mut self,
        builder: &mut B,
        refs: &mut Refs<B::Value>,
        open: &mut Vec<Open<B::Value>>,
    ) -> Result<B::Value, Fault<B::Error>> {
        loop {
            let mut done = match self.build_step(builder, refs, open)? {
                Step::Done(value) => Some(value),
                Step::Begun => None,
            };
            // Hand the value to its container; a container that is complete is a value itself.
            loop {
                let Some(innermost) = open.last_mut() else {
                    match done {
                        Some(value) => return Ok(value),
                        None => break,
                    }
                };
                if let Some(value) = done.take() {
                    attach(builder, innermost, value).map_err(Fault::Host)?;
                }
                if self.next_item(&mut innermost.container)? {
                    break;
                }
                if let Some(complete) = open.pop() {
                    done = Some(self.end_container(builder, refs, complete)?);
                }
            }
        }
    }

    fn build_step<B: ValueBuilder>(
        &mut self,
        builder: &mut B,
        refs: &mut Refs<B::Value>,
        open: &mut Vec<Open<B::Value>>,
    ) -> Result<Step<B::Value>, Fault<B::Error>> {
        let at = self.pos;
        let octet = self.next_tag()?;
        self.charge(VALUE_BYTES)?;
        let value = match Kind::of(octet) {
            Kind::Null => builder.null(),
            Kind::Bool => builder.bool(octet == tag::TRUE),
            Kind::Int => builder.int(self.int_body(octet)?),
            Kind::Long => builder.long(self.long_body(octet)?),
            Kind::Double => builder.double(self.double_body(octet)?),
            Kind::Date => builder.date_ms(self.date_body(octet)?),
            Kind::String => {
                let text = self.text_body(octet)?;
                self.charge(BUFFER_BYTES + self.pos - at)?;
                builder.string(text)
            }
            Kind::Binary => {
                let data = self.binary_body(octet)?;
                self.charge(BUFFER_BYTES + data.len())?;
                builder.binary(data)
            }
            Kind::Ref => {
                let slot = self.read_ref_index(at)?;
                return self.build_reference(builder, refs, open, slot);
            }
            Kind::List | Kind::Map | Kind::Object => {
                return self.build_container(builder, refs, open, octet, None);
            }
            Kind::End | Kind::Reserved => return Err(self.mismatch("value", octet, at).into()),
        };
        value.map(Step::Done).map_err(Fault::Host)
    }

    fn build_reference<B: ValueBuilder>(
        &mut self,
        builder: &mut B,
        refs: &mut Refs<B::Value>,
        open: &mut Vec<Open<B::Value>>,
        slot: usize,
    ) -> Result<Step<B::Value>, Fault<B::Error>> {
        if let Some(row) = refs.get_mut(slot) {
            row.is_referred = true;
            let value = builder.reference(&row.value, row.is_open);
            return value.map(Step::Done).map_err(Fault::Host);
        }
        // The container was skipped or read by somebody else: build it from its own place.
        let back = self.jump_to(slot)?;
        let octet = self.next_tag()?;
        self.build_container(builder, refs, open, octet, Some(back))
    }

    fn build_container<B: ValueBuilder>(
        &mut self,
        builder: &mut B,
        refs: &mut Refs<B::Value>,
        open: &mut Vec<Open<B::Value>>,
        octet: u8,
        back: Option<usize>,
    ) -> Result<Step<B::Value>, Fault<B::Error>> {
        let mut container = self.enter(octet)?;
        container.back = back;
        if self.replays > 0
            && let Some(row) = container.slot.and_then(|slot| refs.get_mut(slot))
        {
            // Part of a container that is being read again, but built before.
            let (value, is_open) = (row.value.clone(), row.is_open);
            self.finish(container)?;
            return builder.reference(&value, is_open).map(Step::Done).map_err(Fault::Host);
        }
        self.charge(CONTAINER_BYTES)?;
        let value = match container.shape() {
            Shape::List(index) => builder.begin_list(self.type_name(index), container.len()),
            Shape::Map(index) => builder.begin_map(self.type_name(index)),
            Shape::Object(index) => builder.begin_object(&self.class_def(index)?),
        };
        let value = value.map_err(Fault::Host)?;
        if let Some(slot) = container.slot {
            refs.set(slot, value.clone(), true);
        }
        open.push(Open { container, value, key: None });
        Ok(Step::Begun)
    }

    fn end_container<B: ValueBuilder>(
        &mut self,
        builder: &mut B,
        refs: &mut Refs<B::Value>,
        complete: Open<B::Value>,
    ) -> Result<B::Value, Fault<B::Error>> {
        let slot = complete.container.slot;
        let ended = builder.end(complete.value).map_err(Fault::Host)?;
        let Some((slot, row)) = slot.and_then(|slot| Some((slot, refs.get_mut(slot)?))) else {
            let (Ended::Same(value) | Ended::Replaced(value)) = ended;
            return Ok(value);
        };
        row.is_open = false;
        match ended {
            Ended::Same(value) => Ok(value),
            Ended::Replaced(_) if row.is_referred => {
                let slot = u32::try_from(slot).unwrap_or(u32::MAX);
                Err(self.fault(DecodeErrorKind::CyclicReference(slot)).into())
            }
            Ended::Replaced(value) => {
                row.value = value.clone();
                Ok(value)
            }
        }
    }

    /// Adds the path to the fault, innermost container first.
    #[cold]
    fn locate<V>(&mut self, mut error: DecodeError, open: &[Open<V>]) -> DecodeError {
        for frame in open.iter().rev() {
            let Some(child) = frame.container.index().checked_sub(1) else { continue };
            error = match frame.container.shape() {
                Shape::List(_) => error.in_index(child),
                Shape::Map(_) => error.in_entry(child / 2),
                Shape::Object(class) => match self.class_def(class) {
                    Ok(class) => error.in_field(class.fields().get(child).map_or("?", |name| name)),
                    Err(_) => error.in_index(child),
                },
            };
        }
        error
    }
}

fn attach<B: ValueBuilder>(
    builder: &mut B,
    parent: &mut Open<B::Value>,
    value: B::Value,
) -> Result<(), B::Error> {
    match parent.container.shape() {
        Shape::List(_) => builder.list_push(&parent.value, value),
        Shape::Object(_) => builder.field(&parent.value, parent.container.index() - 1, value),
        Shape::Map(_) => match parent.key.take() {
            None => {
                parent.key = Some(value);
                Ok(())
            }
            Some(key) => builder.map_put(&parent.value, key, value),
        },
    }
}
