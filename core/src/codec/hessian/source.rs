//! The traits between Rust values and Hessian2.

use super::error::{DecodeError, EncodeError};
use super::reader::Reader;
use super::writer::Writer;

/// A value that can be written as exactly one Hessian value.
pub trait ToHessian {
    /// Writes the value.
    ///
    /// # Errors
    /// When the value has no Java form, is out of range or nests too deeply. The writer may then hold a
    /// part of it; [`Writer::rollback`] removes that.
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError>;

    /// Writes several values, one after the other. Types whose values are written faster together do so here.
    ///
    /// # Errors
    /// Those of the values, with the index.
    #[doc(hidden)]
    fn write_each(values: &[Self], w: &mut Writer) -> Result<(), EncodeError>
    where
        Self: Sized,
    {
        let mut values = values.iter().enumerate();
        values.try_for_each(|(index, value)| value.write_hessian(w).map_err(|error| error.in_index(index)))
    }
}

/// A value that can be read from exactly one Hessian value, and may borrow from the body.
pub trait FromHessian<'de>: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// When the bytes are malformed or hold another kind of value.
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError>;

    /// Reads the first of at most so many values of a list, as far as they can be read faster together; gives how many
    /// that were. The rest, and whatever is wrong with it, is for [`FromHessian::read_hessian`].
    #[doc(hidden)]
    fn read_run(r: &mut Reader<'de>, most: usize, add: impl FnMut(Self)) -> usize {
        let _ = (r, most, add);
        0
    }

    /// The value when a field of an object is absent, or nothing when the field is required.
    ///
    /// Java leaves fields that the sender does not know at their defaults; only types with an obvious
    /// empty value, such as `Option`, do so here.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// A type that can be read from any body without borrowing from it.
pub trait FromHessianOwned: for<'de> FromHessian<'de> {}

impl<T: for<'de> FromHessian<'de>> FromHessianOwned for T {}

/// Anything that can walk its own values into a writer, with errors of its own: the objects of a host language.
pub trait ValueSource {
    /// What the walk may fail with.
    type Error: From<EncodeError>;

    /// Writes exactly one value.
    ///
    /// # Errors
    /// Those of the writer, and those of the host.
    fn write_value(&self, w: &mut Writer) -> Result<(), Self::Error>;
}

impl<T: ToHessian + ?Sized> ValueSource for T {
    type Error = EncodeError;

    fn write_value(&self, w: &mut Writer) -> Result<(), EncodeError> {
        self.write_hessian(w)
    }
}
