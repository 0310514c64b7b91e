//! Reads Hessian2 from a complete body.
//!
//! There are three ways to read a value, and they may alternate within one body because they share the
//! tables: [`Reader::skip_value`] passes over it, the typed reads ([`Reader::read_int`],
//! [`Reader::begin_list`], ...) take what a Rust type expects, and [`Reader::build`] drives a
//! [`ValueBuilder`](super::ValueBuilder). A reference to a value that the present target has not seen is
//! resolved by reading that value again from its place in the body.
//!
//! All bounds of [`Limits`] are checked before memory is taken. After an error the reader stands
//! somewhere inside the faulty value; nothing more can be read from the body.

mod build;
mod container;
mod scalar;
mod skip;
mod tables;

pub use self::build::Refs;
pub use self::container::Container;
pub use self::tables::ClassCache;

use self::tables::Tables;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::source::FromHessian;
use super::stack::StackGuard;
use super::tag::{self, Kind};

type Result<T, E = DecodeError> = std::result::Result<T, E>;

/// How the sender numbers the slots of classes on which Java's own versions disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Numbering {
    /// As almost all writers do.
    #[default]
    Usual,
    /// As hessian-lite 4.0.1 to 4.0.4 (Dubbo 3.3.0 to 3.3.x): `InetAddress`, `InetSocketAddress`, `URI` and
    /// `LongAdder` take no slot.
    HessianLite40,
}

/// Reads the values of one body. See the module documentation.
#[derive(Debug)]
pub struct Reader<'a> {
    buf: &'a [u8],
    pos: usize,
    limits: Limits,
    numbering: Numbering,
    tables: Tables<'a>,
    depth: usize,
    stack: StackGuard,
    /// Bytes that decoded values may still take.
    memory: usize,
    /// How many references are being resolved by reading again; tables do not grow meanwhile.
    replays: usize,
    /// Values that may still be visited while replaying.
    visits: usize,
}

impl<'a> Reader<'a> {
    /// Creates a reader over a complete body, or over the rest of one that starts with empty tables.
    #[must_use]
    pub fn new(body: &'a [u8]) -> Self {
        Self::with_limits(body, Limits::DEFAULT)
    }

    /// Creates a reader with bounds of its own.
    #[must_use]
    pub fn with_limits(body: &'a [u8], limits: Limits) -> Self {
        Self {
            buf: body,
            pos: 0,
            numbering: Numbering::default(),
            tables: Tables::default(),
            depth: 0,
            stack: StackGuard::default(),
            memory: limits.memory_for(body.len()),
            replays: 0,
            visits: body.len().saturating_mul(10).saturating_add(10_000),
            limits,
        }
    }

    /// Sets how the sender numbers slots, when its version is known.
    pub fn set_numbering(&mut self, numbering: Numbering) {
        self.numbering = numbering;
    }

    /// Offset of the next value.
    #[must_use]
    pub fn position(&self) -> usize {
        self.pos
    }

    /// Bytes that are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.buf.len() - self.pos
    }

    /// The whole body.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.buf
    }

    /// Whether all bytes are read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.pos == self.buf.len()
    }

    /// Checks that all bytes are read. Java ignores what is left; callers decide.
    ///
    /// # Errors
    /// `TrailingData`.
    pub fn expect_end(&self) -> Result<()> {
        if self.is_at_end() { Ok(()) } else { Err(self.fault(DecodeErrorKind::TrailingData)) }
    }

    /// The bounds in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many containers are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Number of lists, maps and objects so far.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.tables.slots.len()
    }

    /// The kind of the next value, whose class definition, if any, is not passed yet.
    ///
    /// # Errors
    /// `Eof` at the end of the body.
    pub fn peek(&self) -> Result<Kind> {
        self.peek_octet().map(Kind::of)
    }

    /// The kind of the next value; a reference counts as what it refers to.
    ///
    /// # Errors
    /// `Eof` at the end of the body, `BadRef`.
    pub fn peek_resolved(&mut self) -> Result<Kind> {
        let kind = self.peek()?;
        if kind != Kind::Ref {
            return Ok(kind);
        }
        let at = self.pos;
        self.pos += 1;
        let slot = self.read_ref_index(at);
        self.pos = at;
        let offset = self.tables.slots[slot?].offset as usize;
        Ok(self.buf.get(offset).map_or(Kind::Reserved, |&octet| Kind::of(octet)))
    }

    /// Reads any value.
    ///
    /// # Errors
    /// Those of the type.
    pub fn read<T: FromHessian<'a>>(&mut self) -> Result<T> {
        T::read_hessian(self)
    }

    /// Takes bytes from the memory budget of the body. Targets call it before they allocate.
    ///
    /// # Errors
    /// `MemoryLimit`.
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> Result<()> {
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(self.fault(DecodeErrorKind::MemoryLimit)),
        }
    }

    /// An error at the present position, for a target that refuses the value it has just read.
    #[must_use]
    #[cold]
    pub fn fault(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.pos)
    }

    #[cold]
    fn mismatch(&self, expected: &'static str, found: u8, at: usize) -> DecodeError {
        let kind = match Kind::of(found) {
            Kind::Reserved => DecodeErrorKind::UnknownTag(found),
            Kind::End => DecodeErrorKind::UnexpectedEnd,
            _ if self.replays > 0 && self.tables.is_suspect => DecodeErrorKind::SuspectReference,
            kind => DecodeErrorKind::TypeMismatch { expected, found: kind.name() },
        };
        DecodeError::new(kind, at)
    }

    /// Passes class definitions and gives the first octet of the value behind them.
    #[inline]
    fn next_tag(&mut self) -> Result<u8> {
        if self.replays > 0 {
            self.count_visit()?;
        }
        let mut octet = self.take_octet()?;
        if octet == tag::CLASS_DEF {
            octet = self.pass_class_defs()?;
        }
        Ok(octet)
    }

    #[cold]
    fn count_visit(&mut self) -> Result<()> {
        match self.visits.checked_sub(1) {
            Some(left) => {
                self.visits = left;
                Ok(())
            }
            None => Err(self.fault(DecodeErrorKind::ExpansionLimit)),
        }
    }

    /// Passes the definition whose mark is read already, and those behind it.
    ///
    /// A loop, because Java's recursion here lets a chain of definitions exhaust the stack.
    #[inline(never)]
    fn pass_class_defs(&mut self) -> Result<u8> {
        for _ in 0..self.limits.class_chain {
            self.read_class_def(self.pos - 1)?;
            match self.take_octet()? {
                tag::CLASS_DEF => {}
                octet => return Ok(octet),
            }
        }
        Err(self.fault(DecodeErrorKind::DepthLimit))
    }

    #[inline]
    fn peek_octet(&self) -> Result<u8> {
        self.buf.get(self.pos).copied().ok_or_else(|| self.fault(DecodeErrorKind::Eof))
    }

    #[inline]
    fn take_octet(&mut self) -> Result<u8> {
        let octet = self.peek_octet()?;
        self.pos += 1;
        Ok(octet)
    }

    #[inline]
    fn take_array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.buf[self.pos..].first_chunk() {
            Some(chunk) => {
                self.pos += N;
                Ok(*chunk)
            }
            None => Err(DecodeError::new(DecodeErrorKind::Eof, self.buf.len())),
        }
    }

    #[inline]
    fn take_slice(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.buf[self.pos..].get(..len) {
            Some(slice) => {
                self.pos += len;
                Ok(slice)
            }
            None => Err(DecodeError::new(DecodeErrorKind::Eof, self.buf.len())),
        }
    }
}

#[cfg(test)]
mod tests;
