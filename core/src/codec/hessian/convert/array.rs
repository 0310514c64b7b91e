//! Typed arrays.

use std::ops::{Deref, DerefMut};

use crate::codec::hessian::convert::Binary;
use crate::codec::hessian::error::{DecodeError, EncodeError};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::value::Value;
use crate::codec::hessian::writer::Writer;

/// A Java array such as `int[]` or `String[]`; reads any list, as Java does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Array<T>(pub Vec<T>);

/// An element of a Java array, with the name of the array type on the wire.
pub trait ArrayElement: ToHessian {
    /// The wire type of an array of these, for example `[int`.
    const ARRAY: &'static str;

    /// Writes the element as Java writes it in such an array.
    ///
    /// # Errors
    /// Those of the element.
    fn write_element(&self, w: &mut Writer) -> Result<(), EncodeError> {
        self.write_hessian(w)
    }
}

macro_rules! array_elements {
    ($($type:ty => $array:literal)*) => {$(
        impl ArrayElement for $type {
            const ARRAY: &'static str = $array;
        }
    )*};
}

array_elements! {
    bool => "[boolean"
    i16 => "[short"
    i32 => "[int"
    i64 => "[long"
    f64 => "[double"
    String => "[string"
    Option<String> => "[string"
    Value => "[object"
    Binary => "[[byte"
    Array<bool> => "[[boolean"
    Array<i16> => "[[short"
    Array<i32> => "[[int"
    Array<i64> => "[[long"
    Array<f32> => "[[float"
    Array<f64> => "[[double"
    Array<String> => "[[string"
    Array<Value> => "[[object"
    Option<i32> => "[java.lang.Integer"
    Option<i64> => "[java.lang.Long"
    Option<f64> => "[java.lang.Double"
    Option<bool> => "[java.lang.Boolean"
}

impl ArrayElement for f32 {
    const ARRAY: &'static str = "[float";

    /// Java widens the elements of a `float[]`, unlike a boxed `Float`.
    fn write_element(&self, w: &mut Writer) -> Result<(), EncodeError> {
        w.double(f64::from(*self));
        Ok(())
    }
}

impl<T> Deref for Array<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T: ArrayElement> ToHessian for Array<T> {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        w.check_stack()?;
        w.begin_list(Some(T::ARRAY), self.0.len())?;
        let mut items = self.0.iter().enumerate();
        items.try_for_each(|(index, item)| item.write_element(w).map_err(|error| error.in_index(index)))
    }
}

impl<'de, T: FromHessian<'de>> FromHessian<'de> for Array<T> {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Vec::read_hessian(r).map(Self)
    }
}
