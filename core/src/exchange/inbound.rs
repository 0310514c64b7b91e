//! Cuts the bytes of one connection into messages.
//!
//! Keeps only what a frame cut in half leaves behind, so an idle connection owns no memory here.
//! A body that is not complete yet gets its final memory at once and is filled in place.

use std::fmt;

use bytes::buf::Limit;
use bytes::{Buf, BufMut, Bytes};

use super::outcome::{Failure, Outcome, Response};
use crate::codec::frame::{self, Decoded, Event, FrameHeader, HEADER_LENGTH};

/// Which end of the connection this is; it decides what text between frames means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// This side connected: text is dropped.
    Client,
    /// This side accepted: text is a telnet command.
    Server,
}

/// The messages of one read.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Answers to calls of this side.
    pub(crate) responses: Vec<(i64, Outcome)>,
    /// Calls of the peer.
    pub(crate) requests: Vec<(FrameHeader, Payload)>,
    /// What the bodies of small calls are parts of.
    pub(crate) groups: Vec<Bytes>,
    /// Events of the peer, with their bodies.
    pub(crate) events: Vec<(FrameHeader, Event, Bytes)>,
    /// Two-way requests whose bodies are too long and are being skipped.
    pub(crate) overflows: Vec<FrameHeader>,
    /// Telnet lines, without their ends.
    pub(crate) lines: Vec<String>,
    /// Bytes that belonged to nothing.
    pub(crate) dropped: usize,
    group: Vec<Grouped>,
}

/// The body of a call. Many calls are served without taking a share in the bytes.
#[derive(Debug)]
pub(crate) enum Payload {
    Own(Bytes),
    /// As many bytes of a group as the header says.
    Part {
        group: u32,
        at: u32,
    },
}

impl Payload {
    pub(crate) fn bytes<'a>(&'a self, header: &FrameHeader, groups: &'a [Bytes]) -> &'a [u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Part { group, at } => &groups[*group as usize][*at as usize..][..header.length as usize],
        }
    }

    pub(crate) fn into_bytes(self, header: &FrameHeader, groups: &[Bytes]) -> Bytes {
        match self {
            Self::Own(bytes) => bytes,
            Self::Part { group, at } => {
                groups[group as usize].slice(at as usize..(at + header.length) as usize)
            }
        }
    }
}

/// A small message that is copied out of the read buffer together with its neighbours.
#[derive(Debug)]
struct Grouped {
    header: FrameHeader,
    /// Where its body begins in what was read.
    at: usize,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.responses.is_empty() && self.requests.is_empty() && !self.has_rare()
    }

    /// True when there is something else than calls and their answers.
    pub(crate) fn has_rare(&self) -> bool {
        !self.events.is_empty() || !self.overflows.is_empty() || !self.lines.is_empty() || self.dropped > 0
    }

    /// Adds a message to the group, or begins the next one; its body is part of `bytes`.
    fn group(&mut self, bytes: &[u8], message: Grouped) {
        let end = message.at + message.header.length as usize;
        if self.group.first().is_some_and(|first| end - first.at > GROUP) {
            self.end_group(bytes);
        }
        self.group.push(message);
    }

    /// Delivers the messages of the group. Their bodies are parts of one copy, so that many small messages cost
    /// hardly more memory operations than one.
    fn end_group(&mut self, bytes: &[u8]) {
        let (Some(first), Some(last)) = (self.group.first(), self.group.last()) else { return };
        let mut at = first.at;
        let calls = first.header.is_request() && self.group.len() > 1;
        let mut copy = Bytes::copy_from_slice(&bytes[at..last.at + last.header.length as usize]);
        if calls {
            return self.end_group_of_calls(copy);
        }
        let mut group = std::mem::take(&mut self.group);
        for Grouped { header, at: begin } in group.drain(..) {
            copy.advance(begin - at);
            at = begin + header.length as usize;
            let length = header.length as usize;
            let body = if length == copy.len() { std::mem::take(&mut copy) } else { copy.split_to(length) };
            deliver(header, body, self);
        }
        self.group = group;
    }

    /// The same for calls, which may be served without a share in the copy.
    fn end_group_of_calls(&mut self, copy: Bytes) {
        let (mut group, index) = (std::mem::take(&mut self.group), self.groups.len() as u32);
        let first = group.first().map_or(0, |first| first.at);
        for Grouped { header, at } in group.drain(..) {
            let at = (at - first) as u32;
            let payload = Payload::Part { group: index, at };
            match header.is_request() {
                true => self.requests.push((header, payload)),
                false => deliver(header, copy.slice(at as usize..(at + header.length) as usize), self),
            }
        }
        self.group = group;
        self.groups.push(copy);
    }
}

/// Why the stream cannot be followed any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The length field of a header is negative.
    NegativeLength(i32),
    /// Text without an end.
    EndlessText,
    /// The telnet user asked to leave.
    Interrupted,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NegativeLength(length) => write!(f, "a frame of length {length}"),
            Self::EndlessText => write!(f, "more than {MAX_TEXT} bytes of text without a line end"),
            Self::Interrupted => f.write_str("interrupted by the telnet user"),
        }
    }
}

/// A body of which some bytes are still to come.
#[derive(Debug)]
struct Unfinished {
    header: FrameHeader,
    body: Vec<u8>,
}

/// The reading half of a connection's state.
#[derive(Debug)]
pub(crate) struct Inbound {
    side: Side,
    limit: u32,
    /// Less than a header, or text without a line end.
    partial: Vec<u8>,
    unfinished: Option<Box<Unfinished>>,
    /// Bytes of an over-long body still to be skipped.
    skip: usize,
}

/// Longest text kept while its line end is missing.
const MAX_TEXT: usize = 64 * 1024;
/// Remaining bytes of a body from which reading straight into it is worth a read of its own.
const STRAIGHT: usize = 64 * 1024;
/// Bodies below this are copied in groups: one allocation for several of them.
const SMALL: usize = 1024;
/// Most bytes of a group, which is also the most memory that a small body keeps alive.
const GROUP: usize = 4096;
/// Most memory given to a body before its bytes arrive.
const FIRST_ALLOCATION: usize = 16 * 1024 * 1024;

impl Inbound {
    /// `limit` is the largest body accepted, in bytes.
    pub(crate) const fn new(side: Side, limit: u32) -> Self {
        Self { side, limit, partial: Vec::new(), unfinished: None, skip: 0 }
    }

    /// Puts bytes in front of everything that will be read.
    pub(crate) fn begin_with(&mut self, first: Vec<u8>) {
        self.partial = first;
    }

    /// Bytes that must stand in front of the next bytes read when they are consumed.
    pub(crate) fn partial(&self) -> &[u8] {
        &self.partial
    }

    /// Memory into which the next bytes should be read, when they belong to one large body.
    pub(crate) fn straight(&mut self) -> Option<Limit<&mut Vec<u8>>> {
        let Unfinished { header, body } = self.unfinished.as_deref_mut()?;
        let missing = header.length as usize - body.len();
        if missing < STRAIGHT {
            return None;
        }
        if body.capacity() == body.len() {
            body.reserve_exact(missing.min(body.len()));
        }
        let room = missing.min(body.capacity() - body.len());
        Some(body.limit(room))
    }

    /// Takes notice of bytes that were read into [`Inbound::straight`].
    pub(crate) fn filled(&mut self, batch: &mut Batch) {
        if let Some(unfinished) = self.unfinished.take_if(|u| u.body.len() == u.header.length as usize) {
            deliver(unfinished.header, Bytes::from(unfinished.body), batch);
        }
    }

    /// Takes what was read: [`Inbound::partial`] followed by new bytes.
    pub(crate) fn consume(&mut self, bytes: &[u8], batch: &mut Batch) -> Result<(), Fault> {
        self.partial.clear();
        let mut rest = bytes;
        loop {
            rest = self.skipped(rest);
            rest = self.fill(rest, batch);
            if rest.is_empty() {
                break;
            }
            match frame::decode(rest, self.limit) {
                Decoded::Need(_) => {
                    self.partial.extend_from_slice(rest);
                    break;
                }
                Decoded::Partial(header) => {
                    self.begin(header, &rest[HEADER_LENGTH..]);
                    break;
                }
                Decoded::Frame(header) => {
                    let (body, tail) = rest[HEADER_LENGTH..].split_at(header.length as usize);
                    if body.len() < SMALL && !header.is_event() {
                        let at = bytes.len() - tail.len() - body.len();
                        batch.group(bytes, Grouped { header, at });
                    } else {
                        batch.end_group(bytes);
                        deliver_borrowed(header, body, batch);
                    }
                    rest = tail;
                }
                Decoded::Overflow(header) => {
                    self.overflow(header, batch);
                    rest = &rest[HEADER_LENGTH..];
                }
                Decoded::BadLength(length) => return Err(Fault::NegativeLength(length)),
                Decoded::Garbage(range) => {
                    let (text, tail) = rest.split_at(range.end);
                    let kept = self.text(text, tail, batch)?;
                    if kept {
                        break;
                    }
                    rest = tail;
                }
            }
        }
        batch.end_group(bytes);
        if self.partial.is_empty() {
            self.partial = Vec::new();
        }
        Ok(())
    }

    fn skipped<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        &bytes[skipped..]
    }

    /// Moves bytes into the unfinished body, if there is one.
    fn fill<'a>(&mut self, bytes: &'a [u8], batch: &mut Batch) -> &'a [u8] {
        let Some(Unfinished { header, body }) = self.unfinished.as_deref_mut() else {
            return bytes;
        };
        let missing = header.length as usize - body.len();
        let (head, tail) = bytes.split_at(missing.min(bytes.len()));
        body.extend_from_slice(head);
        self.filled(batch);
        tail
    }

    fn begin(&mut self, header: FrameHeader, head: &[u8]) {
        let first = (header.length as usize).min(FIRST_ALLOCATION);
        let mut body = Vec::with_capacity(first.max(head.len()));
        body.extend_from_slice(head);
        self.unfinished = Some(Box::new(Unfinished { header, body }));
    }

    fn overflow(&mut self, header: FrameHeader, batch: &mut Batch) {
        self.skip = header.length as usize;
        if !header.is_request() {
            let failure = Failure::TooLarge { length: header.length, limit: self.limit };
            batch.responses.push((header.id, Err(failure)));
        } else if header.is_two_way() {
            batch.overflows.push(header);
        }
    }

    /// Deals with bytes that belong to no frame; true when they are kept for the next read.
    fn text(&mut self, text: &[u8], tail: &[u8], batch: &mut Batch) -> Result<bool, Fault> {
        if self.side == Side::Client {
            batch.dropped += text.len();
            return Ok(false);
        }
        if INTERRUPTS.contains(&text) {
            return Err(Fault::Interrupted);
        }
        let ended = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
        let (lines, open) = text.split_at(ended);
        batch.lines.extend(split_lines(lines));
        // A magic right behind the text: whoever wrote the text has no line end to add any more.
        if tail.starts_with(&frame::MAGIC) {
            batch.dropped += open.len();
            return Ok(false);
        }
        if open.len() + tail.len() > MAX_TEXT {
            return Err(Fault::EndlessText);
        }
        self.partial.extend_from_slice(open);
        self.partial.extend_from_slice(tail);
        Ok(true)
    }
}

/// What a telnet client sends for Ctrl-C, and the byte itself.
const INTERRUPTS: [&[u8]; 3] = [&[3], &[0xFF, 0xF4, 0xFF, 0xFD, 0x06], &[0xFF, 0xED, 0xFF, 0xFD, 0x06]];

fn split_lines(text: &[u8]) -> impl Iterator<Item = String> + '_ {
    let lines = text.strip_suffix(b"\n").into_iter().flat_map(|text| text.split(|&byte| byte == b'\n'));
    lines.map(|line| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned())
}

fn deliver_borrowed(header: FrameHeader, body: &[u8], batch: &mut Batch) {
    // Answers to heartbeats carry nothing.
    if header.is_request() || !header.is_event() {
        deliver(header, Bytes::copy_from_slice(body), batch);
    }
}

#[inline]
fn deliver(header: FrameHeader, body: Bytes, batch: &mut Batch) {
    let serialization = header.serialization();
    match (header.is_request(), header.is_event()) {
        (true, true) => {
            let event = Event::recognise(serialization, &body);
            batch.events.push((header, event, body));
        }
        (true, false) => batch.requests.push((header, Payload::Own(body))),
        (false, true) => {}
        (false, false) => {
            let response = Response { status: header.status, serialization, body };
            batch.responses.push((header.id, Ok(response)));
        }
    }
}

#[cfg(test)]
mod tests;
