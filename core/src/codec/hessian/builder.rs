//! What a host language implements to receive decoded values.

use std::borrow::Cow;
use std::sync::Arc;

use super::class_def::ClassDef;
use super::error::DecodeError;
use super::text::Text;

/// Builds the values of a host while the reader reads.
///
/// A container exists before its children, so that a child can refer to it: cycles and shared values
/// work in every host that has references. The calls for the children of one container come in order, but
/// the whole of each child comes first.
pub trait ValueBuilder {
    /// A value of the host; a handle that is cheap to clone.
    type Value: Clone;
    /// The error of the host.
    type Error: From<DecodeError>;

    /// Null.
    ///
    /// # Errors
    /// Any of the host.
    fn null(&mut self) -> Result<Self::Value, Self::Error>;

    /// A boolean.
    ///
    /// # Errors
    /// Any of the host.
    fn bool(&mut self, value: bool) -> Result<Self::Value, Self::Error>;

    /// An `int`, `short` or `byte`.
    ///
    /// # Errors
    /// Any of the host.
    fn int(&mut self, value: i32) -> Result<Self::Value, Self::Error>;

    /// A `long`.
    ///
    /// # Errors
    /// Any of the host.
    fn long(&mut self, value: i64) -> Result<Self::Value, Self::Error>;

    /// A `double` or `float`.
    ///
    /// # Errors
    /// Any of the host.
    fn double(&mut self, value: f64) -> Result<Self::Value, Self::Error>;

    /// A `java.util.Date`: milliseconds since the epoch.
    ///
    /// # Errors
    /// Any of the host.
    fn date_ms(&mut self, ms: i64) -> Result<Self::Value, Self::Error>;

    /// A string, `char` or `char[]`.
    ///
    /// # Errors
    /// Any of the host.
    fn string(&mut self, text: Text<'_>) -> Result<Self::Value, Self::Error>;

    /// A `byte[]`; borrowed from the body when it came in one chunk.
    ///
    /// # Errors
    /// Any of the host.
    fn binary(&mut self, data: Cow<'_, [u8]>) -> Result<Self::Value, Self::Error>;

    /// A list, array or set begins. The length, when known, is not larger than the bytes that are left.
    ///
    /// # Errors
    /// Any of the host.
    fn begin_list(&mut self, java_type: Option<&str>, len: Option<usize>)
    -> Result<Self::Value, Self::Error>;

    /// The next element of an open list.
    ///
    /// # Errors
    /// Any of the host.
    fn list_push(&mut self, list: &Self::Value, item: Self::Value) -> Result<(), Self::Error>;

    /// A map begins.
    ///
    /// # Errors
    /// Any of the host.
    fn begin_map(&mut self, java_type: Option<&str>) -> Result<Self::Value, Self::Error>;

    /// The next entry of an open map. Keys may repeat; in Java the last one wins.
    ///
    /// # Errors
    /// Any of the host.
    fn map_put(&mut self, map: &Self::Value, key: Self::Value, value: Self::Value)
    -> Result<(), Self::Error>;

    /// An object begins. Equal definitions usually are the same `Arc`, within and across bodies, so a
    /// mapping may be cached under [`ClassDef::id`].
    ///
    /// # Errors
    /// Any of the host.
    fn begin_object(&mut self, class: &Arc<ClassDef>) -> Result<Self::Value, Self::Error>;

    /// The field at `index` of the definition of an open object.
    ///
    /// # Errors
    /// Any of the host.
    fn field(&mut self, object: &Self::Value, index: usize, value: Self::Value) -> Result<(), Self::Error>;

    /// The innermost open container has all its children and becomes what the host finally holds: a
    /// `Decimal` for a `BigDecimal`, a set, an enum constant.
    ///
    /// # Errors
    /// Any of the host.
    fn end(&mut self, container: Self::Value) -> Result<Ended<Self::Value>, Self::Error>;

    /// A reference to a container, which is open when it is an ancestor of the reference.
    ///
    /// # Errors
    /// Any of the host.
    fn reference(&mut self, target: &Self::Value, is_open: bool) -> Result<Self::Value, Self::Error> {
        let _ = is_open;
        Ok(target.clone())
    }
}

/// What became of a container at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended<V> {
    /// The value that the container had from the beginning.
    Same(V),
    /// Another value, which replaces it. If a child already refers to the container, that is an error.
    Replaced(V),
}
