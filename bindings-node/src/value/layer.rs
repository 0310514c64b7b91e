//! Lays what the reader reads into a plan.

use std::borrow::Cow;
use std::sync::Arc;

use polydubbo::api::hessian::{ClassDef, DecodeError, Ended, Text, ValueBuilder};

use super::hand_over::Hooks;
use super::plan::{EARLY, KEPT, Op, Plan};
use crate::js::{Fault, Js};

/// Flags of `ts/internal/decode.ts`.
const LONGS_MASK: u32 = 3;
const LONGS_NUMBER: u32 = 1;
const LONGS_STRING: u32 = 2;
const EXACT: u32 = 8;

/// Largest integer that a JavaScript number holds with all its neighbours.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// Why a body could not be turned into JavaScript values.
#[derive(Debug)]
pub(crate) enum BuildError {
    /// The bytes are at fault.
    Decode(DecodeError),
    /// JavaScript is at fault.
    Js(Fault),
}

impl From<DecodeError> for BuildError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Fault> for BuildError {
    fn from(fault: Fault) -> Self {
        Self::Js(fault)
    }
}

/// The position of a container; nothing refers to other values.
pub(crate) type Laid = Option<usize>;

/// Lays the values of one body.
pub(super) struct Layer<'a> {
    pub(super) js: Js,
    pub(super) plan: &'a mut Plan,
    pub(super) flags: u32,
    pub(super) hooks: &'a Hooks,
    /// Where the value begins.
    pub(super) start: usize,
}

impl Layer<'_> {
    fn is_exact(&self) -> bool {
        self.flags & EXACT != 0
    }

    /// Counts a value that follows in a container whose number of values is not known at its beginning.
    fn count(&mut self, container: Laid, values: i32) {
        if let Some(at) = container {
            self.plan.words[at + 1] += values;
        }
    }
}

impl ValueBuilder for Layer<'_> {
    type Value = Laid;
    type Error = BuildError;

    fn null(&mut self) -> Result<Laid, BuildError> {
        self.plan.null();
        Ok(None)
    }

    fn bool(&mut self, value: bool) -> Result<Laid, BuildError> {
        self.plan.word(if value { Op::True } else { Op::False }, 0);
        Ok(None)
    }

    fn int(&mut self, value: i32) -> Result<Laid, BuildError> {
        self.plan.int(value);
        Ok(None)
    }

    fn long(&mut self, value: i64) -> Result<Laid, BuildError> {
        let is_safe = (-MAX_SAFE..=MAX_SAFE).contains(&value);
        match self.flags & LONGS_MASK {
            LONGS_NUMBER if is_safe => self.plan.double(value as f64),
            LONGS_STRING => self.plan.latin(self.js, value.to_string().as_bytes())?,
            _ => self.plan.wide(Op::Long, value as u64),
        }
        Ok(None)
    }

    fn double(&mut self, value: f64) -> Result<Laid, BuildError> {
        // A whole number would be sent back as an int.
        let op = if self.is_exact() && value.fract() == 0.0 { Op::ExactDouble } else { Op::Double };
        self.plan.wide(op, value.to_bits());
        Ok(None)
    }

    fn date_ms(&mut self, ms: i64) -> Result<Laid, BuildError> {
        self.plan.wide(Op::Date, (ms as f64).to_bits());
        Ok(None)
    }

    fn string(&mut self, text: Text<'_>) -> Result<Laid, BuildError> {
        match text.as_str() {
            Some(text) => self.plan.text(self.js, text)?,
            None => self.plan.utf16(self.js, &text.to_utf16())?,
        }
        Ok(None)
    }

    fn binary(&mut self, data: Cow<'_, [u8]>) -> Result<Laid, BuildError> {
        let buffer = self.hooks.buffer(self.js, &data)?;
        self.plan.part(buffer);
        Ok(None)
    }

    fn begin_list(&mut self, java_type: Option<&str>, _len: Option<usize>) -> Result<Laid, BuildError> {
        let shape = self.plan.shapes.list(java_type, self.is_exact());
        Ok(Some(self.plan.begin(shape, 0)))
    }

    fn list_push(&mut self, list: &Laid, _item: Laid) -> Result<(), BuildError> {
        self.count(*list, 1);
        Ok(())
    }

    fn begin_map(&mut self, java_type: Option<&str>) -> Result<Laid, BuildError> {
        let shape = self.plan.shapes.map(java_type, self.is_exact());
        Ok(Some(self.plan.begin(shape, 0)))
    }

    fn map_put(&mut self, map: &Laid, _key: Laid, _value: Laid) -> Result<(), BuildError> {
        self.count(*map, 2);
        Ok(())
    }

    fn begin_object(&mut self, class: &Arc<ClassDef>) -> Result<Laid, BuildError> {
        if self.plan.words.len() == self.start
            && !self.plan.usual.as_ref().is_some_and(|usual| Arc::ptr_eq(usual, class))
        {
            self.plan.usual = Some(Arc::clone(class));
        }
        let shape = self.plan.shapes.class(class);
        Ok(Some(self.plan.begin(shape, class.fields().len())))
    }

    fn field(&mut self, _object: &Laid, _index: usize, _value: Laid) -> Result<(), BuildError> {
        // Every field of the definition comes, in order.
        Ok(())
    }

    fn end(&mut self, container: Laid) -> Result<Ended<Laid>, BuildError> {
        Ok(Ended::Same(container))
    }

    fn reference(&mut self, target: &Laid, is_open: bool) -> Result<Laid, BuildError> {
        let Some(at) = *target else { return Ok(None) };
        self.plan.words[at] |= if is_open { KEPT | EARLY } else { KEPT };
        self.plan.word(Op::Reference, 0);
        self.plan.words.push(at as i32);
        Ok(*target)
    }
}
