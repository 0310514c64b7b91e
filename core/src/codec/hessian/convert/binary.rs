//! Byte arrays.

use std::ops::Deref;

use bytes::Bytes;

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::writer::Writer;

/// A `byte[]`: what `Vec<u8>`, which is a list of small integers, is not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Binary(pub Vec<u8>);

impl Deref for Binary {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Binary {
    fn from(data: Vec<u8>) -> Self {
        Self(data)
    }
}

impl ToHessian for Binary {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        w.binary(&self.0);
        Ok(())
    }
}

impl ToHessian for Bytes {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        w.binary(self);
        Ok(())
    }
}

impl<'de> FromHessian<'de> for Binary {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let at = r.position();
        let null = DecodeErrorKind::TypeMismatch { expected: "binary", found: "null" };
        let data = r.read_binary()?.ok_or_else(|| DecodeError::new(null, at))?;
        r.charge(data.len())?;
        Ok(Self(data.into_owned()))
    }
}

impl<'de> FromHessian<'de> for Bytes {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Binary::read_hessian(r).map(|data| Self::from(data.0))
    }
}
