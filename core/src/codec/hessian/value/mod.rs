//! An owned model of any Hessian value, for generic calls and for data whose classes are not known.
//!
//! Containers are shared by `Arc`: what a peer sent once and referred to twice is one container here. A
//! container that contains itself does so through a [`BackRef`], which does not own, so cycles neither
//! leak nor overflow anything; they live as long as the container at which they were entered.

mod build;
mod debug;
mod drop;
mod encode;
mod equal;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;

pub use self::build::GraphBuilder;
use super::class_def::ClassDef;
use super::convert::Binary;
use super::error::EncodeError;
use super::text::JavaString;

/// Any value of Hessian2.
#[derive(Clone, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `boolean`.
    Bool(bool),
    /// `int`, `short` or `byte`.
    Int(i32),
    /// `long`.
    Long(i64),
    /// `double` or `float`.
    Double(f64),
    /// `java.util.Date`: milliseconds since 1970-01-01T00:00Z.
    Date(i64),
    /// `String`, `char` or `char[]`.
    String(JavaString),
    /// `byte[]`.
    Binary(Arc<[u8]>),
    /// A list, set or array.
    List(Arc<List>),
    /// A map.
    Map(Arc<Map>),
    /// An object, enum constant or throwable.
    Object(Arc<Object>),
    /// A container inside which this value lies: the edge that closes a cycle.
    Back(BackRef),
}

// Generic calls hold one for every element of a large array.
const _: () = assert!(size_of::<Value>() <= 24);

/// A list, set or array with its Java type.
#[derive(Default)]
pub struct List {
    java_type: Option<Box<str>>,
    items: OnceLock<Vec<Value>>,
}

/// A map with its Java type; entries in wire order.
#[derive(Default)]
pub struct Map {
    java_type: Option<Box<str>>,
    entries: OnceLock<Vec<(Value, Value)>>,
}

/// An instance of a Java class.
pub struct Object {
    class: Arc<ClassDef>,
    fields: OnceLock<Vec<Value>>,
}

/// An edge to a container that is an ancestor of the value that holds it.
#[derive(Clone)]
pub enum BackRef {
    /// To a list.
    List(Weak<List>),
    /// To a map.
    Map(Weak<Map>),
    /// To an object.
    Object(Weak<Object>),
}

impl Value {
    /// Creates an untyped list: what Java reads as an `ArrayList`.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Arc::new(List { java_type: None, items: items.into_iter().collect::<Vec<_>>().into() }))
    }

    /// Creates a list, set or array of a Java type as it stands on the wire: `[int`, `java.util.HashSet`.
    pub fn typed_list(java_type: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let items = items.into_iter().collect::<Vec<_>>().into();
        Self::List(Arc::new(List { java_type: Some(java_type.into()), items }))
    }

    /// Creates a `java.util.HashMap`.
    pub fn map<K: Into<Self>, V: Into<Self>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(Arc::new(Map { java_type: None, entries: collect(entries).into() }))
    }

    /// Creates a map of another class.
    pub fn typed_map<K: Into<Self>, V: Into<Self>>(
        java_type: &str,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self::Map(Arc::new(Map { java_type: Some(java_type.into()), entries: collect(entries).into() }))
    }

    /// Creates an object from its class name and its fields.
    ///
    /// # Errors
    /// As [`ClassDef::new`].
    pub fn object<N: AsRef<str>, V: Into<Self>>(
        class: &str,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, EncodeError> {
        let (names, values): (Vec<N>, Vec<V>) = fields.into_iter().unzip();
        let class = ClassDef::new(class, names)?;
        let fields = values.into_iter().map(Into::into).collect::<Vec<_>>().into();
        Ok(Self::Object(Arc::new(Object { class, fields })))
    }

    /// Creates an object of a known class; `None` unless there is one value for each field.
    #[must_use]
    pub fn instance(class: &Arc<ClassDef>, fields: Vec<Self>) -> Option<Self> {
        let class = Arc::clone(class);
        let is_complete = class.fields().len() == fields.len();
        is_complete.then(|| Self::Object(Arc::new(Object { class, fields: fields.into() })))
    }

    /// Creates an enum constant.
    ///
    /// # Errors
    /// As [`ClassDef::new`].
    pub fn enum_constant(class: &str, name: &str) -> Result<Self, EncodeError> {
        Self::object(class, [("name", name)])
    }

    /// Creates a list that may contain itself: the closure receives the edge back to it.
    pub fn cyclic_list(java_type: Option<&str>, items: impl FnOnce(Self) -> Vec<Self>) -> Self {
        Self::List(Arc::new_cyclic(|weak| List {
            java_type: java_type.map(Into::into),
            items: items(Self::Back(BackRef::List(weak.clone()))).into(),
        }))
    }

    /// Creates an object that may contain itself: the closure receives the edge back to it and gives one
    /// value for each field; missing ones are null, surplus ones are dropped.
    pub fn cyclic_object(class: &Arc<ClassDef>, fields: impl FnOnce(Self) -> Vec<Self>) -> Self {
        let class = Arc::clone(class);
        Self::Object(Arc::new_cyclic(|weak| {
            let mut fields = fields(Self::Back(BackRef::Object(weak.clone())));
            fields.resize(class.fields().len(), Self::Null);
            Object { class, fields: fields.into() }
        }))
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The integer, of either width.
    #[must_use]
    pub fn as_long(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(i64::from(*value)),
            Self::Long(value) => Some(*value),
            _ => None,
        }
    }

    /// The double, if it is one.
    #[must_use]
    pub fn as_double(&self) -> Option<f64> {
        if let Self::Double(value) = self { Some(*value) } else { None }
    }

    /// The text, if it is a string without lone surrogates.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { text.as_str() } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&List> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The map, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The object, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The field of an object, or the entry of a map with a string key. As in Java the last one counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.get(name),
            Self::Map(map) => map.get(name),
            _ => None,
        }
    }

    /// The container behind the edge of a cycle, or the value itself. `None` when the container is gone.
    #[must_use]
    pub fn resolve(&self) -> Option<Cow<'_, Self>> {
        match self {
            Self::Back(back) => back.upgrade().map(Cow::Owned),
            value => Some(Cow::Borrowed(value)),
        }
    }

    /// The edge back to this container, to be put somewhere inside it; `None` for other values.
    #[must_use]
    pub fn back(&self) -> Option<Self> {
        Some(Self::Back(match self {
            Self::List(list) => BackRef::List(Arc::downgrade(list)),
            Self::Map(map) => BackRef::Map(Arc::downgrade(map)),
            Self::Object(object) => BackRef::Object(Arc::downgrade(object)),
            Self::Back(back) => back.clone(),
            _ => return None,
        }))
    }

    /// An identity of a container: equal for the same container, different for others alive.
    #[must_use]
    pub fn identity(&self) -> Option<usize> {
        match self {
            Self::List(list) => Some(Arc::as_ptr(list).addr()),
            Self::Map(map) => Some(Arc::as_ptr(map).addr()),
            Self::Object(object) => Some(Arc::as_ptr(object).addr()),
            Self::Back(back) => back.upgrade().and_then(|target| target.identity()),
            _ => None,
        }
    }
}

/// A cell is empty only while its container is being read.
fn contents_mut<T>(cell: &mut OnceLock<Vec<T>>) -> &mut Vec<T> {
    cell.get_or_init(Vec::new);
    cell.get_mut().expect("filled in the line above")
}

fn collect<K: Into<Value>, V: Into<Value>>(entries: impl IntoIterator<Item = (K, V)>) -> Vec<(Value, Value)> {
    entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

impl List {
    /// The Java type as it stood on the wire; `None` is a plain list.
    #[must_use]
    pub fn java_type(&self) -> Option<&str> {
        self.java_type.as_deref()
    }

    /// The elements.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        self.items.get().map_or(&[], Vec::as_slice)
    }

    /// The elements, to be changed by the only owner of the list.
    pub fn items_mut(&mut self) -> &mut Vec<Value> {
        contents_mut(&mut self.items)
    }
}

impl Map {
    /// The Java class as it stood on the wire; `None` is a `java.util.HashMap`.
    #[must_use]
    pub fn java_type(&self) -> Option<&str> {
        self.java_type.as_deref()
    }

    /// The entries in wire order. Keys may repeat; in Java the last one wins.
    #[must_use]
    pub fn entries(&self) -> &[(Value, Value)] {
        self.entries.get().map_or(&[], Vec::as_slice)
    }

    /// The entries, to be changed by the only owner of the map.
    pub fn entries_mut(&mut self) -> &mut Vec<(Value, Value)> {
        contents_mut(&mut self.entries)
    }

    /// The last entry with a string key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().rev().find(|(k, _)| k.as_str() == Some(key)).map(|(_, value)| value)
    }
}

impl Object {
    /// The class and the names of the fields.
    #[must_use]
    pub fn class(&self) -> &Arc<ClassDef> {
        &self.class
    }

    /// The values of the fields, in the order of the class definition.
    #[must_use]
    pub fn fields(&self) -> &[Value] {
        self.fields.get().map_or(&[], Vec::as_slice)
    }

    /// The values of the fields, to be changed by the only owner of the object; their number stays.
    pub fn fields_mut(&mut self) -> &mut [Value] {
        contents_mut(&mut self.fields)
    }

    /// The value of the last field with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields().get(self.class.field_index(name)?)
    }

    /// The constant's name, if the object looks like an enum constant: one string field `name`.
    ///
    /// The wire cannot tell an enum from such a bean; the caller knows the class.
    #[must_use]
    pub fn enum_name(&self) -> Option<&str> {
        let [only] = self.class.fields() else { return None };
        if &**only == "name" { self.fields().first()?.as_str() } else { None }
    }
}

impl BackRef {
    /// The container, unless it is gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Value> {
        match self {
            Self::List(weak) => weak.upgrade().map(Value::List),
            Self::Map(weak) => weak.upgrade().map(Value::Map),
            Self::Object(weak) => weak.upgrade().map(Value::Object),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => |$x:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($x: $from) -> Self {
                $to
            }
        })*
    };
}

value_from! {
    bool => |x| Self::Bool(x);
    i8 => |x| Self::Int(x.into());
    i16 => |x| Self::Int(x.into());
    i32 => |x| Self::Int(x);
    i64 => |x| Self::Long(x);
    f64 => |x| Self::Double(x);
    &str => |x| Self::String(x.into());
    String => |x| Self::String(x.into());
    JavaString => |x| Self::String(x);
    &[u8] => |x| Self::Binary(x.into());
    Bytes => |x| Self::Binary(x.as_ref().into());
    Binary => |x| Self::Binary(x.0.into());
    Vec<Self> => |x| Self::list(x);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests;
