//! Writes Hessian2 in the canonical forms of Java's writers.
//!
//! One writer serves one body: class definitions, type names and references are numbered through the
//! whole of it. Containers are closed by counting: after `begin_list` follow as many values as
//! announced, after `begin_object` one per field; only maps, which have no announced size, need
//! [`Writer::end_map`]. A container left open or closed early is an error, so a finished body is
//! always well formed.

mod refs;
mod state;

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use self::refs::Identities;
pub use self::refs::RefPolicy;
pub use self::state::{Mark, TableState};
use super::class_def::{ClassDef, ClassTrait};
use super::error::{EncodeError, EncodeErrorKind};
use super::source::ToHessian;
use super::stack::StackGuard;
use super::{number, tag, text};

/// Bytes of one binary chunk; every known reader takes any 16-bit length.
const BINARY_CHUNK: usize = 0x8000;

/// Index of a list, map or object in the reference table of its body.
pub type Slot = u32;

/// Whose choices the writer copies where Java's two writer families differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Decodable by every Dubbo from 2.6 on: lists without a declared type are untyped.
    #[default]
    Portable,
    /// hessian-lite 3.2 (Dubbo 2.7, 3.0 to 3.2): lists without a declared type are `java.util.ArrayList`.
    Hl3,
    /// hessian-lite 4 (Dubbo 3.3): `java.util.ArrayList` is written untyped.
    Hl4,
}

/// Writes the values of one body. See the module documentation for how containers close.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    profile: Profile,
    max_depth: usize,
    slots: Slot,
    classes: SmallVec<[Arc<ClassDef>; 2]>,
    types: SmallVec<[Box<str>; 1]>,
    /// The innermost container, which the next value goes to; the body itself when none is open.
    innermost: Frame,
    /// What is around it, the body first.
    outer: SmallVec<[Frame; 4]>,
    stack: StackGuard,
    identities: Identities,
}

/// A container that still waits for values, or the body.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// `None` for the few classes whose instances take no slot.
    slot: Option<Slot>,
    waits: Waits,
}

impl Frame {
    const BODY: Self = Self { slot: None, waits: Waits::AnyNumber };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Values(u32),
    Key,
    EntryValue,
    /// The body, which takes any number of values.
    AnyNumber,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Creates a writer with an empty buffer and the portable profile.
    #[must_use]
    pub fn new() -> Self {
        Self::onto(Vec::new())
    }

    /// Creates a writer with an empty buffer that copies the choices of one Java family.
    #[must_use]
    pub fn with_profile(profile: Profile) -> Self {
        let mut writer = Self::new();
        writer.profile = profile;
        writer
    }

    /// Creates a writer that appends to a buffer; [`Writer::into_buffer`] gives it back.
    #[must_use]
    pub fn onto(out: Vec<u8>) -> Self {
        Self::resume(out, TableState::default())
    }

    /// Continues a body: appends to a buffer with the tables as an earlier writer left them.
    #[must_use]
    pub fn resume(out: Vec<u8>, tables: TableState) -> Self {
        Self {
            out,
            profile: Profile::default(),
            max_depth: super::Limits::DEFAULT.depth,
            slots: tables.slots,
            classes: tables.classes,
            types: tables.types,
            innermost: Frame::BODY,
            outer: SmallVec::new(),
            stack: StackGuard::default(),
            identities: Identities::default(),
        }
    }

    /// Sets the profile.
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// Sets how readily references are written; see [`Writer::seen`].
    pub fn set_ref_policy(&mut self, policy: RefPolicy) {
        self.identities.policy = policy;
    }

    /// Sets how deep containers may nest.
    pub fn set_max_depth(&mut self, depth: usize) {
        self.max_depth = depth;
    }

    /// The profile in force.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Bytes in the buffer, those before this writer's included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether the buffer is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Makes room for so many more bytes.
    pub fn reserve(&mut self, bytes: usize) {
        self.out.reserve(bytes);
    }

    /// Writes null.
    #[inline]
    pub fn null(&mut self) {
        self.out.push(tag::NULL);
        self.value_done();
    }

    /// Writes a boolean.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
        self.value_done();
    }

    /// Writes an `int`, also the form of `byte` and `short`.
    #[inline]
    pub fn int(&mut self, value: i32) {
        number::put_int(&mut self.out, value);
        self.value_done();
    }

    /// Writes several values of type `int`.
    pub(super) fn ints(&mut self, values: &[i32]) {
        self.out.reserve(values.len());
        values.iter().for_each(|value| number::put_int(&mut self.out, *value));
        self.values_done(values.len());
    }

    /// Writes a `long`.
    #[inline]
    pub fn long(&mut self, value: i64) {
        number::put_long(&mut self.out, value);
        self.value_done();
    }

    /// Writes a `double`; like Java, -0.0 becomes 0.0 and every NaN the canonical one.
    #[inline]
    pub fn double(&mut self, value: f64) {
        number::put_double(&mut self.out, value);
        self.value_done();
    }

    /// Writes a boxed `Float`: the double with the shortest decimal that names it, 1.1 for `1.1f`.
    ///
    /// Java does this for `Float` values in arguments, collections and `Object` fields. A field declared
    /// `float` and an element of `float[]` are widened instead: use [`Writer::double`] for them.
    pub fn float(&mut self, value: f32) {
        self.double(number::shortest_decimal(value));
    }

    /// Writes a `java.util.Date` of milliseconds since the epoch.
    pub fn date_ms(&mut self, ms: i64) {
        number::put_date(&mut self.out, ms);
        self.value_done();
    }

    /// Writes a string.
    #[inline]
    pub fn string(&mut self, value: &str) {
        text::put_str(&mut self.out, value);
        self.value_done();
    }

    /// Writes a string of UTF-16 units, which may hold lone surrogates.
    pub fn string_utf16(&mut self, units: &[u16]) {
        text::put_utf16(&mut self.out, units);
        self.value_done();
    }

    /// Writes a byte array, in chunks of 32 KiB.
    ///
    /// Java cuts chunks by the fill of its buffer, so large arrays differ from its bytes, not from its value.
    pub fn binary(&mut self, mut data: &[u8]) {
        self.out.reserve(data.len() + 3);
        while data.len() > usize::from(u16::MAX) {
            let (chunk, rest) = data.split_at(BINARY_CHUNK);
            self.out.extend_from_slice(&[tag::BINARY_CHUNK, (BINARY_CHUNK >> 8) as u8, 0]);
            self.out.extend_from_slice(chunk);
            data = rest;
        }
        let [high, low] = (data.len() as u16).to_be_bytes();
        match data.len() {
            0..=0xf => self.out.push(tag::BINARY_SHORT + low),
            0x10..=0x3ff => self.out.extend_from_slice(&[tag::BINARY_MEDIUM + high, low]),
            _ => self.out.extend_from_slice(&[tag::BINARY, high, low]),
        }
        self.out.extend_from_slice(data);
        self.value_done();
    }

    /// Starts a list, array or set of exactly `len` values, which follow.
    ///
    /// The type is what Java writes: `[int`, `[string`, `java.util.HashSet`; `None` is a plain list.
    ///
    /// # Errors
    /// `BadName` for an empty type, `TooLong`, `DepthLimit`.
    pub fn begin_list(&mut self, java_type: Option<&str>, len: usize) -> Result<Slot, EncodeError> {
        let java_type = match (self.profile, java_type) {
            (Profile::Hl3, None) => Some("java.util.ArrayList"),
            (Profile::Hl4, Some("java.util.ArrayList")) => None,
            (_, given) => given,
        };
        self.check_type(java_type)?;
        let Ok(count) = i32::try_from(len) else { return Err(EncodeError::new(EncodeErrorKind::TooLong)) };
        self.check_depth()?;
        let (direct, fixed) = match java_type {
            Some(_) => (tag::LIST_TYPED_DIRECT, tag::LIST_TYPED),
            None => (tag::LIST_DIRECT, tag::LIST),
        };
        self.out.push(if len <= 7 { direct + len as u8 } else { fixed });
        if let Some(java_type) = java_type {
            self.put_type(java_type);
        }
        if len > 7 {
            number::put_int(&mut self.out, count);
        }
        Ok(self.open_container(Waits::Values(count as u32), true))
    }

    /// Starts a map; keys and values follow in turn until [`Writer::end_map`].
    ///
    /// `None` is a `java.util.HashMap`, other types are written by name.
    ///
    /// # Errors
    /// `BadName` for an empty type, `DepthLimit`.
    pub fn begin_map(&mut self, java_type: Option<&str>) -> Result<Slot, EncodeError> {
        self.check_type(java_type)?;
        self.check_depth()?;
        match java_type {
            None => self.out.push(tag::MAP),
            Some(java_type) => {
                self.out.push(tag::MAP_TYPED);
                self.put_type(java_type);
            }
        }
        Ok(self.open_container(Waits::Key, true))
    }

    /// Ends the innermost container, which must be a map that has a value for every key.
    ///
    /// # Errors
    /// `Unbalanced`.
    pub fn end_map(&mut self) -> Result<(), EncodeError> {
        match self.innermost.waits {
            Waits::Key => {
                self.out.push(tag::END);
                self.close_container();
                self.value_done();
                Ok(())
            }
            _ => Err(EncodeError::new(EncodeErrorKind::Unbalanced)),
        }
    }

    /// Starts an object; one value for each field of the definition follows, in its order.
    ///
    /// The definition itself is written before the first instance of a body. The holders inside
    /// `java.net.InetAddress` and `Inet6Address` take no slot: for them this gives [`Writer::next_slot`] as it
    /// stays, and they cannot be referred to.
    ///
    /// # Errors
    /// `DepthLimit`.
    pub fn begin_object(&mut self, class: &Arc<ClassDef>) -> Result<Slot, EncodeError> {
        self.check_depth()?;
        let index = self.class_index(class);
        match u8::try_from(index) {
            Ok(direct @ 0..=0xf) => self.out.push(tag::OBJECT_DIRECT + direct),
            _ => {
                self.out.push(tag::OBJECT);
                number::put_int(&mut self.out, index as i32);
            }
        }
        let class_trait = class.trait_of();
        if matches!(class_trait, ClassTrait::SometimesNumbered | ClassTrait::MiscountedByReaders) {
            self.identities.note_suspect(self.slots);
        }
        let is_numbered = class_trait != ClassTrait::NeverNumbered;
        Ok(self.open_container(Waits::Values(class.fields().len() as u32), is_numbered))
    }

    /// Writes a reference to a container of this body.
    ///
    /// # Errors
    /// `BadRef` when no container has this slot yet.
    pub fn reference(&mut self, slot: Slot) -> Result<(), EncodeError> {
        if slot >= self.slots {
            return Err(EncodeError::new(EncodeErrorKind::BadRef(slot)));
        }
        self.out.push(tag::REF);
        number::put_int(&mut self.out, slot as i32);
        self.value_done();
        Ok(())
    }

    /// Writes any value.
    ///
    /// # Errors
    /// Those of the value.
    pub fn value<T: ToHessian + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.write_hessian(self)
    }

    /// Appends values that are encoded already, for example a cached method prefix or constant map entries.
    ///
    /// The bytes must be exactly `count` complete values that touch no table: null, booleans, numbers,
    /// dates, strings and binary.
    pub fn encoded(&mut self, values: &[u8], count: usize) {
        self.out.extend_from_slice(values);
        self.values_done(count);
    }

    /// The slot of a host object written before, or `None` when it must be written (again).
    ///
    /// The identity is any number that distinguishes live objects, usually an address. After a class whose
    /// slots Java's readers miscount (`UUID`, `InetAddress`, ...) the automatic policy gives only slots
    /// from before it and those of open containers, so that acyclic data is written twice rather than
    /// read wrongly.
    #[must_use]
    pub fn seen(&self, identity: usize) -> Option<Slot> {
        let is_open = |slot| self.outer.iter().chain([&self.innermost]).any(|frame| frame.slot == Some(slot));
        self.identities.seen(identity, is_open)
    }

    /// Records the slot of a host object that the caller keeps alive until the body is finished.
    pub fn remember(&mut self, identity: usize, slot: Slot) {
        self.identities.remember(identity, slot, None);
    }

    /// Records the slot of a shared object and keeps the object alive until the body is finished.
    pub fn remember_shared<T: Any + Send + Sync>(&mut self, shared: &Arc<T>, slot: Slot) {
        let identity = Arc::as_ptr(shared).addr();
        self.identities.remember(identity, slot, Some(Arc::clone(shared) as Arc<dyn Any + Send + Sync>));
    }

    /// Checks that a recursive type does not use up the stack before it reaches the depth limit.
    ///
    /// Implementations of [`ToHessian`] for containers call it; callers that do not recurse, such as a
    /// builder of another language, need not.
    ///
    /// # Errors
    /// `DepthLimit` when the present container is more than 512 KiB of stack below the outermost one.
    pub fn check_stack(&mut self) -> Result<(), EncodeError> {
        match self.stack.is_exhausted(self.depth()) {
            true => Err(EncodeError::new(EncodeErrorKind::DepthLimit)),
            false => Ok(()),
        }
    }

    /// Number of slots taken: the slot that the next container gets.
    #[must_use]
    pub fn next_slot(&self) -> Slot {
        self.slots
    }

    /// How many containers are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.outer.len()
    }

    /// Ends the body and gives its bytes.
    ///
    /// # Errors
    /// `Unbalanced` when a container is open.
    pub fn finish(self) -> Result<Bytes, EncodeError> {
        self.into_buffer().map(Bytes::from)
    }

    /// Ends the body and hands its bytes to `take`. The writer keeps its buffer, and is as new for the next body.
    ///
    /// # Errors
    /// `Unbalanced` when a container is open.
    pub fn take<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Result<T, EncodeError> {
        self.check_closed()?;
        let taken = take(&self.out);
        self.out.clear();
        (self.profile, self.max_depth) = (Profile::default(), super::Limits::DEFAULT.depth);
        self.slots = 0;
        self.classes.clear();
        self.types.clear();
        self.identities.clear();
        Ok(taken)
    }

    /// Bytes for which memory is held.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.out.capacity()
    }

    /// Ends the writing and gives the buffer back.
    ///
    /// # Errors
    /// `Unbalanced` when a container is open.
    pub fn into_buffer(self) -> Result<Vec<u8>, EncodeError> {
        self.check_closed()?;
        Ok(self.out)
    }

    /// Ends the writing and gives the buffer and the tables, with which [`Writer::resume`] continues.
    ///
    /// # Errors
    /// `Unbalanced` when a container is open.
    pub fn into_parts(self) -> Result<(Vec<u8>, TableState), EncodeError> {
        self.check_closed()?;
        Ok((self.out, TableState { slots: self.slots, classes: self.classes, types: self.types }))
    }

    fn check_closed(&self) -> Result<(), EncodeError> {
        match self.outer.is_empty() {
            true => Ok(()),
            false => Err(EncodeError::new(EncodeErrorKind::Unbalanced)),
        }
    }

    fn check_depth(&self) -> Result<(), EncodeError> {
        if self.depth() >= self.max_depth {
            return Err(EncodeError::new(EncodeErrorKind::DepthLimit));
        }
        Ok(())
    }

    fn check_type(&self, java_type: Option<&str>) -> Result<(), EncodeError> {
        match java_type {
            // Java throws for it, and readers take it for a type of its own.
            Some("") => Err(EncodeError::new(EncodeErrorKind::BadName(String::new()))),
            _ => Ok(()),
        }
    }

    fn put_type(&mut self, java_type: &str) {
        if let Some(index) = self.types.iter().position(|known| &**known == java_type) {
            return number::put_int(&mut self.out, index as i32);
        }
        text::put_str(&mut self.out, java_type);
        self.types.push(java_type.into());
    }

    fn class_index(&mut self, class: &Arc<ClassDef>) -> usize {
        let is_same = |known: &Arc<ClassDef>| Arc::ptr_eq(known, class) || known.encoded() == class.encoded();
        if let Some(index) = self.classes.iter().position(is_same) {
            return index;
        }
        self.out.extend_from_slice(class.encoded());
        self.classes.push(Arc::clone(class));
        self.classes.len() - 1
    }

    #[inline]
    fn open_container(&mut self, waits: Waits, is_numbered: bool) -> Slot {
        let slot = self.slots;
        self.slots += Slot::from(is_numbered);
        if waits == Waits::Values(0) {
            self.value_done();
        } else {
            let opened = Frame { slot: is_numbered.then_some(slot), waits };
            self.outer.push(std::mem::replace(&mut self.innermost, opened));
        }
        slot
    }

    fn close_container(&mut self) {
        self.innermost = self.outer.pop().unwrap_or(Frame::BODY);
    }

    /// Counts a complete value in its container, and closes every container that it completes.
    #[inline]
    fn value_done(&mut self) {
        match &mut self.innermost.waits {
            // One of several values of a list or object: by far the most frequent case.
            Waits::Values(left @ 2..) => *left -= 1,
            Waits::AnyNumber => {}
            _ => self.step_done(),
        }
    }

    /// As so many times [`Writer::value_done`].
    fn values_done(&mut self, mut count: usize) {
        // All but the last one in one step, if they are of this list or object.
        if let Waits::Values(left) = &mut self.innermost.waits
            && (1..=*left as usize).contains(&count)
        {
            *left -= count as u32 - 1;
            count = 1;
        }
        (0..count).for_each(|_| self.value_done());
    }

    /// Ends what has got its last value, and moves on in the map around it.
    fn step_done(&mut self) {
        loop {
            match &mut self.innermost.waits {
                Waits::Values(..=1) => self.close_container(),
                Waits::Values(left) => return *left -= 1,
                waits @ Waits::Key => return *waits = Waits::EntryValue,
                waits @ Waits::EntryValue => return *waits = Waits::Key,
                Waits::AnyNumber => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
