//! The children of containers, and enums.

use std::sync::Arc;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};

use super::de::Decode;
use crate::codec::hessian::class_def::ClassDef;
use crate::codec::hessian::error::DecodeError;
use crate::codec::hessian::object::read_enum_name;
use crate::codec::hessian::reader::{Container, Reader};
use crate::codec::hessian::tag::Kind;

type Result<T> = std::result::Result<T, DecodeError>;

/// The elements of a list, the entries of a map, or the fields of an object.
pub(super) struct Children<'r, 'de> {
    reader: &'r mut Reader<'de>,
    container: Container,
    /// Set for objects, whose keys are the field names.
    class: Option<Arc<ClassDef>>,
    is_closed: bool,
}

impl<'r, 'de> Children<'r, 'de> {
    pub(super) fn new(reader: &'r mut Reader<'de>, container: Container) -> Result<Self> {
        let class = reader.class(&container)?;
        Ok(Self { reader, container, class, is_closed: false })
    }

    fn has_next(&mut self) -> Result<bool> {
        if self.is_closed {
            return Ok(false);
        }
        self.is_closed = !self.reader.next_item(&mut self.container)?;
        Ok(!self.is_closed)
    }

    fn decode<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let decoded = seed.deserialize(Decode { reader: self.reader });
        decoded.map_err(|error| self.locate(error))
    }

    #[cold]
    fn locate(&self, error: DecodeError) -> DecodeError {
        let error = error.placed(self.reader.position());
        let index = self.container.index().saturating_sub(1);
        match &self.class {
            Some(class) => error.in_field(class.fields().get(index).map_or("?", |name| name)),
            None if self.container.len().is_none() => error.in_entry(index / 2),
            None => error.in_index(index),
        }
    }
}

impl<'de> SeqAccess<'de> for Children<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.has_next()? { self.decode(seed).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        let left = self.container.len()? - self.container.index();
        Some(left.min(self.reader.limits().preallocate))
    }
}

impl<'de> MapAccess<'de> for Children<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.has_next()? {
            return Ok(None);
        }
        let Some(class) = &self.class else { return self.decode(seed).map(Some) };
        let name = class.fields().get(self.container.index() - 1).map_or("", |name| name);
        let key: StrDeserializer<'_, DecodeError> = name.into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| self.locate(error))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        // A map cannot end between key and value; the field of an object is the value itself.
        if self.class.is_none() {
            self.has_next()?;
        }
        self.decode(seed)
    }
}

/// A constant by its name, or a map with the name of a variant as its only key.
pub(super) struct EnumValue<'r, 'de> {
    pub(super) reader: &'r mut Reader<'de>,
}

/// What follows the name of a variant.
pub(super) enum Content<'r, 'de> {
    None,
    Entry(Children<'r, 'de>),
}

impl<'r, 'de> EnumAccess<'de> for EnumValue<'r, 'de> {
    type Error = DecodeError;
    type Variant = Content<'r, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'r, 'de>)> {
        let reader = self.reader;
        if reader.peek_resolved()? != Kind::Map {
            let name = read_enum_name(reader)?;
            let name: StrDeserializer<'_, DecodeError> = (*name).into_deserializer();
            return Ok((seed.deserialize(name)?, Content::None));
        }
        let at = reader.position();
        let Some(map) = reader.begin_map()? else {
            return Err(DecodeError::invalid_type(Unexpected::Unit, &"enum").placed(at));
        };
        let mut entry = Children::new(reader, map)?;
        match entry.next_key_seed(seed)? {
            Some(variant) => Ok((variant, Content::Entry(entry))),
            None => Err(DecodeError::custom("expected the name of a variant").placed(at)),
        }
    }
}

impl<'de> Content<'_, 'de> {
    fn value<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        let Self::Entry(mut entry) = self else {
            return Err(DecodeError::invalid_type(Unexpected::UnitVariant, &"a variant with content"));
        };
        let value = entry.next_value_seed(seed)?;
        if entry.has_next()? {
            return Err(DecodeError::custom("a variant has one entry").placed(entry.reader.position()));
        }
        Ok(value)
    }
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        match self {
            Self::None => Ok(()),
            entry @ Self::Entry(_) => entry.value(std::marker::PhantomData),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.value(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.value(Visit(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.value(Visit(visitor))
    }
}

/// Lets a visitor see the next value.
struct Visit<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visit<V> {
    type Value = V::Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, decode: D) -> std::result::Result<V::Value, D::Error> {
        decode.deserialize_any(self.0)
    }
}
