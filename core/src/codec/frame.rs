//! The 16-byte header in front of every message, and how a stream of bytes is cut into frames.
//!
//! Everything here is a pure function over bytes. Bodies are not looked at, except for the three
//! events, which are recognised without a decoder so that they never wait for a worker.

use std::ops::Range;

/// Bytes in front of a body.
pub const HEADER_LENGTH: usize = 16;
/// The two bytes with which every frame starts.
pub const MAGIC: [u8; 2] = [0xDA, 0xBB];
/// Serialization id of Hessian2, the one default of all Dubbo versions.
pub const HESSIAN2: u8 = 2;
/// Dubbo's default of the `payload` parameter, in bytes of body.
pub const DEFAULT_PAYLOAD: u32 = 8 * 1024 * 1024;
/// No limit on the length of a body: the length field cannot exceed it.
pub const UNLIMITED_PAYLOAD: u32 = u32::MAX;

/// The bits of the third header byte.
pub mod flag {
    /// Set on requests, clear on responses.
    pub const REQUEST: u8 = 0x80;
    /// The sender of the request waits for a response; ignored on responses.
    pub const TWO_WAY: u8 = 0x40;
    /// Heartbeat, READONLY or WRITEABLE instead of a call.
    pub const EVENT: u8 = 0x20;
    /// The bits that hold the serialization id of the body.
    pub const SERIALIZATION: u8 = 0x1F;
}

/// The status byte of responses.
pub mod status {
    /// The body is a result.
    pub const OK: u8 = 20;
    /// The other side could not serialize (Dubbo 3.2.3 and later).
    pub const SERIALIZATION_ERROR: u8 = 25;
    /// Timed out before the request was written; made by the consumer.
    pub const CLIENT_TIMEOUT: u8 = 30;
    /// Timed out after the request was written; made by the consumer.
    pub const SERVER_TIMEOUT: u8 = 31;
    /// The connection closed while the call was pending; made by the consumer.
    pub const CHANNEL_INACTIVE: u8 = 35;
    /// The request could not be decoded, or was too long.
    pub const BAD_REQUEST: u8 = 40;
    /// The result could not be encoded, or was too long.
    pub const BAD_RESPONSE: u8 = 50;
    /// Reserved by Dubbo, sent by no version.
    pub const SERVICE_NOT_FOUND: u8 = 60;
    /// No exporter, a refusing filter, or an unexpected failure of the provider.
    pub const SERVICE_ERROR: u8 = 70;
    /// The provider failed to dispatch the call.
    pub const SERVER_ERROR: u8 = 80;
    /// The response could not be decoded, or the call was cancelled; made by the consumer.
    pub const CLIENT_ERROR: u8 = 90;
    /// The provider's worker pool refused the call.
    pub const THREADPOOL_EXHAUSTED: u8 = 100;
}

/// A decoded header whose length is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// See [`flag`].
    pub flags: u8,
    /// See [`status`]; 0 on requests.
    pub status: u8,
    /// Chosen by the side that asks, echoed unchanged by the side that answers; all 64 bits count.
    pub id: i64,
    /// Bytes of body behind the header.
    pub length: u32,
}

impl FrameHeader {
    /// The header of a call; `two_way` when an answer is expected.
    #[must_use]
    pub const fn request(id: i64, serialization: u8, two_way: bool, length: u32) -> Self {
        let direction = if two_way { flag::REQUEST | flag::TWO_WAY } else { flag::REQUEST };
        Self { flags: direction | serialization & flag::SERIALIZATION, status: 0, id, length }
    }

    /// The header of an answer to call `id`.
    #[must_use]
    pub const fn response(id: i64, serialization: u8, status: u8, length: u32) -> Self {
        Self { flags: serialization & flag::SERIALIZATION, status, id, length }
    }

    /// The same header, marked as an event.
    #[must_use]
    pub const fn event(mut self) -> Self {
        self.flags |= flag::EVENT;
        self
    }

    /// True for requests, false for responses.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        self.flags & flag::REQUEST != 0
    }

    /// True when the sender waits for an answer.
    #[must_use]
    pub const fn is_two_way(&self) -> bool {
        self.flags & flag::TWO_WAY != 0
    }

    /// True for heartbeats, READONLY and WRITEABLE.
    #[must_use]
    pub const fn is_event(&self) -> bool {
        self.flags & flag::EVENT != 0
    }

    /// The serialization id of the body, 0 to 31.
    #[must_use]
    pub const fn serialization(&self) -> u8 {
        self.flags & flag::SERIALIZATION
    }

    /// The header as it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_LENGTH] {
        let mut bytes = [0; HEADER_LENGTH];
        bytes[..2].copy_from_slice(&MAGIC);
        bytes[2] = self.flags;
        bytes[3] = self.status;
        bytes[4..12].copy_from_slice(&self.id.to_be_bytes());
        bytes[12..].copy_from_slice(&self.length.to_be_bytes());
        bytes
    }
}

/// What the front of a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// Nothing can be decided before the buffer holds this many bytes in total.
    Need(usize),
    /// The header is complete and acceptable, its body is not: `16 + length` bytes make the frame.
    Partial(FrameHeader),
    /// A complete frame; its body is `buffer[16..16 + length]`.
    Frame(FrameHeader),
    /// Bytes that belong to no frame: everything up to the next magic, or up to the end.
    Garbage(Range<usize>),
    /// The body is longer than allowed. The body follows, but must not be buffered.
    Overflow(FrameHeader),
    /// The length field is negative; the stream cannot be followed any further.
    BadLength(i32),
}

/// Looks at the front of `buffer`; bodies longer than `limit` bytes are an overflow.
#[must_use]
pub fn decode(buffer: &[u8], limit: u32) -> Decoded {
    let Some(header) = buffer.first_chunk::<HEADER_LENGTH>() else {
        let known = buffer.len().min(MAGIC.len());
        let may_be_frame = buffer[..known] == MAGIC[..known];
        return if may_be_frame { Decoded::Need(HEADER_LENGTH) } else { garbage(buffer) };
    };
    let [m0, m1, flags, status, id @ .., l0, l1, l2, l3] = *header;
    if [m0, m1] != MAGIC {
        return garbage(buffer);
    }
    let length = i32::from_be_bytes([l0, l1, l2, l3]);
    let Ok(body) = u32::try_from(length) else {
        return Decoded::BadLength(length);
    };
    let header = FrameHeader { flags, status, id: i64::from_be_bytes(id), length: body };
    if body > limit {
        return Decoded::Overflow(header);
    }
    let total = HEADER_LENGTH + body as usize;
    if buffer.len() < total { Decoded::Partial(header) } else { Decoded::Frame(header) }
}

#[cold]
fn garbage(buffer: &[u8]) -> Decoded {
    Decoded::Garbage(0..garbage_length(buffer))
}

/// Bytes before the next magic. A magic cut in half by the end of the buffer counts as one: only
/// the next read can tell.
fn garbage_length(buffer: &[u8]) -> usize {
    if let Some(at) = memchr::memmem::find(buffer, &MAGIC) {
        return at;
    }
    let cut_magic = buffer.last() == Some(&MAGIC[0]);
    buffer.len() - usize::from(cut_magic)
}

/// The events of the protocol, as the receiver tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The peer is alive.
    Heartbeat,
    /// The provider will stop; choose another one for new calls.
    ReadOnly,
    /// The provider takes its READONLY back (Dubbo 3.2.1 and later).
    Writeable,
    /// Anything else; ignored without an answer.
    Unknown,
}

/// Body of a heartbeat: the serialized null of Hessian2.
pub const HEARTBEAT_BODY: &[u8] = &[0x4E];
/// Body of a READONLY event: the string `R`.
pub const READONLY_BODY: &[u8] = &[0x01, b'R'];
/// Body of a WRITEABLE event: the string `W`.
pub const WRITEABLE_BODY: &[u8] = &[0x01, b'W'];

impl Event {
    /// Recognises the body of an event frame. Dubbo refuses bodies of more than 15 bytes; short
    /// bodies of a serialization that is not implemented here can only be its null.
    #[must_use]
    pub fn recognise(serialization: u8, body: &[u8]) -> Self {
        const LONGEST: usize = 15;
        match body {
            [] | HEARTBEAT_BODY => Self::Heartbeat,
            READONLY_BODY => Self::ReadOnly,
            WRITEABLE_BODY => Self::Writeable,
            other if serialization != HESSIAN2 && other.len() <= LONGEST => Self::Heartbeat,
            _ => Self::Unknown,
        }
    }
}

/// The text of Dubbo for a body that is longer than allowed, on either side.
#[must_use]
pub fn too_large(length: u64, limit: u32, channel: &str) -> String {
    format!("Data length too large: {length}, max payload: {limit}, channel: {channel}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors() -> Vec<serde_json::Value> {
        let text = include_str!("../../../tests/vectors/frames.json");
        serde_json::from_str(text).expect("the vectors are JSON")
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
        (0..text.len()).step_by(2).map(digit).collect()
    }

    #[test]
    fn every_frame_vector_has_the_header_it_lists() {
        let vectors = vectors();
        assert_eq!(vectors.len(), 34);
        for vector in &vectors {
            let name = vector["name"].as_str().expect("name");
            let bytes = unhex(vector["hex"].as_str().expect("hex"));
            let Decoded::Frame(header) = decode(&bytes, DEFAULT_PAYLOAD) else {
                panic!("{name} is a complete frame");
            };
            assert_eq!(header.is_request(), vector["request"], "{name}");
            assert_eq!(header.is_two_way(), vector["two_way"], "{name}");
            assert_eq!(header.is_event(), !vector["event"].is_null(), "{name}");
            assert_eq!(header.serialization(), vector["serialization"], "{name}");
            assert_eq!(header.status, vector["status"], "{name}");
            assert_eq!(header.id, vector["id"], "{name}");
            assert_eq!(header.length, vector["length"], "{name}");
            assert_eq!(bytes.len(), HEADER_LENGTH + header.length as usize, "{name}");
        }
    }

    #[test]
    fn every_frame_vector_can_be_built_again() {
        for vector in vectors() {
            let bytes = unhex(vector["hex"].as_str().expect("hex"));
            let (id, length) = (vector["id"].as_i64().expect("id"), (bytes.len() - HEADER_LENGTH) as u32);
            let mut header = if vector["request"] == true {
                FrameHeader::request(id, HESSIAN2, vector["two_way"] == true, length)
            } else {
                FrameHeader::response(id, HESSIAN2, vector["status"].as_u64().expect("status") as u8, length)
            };
            if !vector["event"].is_null() {
                header = header.event();
            }
            assert_eq!(header.encode(), bytes[..HEADER_LENGTH], "{}", vector["name"]);
        }
    }

    #[test]
    fn events_of_the_vectors_are_recognised() {
        for vector in vectors() {
            let want = match vector["event"].as_str() {
                Some("heartbeat") => Event::Heartbeat,
                Some("readonly") => Event::ReadOnly,
                Some("writeable") => Event::Writeable,
                _ => continue,
            };
            let bytes = unhex(vector["hex"].as_str().expect("hex"));
            assert_eq!(Event::recognise(HESSIAN2, &bytes[HEADER_LENGTH..]), want, "{}", vector["name"]);
        }
    }

    #[test]
    fn a_body_is_recognised_as_an_event_by_rule() {
        for (serialization, body, want) in [
            (2, &b""[..], Event::Heartbeat),
            (2, b"N", Event::Heartbeat),
            (23, b"\x00\x00\x00\x01\xAF", Event::Heartbeat),
            (23, b"0123456789abcde", Event::Heartbeat),
            (23, b"0123456789abcdef", Event::Unknown),
            (2, b"\x01X", Event::Unknown),
            (2, b"\x01W", Event::Writeable),
            (2, b"\x01R", Event::ReadOnly),
        ] {
            assert_eq!(Event::recognise(serialization, body), want, "{serialization} {body:?}");
        }
    }

    #[test]
    fn a_cut_frame_asks_for_what_it_lacks() {
        let bytes = unhex(vectors()[0]["hex"].as_str().expect("hex"));
        assert_eq!(decode(&[], 100), Decoded::Need(HEADER_LENGTH));
        for cut in 1..bytes.len() {
            match decode(&bytes[..cut], DEFAULT_PAYLOAD) {
                Decoded::Need(HEADER_LENGTH) => assert!(cut < HEADER_LENGTH, "cut at {cut}"),
                Decoded::Partial(header) => {
                    assert!(cut >= HEADER_LENGTH, "cut at {cut}");
                    assert_eq!(HEADER_LENGTH + header.length as usize, bytes.len());
                }
                other => panic!("cut at {cut}: {other:?}"),
            }
        }
    }

    #[test]
    fn garbage_ends_at_the_next_magic_or_at_half_of_one() {
        for (bytes, want) in [
            (&b"ls\r\n"[..], 4),
            (b"ls\r\n\xDA", 4),
            (b"ls\xDA\xBB\xC2", 2),
            (b"\xDA\xDA\xBB", 1),
            (b"\xDA\x00", 2),
            (b"\xDA\xDA", 1),
        ] {
            assert_eq!(decode(bytes, 100), Decoded::Garbage(0..want), "{bytes:02x?}");
        }
    }

    #[test]
    fn hostile_lengths_are_refused_before_any_body_is_read() {
        let header = |length: i32| {
            let mut bytes = FrameHeader::request(7, HESSIAN2, true, 0).encode();
            bytes[12..].copy_from_slice(&length.to_be_bytes());
            bytes
        };
        assert_eq!(decode(&header(-1), UNLIMITED_PAYLOAD), Decoded::BadLength(-1));
        assert_eq!(decode(&header(i32::MIN), 10), Decoded::BadLength(i32::MIN));
        assert!(matches!(decode(&header(11), 10), Decoded::Overflow(h) if h.id == 7 && h.length == 11));
        assert!(matches!(decode(&header(10), 10), Decoded::Partial(h) if h.length == 10));
        assert!(matches!(decode(&header(i32::MAX), UNLIMITED_PAYLOAD), Decoded::Partial(_)));
    }
}
