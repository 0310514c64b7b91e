//! Lists, sets, maps, `Option` and pointers.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;
use std::sync::Arc;

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::codec::hessian::reader::{Container, Reader};
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::writer::Writer;

type Written = Result<(), EncodeError>;
type Read<T> = Result<T, DecodeError>;

/// A collection or map that can be written under another Java type: `#[hessian(type = "...")]`.
pub trait WriteTyped {
    /// Writes the value as this Java type, for example `java.util.LinkedList`.
    ///
    /// # Errors
    /// Those of the elements.
    fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Result<(), EncodeError>;
}

fn write_items<'a, T: ToHessian + 'a>(
    java_type: Option<&str>,
    items: impl ExactSizeIterator<Item = &'a T>,
    w: &mut Writer,
) -> Written {
    w.check_stack()?;
    w.begin_list(java_type, items.len())?;
    for (index, item) in items.enumerate() {
        item.write_hessian(w).map_err(|error| error.in_index(index))?;
    }
    Ok(())
}

fn write_entries<'a, K: ToHessian + 'a, V: ToHessian + 'a>(
    java_type: Option<&str>,
    entries: impl Iterator<Item = (&'a K, &'a V)>,
    w: &mut Writer,
) -> Written {
    w.check_stack()?;
    w.begin_map(java_type)?;
    for (index, (key, value)) in entries.enumerate() {
        key.write_hessian(w).map_err(|error| error.in_index(index))?;
        value.write_hessian(w).map_err(|error| error.in_index(index))?;
    }
    w.end_map()
}

/// Reads the elements of any list; `room` is told how many it may prepare for.
fn read_items<'de, T: FromHessian<'de>, C>(
    r: &mut Reader<'de>,
    room: impl FnOnce(usize) -> C,
    add: impl Fn(&mut C, T),
) -> Read<C> {
    let Some(mut list) = r.begin_list()? else { return Err(null_for("list", r)) };
    let prepared = list.len().unwrap_or(0).min(r.limits().preallocate);
    r.charge(prepared * size_of::<T>())?;
    let mut items = room(prepared);
    list.pass(T::read_run(r, prepared, |item| add(&mut items, item)));
    while r.next_item(&mut list)? {
        if list.index() > prepared {
            r.charge(size_of::<T>())?;
        }
        let item = T::read_hessian(r).map_err(|error| error.in_index(list.index() - 1))?;
        add(&mut items, item);
    }
    Ok(items)
}

fn read_entries<'de, K: FromHessian<'de>, V: FromHessian<'de>, C: Extend<(K, V)> + Default>(
    r: &mut Reader<'de>,
) -> Read<C> {
    let Some(mut map) = r.begin_map()? else { return Err(null_for("map", r)) };
    let mut entries = C::default();
    while r.next_item(&mut map)? {
        r.charge(size_of::<(K, V)>())?;
        let key = K::read_hessian(r).map_err(|error| in_entry(error, &map))?;
        // A map cannot end between key and value: `next_item` refuses that.
        r.next_item(&mut map)?;
        let value = V::read_hessian(r).map_err(|error| in_entry(error, &map))?;
        entries.extend(Some((key, value)));
    }
    Ok(entries)
}

fn in_entry(error: DecodeError, map: &Container) -> DecodeError {
    error.in_entry((map.index() - 1) / 2)
}

#[cold]
fn null_for(expected: &'static str, r: &Reader<'_>) -> DecodeError {
    DecodeError::new(DecodeErrorKind::TypeMismatch { expected, found: "null" }, r.position() - 1)
}

macro_rules! collection {
    ($([$($generics:tt)*] $type:ty, $java_type:expr, [$($bounds:tt)*], $room:expr, $add:expr;)*) => {$(
        impl<T: ToHessian, $($generics)*> WriteTyped for $type {
            fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Written {
                write_items(java_type, self.iter(), w)
            }
        }

        impl<T: ToHessian, $($generics)*> ToHessian for $type {
            fn write_hessian(&self, w: &mut Writer) -> Written {
                self.write_typed($java_type, w)
            }
        }

        impl<'de, T: FromHessian<'de> $($bounds)*> FromHessian<'de> for $type {
            fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
                read_items(r, $room, $add)
            }
        }
    )*};
}

collection! {
    [] VecDeque<T>, Some("java.util.LinkedList"), [], Self::with_capacity, Self::push_back;
    [] BTreeSet<T>, Some("java.util.TreeSet"), [+ Ord], |_| Self::new(), |set, item| {
        set.insert(item);
    };
    [S] HashSet<T, S>, Some("java.util.HashSet"), [+ Eq + Hash, S: BuildHasher + Default], |_| Self::default(),
        |set, item| {
        set.insert(item);
    };
}

impl<T: ToHessian> WriteTyped for Vec<T> {
    fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Written {
        self.as_slice().write_typed(java_type, w)
    }
}

impl<T: ToHessian> ToHessian for Vec<T> {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        self.write_typed(None, w)
    }
}

impl<'de, T: FromHessian<'de>> FromHessian<'de> for Vec<T> {
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        read_items(r, Self::with_capacity, Self::push)
    }
}

impl<T: ToHessian> WriteTyped for [T] {
    fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Written {
        w.check_stack()?;
        w.begin_list(java_type, self.len())?;
        T::write_each(self, w)
    }
}

impl<T: ToHessian> ToHessian for [T] {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        self.write_typed(None, w)
    }
}

impl<T: ToHessian, const N: usize> ToHessian for [T; N] {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        self.write_typed(None, w)
    }
}

impl<'de, T: FromHessian<'de>, const N: usize> FromHessian<'de> for [T; N] {
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        let at = r.position();
        let wrong = |_| DecodeError::new(DecodeErrorKind::Overflow("array of fixed length"), at);
        Self::try_from(Vec::read_hessian(r)?).map_err(wrong)
    }
}

impl<K: ToHessian, V: ToHessian, S> WriteTyped for HashMap<K, V, S> {
    fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Written {
        write_entries(java_type, self.iter(), w)
    }
}

impl<K: ToHessian, V: ToHessian> WriteTyped for BTreeMap<K, V> {
    fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Written {
        write_entries(java_type, self.iter(), w)
    }
}

impl<K: ToHessian, V: ToHessian, S> ToHessian for HashMap<K, V, S> {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        self.write_typed(None, w)
    }
}

impl<K: ToHessian, V: ToHessian> ToHessian for BTreeMap<K, V> {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        self.write_typed(None, w)
    }
}

impl<'de, K, V, S> FromHessian<'de> for HashMap<K, V, S>
where
    K: FromHessian<'de> + Eq + Hash,
    V: FromHessian<'de>,
    S: BuildHasher + Default,
{
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        read_entries(r)
    }
}

impl<'de, K: FromHessian<'de> + Ord, V: FromHessian<'de>> FromHessian<'de> for BTreeMap<K, V> {
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        read_entries(r)
    }
}

impl ToHessian for () {
    /// Writes null, as Java does for the result of a `void` method.
    fn write_hessian(&self, w: &mut Writer) -> Written {
        w.null();
        Ok(())
    }
}

impl<'de> FromHessian<'de> for () {
    /// Passes over any value.
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        r.skip_value()
    }
}

impl<T: ToHessian> ToHessian for Option<T> {
    fn write_hessian(&self, w: &mut Writer) -> Written {
        match self {
            Some(value) => value.write_hessian(w),
            None => {
                w.null();
                Ok(())
            }
        }
    }
}

impl<T: WriteTyped> WriteTyped for Option<T> {
    fn write_typed(&self, java_type: Option<&str>, w: &mut Writer) -> Written {
        match self {
            Some(value) => value.write_typed(java_type, w),
            None => {
                w.null();
                Ok(())
            }
        }
    }
}

impl<'de, T: FromHessian<'de>> FromHessian<'de> for Option<T> {
    fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
        if r.take_null()? { Ok(None) } else { T::read_hessian(r).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

macro_rules! pointer {
    ($($type:ty)*) => {$(
        impl<T: ToHessian + ?Sized> ToHessian for $type {
            fn write_hessian(&self, w: &mut Writer) -> Written {
                (**self).write_hessian(w)
            }
        }
    )*};
}

pointer! { &T &mut T Box<T> Rc<T> Arc<T> }

macro_rules! owned_pointer {
    ($($pointer:ident)*) => {$(
        impl<'de, T: FromHessian<'de>> FromHessian<'de> for $pointer<T> {
            fn read_hessian(r: &mut Reader<'de>) -> Read<Self> {
                T::read_hessian(r).map(Self::new)
            }

            fn absent() -> Option<Self> {
                T::absent().map(Self::new)
            }
        }
    )*};
}

owned_pointer! { Box Rc Arc }
