//! From Hessian2 to JavaScript.
//!
//! Leaves are created here; each container becomes one call of a JavaScript function with all its elements or fields,
//! because setting properties one by one from native code costs several times more. A container is therefore made when
//! it ends. Only one that a child refers to before that, a cycle, is made empty and filled at its end.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use polydubbo::api::hessian::{ClassDef, DecodeError, Ended, Text, ValueBuilder};
use rustc_hash::FxHashMap;

use crate::js::{self, Fault, Js, JsRef, Value};

/// Values handed to JavaScript as arguments of one call; more go as an array.
const MAX_ARGUMENTS: usize = 64;

/// Class definitions and type names whose functions are kept.
const MAX_CACHED: usize = 4096;

/// Flags of `ts/internal/decode.ts`.
const LONGS_MASK: u32 = 3;
const LONGS_NUMBER: u32 = 1;
const LONGS_STRING: u32 = 2;
const EXACT: u32 = 8;

/// Largest integer that a JavaScript number holds with all its neighbours.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// The JavaScript functions that make containers of one kind.
#[derive(Debug)]
pub(crate) struct Factory {
    make: JsRef,
    from: JsRef,
    blank: Option<(JsRef, JsRef)>,
}

impl Factory {
    fn new(js: Js, object: Value) -> js::Result<Self> {
        let optional = |name| -> js::Result<Option<JsRef>> {
            let value = js.property(object, name)?;
            Ok(if js.is_function(value)? { Some(JsRef::new(js, value)?) } else { None })
        };
        let required = |name| JsRef::new(js, js.property(object, name)?);
        let blank = optional(c"blank")?.zip(optional(c"fill")?);
        Ok(Self { make: required(c"make")?, from: required(c"from")?, blank })
    }
}

/// What JavaScript provides for decoding, and the factories that it has given so far.
#[derive(Debug)]
pub(crate) struct Hooks {
    list: JsRef,
    map: JsRef,
    class: JsRef,
    flags: JsRef,
    bytes: JsRef,
    double: JsRef,
    cache: RefCell<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    classes: FxHashMap<u64, Rc<Factory>>,
    /// By type name, and whether values stay exact.
    lists: FxHashMap<(Option<Box<str>>, bool), Rc<Factory>>,
    maps: FxHashMap<(Option<Box<str>>, bool), Rc<Factory>>,
    flags: Option<u32>,
}

impl Hooks {
    /// Takes the functions out of the object of `ts/internal/native.ts`.
    pub(crate) fn new(js: Js, object: Value) -> js::Result<Self> {
        let get = |name| JsRef::new(js, js.property(object, name)?);
        Ok(Self {
            list: get(c"list")?,
            map: get(c"map")?,
            class: get(c"class")?,
            flags: get(c"flags")?,
            bytes: get(c"bytes")?,
            double: get(c"double")?,
            cache: RefCell::default(),
        })
    }

    /// Forgets the functions for classes: what is registered has changed.
    pub(crate) fn forget_classes(&self) {
        self.cache.borrow_mut().classes.clear();
    }

    /// Tells JavaScript how the next body is decoded, if it was told otherwise before.
    fn set_flags(&self, js: Js, flags: u32) -> js::Result<()> {
        if self.cache.borrow().flags == Some(flags) {
            return Ok(());
        }
        js.call(&self.flags, &[js.int(flags as i32)?])?;
        self.cache.borrow_mut().flags = Some(flags);
        Ok(())
    }

    // The cache is never borrowed while JavaScript runs: it may register a class, which clears it.
    fn class(&self, js: Js, class: &ClassDef) -> js::Result<Rc<Factory>> {
        if let Some(found) = self.cache.borrow().classes.get(&class.id()) {
            return Ok(Rc::clone(found));
        }
        let fields = class.fields().iter().map(|field| js.string(field)).collect::<js::Result<Vec<_>>>()?;
        let made = js.call(&self.class, &[js.string(class.name())?, js.array(&fields)?])?;
        let factory = Rc::new(Factory::new(js, made)?);
        bounded(&mut self.cache.borrow_mut().classes).insert(class.id(), Rc::clone(&factory));
        Ok(factory)
    }

    fn container(
        &self,
        js: Js,
        is_map: bool,
        java_type: Option<&str>,
        flags: u32,
    ) -> js::Result<Rc<Factory>> {
        let key = (java_type.map(Box::from), flags & EXACT != 0);
        let found = {
            let cache = self.cache.borrow();
            let table = if is_map { &cache.maps } else { &cache.lists };
            table.get(&key).map(Rc::clone)
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let name = java_type.map_or_else(|| js.null(), |name| js.string(name))?;
        let made = js.call(if is_map { &self.map } else { &self.list }, &[name])?;
        let factory = Rc::new(Factory::new(js, made)?);
        let mut cache = self.cache.borrow_mut();
        let table = if is_map { &mut cache.maps } else { &mut cache.lists };
        bounded(table).insert(key, Rc::clone(&factory));
        Ok(factory)
    }
}

/// Empties a table that peers have filled up.
fn bounded<K, V>(table: &mut FxHashMap<K, V>) -> &mut FxHashMap<K, V> {
    if table.len() >= MAX_CACHED {
        table.clear();
    }
    table
}

/// Why a body could not be turned into JavaScript values.
#[derive(Debug)]
pub(crate) enum BuildError {
    /// The bytes are at fault.
    Decode(DecodeError),
    /// A container that cannot exist before its parts contains itself.
    Cycle,
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

/// A value, or the number of a container that is still open or was once referred to while it was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Built {
    Done(Value),
    Container(usize),
}

struct Frame {
    number: usize,
    factory: Rc<Factory>,
    /// Where its values begin on the common stack.
    start: usize,
    /// The empty value, when a child needed it early.
    early: Option<Value>,
}

/// Builds the values of one body.
pub(crate) struct JsBuilder<'a> {
    js: Js,
    hooks: &'a Hooks,
    flags: u32,
    frames: Vec<Frame>,
    /// Values of all open containers, those of the innermost last.
    stack: Vec<Value>,
    /// Containers that were made early, by number.
    early: FxHashMap<usize, Value>,
    next: usize,
}

impl<'a> JsBuilder<'a> {
    pub(crate) fn new(js: Js, hooks: &'a Hooks, flags: u32) -> js::Result<Self> {
        hooks.set_flags(js, flags)?;
        let (frames, stack) = (Vec::new(), Vec::new());
        Ok(Self { js, hooks, flags, frames, stack, early: FxHashMap::default(), next: 0 })
    }

    /// The JavaScript value of what the reader gave.
    pub(crate) fn finish(&self, built: Built) -> Result<Value, BuildError> {
        match built {
            Built::Done(value) => Ok(value),
            Built::Container(number) => self.early.get(&number).copied().ok_or(BuildError::Cycle),
        }
    }

    fn begin(&mut self, factory: Rc<Factory>) -> Built {
        let number = self.next;
        self.next += 1;
        self.frames.push(Frame { number, factory, start: self.stack.len(), early: None });
        Built::Container(number)
    }

    fn push(&mut self, value: Built) -> Result<(), BuildError> {
        let value = self.finish(value)?;
        self.stack.push(value);
        Ok(())
    }

    fn complete(&self, frame: &Frame) -> js::Result<Value> {
        let (js, values) = (self.js, &self.stack[frame.start..]);
        if let (Some(early), Some((_, fill))) = (frame.early, &frame.factory.blank) {
            js.call(fill, &[early, js.array(values)?])?;
            return Ok(early);
        }
        if values.len() <= MAX_ARGUMENTS {
            return js.call(&frame.factory.make, values);
        }
        js.call(&frame.factory.from, &[js.array(values)?])
    }
}

impl ValueBuilder for JsBuilder<'_> {
    type Value = Built;
    type Error = BuildError;

    fn null(&mut self) -> Result<Built, BuildError> {
        Ok(Built::Done(self.js.null()?))
    }

    fn bool(&mut self, value: bool) -> Result<Built, BuildError> {
        Ok(Built::Done(self.js.bool(value)?))
    }

    fn int(&mut self, value: i32) -> Result<Built, BuildError> {
        Ok(Built::Done(self.js.int(value)?))
    }

    fn long(&mut self, value: i64) -> Result<Built, BuildError> {
        let is_safe = (-MAX_SAFE..=MAX_SAFE).contains(&value);
        Ok(Built::Done(match self.flags & LONGS_MASK {
            LONGS_NUMBER if is_safe => self.js.double(value as f64)?,
            LONGS_STRING => self.js.string(&value.to_string())?,
            _ => self.js.bigint(value)?,
        }))
    }

    fn double(&mut self, value: f64) -> Result<Built, BuildError> {
        let number = self.js.double(value)?;
        // A whole number would be sent back as an int.
        if self.flags & EXACT != 0 && value.fract() == 0.0 {
            return Ok(Built::Done(self.js.call(&self.hooks.double, &[number])?));
        }
        Ok(Built::Done(number))
    }

    fn date_ms(&mut self, ms: i64) -> Result<Built, BuildError> {
        Ok(Built::Done(self.js.date(ms as f64)?))
    }

    fn string(&mut self, text: Text<'_>) -> Result<Built, BuildError> {
        Ok(Built::Done(match text.as_str() {
            Some(text) => self.js.string(text)?,
            None => self.js.string_utf16(&text.to_utf16())?,
        }))
    }

    fn binary(&mut self, data: Cow<'_, [u8]>) -> Result<Built, BuildError> {
        // A buffer made by JavaScript and filled here costs a fraction of one made through the C interface.
        let buffer = self.js.call(&self.hooks.bytes, &[self.js.double(data.len() as f64)?])?;
        self.js.fill_buffer(buffer, &data)?;
        Ok(Built::Done(buffer))
    }

    fn begin_list(&mut self, java_type: Option<&str>, _len: Option<usize>) -> Result<Built, BuildError> {
        let factory = self.hooks.container(self.js, false, java_type, self.flags)?;
        Ok(self.begin(factory))
    }

    fn list_push(&mut self, _list: &Built, item: Built) -> Result<(), BuildError> {
        self.push(item)
    }

    fn begin_map(&mut self, java_type: Option<&str>) -> Result<Built, BuildError> {
        let factory = self.hooks.container(self.js, true, java_type, self.flags)?;
        Ok(self.begin(factory))
    }

    fn map_put(&mut self, _map: &Built, key: Built, value: Built) -> Result<(), BuildError> {
        self.push(key)?;
        self.push(value)
    }

    fn begin_object(&mut self, class: &Arc<ClassDef>) -> Result<Built, BuildError> {
        let factory = self.hooks.class(self.js, class)?;
        Ok(self.begin(factory))
    }

    fn field(&mut self, _object: &Built, _index: usize, value: Built) -> Result<(), BuildError> {
        // Every field of the definition comes, in order.
        self.push(value)
    }

    fn end(&mut self, container: Built) -> Result<Ended<Built>, BuildError> {
        let Some(frame) = self.frames.pop() else { return Err(BuildError::Cycle) };
        let value = self.complete(&frame)?;
        self.stack.truncate(frame.start);
        // The reader's table keeps the number of a container that was referred to early.
        Ok(if frame.early.is_some() { Ended::Same(container) } else { Ended::Replaced(Built::Done(value)) })
    }

    fn reference(&mut self, target: &Built, is_open: bool) -> Result<Built, BuildError> {
        let Built::Container(number) = *target else { return Ok(*target) };
        if !is_open || self.early.contains_key(&number) {
            return Ok(*target);
        }
        let js = self.js;
        let frame = self.frames.iter_mut().find(|frame| frame.number == number).ok_or(BuildError::Cycle)?;
        let (blank, _) = frame.factory.blank.as_ref().ok_or(BuildError::Cycle)?;
        let early = js.call(blank, &[])?;
        frame.early = Some(early);
        self.early.insert(number, early);
        Ok(*target)
    }
}
