//! The deserializer: each method takes what Java would convert to the wanted type.

use std::borrow::Cow;
use std::fmt::Display;

use serde::de::{self, Expected, Unexpected, Visitor};

use super::MAX_DEPTH;
use super::access::{Children, EnumValue};
use super::rfc3339;
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, printable};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::FromHessian;
use crate::codec::hessian::tag::Kind;

/// Deserializes the next value.
pub(super) struct Decode<'r, 'de> {
    pub(super) reader: &'r mut Reader<'de>,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl<'de> Decode<'_, 'de> {
    fn text(self) -> Result<Cow<'de, str>> {
        let r = self.reader;
        if r.peek()? != Kind::Date {
            return FromHessian::read_hessian(r);
        }
        let at = r.position();
        let text = rfc3339::format(r.read_date_ms()?);
        text.map(Cow::Owned).ok_or_else(|| DecodeError::new(DecodeErrorKind::Overflow("date"), at))
    }

    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn visit_children<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let r = self.reader;
        let kind = r.peek_resolved()?;
        if r.depth() >= MAX_DEPTH {
            return Err(r.fault(DecodeErrorKind::DepthLimit));
        }
        match r.begin_any()? {
            None => visitor.visit_unit(),
            Some(container) if kind == Kind::List => visitor.visit_seq(Children::new(r, container)?),
            Some(container) => visitor.visit_map(Children::new(r, container)?),
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            visitor.visit_i64(self.reader.read_long()?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Decode<'_, 'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let r = &mut *self.reader;
        match r.peek_resolved()? {
            Kind::Null => {
                r.take_null()?;
                visitor.visit_unit()
            }
            Kind::Bool => visitor.visit_bool(r.read_bool()?),
            Kind::Int => visitor.visit_i32(r.read_int()?),
            Kind::Long => visitor.visit_i64(r.read_long()?),
            Kind::Double => visitor.visit_f64(r.read_double()?),
            Kind::String | Kind::Date => self.visit_text(visitor),
            Kind::Binary => self.deserialize_bytes(visitor),
            _ => self.visit_children(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(self.reader.read_bool()?)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f64(self.reader.read_double()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f64(self.reader.read_double()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_text(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_text(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.reader.read_binary()? {
            None => visitor.visit_unit(),
            Some(Cow::Borrowed(data)) => visitor.visit_borrowed_bytes(data),
            Some(Cow::Owned(data)) => visitor.visit_byte_buf(data),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.reader.take_null()? { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.reader.skip_value()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_children(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.visit_children(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.visit_children(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_children(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.visit_children(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(EnumValue { reader: self.reader })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_text(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }
}

/// Offset of an error that serde's types raise without knowing where they are; replaced on the way out.
const NOWHERE: usize = usize::MAX;

impl DecodeError {
    /// Gives an error that has no place yet the present one.
    pub(super) fn placed(self, at: usize) -> Self {
        if self.offset() == NOWHERE { self.moved_to(at) } else { self }
    }
}

/// Texts name what was expected; serde's own would also quote the value.
impl de::Error for DecodeError {
    fn custom<T: Display>(text: T) -> Self {
        Self::new(DecodeErrorKind::Custom(text.to_string().into()), NOWHERE)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("expected {expected}, found {}", kind_of(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("{} out of range, expected {expected}", kind_of(found)))
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self::new(DecodeErrorKind::UnknownName(printable(variant)), NOWHERE)
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new(DecodeErrorKind::UnknownName(printable(field)), NOWHERE)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(DecodeErrorKind::MissingField(field), NOWHERE)
    }
}

fn kind_of(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "double",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Bytes(_) => "binary",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "list",
        Unexpected::Map => "map",
        _ => "other value",
    }
}
