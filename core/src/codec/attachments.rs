//! The attachments of a request or response as a Hessian2 map.

use std::borrow::Cow;

use bytes::Bytes;
use smallvec::SmallVec;

use super::hessian::{
    DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Kind, Reader, TableState, Text, Value, Writer,
};
use crate::rpc::{AttachmentValue, Attachments};

/// Attachments a peer may send with one message; Java sets no limit, but nobody uses more than a few dozen.
const MAX_ATTACHMENTS: usize = 1024;

/// Keys that nearly every message carries: they are compared instead of copied.
const WELL_KNOWN: [&str; 9] =
    ["path", "interface", "version", "group", "token", "timeout", "remote.application", "dubbo", "_TO"];

/// Encodes the map. `before` are the encoded values in front of it in the same body.
pub(crate) fn encode(attachments: &Attachments, before: &[u8]) -> Result<Bytes, EncodeError> {
    let tables = if needs_tables(attachments) { tables_after(before)? } else { TableState::default() };
    let mut writer = Writer::resume(Vec::with_capacity(8 + 32 * attachments.len()), tables);
    writer.begin_map(None)?;
    for (key, value) in attachments.iter() {
        writer.string(key);
        match value {
            AttachmentValue::Text(text) => writer.string(text),
            AttachmentValue::Int(number) => writer.int(*number),
            // Decoded and encoded again: it may define classes, and this body numbers its own.
            AttachmentValue::Encoded(bytes) => writer.value(&decode(bytes)?)?,
        }
    }
    writer.end_map()?;
    writer.finish()
}

/// As [`encode`], without the end of the map: further entries follow.
pub(crate) fn encode_open(attachments: &Attachments, before: &[u8]) -> Result<Bytes, EncodeError> {
    let mut map = encode(attachments, before)?;
    map.truncate(map.len() - 1);
    Ok(map)
}

fn needs_tables(attachments: &Attachments) -> bool {
    attachments.iter().any(|(_, value)| matches!(value, AttachmentValue::Encoded(_)))
}

/// The tables of a body behind these values. Only attachments that are objects need them, and nearly nobody sends any,
/// so the values are simply written once more.
fn tables_after(values: &[u8]) -> Result<TableState, EncodeError> {
    let (mut reader, mut writer) = (Reader::new(values), Writer::new());
    while !reader.is_at_end() {
        writer.value(&read_value(&mut reader)?)?;
    }
    Ok(writer.into_parts()?.1)
}

fn decode(bytes: &[u8]) -> Result<Value, EncodeError> {
    read_value(&mut Reader::new(bytes))
}

fn read_value(reader: &mut Reader<'_>) -> Result<Value, EncodeError> {
    reader
        .read()
        .map_err(|error: DecodeError| EncodeError::new(EncodeErrorKind::Custom(error.to_string().into())))
}

/// Attachments as they stand in a body: texts are borrowed from it, so that reading them allocates nothing.
///
/// A key may occur twice; the last value counts, as in Java.
#[derive(Debug, Clone, Default)]
pub struct WireAttachments<'a>(SmallVec<[(Cow<'a, str>, WireValue<'a>); 8]>);

#[derive(Debug, Clone)]
enum WireValue<'a> {
    Text(Cow<'a, str>),
    Int(i32),
    Encoded(Bytes),
}

impl WireAttachments<'_> {
    /// The value of `key`, if it is a string.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.find(key)? {
            WireValue::Text(text) => Some(text),
            WireValue::Int(_) | WireValue::Encoded(_) => None,
        }
    }

    /// The value of `key` as a number, also when it was sent as text.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<i64> {
        match self.find(key)? {
            WireValue::Int(number) => Some(i64::from(*number)),
            WireValue::Text(text) => text.parse().ok(),
            WireValue::Encoded(_) => None,
        }
    }

    /// True when every value is a text or an int, so that none can refer to the arguments in front of the map.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.iter().all(|(_, value)| !matches!(value, WireValue::Encoded(_)))
    }

    fn find(&self, key: &str) -> Option<&WireValue<'_>> {
        self.0.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// A copy of the entries whose keys are wanted.
    #[must_use]
    pub fn to_attachments(&self, wanted: impl Fn(&str) -> bool) -> Attachments {
        let mut attachments = Attachments::new();
        for (key, value) in self.0.iter().filter(|(key, _)| wanted(key)) {
            let key = match WELL_KNOWN.iter().find(|known| **known == key) {
                Some(known) => Cow::Borrowed(*known),
                None => Cow::Owned(key.clone().into_owned()),
            };
            match value {
                WireValue::Text(text) => attachments.set(key, text.clone().into_owned()),
                WireValue::Int(number) => attachments.set(key, AttachmentValue::Int(*number)),
                WireValue::Encoded(bytes) => attachments.set(key, AttachmentValue::Encoded(bytes.clone())),
            }
        }
        attachments
    }
}

/// Reads attachments: a map of any type, or null.
pub(crate) fn read<'a>(reader: &mut Reader<'a>) -> Result<WireAttachments<'a>, DecodeError> {
    let mut attachments = WireAttachments::default();
    let Some(mut map) = reader.begin_map()? else { return Ok(attachments) };
    while reader.next_item(&mut map)? {
        if attachments.0.len() == MAX_ATTACHMENTS {
            return Err(reader.fault(DecodeErrorKind::LengthLimit));
        }
        let key = reader.read_string()?.map(into_str);
        reader.next_item(&mut map)?;
        let value = read_value_of_entry(reader)?;
        // Java ignores a null key as well, nobody can ask for it; and a null value is an absent one.
        attachments.0.extend(key.zip(value));
    }
    Ok(attachments)
}

pub(super) fn into_str(text: Text<'_>) -> Cow<'_, str> {
    match text.as_borrowed() {
        Some(borrowed) => Cow::Borrowed(borrowed),
        None => Cow::Owned(text.to_str_lossy().into_owned()),
    }
}

fn read_value_of_entry<'a>(reader: &mut Reader<'a>) -> Result<Option<WireValue<'a>>, DecodeError> {
    Ok(match reader.peek()? {
        Kind::Null => {
            reader.skip_value()?;
            None
        }
        Kind::String => reader.read_string()?.map(|text| WireValue::Text(into_str(text))),
        Kind::Int => Some(WireValue::Int(reader.read_int()?)),
        Kind::List | Kind::Map | Kind::Object | Kind::Ref => {
            let value: Value = reader.read()?;
            // A value that cannot stand alone is dropped, not worth a failed call.
            let mut writer = Writer::new();
            writer.value(&value).and_then(|()| writer.finish()).ok().map(WireValue::Encoded)
        }
        _ => {
            let start = reader.position();
            reader.skip_value()?;
            Some(WireValue::Encoded(Bytes::copy_from_slice(&reader.body()[start..reader.position()])))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &Value) -> Bytes {
        let mut writer = Writer::new();
        writer.value(value).expect("writes");
        writer.finish().expect("whole")
    }

    #[test]
    fn text_numbers_and_other_values_survive_the_round_trip() {
        let mut attachments = Attachments::new();
        attachments.set("path", "demo.Foo");
        attachments.set("_TO", AttachmentValue::Int(3000));
        attachments.set("long", AttachmentValue::Encoded(encoded(&Value::Long(7))));
        attachments.set("double", AttachmentValue::Encoded(encoded(&Value::Double(1.5))));
        let bytes = encode(&attachments, b"").expect("encodes");
        let mut reader = Reader::new(&bytes);
        assert_eq!(read(&mut reader).expect("reads").to_attachments(|_| true), attachments);
        assert!(reader.is_at_end());
    }

    #[test]
    fn null_maps_null_keys_and_null_values_are_nothing() {
        for bytes in [&b"N"[..], b"HZ", b"H\x01aNZ", b"HN\x01aZ", b"M\x11java.util.TreeMapZ"] {
            let read = read(&mut Reader::new(bytes)).expect("reads").to_attachments(|_| true);
            assert!(read.is_empty(), "{bytes:?}");
        }
    }

    #[test]
    fn a_map_without_its_end_and_a_value_that_is_no_map_are_errors() {
        for bytes in [&b""[..], b"H", b"H\x01a", b"H\x01aZ", b"\x91", b"\x01a"] {
            assert!(read(&mut Reader::new(bytes)).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn the_number_of_attachments_is_bounded() {
        let mut bytes = b"H".to_vec();
        for n in 0..=MAX_ATTACHMENTS {
            let key = format!("{n:04}");
            bytes.push(4);
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend_from_slice(b"\x01x");
        }
        bytes.push(b'Z');
        assert_eq!(
            *read(&mut Reader::new(&bytes)).expect_err("too many").kind(),
            DecodeErrorKind::LengthLimit
        );
    }
}
