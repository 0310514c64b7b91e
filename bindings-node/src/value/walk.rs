//! From JavaScript to Hessian2: plays the instructions of `ts/internal/tape.ts` into a writer.

use std::sync::Arc;
use std::time::Duration;

use polydubbo::api::CallOptions;
use polydubbo::api::hessian::{ClassDef, EncodeError, Slot, Writer};
use rustc_hash::FxHashMap;

/// Class definitions that the tape may use by number, and those it spelled out lately.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    defined: Vec<Arc<ClassDef>>,
    /// By the bytes of name and fields on the tape.
    spelled: FxHashMap<Box<[u8]>, Arc<ClassDef>>,
}

/// Spelled-out definitions that are kept: objects of the same class usually follow each other.
const MAX_SPELLED: usize = 1024;

impl Classes {
    /// Adds a class and gives its number. Registered classes only, so that the table cannot grow without end.
    pub(crate) fn define(&mut self, name: &str, fields: &[String]) -> std::result::Result<u32, EncodeError> {
        self.defined.push(ClassDef::new(name, fields)?);
        Ok(self.defined.len() as u32 - 1)
    }
}

/// Why a tape could not be played.
#[derive(Debug)]
pub(crate) enum WalkError {
    /// The value has no Java form.
    Encode(EncodeError),
    /// The tape is damaged: a bug of this package.
    Tape(usize),
}

impl From<EncodeError> for WalkError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

type Result<T> = std::result::Result<T, WalkError>;

/// Bytes before the first value, which say how a call is made.
const HEAD: usize = 32;

/// A message of JavaScript: a head, which only calls fill, and values.
pub(crate) struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() >= HEAD { Ok(Self(bytes)) } else { Err(WalkError::Tape(bytes.len())) }
    }

    fn head<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|index| self.0[at + index])
    }

    /// The number of the method.
    pub(crate) fn method(&self) -> usize {
        u32::from_le_bytes(self.head(0)) as usize
    }

    /// The number that names the call in the core: JavaScript's token with the flags of the call.
    pub(crate) fn token(&self) -> u64 {
        u64::from_le_bytes(self.head(4))
    }

    /// What the call overrides; a negative number overrides nothing.
    pub(crate) fn options(&self) -> CallOptions {
        let timeout = f64::from_le_bytes(self.head(16));
        CallOptions {
            timeout: (timeout >= 0.0).then_some(Duration::from_millis(timeout as u64)),
            retries: u32::try_from(i32::from_le_bytes(self.head(12))).ok(),
            oneway: self.0[24] != 0,
        }
    }
}

/// Plays a whole tape and gives the number of values on it.
pub(crate) fn play(tape: &Tape<'_>, classes: &mut Classes, writer: &mut Writer) -> Result<usize> {
    let tape = tape.0;
    let mut player = Player { tape, at: HEAD, classes, begun: Vec::new(), next: 0 };
    let mut values = 0;
    while player.at < tape.len() {
        player.value(writer)?;
        values += 1;
    }
    Ok(values)
}

struct Player<'a> {
    tape: &'a [u8],
    at: usize,
    classes: &'a mut Classes,
    /// Where each container begins on the tape.
    begun: Vec<usize>,
    /// Number of the next container; smaller than `begun.len()` while a part is played again.
    next: usize,
}

impl<'a> Player<'a> {
    /// Plays one value with all its parts.
    fn value(&mut self, writer: &mut Writer) -> Result<()> {
        let depth = writer.depth();
        loop {
            self.step(writer)?;
            if writer.depth() <= depth {
                return Ok(());
            }
        }
    }

    fn step(&mut self, writer: &mut Writer) -> Result<()> {
        let at = self.at;
        match self.byte()? {
            0 => writer.null(),
            1 => writer.bool(true),
            2 => writer.bool(false),
            3 => writer.int(i32::from_le_bytes(self.fixed()?)),
            4 => writer.long(i64::from_le_bytes(self.fixed()?)),
            5 => writer.double(f64::from_le_bytes(self.fixed()?)),
            6 => writer.float(f64::from_le_bytes(self.fixed()?) as f32),
            7 => writer.date_ms(i64::from_le_bytes(self.fixed()?)),
            8 => writer.string(self.text()?),
            9 => self.utf16(writer)?,
            10 => writer.binary(self.counted()?),
            11 => {
                let (java_type, len) = (self.type_name()?, self.u32()?);
                let slot = writer.begin_list(java_type, len as usize)?;
                self.begin(at, slot, writer);
            }
            12 => {
                let slot = writer.begin_map(self.type_name()?)?;
                self.begin(at, slot, writer);
            }
            13 => writer.end_map()?,
            14 => {
                let class = self.u32()?;
                let class = self.classes.defined.get(class as usize).ok_or(WalkError::Tape(at))?;
                let slot = writer.begin_object(class)?;
                self.begin(at, slot, writer);
            }
            15 => {
                let slot = writer.begin_object(&self.spelled_class()?)?;
                self.begin(at, slot, writer);
            }
            16 => {
                let number = self.u32()? as usize;
                self.reference(number, writer)?;
            }
            _ => return Err(WalkError::Tape(at)),
        }
        Ok(())
    }

    fn begin(&mut self, at: usize, slot: Slot, writer: &mut Writer) {
        if self.next == self.begun.len() {
            self.begun.push(at);
        }
        writer.remember(self.next, slot);
        self.next += 1;
    }

    /// Refers to a container, or writes it again where Java's readers would count its slot otherwise.
    fn reference(&mut self, number: usize, writer: &mut Writer) -> Result<()> {
        let Some(&begin) = self.begun.get(number) else { return Err(WalkError::Tape(self.at)) };
        if let Some(slot) = writer.seen(number) {
            return Ok(writer.reference(slot)?);
        }
        let (at, next) = (self.at, self.next);
        (self.at, self.next) = (begin, number);
        // Recursion is bounded by the writer's depth: a part of the container is one level deeper.
        self.value(writer)?;
        (self.at, self.next) = (at, next);
        Ok(())
    }

    fn spelled_class(&mut self) -> Result<Arc<ClassDef>> {
        let start = self.at;
        let name = self.text()?;
        let count = self.u32()?;
        let mut fields = Vec::new();
        for _ in 0..count {
            fields.push(self.text()?);
        }
        let spelled = &self.tape[start..self.at];
        if let Some(class) = self.classes.spelled.get(spelled) {
            return Ok(Arc::clone(class));
        }
        let class = ClassDef::new(name, fields)?;
        if self.classes.spelled.len() >= MAX_SPELLED {
            self.classes.spelled.clear();
        }
        self.classes.spelled.insert(spelled.into(), Arc::clone(&class));
        Ok(class)
    }

    fn type_name(&mut self) -> Result<Option<&'a str>> {
        let name = self.text()?;
        Ok((!name.is_empty()).then_some(name))
    }

    fn utf16(&mut self, writer: &mut Writer) -> Result<()> {
        let units = self.u32()? as usize;
        let bytes = self.take(units.saturating_mul(2))?;
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        writer.string_utf16(&units);
        Ok(())
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(len).ok_or(WalkError::Tape(self.at))?;
        let bytes = self.tape.get(self.at..end).ok_or(WalkError::Tape(self.at))?;
        self.at = end;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let at = self.at;
        self.take(N)?.try_into().map_err(|_| WalkError::Tape(at))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.fixed()?))
    }

    fn counted(&mut self) -> Result<&'a [u8]> {
        let len = self.u32()? as usize;
        self.take(len)
    }

    fn text(&mut self) -> Result<&'a str> {
        let at = self.at;
        std::str::from_utf8(self.counted()?).map_err(|_| WalkError::Tape(at))
    }
}
