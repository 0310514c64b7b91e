//! Numbers, booleans, dates, strings and binary.

use std::borrow::Cow;

use super::{Reader, Result};
use crate::codec::hessian::error::{DecodeError, DecodeErrorKind};
use crate::codec::hessian::number;
use crate::codec::hessian::tag::{self, Kind};
use crate::codec::hessian::text::{self, Text};

impl<'a> Reader<'a> {
    /// Reads null if it is next; tells whether it was.
    ///
    /// # Errors
    /// `Eof` at the end of the body.
    #[inline]
    pub fn take_null(&mut self) -> Result<bool> {
        let is_null = self.peek_octet()? == tag::NULL;
        self.pos += usize::from(is_null);
        Ok(is_null)
    }

    /// Reads a boolean. As in Java a number is true unless it is zero.
    ///
    /// # Errors
    /// `TypeMismatch` for anything else.
    pub fn read_bool(&mut self) -> Result<bool> {
        let at = self.pos;
        match self.next_tag()? {
            tag::TRUE => Ok(true),
            tag::FALSE => Ok(false),
            octet => match Kind::of(octet) {
                Kind::Int => Ok(self.int_body(octet)? != 0),
                Kind::Long => Ok(self.long_body(octet)? != 0),
                Kind::Double => Ok(self.double_body(octet)? != 0.0),
                _ => Err(self.mismatch("boolean", octet, at)),
            },
        }
    }

    /// Reads an `int`. As in Java other numbers and booleans are converted, but not cut off.
    ///
    /// # Errors
    /// `Overflow` for a number that is no i32, `TypeMismatch` for anything else.
    #[inline]
    pub fn read_int(&mut self) -> Result<i32> {
        // Most ints are small, and most values stand where they are read.
        if let Some(&octet @ 0x80..=0xbf) = self.buf.get(self.pos)
            && self.replays == 0
        {
            self.pos += 1;
            return Ok(i32::from(octet) - 0x90);
        }
        self.read_other_int()
    }

    /// Out of line, so that a loop over small ints stays small.
    #[inline(never)]
    fn read_other_int(&mut self) -> Result<i32> {
        let at = self.pos;
        let octet = self.next_tag()?;
        if Kind::of(octet) == Kind::Int {
            return self.int_body(octet);
        }
        let wide = self.integer_body(octet, at, "int")?;
        i32::try_from(wide).map_err(|_| DecodeError::new(DecodeErrorKind::Overflow("int"), at))
    }

    /// Reads ints as long as ints follow, at most so many; gives how many.
    #[inline]
    pub(crate) fn take_ints(&mut self, most: usize, mut add: impl FnMut(i32)) -> usize {
        if self.replays > 0 {
            return 0;
        }
        let mut rest = &self.buf[self.pos..];
        let mut count = 0;
        while count < most
            && let Some((value, behind)) = number::take_int(rest)
        {
            rest = behind;
            count += 1;
            add(value);
        }
        self.pos = self.buf.len() - rest.len();
        count
    }

    /// Reads a `long`. As in Java other numbers and booleans are converted, but not cut off.
    ///
    /// # Errors
    /// `Overflow` for a double that is no i64, `TypeMismatch` for anything else.
    pub fn read_long(&mut self) -> Result<i64> {
        let at = self.pos;
        let octet = self.next_tag()?;
        self.integer_body(octet, at, "long")
    }

    /// Reads a `double`; integers are converted.
    ///
    /// # Errors
    /// `TypeMismatch` for anything but a number.
    #[inline]
    pub fn read_double(&mut self) -> Result<f64> {
        let at = self.pos;
        let octet = self.next_tag()?;
        match Kind::of(octet) {
            Kind::Double => self.double_body(octet),
            Kind::Int => self.int_body(octet).map(f64::from),
            Kind::Long => self.long_body(octet).map(|value| value as f64),
            _ => Err(self.mismatch("double", octet, at)),
        }
    }

    /// Reads a date: milliseconds since the epoch. As in Java a number is no date.
    ///
    /// # Errors
    /// `TypeMismatch`.
    pub fn read_date_ms(&mut self) -> Result<i64> {
        let at = self.pos;
        let octet = self.next_tag()?;
        match Kind::of(octet) {
            Kind::Date => self.date_body(octet),
            _ => Err(self.mismatch("date", octet, at)),
        }
    }

    /// Reads a string, or `None` for null.
    ///
    /// # Errors
    /// `TypeMismatch`, `BadUtf8`, `BadChunk`.
    #[inline]
    pub fn read_string(&mut self) -> Result<Option<Text<'a>>> {
        let at = self.pos;
        let octet = self.next_tag()?;
        match Kind::of(octet) {
            Kind::String => self.text_body(octet).map(Some),
            Kind::Null => Ok(None),
            _ => Err(self.mismatch("string", octet, at)),
        }
    }

    /// Reads a string of one chunk whose characters are alike, as in most; `None`, and nothing is read, for anything else.
    #[inline]
    pub(crate) fn take_uniform(&mut self) -> Option<&'a str> {
        let start = self.pos;
        let text = self.uniform_text(*self.buf.get(start)?);
        if text.is_none() {
            self.pos = start;
        }
        text
    }

    #[inline]
    fn uniform_text(&mut self, octet: u8) -> Option<&'a str> {
        if self.replays > 0
            || !matches!(octet, 0..=tag::STRING_SHORT_MAX | tag::STRING_MEDIUM..=0x33 | tag::STRING)
        {
            return None;
        }
        self.pos += 1;
        let units = self.text_units(octet).ok()?;
        let text = text::uniform(&self.buf[self.pos..], units)?;
        self.pos += text.len();
        Some(text)
    }

    /// Reads a byte array, or `None` for null.
    ///
    /// # Errors
    /// `TypeMismatch`, `BadChunk`.
    pub fn read_binary(&mut self) -> Result<Option<Cow<'a, [u8]>>> {
        let at = self.pos;
        let octet = self.next_tag()?;
        match Kind::of(octet) {
            Kind::Binary => self.binary_body(octet).map(Some),
            Kind::Null => Ok(None),
            _ => Err(self.mismatch("binary", octet, at)),
        }
    }

    /// An integer of any form, from any scalar that Java converts.
    #[inline]
    fn integer_body(&mut self, octet: u8, at: usize, target: &'static str) -> Result<i64> {
        match Kind::of(octet) {
            Kind::Int => self.int_body(octet).map(i64::from),
            Kind::Long => self.long_body(octet),
            Kind::Bool => Ok(i64::from(octet == tag::TRUE)),
            Kind::Double => {
                let value = self.double_body(octet)?;
                let whole = value as i64;
                // `i64::MAX as f64` rounds up to 2^63, which is out of range.
                let fits = whole as f64 == value && value < i64::MAX as f64;
                if fits { Ok(whole) } else { Err(DecodeError::new(DecodeErrorKind::Overflow(target), at)) }
            }
            _ => Err(self.mismatch(target, octet, at)),
        }
    }

    #[inline]
    pub(super) fn int_body(&mut self, octet: u8) -> Result<i32> {
        match octet {
            0x80..=0xbf => Ok(i32::from(octet) - 0x90),
            0xc0..=0xcf => {
                let [low] = self.take_array()?;
                Ok(((i32::from(octet) - 0xc8) << 8) + i32::from(low))
            }
            0xd0..=0xd7 => {
                let low: [u8; 2] = self.take_array()?;
                Ok(((i32::from(octet) - 0xd4) << 16) + i32::from(u16::from_be_bytes(low)))
            }
            _ => self.take_array().map(i32::from_be_bytes),
        }
    }

    #[inline]
    pub(super) fn long_body(&mut self, octet: u8) -> Result<i64> {
        match octet {
            0xd8..=0xef => Ok(i64::from(octet) - 0xe0),
            0xf0..=0xff => {
                let [low] = self.take_array()?;
                Ok(((i64::from(octet) - 0xf8) << 8) + i64::from(low))
            }
            0x38..=0x3f => {
                let low: [u8; 2] = self.take_array()?;
                Ok(((i64::from(octet) - 0x3c) << 16) + i64::from(u16::from_be_bytes(low)))
            }
            tag::LONG_INT => self.take_array().map(|bytes| i64::from(i32::from_be_bytes(bytes))),
            _ => self.take_array().map(i64::from_be_bytes),
        }
    }

    #[inline]
    pub(super) fn double_body(&mut self, octet: u8) -> Result<f64> {
        match octet {
            tag::DOUBLE_ZERO => Ok(0.0),
            tag::DOUBLE_ONE => Ok(1.0),
            tag::DOUBLE_BYTE => self.take_array().map(|bytes| f64::from(i8::from_be_bytes(bytes))),
            tag::DOUBLE_SHORT => self.take_array().map(|bytes| f64::from(i16::from_be_bytes(bytes))),
            tag::DOUBLE_MILLS => self.take_array().map(|bytes| 0.001 * f64::from(i32::from_be_bytes(bytes))),
            _ => self.take_array().map(f64::from_be_bytes),
        }
    }

    #[inline]
    pub(super) fn date_body(&mut self, octet: u8) -> Result<i64> {
        match octet {
            tag::DATE_MINUTES => self.take_array().map(|bytes| i64::from(i32::from_be_bytes(bytes)) * 60_000),
            _ => self.take_array().map(i64::from_be_bytes),
        }
    }

    /// The text whose first octet is read already. Owned text is charged to the memory budget.
    #[inline]
    pub(super) fn text_body(&mut self, octet: u8) -> Result<Text<'a>> {
        let at = self.pos - 1;
        if octet == tag::STRING_CHUNK {
            return self.chunked_text(at);
        }
        let units = self.text_units(octet)?;
        match text::uniform(&self.buf[self.pos..], units) {
            Some(text) => {
                self.pos += text.len();
                Ok(Text::borrowed(text))
            }
            None => self.mixed_text(units, at),
        }
    }

    #[inline(never)]
    fn mixed_text(&mut self, units: usize, at: usize) -> Result<Text<'a>> {
        let chunk = self.take_text(units)?;
        Text::from_chunk(chunk).map_err(|kind| DecodeError::new(kind, at))
    }

    /// Joins chunks as bytes, so that a surrogate pair cut by a chunk boundary is whole again.
    #[cold]
    fn chunked_text(&mut self, at: usize) -> Result<Text<'a>> {
        let mut joined = Vec::new();
        let mut octet = tag::STRING_CHUNK;
        loop {
            let chunk = self.text_chunk(octet)?;
            self.charge(chunk.len())?;
            joined.extend_from_slice(chunk);
            if octet != tag::STRING_CHUNK {
                return Text::from_chunks(joined).map_err(|kind| DecodeError::new(kind, at));
            }
            octet = self.next_chunk(Kind::String)?;
        }
    }

    /// The bytes of one string chunk.
    fn text_chunk(&mut self, octet: u8) -> Result<&'a [u8]> {
        let units = self.text_units(octet)?;
        self.take_text(units)
    }

    /// The units of one string chunk, whose bytes follow.
    #[inline]
    fn text_units(&mut self, octet: u8) -> Result<usize> {
        Ok(match octet {
            0..=tag::STRING_SHORT_MAX => usize::from(octet),
            tag::STRING_MEDIUM..=0x33 => {
                let [low] = self.take_array()?;
                usize::from(octet - tag::STRING_MEDIUM) << 8 | usize::from(low)
            }
            _ => usize::from(u16::from_be_bytes(self.take_array()?)),
        })
    }

    fn take_text(&mut self, units: usize) -> Result<&'a [u8]> {
        let rest = &self.buf[self.pos..];
        let len = text::measure(rest, units).map_err(|kind| self.fault(kind))?;
        self.pos += len;
        Ok(&rest[..len])
    }

    pub(super) fn binary_body(&mut self, octet: u8) -> Result<Cow<'a, [u8]>> {
        let first = self.binary_chunk(octet)?;
        if octet != tag::BINARY_CHUNK {
            return Ok(Cow::Borrowed(first));
        }
        self.charge(first.len())?;
        let mut joined = first.to_vec();
        loop {
            let octet = self.next_chunk(Kind::Binary)?;
            let chunk = self.binary_chunk(octet)?;
            self.charge(chunk.len())?;
            joined.extend_from_slice(chunk);
            if !is_binary_part(octet) {
                return Ok(Cow::Owned(joined));
            }
        }
    }

    fn binary_chunk(&mut self, octet: u8) -> Result<&'a [u8]> {
        let len = match octet {
            tag::BINARY_SHORT..=0x2f => usize::from(octet - tag::BINARY_SHORT),
            tag::BINARY_MEDIUM..=0x37 => {
                let [low] = self.take_array()?;
                usize::from(octet - tag::BINARY_MEDIUM) << 8 | usize::from(low)
            }
            _ => usize::from(u16::from_be_bytes(self.take_array()?)),
        };
        self.take_slice(len)
    }

    /// The first octet of the next chunk of a string or binary value.
    fn next_chunk(&mut self, kind: Kind) -> Result<u8> {
        let octet = self.take_octet()?;
        // Old writers continue a stream with 62; it means a binary chunk only here.
        let is_chunk = Kind::of(octet) == kind || (kind == Kind::Binary && octet == OLD_BINARY_CHUNK);
        if is_chunk { Ok(octet) } else { Err(DecodeError::new(DecodeErrorKind::BadChunk, self.pos - 1)) }
    }

    /// Passes a string or binary value whose first octet is read already; gives its length in bytes.
    pub(super) fn skip_chunks(&mut self, mut octet: u8, kind: Kind) -> Result<usize> {
        let mut len = 0;
        loop {
            let chunk =
                if kind == Kind::String { self.text_chunk(octet)? } else { self.binary_chunk(octet)? };
            len += chunk.len();
            let is_part =
                if kind == Kind::String { octet == tag::STRING_CHUNK } else { is_binary_part(octet) };
            if !is_part {
                return Ok(len);
            }
            octet = self.next_chunk(kind)?;
        }
    }
}

const OLD_BINARY_CHUNK: u8 = 0x62;

fn is_binary_part(octet: u8) -> bool {
    matches!(octet, tag::BINARY_CHUNK | OLD_BINARY_CHUNK)
}
