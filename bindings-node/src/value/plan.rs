//! From Hessian2 to JavaScript: values are laid into plain memory that JavaScript sees, and `ts/internal/plan.ts` makes
//! them from there.
//!
//! Each step over the border to JavaScript costs as much as reading several values, so that whole bodies cross it, not
//! values. Only what plain numbers cannot hold crosses as a handle, a *part*: texts, many at a time, and bytes.

use std::sync::Arc;

use polydubbo::api::hessian::{ClassDef, Reader, Refs};

use super::hand_over::Hooks;
use super::layer::{BuildError, Laid, Layer};
use super::pool::Pool;
use super::shapes::Shapes;
use crate::js::{self, Js, Value};

/// What a word says in its lowest bits; the same numbers as in `ts/internal/plan.ts`.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Op {
    Null = 0,
    True = 1,
    False = 2,
    /// An int that needs more bits than [`Op::Small`] has follows.
    Int = 3,
    /// Index of a wide number, here and in the next three.
    Long = 4,
    Double = 5,
    Date = 6,
    ExactDouble = 7,
    /// Units and offset; the part follows.
    Text = 8,
    /// Index of a part.
    Part = 9,
    /// Number of the shape; the number of values and the values follow.
    Container = 10,
    /// The position of the container follows.
    Reference = 11,
    /// How the values from here on are decoded.
    Flags = 12,
    /// The number itself, with its sign.
    Small = 13,
}

/// A later value refers to this container.
pub(super) const KEPT: i32 = 1 << 5;
/// A part of this container refers to it.
pub(super) const EARLY: i32 = 1 << 6;
/// Where the number beside an [`Op`] begins. The reader's memory budget bounds the values of one body to 22 million,
/// which leave room in the remaining 25 bits.
const SHIFT: u32 = 7;

/// Where the offset of a text begins, above its length.
const OFFSET_SHIFT: u32 = 18;

/// Words before the first value: where the plan ends, and the flags.
const HEAD: usize = 2;

/// Words after which a plan is handed over before more is laid into it.
const FULL: usize = 1 << 16;
/// Room that is kept for the next plan.
const KEEP: usize = 1 << 18;

/// Values on their way to JavaScript.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(super) words: Vec<i32>,
    /// Numbers of 64 bits, as their bits.
    pub(super) wides: Vec<u64>,
    /// Handles of the scope of the running native call.
    pub(super) parts: Vec<Value>,
    pub(super) shapes: Shapes,
    latin: Pool<u8>,
    utf16: Pool<u16>,
    /// The class of the last object that was a whole value: the next often is of the same.
    pub(super) usual: Option<Arc<ClassDef>>,
    /// Room for one text in UTF-16.
    units: Vec<u16>,
}

/// What is being told, in the first word of an event; the same numbers as in `ts/internal/plan.ts`.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Kind {
    Resolve = 0,
    Reject = 1,
    ResolveWithAttachments = 2,
    RejectWithAttachments = 3,
    Called = 4,
}

impl Plan {
    /// Begins anew; the values are decoded with these flags.
    pub(crate) fn start(&mut self, flags: u32) {
        self.clear();
        if self.shapes.is_full() {
            self.shapes.clear();
        }
        self.words.extend([0, flags as i32]);
    }

    /// Makes classes anew when they come next: what is registered has changed.
    pub(crate) fn forget_classes(&mut self) {
        self.shapes.forget_classes();
    }

    /// True when nothing was laid.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.len() <= HEAD
    }

    /// True when what is here should be handed over first.
    pub(crate) fn is_full(&self) -> bool {
        self.words.len() >= FULL || self.shapes.is_full()
    }

    /// Lays an event with the values that `lay` lays, and the number that it gives. If it fails, nothing is laid.
    pub(crate) fn event<T: Copy + Into<u32>, E>(
        &mut self,
        kind: Kind,
        flags: u32,
        lay: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let start = self.words.len();
        self.words.extend([kind as i32 | (flags << SHIFT) as i32, 0, 0]);
        let laid = lay(self);
        match laid {
            Ok(number) => {
                self.words[start + 1] = number.into() as i32;
                self.words[start + 2] = self.words.len() as i32;
            }
            Err(_) => self.words.truncate(start),
        }
        laid
    }

    /// Lays a handle of the running scope.
    pub(crate) fn part(&mut self, value: Value) {
        self.word(Op::Part, self.parts.len());
        self.parts.push(value);
    }

    pub(crate) fn null(&mut self) {
        self.word(Op::Null, 0);
    }

    pub(crate) fn int(&mut self, value: i32) {
        if value << SHIFT >> SHIFT == value {
            self.words.push(Op::Small as i32 | value << SHIFT);
        } else {
            self.word(Op::Int, 0);
            self.words.push(value);
        }
    }

    pub(crate) fn double(&mut self, value: f64) {
        self.wide(Op::Double, value.to_bits());
    }

    /// Lays an array whose `count` values follow, and gives its position.
    pub(crate) fn array(&mut self, count: usize) -> usize {
        self.begin(Shapes::ARRAY, count)
    }

    /// Sets how many values have followed.
    pub(crate) fn set_count(&mut self, array: usize, count: usize) {
        self.words[array + 1] = count as i32;
    }

    pub(crate) fn text(&mut self, js: Js, text: &str) -> js::Result<()> {
        if text.is_ascii() {
            return self.latin(js, text.as_bytes());
        }
        let mut units = std::mem::take(&mut self.units);
        // Room first: extending a vector looks for it at each unit. There are never more units than octets.
        units.resize(text.len(), 0);
        let count = units.iter_mut().zip(text.encode_utf16()).map(|(place, unit)| *place = unit).count();
        let laid = self.utf16(js, &units[..count]);
        units.shrink_to(KEEP);
        self.units = units;
        laid
    }

    /// Lays one value.
    pub(crate) fn value(
        &mut self,
        js: Js,
        flags: u32,
        hooks: &Hooks,
        (reader, refs): (&mut Reader<'_>, &mut Refs<Laid>),
    ) -> Result<(), BuildError> {
        if let Some(class) = &self.usual {
            reader.pass_known_class(class);
        }
        let start = self.words.len();
        reader.build(&mut Layer { js, plan: self, flags, hooks, start }, refs).map(drop)
    }

    /// Lays how the values from here on are decoded.
    pub(crate) fn flags(&mut self, flags: u32) {
        self.word(Op::Flags, flags as usize);
    }

    /// Makes what is still missing; nothing may be laid after that.
    pub(super) fn finish(&mut self, js: Js) -> js::Result<()> {
        self.words[0] = self.words.len() as i32;
        self.latin.close(js, &mut self.parts)?;
        self.utf16.close(js, &mut self.parts)
    }

    /// Takes back the room of earlier parts.
    pub(super) fn reuse(&mut self, parts: Vec<Value>) {
        if self.parts.capacity() == 0 && parts.capacity() <= KEEP {
            self.parts = parts;
        }
    }

    /// Forgets all values.
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.words.shrink_to(KEEP);
        self.wides.clear();
        self.wides.shrink_to(KEEP);
        self.parts.clear();
        self.latin.clear();
        self.utf16.clear();
    }

    pub(super) fn word(&mut self, op: Op, number: usize) {
        self.words.push(op as i32 | (number << SHIFT) as i32);
    }

    pub(super) fn wide(&mut self, op: Op, bits: u64) {
        self.word(op, self.wides.len());
        self.wides.push(bits);
    }

    pub(super) fn begin(&mut self, shape: u32, count: usize) -> usize {
        self.word(Op::Container, shape as usize);
        self.words.push(count as i32);
        self.words.len() - 2
    }

    pub(super) fn latin(&mut self, js: Js, text: &[u8]) -> js::Result<()> {
        let place = self.latin.add(js, text, &mut self.parts)?;
        self.place(place, text.len());
        Ok(())
    }

    pub(super) fn utf16(&mut self, js: Js, text: &[u16]) -> js::Result<()> {
        let place = self.utf16.add(js, text, &mut self.parts)?;
        self.place(place, text.len());
        Ok(())
    }

    /// Lays where a text is: the part and the offset in it. A part that is one text has none.
    fn place(&mut self, (part, offset): (usize, Option<usize>), len: usize) {
        let Some(offset) = offset else { return self.word(Op::Part, part) };
        self.word(Op::Text, len | offset << (OFFSET_SHIFT - SHIFT));
        self.words.push(part as i32);
    }
}
