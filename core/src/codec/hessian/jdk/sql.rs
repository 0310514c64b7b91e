//! `java.sql`: objects with one date. As a declared field of a bean Java writes the plain date, which is read too.

use polydubbo_derive::Hessian;

use crate::codec::hessian::error::DecodeError;
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::tag::Kind;
use crate::codec::hessian::writer::Writer;
use crate::codec::hessian::{EncodeError, JavaObject, begin_required_object};

macro_rules! sql {
    ($($name:ident $object:ident $class:literal)*) => {$(
        #[doc = concat!("A `", $class, "`: milliseconds since the epoch.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        #[derive(Hessian)]
        #[hessian(class = $class)]
        struct $object {
            value: Date,
        }

        impl ToHessian for $name {
            fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
                $object { value: Date(self.0) }.write_hessian(w)
            }
        }

        impl<'de> FromHessian<'de> for $name {
            fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                if r.peek()? == Kind::Date {
                    return r.read_date_ms().map(Self);
                }
                let container = begin_required_object(r)?;
                $object::read_fields(r, container).map(|object| Self(object.value.0))
            }
        }
    )*};
}

sql! {
    SqlDate SqlDateObject "java.sql.Date"
    SqlTime SqlTimeObject "java.sql.Time"
    SqlTimestamp SqlTimestampObject "java.sql.Timestamp"
}

/// The plain date inside.
struct Date(i64);

impl ToHessian for Date {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        w.date_ms(self.0);
        Ok(())
    }
}

impl<'de> FromHessian<'de> for Date {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        r.read_date_ms().map(Self)
    }
}
