//! The last step of a plan: into the memory that JavaScript sees, and then one call.

use std::cell::RefCell;

use napi::sys::TypedarrayType;

use super::plan::Plan;
use super::shapes::Shape;
use crate::js::{self, Js, JsRef, Memory, Value};

/// Words that the common memory has at first, and to which it returns after a large plan.
const START: usize = 4096;
/// Words of a plan whose memory is not kept for the next.
const LARGE: usize = 1 << 18;

/// Handles given as arguments of one call; more go before it as an array.
const MAX_ARGUMENTS: usize = 64;

/// What JavaScript provides for decoding.
#[derive(Debug)]
pub(crate) struct Hooks {
    class: JsRef,
    list: JsRef,
    map: JsRef,
    room: JsRef,
    parts: JsRef,
    bytes: JsRef,
    /// Give the values of a plan and deliver its events; take its parts.
    pub(crate) values: JsRef,
    pub(crate) events: JsRef,
    memory: RefCell<Option<(Memory<i32>, Memory<u64>)>>,
}

impl Hooks {
    /// Takes the functions out of the object of `ts/internal/native.ts`.
    pub(crate) fn new(js: Js, object: Value) -> js::Result<Self> {
        let get = |name| JsRef::new(js, js.property(object, name)?);
        Ok(Self {
            class: get(c"class")?,
            list: get(c"list")?,
            map: get(c"map")?,
            room: get(c"room")?,
            parts: get(c"parts")?,
            bytes: get(c"bytes")?,
            values: get(c"values")?,
            events: get(c"events")?,
            memory: RefCell::default(),
        })
    }

    /// Hands a plan over and gives what `take` makes of it. The plan is empty and free before JavaScript runs, which
    /// may decode again.
    pub(crate) fn hand_over(&self, js: Js, plan: &RefCell<Plan>, take: &JsRef) -> js::Result<Value> {
        let (mut parts, fresh) = {
            let mut plan = plan.borrow_mut();
            let finished = plan.finish(js).and_then(|()| self.fill(js, &plan));
            let parts = std::mem::take(&mut plan.parts);
            plan.clear();
            finished?;
            (parts, std::mem::take(&mut plan.shapes.fresh))
        };
        for (number, shape) in fresh {
            if let Err(fault) = self.define(js, number, &shape) {
                // JavaScript does not know the number: it must not be used again.
                plan.borrow_mut().shapes.clear();
                return Err(fault);
            }
        }
        let taken = if parts.len() <= MAX_ARGUMENTS {
            js.call(take, &parts)
        } else {
            js.array(&parts).and_then(|array| js.call(&self.parts, &[array])).and_then(|_| js.call(take, &[]))
        };
        parts.clear();
        plan.borrow_mut().reuse(parts);
        taken
    }

    /// A buffer with these bytes. Made by JavaScript and filled here, it costs a fraction of one made through the C
    /// interface.
    pub(crate) fn buffer(&self, js: Js, bytes: &[u8]) -> js::Result<Value> {
        let buffer = js.call(&self.bytes, &[js.double(bytes.len() as f64)?])?;
        js.fill_buffer(buffer, bytes)?;
        Ok(buffer)
    }

    fn define(&self, js: Js, number: u32, shape: &Shape) -> js::Result<Value> {
        let number = js.double(f64::from(number))?;
        match shape {
            Shape::Class(class) => {
                let fields = class.fields().iter().map(|field| js.string(field));
                let fields = js.array(&fields.collect::<js::Result<Vec<_>>>()?)?;
                js.call(&self.class, &[number, js.string(class.name())?, fields])
            }
            Shape::List { java_type, exact } => {
                js.call(&self.list, &[number, js.string(java_type)?, js.bool(*exact)?])
            }
            Shape::Map { java_type, exact } => {
                js.call(&self.map, &[number, js.string(java_type)?, js.bool(*exact)?])
            }
        }
    }

    /// Copies the numbers of a plan into the common memory, of which it asks for more or less where that fits better.
    fn fill(&self, js: Js, plan: &Plan) -> js::Result<()> {
        let (words, wides) = (plan.words.len(), plan.wides.len());
        let mut memory = self.memory.borrow_mut();
        let fits = memory.as_ref().is_some_and(|(for_words, for_wides)| {
            let (has_words, has_wides) = (for_words.len(), for_wides.len());
            let is_large = has_words.max(has_wides) > LARGE && words.max(wides) <= LARGE;
            has_words >= words && has_wides >= wides && !is_large
        });
        if !fits {
            let room = |needed: usize| js.double(needed.next_power_of_two().max(START) as f64);
            let made = js.call(&self.room, &[room(words)?, room(wides)?])?;
            *memory = Some((
                Memory::new(js, js.property(made, c"words")?, TypedarrayType::int32_array)?,
                Memory::new(js, js.property(made, c"longs")?, TypedarrayType::bigint64_array)?,
            ));
        }
        if let Some((for_words, for_wides)) = &mut *memory {
            for_words.write(&plan.words)?;
            for_wides.write(&plan.wides)?;
        }
        Ok(())
    }
}
