//! Passing over values.

use smallvec::SmallVec;

use super::container::Container;
use super::{Reader, Result};
use crate::codec::hessian::tag::{self, Kind};

impl Reader<'_> {
    /// Passes over one value. The tables grow as if it had been read, so that later references resolve.
    ///
    /// Iterative, and apart from rows of the tables and deep nesting it allocates nothing. The contents
    /// of strings are measured, not validated.
    ///
    /// # Errors
    /// Any fault of structure.
    pub fn skip_value(&mut self) -> Result<()> {
        let mut open: SmallVec<[Container; 8]> = SmallVec::new();
        loop {
            let at = self.pos;
            let octet = self.next_tag()?;
            match Kind::of(octet) {
                Kind::List | Kind::Map | Kind::Object => open.push(self.enter(octet)?),
                _ => self.skip_scalar(octet, at)?,
            }
            loop {
                let Some(innermost) = open.last_mut() else { return Ok(()) };
                if self.next_item(innermost)? {
                    break;
                }
                open.pop();
            }
        }
    }

    /// Passes over several values.
    ///
    /// # Errors
    /// As [`Reader::skip_value`]; the index of the faulty value is in the path.
    pub fn skip_values(&mut self, count: usize) -> Result<()> {
        (0..count).try_for_each(|index| self.skip_value().map_err(|error| error.in_index(index)))
    }

    fn skip_scalar(&mut self, octet: u8, at: usize) -> Result<()> {
        match Kind::of(octet) {
            Kind::Null | Kind::Bool => {}
            Kind::Int => drop(self.int_body(octet)?),
            Kind::Long => drop(self.long_body(octet)?),
            Kind::Double => drop(self.double_body(octet)?),
            Kind::Date => drop(self.date_body(octet)?),
            kind @ (Kind::String | Kind::Binary) => drop(self.skip_chunks(octet, kind)?),
            Kind::Ref => drop(self.read_ref_index(at)?),
            _ => return Err(self.mismatch("value", octet, at)),
        }
        debug_assert_ne!(octet, tag::CLASS_DEF);
        Ok(())
    }
}
