//! The serializer: makes values.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    self, Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::MAX_DEPTH;
use crate::codec::hessian::error::{EncodeError, EncodeErrorKind};
use crate::codec::hessian::jdk::BigInteger;
use crate::codec::hessian::number::shortest_decimal;
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::value::Value;
use crate::codec::hessian::writer::Writer;

/// Serializes to a [`Value`], inside so many containers.
#[derive(Clone, Copy)]
pub(super) struct Encode {
    pub(super) depth: usize,
}

type Result<T = Value> = std::result::Result<T, EncodeError>;

impl Encode {
    /// The serializer for the children of a container.
    fn deeper(self) -> Result<Self> {
        if self.depth >= MAX_DEPTH {
            return Err(EncodeError::new(EncodeErrorKind::DepthLimit));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

/// Whether serde's name of a type is meant as a Java class.
fn is_java_class(name: &str) -> bool {
    name.contains('.')
}

impl ser::Serializer for Encode {
    type Ok = Value;
    type Error = EncodeError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Struct;
    type SerializeStructVariant = Struct;

    fn serialize_bool(self, value: bool) -> Result {
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result {
        Ok(Value::Int(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Result {
        Ok(Value::Int(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Result {
        Ok(Value::Int(value))
    }

    fn serialize_i64(self, value: i64) -> Result {
        Ok(Value::Long(value))
    }

    fn serialize_i128(self, value: i128) -> Result {
        as_value(&BigInteger::from(value))
    }

    fn serialize_u8(self, value: u8) -> Result {
        Ok(Value::Int(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Result {
        Ok(Value::Int(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result {
        Ok(Value::Long(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result {
        let overflow = |_| EncodeError::new(EncodeErrorKind::Overflow("long"));
        i64::try_from(value).map(Value::Long).map_err(overflow)
    }

    fn serialize_u128(self, value: u128) -> Result {
        let words = [96, 64, 32, 0].map(|shift| (value >> shift) as u32);
        as_value(&BigInteger::from_words(false, &words))
    }

    fn serialize_f32(self, value: f32) -> Result {
        Ok(Value::Double(shortest_decimal(value)))
    }

    fn serialize_f64(self, value: f64) -> Result {
        Ok(Value::Double(value))
    }

    fn serialize_char(self, value: char) -> Result {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result {
        Ok(Value::from(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        Ok(Value::from(value))
    }

    fn serialize_none(self) -> Result {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result {
        if is_java_class(name) { Value::object::<&str, Value>(name, []) } else { Ok(Value::Null) }
    }

    fn serialize_unit_variant(self, name: &'static str, _: u32, variant: &'static str) -> Result {
        if is_java_class(name) { Value::enum_constant(name, variant) } else { Ok(Value::from(variant)) }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        Ok(Value::map([(variant, value.serialize(self.deeper()?)?)]))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List> {
        Ok(List { inner: self.deeper()?, items: Vec::with_capacity(len.unwrap_or(0)), variant: None })
    }

    fn serialize_tuple(self, len: usize) -> Result<List> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<List> {
        Ok(List { inner: self.deeper()?, items: Vec::with_capacity(len), variant: Some(variant) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map> {
        Ok(Map { inner: self.deeper()?, entries: Vec::new(), key: Value::Null })
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Struct> {
        let class = is_java_class(name).then_some(name);
        Ok(Struct { inner: self.deeper()?, class, variant: None, fields: Vec::with_capacity(len) })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Struct> {
        Ok(Struct {
            inner: self.deeper()?,
            class: None,
            variant: Some(variant),
            fields: Vec::with_capacity(len),
        })
    }
}

/// A Hessian type as a value.
fn as_value(number: &BigInteger) -> Result {
    let mut writer = Writer::new();
    writer.value(number)?;
    Reader::new(&writer.finish()?).read().map_err(EncodeError::custom)
}

fn tagged(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::map([(variant, value)]),
        None => value,
    }
}

/// A list under construction.
pub(super) struct List {
    inner: Encode,
    items: Vec<Value>,
    variant: Option<&'static str>,
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        let index = self.items.len();
        self.items.push(item.serialize(self.inner).map_err(|error| error.in_index(index))?);
        Ok(())
    }

    fn finish(self) -> Result {
        Ok(tagged(self.variant, Value::list(self.items)))
    }
}

macro_rules! list_like {
    ($($name:ident $method:ident)*) => {$(
        impl $name for List {
            type Ok = Value;
            type Error = EncodeError;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
                self.push(item)
            }

            fn end(self) -> Result {
                self.finish()
            }
        }
    )*};
}

list_like! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

/// A map under construction.
pub(super) struct Map {
    inner: Encode,
    entries: Vec<(Value, Value)>,
    key: Value,
}

impl SerializeMap for Map {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = key.serialize(self.inner)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let index = self.entries.len();
        let value = value.serialize(self.inner).map_err(|error| error.in_index(index))?;
        self.entries.push((std::mem::take(&mut self.key), value));
        Ok(())
    }

    fn end(self) -> Result {
        Ok(Value::map(self.entries))
    }
}

/// A struct under construction.
pub(super) struct Struct {
    inner: Encode,
    class: Option<&'static str>,
    variant: Option<&'static str>,
    fields: Vec<(&'static str, Value)>,
}

impl Struct {
    fn push<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.fields.push((name, value.serialize(self.inner).map_err(|error| error.in_field(name))?));
        Ok(())
    }

    fn finish(self) -> Result {
        let value = match self.class {
            Some(class) => Value::object(class, self.fields)?,
            None => Value::map(self.fields),
        };
        Ok(tagged(self.variant, value))
    }
}

impl SerializeStruct for Struct {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.push(name, value)
    }

    fn end(self) -> Result {
        self.finish()
    }
}

impl SerializeStructVariant for Struct {
    type Ok = Value;
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.push(name, value)
    }

    fn end(self) -> Result {
        self.finish()
    }
}

impl ser::Error for EncodeError {
    fn custom<T: Display>(text: T) -> Self {
        Self::new(EncodeErrorKind::Custom(text.to_string().into()))
    }
}
