//! The tables of a body: class definitions, type names, and where each slot begins.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use parking_lot::Mutex;
use smallvec::SmallVec;

use super::{Reader, Result};
use crate::codec::hessian::class_def::{ClassDef, ClassTrait};
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind};
use crate::codec::hessian::tag::Kind;

#[derive(Debug, Default)]
pub(super) struct Tables<'a> {
    pub(super) classes: SmallVec<[ClassRow; 4]>,
    pub(super) types: SmallVec<[Cow<'a, str>; 4]>,
    pub(super) slots: SmallVec<[SlotRow; 8]>,
    /// Whether a class occurred whose slots the sender may have miscounted.
    pub(super) is_suspect: bool,
}

/// A class definition as it stands in the body; parsed when a target asks for it.
#[derive(Debug, Clone)]
pub(super) struct ClassRow {
    start: usize,
    end: usize,
    pub(super) fields: usize,
    pub(super) trait_of: ClassTrait,
    def: Option<Arc<ClassDef>>,
}

/// A list, map or object.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlotRow {
    /// Offset of its first octet, behind the definition of its class.
    pub(super) offset: u32,
    /// Whether it is being read now.
    pub(super) is_open: bool,
}

impl<'a> Reader<'a> {
    /// Reads a definition, whose mark at `start` is read already, into the table.
    pub(super) fn read_class_def(&mut self, start: usize) -> Result<()> {
        let name = self.read_name()?;
        let fields = self.read_count()?;
        if fields > self.limits.fields {
            return Err(DecodeError::new(DecodeErrorKind::LengthLimit, start));
        }
        for _ in 0..fields {
            self.skip_name()?;
        }
        if self.replays > 0 {
            return Ok(());
        }
        if self.tables.classes.len() >= self.limits.classes {
            return Err(DecodeError::new(DecodeErrorKind::LengthLimit, start));
        }
        let trait_of = ClassTrait::of(&name, fields);
        // The one value of a compact java.time object counts as a field.
        let fields = if trait_of == ClassTrait::TrailingLong { 1 } else { fields };
        self.tables.is_suspect |= !matches!(trait_of, ClassTrait::Plain | ClassTrait::TrailingLong);
        self.tables.classes.push(ClassRow { start, end: self.pos, fields, trait_of, def: None });
        Ok(())
    }

    /// Passes the definition of a class that this side knows, if exactly that is next: one comparison instead of a
    /// look at every name. Worth calling before a value that probably is an object of the class of the last one.
    pub fn pass_known_class(&mut self, class: &Arc<ClassDef>) {
        let encoded: &[u8] = class.encoded();
        let is_next = self.replays == 0 && self.buf[self.pos..].starts_with(encoded);
        let fits = class.fields().len() <= self.limits.fields
            && encoded.len() <= self.limits.name_units
            && self.tables.classes.len() < self.limits.classes;
        // Only classes without peculiarities: those of a Rust struct nearly always.
        if is_next && fits && class.trait_of() == ClassTrait::Plain {
            let (start, end) = (self.pos, self.pos + encoded.len());
            let (fields, def) = (class.fields().len(), Some(Arc::clone(class)));
            self.tables.classes.push(ClassRow { start, end, fields, trait_of: ClassTrait::Plain, def });
            self.pos = end;
        }
    }

    /// A length or count: an int that is neither negative nor more than the bytes left.
    pub(super) fn read_count(&mut self) -> Result<usize> {
        let at = self.pos;
        let count = self.read_plain_int()?;
        let Ok(count) = usize::try_from(count) else {
            return Err(DecodeError::new(DecodeErrorKind::NegativeLength, at));
        };
        if count > self.remaining() {
            return Err(DecodeError::new(DecodeErrorKind::LengthLimit, at));
        }
        Ok(count)
    }

    /// An int that is part of the structure. Java also takes other numbers, but nobody writes them.
    pub(super) fn read_plain_int(&mut self) -> Result<i32> {
        let at = self.pos;
        let octet = self.take_octet()?;
        if Kind::of(octet) != Kind::Int {
            return Err(self.mismatch("int", octet, at));
        }
        self.int_body(octet)
    }

    /// The index of a reference whose mark at `at` is read already.
    pub(super) fn read_ref_index(&mut self, at: usize) -> Result<usize> {
        let index = self.read_plain_int()?;
        match usize::try_from(index) {
            Ok(slot) if slot < self.tables.slots.len() => Ok(slot),
            _ => Err(DecodeError::new(DecodeErrorKind::BadRef(index), at)),
        }
    }

    /// The type of a list or map: a name, or the index of an earlier one. Gives its index.
    pub(super) fn read_type(&mut self) -> Result<usize> {
        let at = self.pos;
        match Kind::of(self.peek_octet()?) {
            Kind::Int => {
                let index = usize::try_from(self.read_plain_int()?).unwrap_or(usize::MAX);
                if index >= self.tables.types.len() {
                    return Err(DecodeError::new(DecodeErrorKind::BadTypeRef, at));
                }
                Ok(index)
            }
            Kind::String => {
                let name = self.read_name()?;
                self.type_row(name, at)
            }
            _ => Err(DecodeError::new(DecodeErrorKind::BadTypeRef, at)),
        }
    }

    fn type_row(&mut self, name: Cow<'a, str>, at: usize) -> Result<usize> {
        if self.replays > 0 {
            let known = self.tables.types.iter().position(|known| *known == name);
            return known.ok_or_else(|| DecodeError::new(DecodeErrorKind::BadTypeRef, at));
        }
        if self.tables.types.len() >= self.limits.types {
            return Err(DecodeError::new(DecodeErrorKind::LengthLimit, at));
        }
        self.charge(size_of::<Cow<'_, str>>())?;
        self.tables.types.push(name);
        Ok(self.tables.types.len() - 1)
    }

    fn read_name(&mut self) -> Result<Cow<'a, str>> {
        let at = self.pos;
        let octet = self.take_octet()?;
        if Kind::of(octet) != Kind::String {
            return Err(self.mismatch("name", octet, at));
        }
        let name = self.text_body(octet)?;
        if name.utf16_len() > self.limits.name_units {
            return Err(DecodeError::new(DecodeErrorKind::LengthLimit, at));
        }
        name.into_str().map_err(|_| DecodeError::new(DecodeErrorKind::BadUtf8, at))
    }

    fn skip_name(&mut self) -> Result<()> {
        let at = self.pos;
        let octet = self.take_octet()?;
        if Kind::of(octet) != Kind::String {
            return Err(self.mismatch("name", octet, at));
        }
        // A unit takes at most three bytes.
        if self.skip_chunks(octet, Kind::String)? > 3 * self.limits.name_units {
            return Err(DecodeError::new(DecodeErrorKind::LengthLimit, at));
        }
        Ok(())
    }

    /// Gives a container that starts at `offset`, and is being read from now on, its slot.
    #[inline]
    pub(super) fn take_slot(&mut self, offset: usize) -> Result<usize> {
        let too_many = || DecodeError::new(DecodeErrorKind::LengthLimit, offset);
        let offset32 = u32::try_from(offset).map_err(|_| too_many())?;
        let slot = self.tables.slots.len();
        if self.replays > 0 {
            return self.reopen_slot(offset32);
        }
        if slot >= self.limits.slots {
            return Err(too_many());
        }
        self.tables.slots.push(SlotRow { offset: offset32, is_open: true });
        Ok(slot)
    }

    #[cold]
    fn reopen_slot(&mut self, offset: u32) -> Result<usize> {
        let found = self.tables.slots.binary_search_by_key(&offset, |row| row.offset);
        let unknown = |_| DecodeError::new(DecodeErrorKind::SuspectReference, offset as usize);
        let slot = found.map_err(unknown)?;
        self.tables.slots[slot].is_open = true;
        Ok(slot)
    }

    /// The bytes of a definition as they stand in the body: a key for cached mappings.
    #[must_use]
    pub(super) fn class_bytes(&self, index: usize) -> &'a [u8] {
        let row = &self.tables.classes[index];
        &self.buf[row.start..row.end]
    }

    /// The definition with this index, which [`Reader::read_class_def`] has read.
    pub(super) fn class_def(&mut self, index: usize) -> Result<Arc<ClassDef>> {
        if let Some(def) = &self.tables.classes[index].def {
            return Ok(Arc::clone(def));
        }
        let bytes = self.class_bytes(index);
        let def = match ClassCache::shared().get(bytes) {
            Some(def) => def,
            None => {
                let def = self.parse_class_def(index)?;
                ClassCache::shared().insert(&def);
                def
            }
        };
        if def.name() == "java.util.CollSer" && def.fields().len() == 1 {
            let how = "immutable collection sent by Dubbo up to 3.2 on JDK 9 or later";
            return Err(DecodeError::new(
                DecodeErrorKind::LostContent(how),
                self.tables.classes[index].start,
            ));
        }
        self.tables.classes[index].def = Some(Arc::clone(&def));
        Ok(def)
    }

    fn parse_class_def(&mut self, index: usize) -> Result<Arc<ClassDef>> {
        let bytes = self.class_bytes(index);
        self.charge(bytes.len() * 2)?;
        let row = self.tables.classes[index].clone();
        let place = |error: DecodeError| DecodeError::new(error.kind().clone(), row.start + error.offset());
        let mut names = Reader::with_limits(bytes, self.limits);
        names.pos = 1;
        let name = names.read_name().map_err(place)?;
        let count = names.read_count().map_err(place)?;
        let mut fields = Vec::with_capacity(count);
        for _ in 0..count {
            fields.push(names.read_name().map_err(place)?.into());
        }
        if row.trait_of == ClassTrait::TrailingLong {
            fields.push(if name.ends_with("Date") { "epochDay" } else { "nanoOfDay" }.into());
        }
        Ok(ClassDef::build(name.into(), fields.into(), Some(Bytes::copy_from_slice(bytes))))
    }
}

/// Parsed class definitions of peers, shared by all readers and found by the bytes of the definition.
///
/// Bounded, because peers choose what goes in: a full cache is emptied and fills again.
#[derive(Debug, Default)]
pub struct ClassCache {
    rows: Mutex<CacheRows>,
}

#[derive(Debug, Default)]
struct CacheRows {
    by_bytes: HashMap<Bytes, Arc<ClassDef>>,
    bytes: usize,
}

impl ClassCache {
    const MAX_ENTRIES: usize = 4096;
    const MAX_BYTES: usize = 2 << 20;

    /// The cache of this process.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<ClassCache> = LazyLock::new(ClassCache::default);
        &SHARED
    }

    fn get(&self, bytes: &[u8]) -> Option<Arc<ClassDef>> {
        self.rows.lock().by_bytes.get(bytes).cloned()
    }

    fn insert(&self, def: &Arc<ClassDef>) {
        let mut rows = self.rows.lock();
        if rows.by_bytes.len() >= Self::MAX_ENTRIES || rows.bytes >= Self::MAX_BYTES {
            *rows = CacheRows::default();
        }
        rows.bytes += def.encoded().len();
        rows.by_bytes.insert(def.encoded().clone(), Arc::clone(def));
    }

    /// Number of definitions held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.lock().by_bytes.len()
    }

    /// Whether no definition is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
