//! Rust structs as objects of Java classes: what `#[derive(Hessian)]` builds on.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use bytes::Bytes;

use super::class_def::ClassDef;
use super::error::{DecodeError, DecodeErrorKind, EncodeError};
use super::reader::{Container, Reader};
use super::source::FromHessian;
use super::tag::Kind;
use super::writer::Writer;

/// A struct that is read from the fields of an object, whatever its class, or from a map of field names.
pub trait JavaObject<'de>: Sized {
    /// The class and fields of the struct.
    fn plan() -> &'static ObjectPlan;

    /// Reads the struct from an object or map whose head has been read.
    ///
    /// # Errors
    /// Those of the fields, `MissingField`.
    fn read_fields(r: &mut Reader<'de>, container: Container) -> Result<Self, DecodeError>;
}

/// The Java class of a Rust type: its definition in encoded form, and how the definition that a peer last
/// sent maps to the fields.
#[derive(Debug)]
pub struct ObjectPlan {
    class_name: &'static str,
    fields: &'static [&'static str],
    class: OnceLock<Arc<ClassDef>>,
    last: ArcSwapOption<Mapping>,
}

/// Positions in a peer's definition, mapped to positions in ours.
#[derive(Debug)]
struct Mapping {
    /// The bytes of the peer's definition.
    key: Bytes,
    to_ours: Box<[Option<usize>]>,
}

impl ObjectPlan {
    /// Creates the plan of a class whose name the derive macro has checked.
    #[must_use]
    pub const fn new(class_name: &'static str, fields: &'static [&'static str]) -> Self {
        Self { class_name, fields, class: OnceLock::new(), last: ArcSwapOption::const_empty() }
    }

    /// The class definition that this side writes.
    pub fn class(&self) -> &Arc<ClassDef> {
        self.class.get_or_init(|| {
            let fields = self.fields.iter().map(|field| Box::from(*field)).collect();
            ClassDef::build(self.class_name.into(), fields, None)
        })
    }

    /// Starts an object of the class; the values of the fields follow.
    ///
    /// # Errors
    /// `DepthLimit`.
    pub fn begin(&self, w: &mut Writer) -> Result<(), EncodeError> {
        w.check_stack()?;
        w.begin_object(self.class())?;
        Ok(())
    }

    /// Starts to read an object, or a map that stands for one; null is an error.
    ///
    /// # Errors
    /// `TypeMismatch`, `CyclicReference`, and the limits.
    pub fn begin_reading(&self, r: &mut Reader<'_>) -> Result<Container, DecodeError> {
        r.pass_known_class(self.class());
        begin_required_object(r)
    }

    /// Starts reading the fields of a container.
    ///
    /// # Errors
    /// When the definition of the peer's class is malformed.
    pub fn cursor(
        &'static self,
        r: &mut Reader<'_>,
        container: Container,
    ) -> Result<FieldCursor, DecodeError> {
        let source = match r.class_key(&container) {
            None => Source::Map,
            Some(key) if key == self.class().encoded() && container.len() == Some(self.fields.len()) => {
                Source::SameOrder
            }
            Some(key) => Source::Mapped(self.mapping(key, r, &container)?),
        };
        Ok(FieldCursor { plan: self, container, source })
    }

    /// The mapping for a definition: the last one used, or a new one that replaces it.
    fn mapping(
        &self,
        key: &[u8],
        r: &mut Reader<'_>,
        container: &Container,
    ) -> Result<Arc<Mapping>, DecodeError> {
        if let Some(last) = &*self.last.load()
            && last.key == key
        {
            return Ok(Arc::clone(last));
        }
        let class = r.class(container)?;
        let names = class.iter().flat_map(|class| class.fields());
        let to_ours = names.map(|name| self.position(name)).collect();
        let mapping = Arc::new(Mapping { key: Bytes::copy_from_slice(key), to_ours });
        self.last.store(Some(Arc::clone(&mapping)));
        Ok(mapping)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| *field == name)
    }
}

/// Walks the fields of an object or the entries of a map that stands for one.
#[derive(Debug)]
pub struct FieldCursor {
    plan: &'static ObjectPlan,
    container: Container,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// The peer's definition is byte for byte ours.
    SameOrder,
    Mapped(Arc<Mapping>),
    Map,
}

impl FieldCursor {
    /// Whether the peer's definition is ours: then all fields follow in our order, and [`FieldCursor::end`] ends them.
    #[inline]
    #[must_use]
    pub fn is_same_order(&self) -> bool {
        matches!(self.source, Source::SameOrder)
    }

    /// Closes the object after its last field was read.
    #[inline]
    pub fn end(self, r: &mut Reader<'_>) {
        r.close(&self.container);
    }

    /// The position, in our own definition, of the field whose value is next; the caller reads the value.
    ///
    /// Fields that we do not have are skipped, as Java does. A repeated field comes up again: the last
    /// value counts.
    ///
    /// # Errors
    /// Faults of structure.
    #[inline]
    pub fn next_field(&mut self, r: &mut Reader<'_>) -> Result<Option<usize>, DecodeError> {
        while r.next_item(&mut self.container)? {
            let index = self.container.index() - 1;
            let ours = match &self.source {
                Source::SameOrder => Some(index),
                Source::Mapped(mapping) => mapping.to_ours.get(index).copied().flatten(),
                Source::Map => {
                    let position = key_position(self.plan, r)?;
                    r.next_item(&mut self.container)?;
                    position
                }
            };
            if ours.is_some() {
                return Ok(ours);
            }
            r.skip_value()?;
        }
        Ok(None)
    }
}

/// Reads a map key; one that is no string names no field.
fn key_position(plan: &ObjectPlan, r: &mut Reader<'_>) -> Result<Option<usize>, DecodeError> {
    if r.peek()? != Kind::String {
        r.skip_value()?;
        return Ok(None);
    }
    let key = r.read_string()?;
    Ok(key.and_then(|key| plan.position(key.as_str()?)))
}

/// Starts an object, or a map that stands for one; null is an error.
///
/// # Errors
/// `TypeMismatch`, `CyclicReference`, and the limits.
pub fn begin_required_object(r: &mut Reader<'_>) -> Result<Container, DecodeError> {
    let at = r.position();
    let null = || DecodeError::new(DecodeErrorKind::TypeMismatch { expected: "object", found: "null" }, at);
    r.begin_object()?.ok_or_else(null)
}

/// Reads the name of an enum constant: the field `name` of an object, or a plain string.
///
/// # Errors
/// `TypeMismatch`, `MissingField`.
pub fn read_enum_name<'de>(r: &mut Reader<'de>) -> Result<Cow<'de, str>, DecodeError> {
    static PLAN: ObjectPlan = ObjectPlan::new("java.lang.Enum", &["name"]);
    if r.peek()? == Kind::String {
        return FromHessian::read_hessian(r);
    }
    let container = begin_required_object(r)?;
    let mut cursor = PLAN.cursor(r, container)?;
    let mut name = None;
    while cursor.next_field(r)?.is_some() {
        name = Some(FromHessian::read_hessian(r).map_err(|error: DecodeError| error.in_field("name"))?);
    }
    name.ok_or_else(|| r.fault(DecodeErrorKind::MissingField("name")))
}

/// The error for a constant that the Rust enum does not have.
#[must_use]
#[cold]
pub fn unknown_constant(name: &str, at: usize) -> DecodeError {
    DecodeError::new(DecodeErrorKind::UnknownName(super::error::printable(name)), at)
}
