//! Java values: what arguments, results and fields consist of.
//!
//! A value is the core's own tree, seen through a type that C can point at. Children are views into their parent, so
//! reading copies nothing; what was shared in Java is shared here, and cycles lead back without owning.

pub mod class;
pub mod codec;
pub mod make;
pub mod read;
pub mod scalar;

use std::sync::{Arc, Weak};

use polydubbo::api::hessian::{BackRef, List, Map, Object, Value};

/// A Java value. May move between threads, and must not be used by two at once. Functions that take a value from its
/// owner say "consumed"; a child that they show is a view, which dies when its parent is changed or released.
#[repr(transparent)]
pub struct dubbo_value(Value);

/// `null`.
pub const DUBBO_TYPE_NULL: u32 = 0;
/// `boolean`.
pub const DUBBO_TYPE_BOOL: u32 = 1;
/// `int`, `short` or `byte`.
pub const DUBBO_TYPE_I32: u32 = 2;
/// `long`.
pub const DUBBO_TYPE_I64: u32 = 3;
/// `double` or `float`.
pub const DUBBO_TYPE_F64: u32 = 4;
/// `String`, `char` or `char[]`.
pub const DUBBO_TYPE_STR: u32 = 5;
/// `byte[]`.
pub const DUBBO_TYPE_BYTES: u32 = 6;
/// `java.util.Date`.
pub const DUBBO_TYPE_DATE: u32 = 7;
/// A list, set or array.
pub const DUBBO_TYPE_LIST: u32 = 8;
/// A map.
pub const DUBBO_TYPE_MAP: u32 = 9;
/// An object, enum constant or exception.
pub const DUBBO_TYPE_OBJECT: u32 = 10;
/// A `java.math.BigDecimal` or `java.math.BigInteger`.
pub const DUBBO_TYPE_DECIMAL: u32 = 11;
/// The edge of a cycle whose container has been released.
pub const DUBBO_TYPE_LOST: u32 = 12;

impl dubbo_value {
    pub(crate) fn new(value: Value) -> Self {
        Self(value)
    }

    pub(crate) fn boxed(value: Value) -> Box<Self> {
        Box::new(Self(value))
    }

    /// A value of the core as C sees it.
    pub(crate) fn view(value: &Value) -> &Self {
        // SAFETY: the wrapper is transparent.
        unsafe { &*std::ptr::from_ref(value).cast::<Self>() }
    }

    pub(crate) fn inner(&self) -> &Value {
        &self.0
    }

    pub(crate) fn into_inner(self) -> Value {
        self.0
    }

    /// The container that this is, or that the edge of a cycle leads to.
    fn container(&self) -> Option<Container<'_>> {
        Some(match &self.0 {
            Value::List(list) => Container::List(list),
            Value::Map(map) => Container::Map(map),
            Value::Object(object) => Container::Object(object),
            Value::Back(BackRef::List(list)) => Container::List(ancestor(list)?),
            Value::Back(BackRef::Map(map)) => Container::Map(ancestor(map)?),
            Value::Back(BackRef::Object(object)) => Container::Object(ancestor(object)?),
            _ => return None,
        })
    }
}

/// A container, however it was reached.
#[derive(Clone, Copy)]
enum Container<'a> {
    List(&'a List),
    Map(&'a Map),
    Object(&'a Object),
}

/// The target of an edge that closes a cycle.
fn ancestor<T>(edge: &Weak<T>) -> Option<&T> {
    let target: Arc<T> = edge.upgrade()?;
    // SAFETY: the edge lies inside its target, whose owner keeps both; the header lets nobody release that owner while
    // a view is used, and nobody else release anything of the same value at the same time.
    Some(unsafe { &*Arc::as_ptr(&target) })
}
