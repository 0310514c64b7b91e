//! Short texts on their way to JavaScript: many become one string there, of which each is a slice.

use crate::js::{self, Js, Value};

/// Units of one string with many texts. A slice keeps the whole string alive, so that a text which the program keeps
/// may hold on to as much as this, and longer texts get a string of their own.
const LIMIT: usize = 1024;

/// Texts of one width that wait for their string.
#[derive(Debug, Default)]
pub(super) struct Pool<T> {
    units: Vec<T>,
    /// The part that will be the string of these units.
    part: Option<usize>,
}

/// A unit of text: Latin-1 or UTF-16.
pub(super) trait Unit: Copy {
    fn string(js: Js, units: &[Self]) -> js::Result<Value>;
}

impl Unit for u8 {
    fn string(js: Js, units: &[Self]) -> js::Result<Value> {
        js.string_latin1(units)
    }
}

impl Unit for u16 {
    fn string(js: Js, units: &[Self]) -> js::Result<Value> {
        js.string_utf16(units)
    }
}

impl<T: Unit> Pool<T> {
    /// Adds a text and gives its part, with its offset there unless the part is this text alone.
    pub(super) fn add(
        &mut self,
        js: Js,
        text: &[T],
        parts: &mut Vec<Value>,
    ) -> js::Result<(usize, Option<usize>)> {
        if text.len() > LIMIT {
            parts.push(T::string(js, text)?);
            return Ok((parts.len() - 1, None));
        }
        if self.units.len() + text.len() > LIMIT {
            self.close(js, parts)?;
        }
        let part = *self.part.get_or_insert_with(|| {
            parts.push(std::ptr::null_mut());
            parts.len() - 1
        });
        let offset = self.units.len();
        self.units.extend_from_slice(text);
        Ok((part, Some(offset)))
    }

    /// Makes the string of what is waiting.
    pub(super) fn close(&mut self, js: Js, parts: &mut [Value]) -> js::Result<()> {
        if let Some(part) = self.part.take() {
            parts[part] = T::string(js, &self.units)?;
        }
        self.units.clear();
        Ok(())
    }

    /// Forgets what is waiting.
    pub(super) fn clear(&mut self) {
        self.units.clear();
        self.part = None;
    }
}
