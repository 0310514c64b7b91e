//! The body of a response with status OK: a flag, then a value or an exception, then attachments.

use std::fmt;

use bytes::{Buf, Bytes};

use super::attachments;
use super::hessian::{
    DecodeError, DecodeErrorKind, EncodeError, Kind, Limits, Reader, Writer, read_throwable,
};
use super::pieces::{NOTHING, Pieces};
use crate::rpc::{Attachments, RemoteThrowable, ResultKind, RpcResult};

/// The attachments of a response that has none of its own: `{dubbo=2.0.2}`. Nearly every response ends with these
/// bytes, Java's included.
const PLAIN_MAP: &[u8] = b"H\x05dubbo\x052.0.2Z";

static PLAIN_MAP_PIECE: Bytes = Bytes::from_static(PLAIN_MAP);
/// The same behind entries that stand there already.
static PLAIN_TAIL_PIECE: Bytes = Bytes::from_static(PLAIN_MAP.split_at(1).1);

/// The flags 0 to 5.
const FLAGS: [u8; 6] = [0x90, 0x91, 0x92, 0x93, 0x94, 0x95];

/// The same as pieces.
static FLAG_PIECES: [Bytes; 6] = [
    Bytes::from_static(b"\x90"),
    Bytes::from_static(b"\x91"),
    Bytes::from_static(b"\x92"),
    Bytes::from_static(b"\x93"),
    Bytes::from_static(b"\x94"),
    Bytes::from_static(b"\x95"),
];

/// Distance between the flag of a result without attachments and the same with them.
const WITH_ATTACHMENTS: usize = 3;

/// Encodes a result as the pieces of a response body.
///
/// The body of the result must be the encoded value or exception alone. `attachments` is `None` for consumers that do
/// not read them (see [`supports_response_attachments`](super::version::supports_response_attachments)); the key
/// `dubbo` is added here.
///
/// # Errors
///
/// An attachment that is marked as encoded and is not one Hessian value.
pub fn encode<'a>(
    result: &'a RpcResult,
    attachments: Option<&Attachments>,
) -> Result<Pieces<'a>, EncodeError> {
    let values = result.body();
    let flag = match result.kind() {
        ResultKind::Exception => 0,
        ResultKind::Value => 1,
        ResultKind::Null => 2,
    };
    let Some(attachments) = attachments else {
        return Ok(Pieces { head: &FLAG_PIECES[flag], values, own: Bytes::new(), tail: &NOTHING });
    };
    let head = &FLAG_PIECES[flag + WITH_ATTACHMENTS];
    if attachments.is_empty() {
        return Ok(Pieces { head, values, own: Bytes::new(), tail: &PLAIN_MAP_PIECE });
    }
    let own = attachments::encode_open(attachments, values)?;
    Ok(Pieces { head, values, own, tail: &PLAIN_TAIL_PIECE })
}

/// Writes the body of a response that holds a value, or null, and no attachments of its own, into an empty buffer.
///
/// # Errors
///
/// Those of `write`, and a value that was not finished.
pub(crate) fn write_value(
    mut buffer: Vec<u8>,
    with_attachments: bool,
    write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
) -> Result<Vec<u8>, EncodeError> {
    let flag = |flag: usize| FLAGS[if with_attachments { flag + WITH_ATTACHMENTS } else { flag }];
    buffer.clear();
    buffer.push(flag(1));
    let mut writer = Writer::onto(buffer);
    write(&mut writer)?;
    let mut body = writer.into_buffer()?;
    // Java has a flag of its own for null.
    if body[1..] == *b"N" {
        body.clear();
        body.push(flag(2));
    }
    if with_attachments {
        body.extend_from_slice(PLAIN_MAP);
    }
    Ok(body)
}

/// Why a response body is not a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseError {
    /// The flag is none of 0 to 5.
    UnknownFlag(i32),
    /// The flag announces an exception, and something else follows.
    NotThrowable(&'static str),
    /// The bytes are not Hessian2, or end too early.
    Decode(DecodeError),
}

impl From<DecodeError> for ResponseError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag(flag) => write!(
                f,
                "java.io.IOException: Unknown result flag, expect '0' '1' '2' '3' '4' '5', but received: {flag}"
            ),
            Self::NotThrowable(kind) => {
                write!(f, "java.io.IOException: Response data error, expect Throwable, but get {kind}")
            }
            Self::Decode(error) if *error.kind() == DecodeErrorKind::Eof => {
                write!(f, "java.io.EOFException: readObject: {error}")
            }
            Self::Decode(error) => write!(f, "java.io.IOException: {error}"),
        }
    }
}

impl std::error::Error for ResponseError {}

/// Reads the flag and checks the shape of what follows; values stay bytes. Trailing bytes are ignored, as in Java.
///
/// # Errors
///
/// Every irregular body that makes a Java consumer fail the call, except for exceptions of unknown classes: those
/// are results here.
pub fn decode(body: Bytes, limits: Limits) -> Result<RpcResult, ResponseError> {
    Ok(inspect(&body, limits)?.result(body))
}

/// What the flag of a response body says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    kind: ResultKind,
    has_attachments: bool,
    flag_length: usize,
}

impl Shape {
    /// The result in a body of this shape.
    #[inline]
    pub(crate) fn result(self, mut body: Bytes) -> RpcResult {
        // Unlike a slice, this shares nothing and so allocates nothing.
        body.advance(self.flag_length);
        RpcResult::new(self.kind, self.has_attachments, body)
    }
}

/// As [`decode`], for a body that is moved only once it is known to be good.
///
/// # Errors
///
/// As [`decode`].
#[inline]
pub(crate) fn inspect(body: &[u8], limits: Limits) -> Result<Shape, ResponseError> {
    let (flag, flag_length) = read_flag(body, limits)?;
    let (kind, has_attachments) = match flag {
        0 => (ResultKind::Exception, false),
        1 => (ResultKind::Value, false),
        2 => (ResultKind::Null, false),
        3 => (ResultKind::Exception, true),
        4 => (ResultKind::Value, true),
        5 => (ResultKind::Null, true),
        other => return Err(ResponseError::UnknownFlag(other)),
    };
    let rest = &body[flag_length..];
    if kind == ResultKind::Exception || !rest.ends_with(PLAIN_MAP) {
        check(rest, kind, has_attachments, limits)?;
    }
    Ok(Shape { kind, has_attachments, flag_length })
}

fn read_flag(body: &[u8], limits: Limits) -> Result<(i32, usize), DecodeError> {
    // The six flags in the form in which every writer has them.
    if let Some(flag @ 0x90..=0x95) = body.first() {
        return Ok((i32::from(flag - 0x90), 1));
    }
    let mut reader = Reader::with_limits(body, limits);
    Ok((reader.read_int()?, reader.position()))
}

/// Skips over everything. Bodies that end with the usual map need not pay for this: what may be wrong with their
/// value shows when it is decoded.
fn check(rest: &[u8], kind: ResultKind, has_attachments: bool, limits: Limits) -> Result<(), ResponseError> {
    let mut reader = Reader::with_limits(rest, limits);
    match kind {
        ResultKind::Null => {}
        ResultKind::Value => reader.skip_value()?,
        ResultKind::Exception => check_throwable(&mut reader)?,
    }
    if has_attachments {
        attachments::read(&mut reader)?;
    }
    Ok(())
}

/// Any object may be an exception: Java refuses classes that it does not know, which would hide the failure.
fn check_throwable(reader: &mut Reader<'_>) -> Result<(), ResponseError> {
    match reader.peek()? {
        Kind::Object | Kind::Map => Ok(reader.skip_value()?),
        other => Err(ResponseError::NotThrowable(other.name())),
    }
}

impl RpcResult {
    /// The attachments that came back. Decoded at each call: keep the answer.
    ///
    /// # Errors
    ///
    /// Malformed values or attachments.
    pub fn attachments(&self) -> Result<Attachments, DecodeError> {
        if !self.has_attachments() {
            return Ok(Attachments::new());
        }
        let mut reader = Reader::new(self.body());
        if self.kind() != ResultKind::Null {
            reader.skip_value()?;
        }
        Ok(attachments::read(&mut reader)?.to_attachments(|_| true))
    }

    /// The exception of a result of kind [`ResultKind::Exception`]; empty for other kinds.
    ///
    /// Dubbo's `GenericException` stands for an exception of another class and is read as that one.
    ///
    /// # Errors
    ///
    /// A malformed body.
    pub fn throwable(&self) -> Result<RemoteThrowable, DecodeError> {
        if self.kind() != ResultKind::Exception {
            return Ok(RemoteThrowable::default());
        }
        read_throwable(self.body())
    }

    /// The bytes of the value or exception alone; empty for null.
    ///
    /// # Errors
    ///
    /// A malformed value.
    pub fn value(&self) -> Result<Bytes, DecodeError> {
        match self.kind() {
            ResultKind::Null => Ok(Bytes::new()),
            _ if !self.has_attachments() => Ok(self.body().clone()),
            _ => {
                let mut reader = Reader::new(self.body());
                reader.skip_value()?;
                Ok(self.body().slice(..reader.position()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
