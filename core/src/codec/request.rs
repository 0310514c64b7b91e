//! The body of a request: version, path, service version, method, descriptor, arguments, attachments.
//!
//! Everything but the arguments is the same for most calls of a method. [`RequestTemplate`] keeps those parts
//! encoded, so that a call is three or four pieces that are shared, not copied.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::attachments;
pub use super::attachments::WireAttachments;
use super::descriptor::parameter_count;
use super::hessian::{DecodeError, DecodeErrorKind, EncodeError, Limits, Reader, Writer};
use super::pieces::{NOTHING, Pieces};
use super::version::PROTOCOL_VERSION;
use crate::rpc::{Arguments, Attachments, Method};

/// The encoded parts that all calls of one method of one reference share.
#[derive(Debug)]
pub struct RequestTemplate {
    prefix: Bytes,
    /// Entries that every call carries.
    constants: Attachments,
    /// `H`, the constant entries, `Z`: the whole map of a call without entries of its own.
    map: Bytes,
    /// The constant entries and `Z`: what follows a call's own entries.
    tail: Bytes,
}

/// Constant keys whose value the protocol decides; a caller may replace all others.
const FIXED: [&str; 2] = ["path", "version"];

impl RequestTemplate {
    /// Encodes what the calls of `method` share. `path` is the interface, as Java's consumers write it; `version` is
    /// `None` only in calls of callbacks.
    ///
    /// # Errors
    ///
    /// A constant that is marked as encoded and is not one Hessian value.
    pub fn new(
        path: &str,
        version: Option<&str>,
        method: &Method,
        constants: Attachments,
    ) -> Result<Self, EncodeError> {
        let mut writer = Writer::new();
        writer.string(PROTOCOL_VERSION);
        writer.string(path);
        match version {
            Some(version) => writer.string(version),
            None => writer.null(),
        }
        writer.string(&method.name);
        writer.string(&method.descriptor);
        let prefix = writer.finish()?;
        let map = attachments::encode(&constants, b"")?;
        let tail = map.slice(1..);
        Ok(Self { prefix, constants, map, tail })
    }

    /// The pieces of one request.
    ///
    /// `own` are the attachments of this call. Those of them that replace a constant cost a fresh encoding of the map;
    /// `path` and `version` are never replaced.
    ///
    /// # Errors
    ///
    /// An attachment that is marked as encoded and is not one Hessian value.
    pub fn encode<'a>(
        &'a self,
        arguments: &'a Arguments,
        own: &Attachments,
    ) -> Result<Pieces<'a>, EncodeError> {
        let (head, values) = (&self.prefix, &arguments.bytes);
        if own.is_empty() {
            return Ok(Pieces { head, values, own: Bytes::new(), tail: &self.map });
        }
        if own.iter().all(|(key, _)| self.constants.get(key).is_none()) {
            let own = attachments::encode_open(own, values)?;
            return Ok(Pieces { head, values, own, tail: &self.tail });
        }
        let mut all = own.clone();
        for (key, value) in self.constants.iter() {
            if FIXED.contains(&key) || all.get(key).is_none() {
                all.set(key.to_owned(), value.clone());
            }
        }
        let own = attachments::encode(&all, values)?;
        Ok(Pieces { head, values, own, tail: &NOTHING })
    }
}

/// The part of a request in front of its arguments. A provider looks the method up before it reads on, because Java
/// does: an unknown method with unreadable arguments is an unknown method.
#[derive(Debug)]
pub struct RequestHead<'a> {
    body: &'a Bytes,
    reader: Reader<'a>,
    /// Protocol version of the consumer, see
    /// [`supports_response_attachments`](super::version::supports_response_attachments).
    pub protocol_version: Option<Cow<'a, str>>,
    /// Interface, or path of the service for consumers older than 2.7.7.
    pub path: Cow<'a, str>,
    /// Version of the service.
    pub version: Option<Cow<'a, str>>,
    /// Name of the method.
    pub method: Cow<'a, str>,
    /// Descriptor of its parameters.
    pub descriptor: Cow<'a, str>,
}

impl<'a> RequestHead<'a> {
    /// Reads the head of a request body in Hessian2.
    ///
    /// # Errors
    ///
    /// Anything else than five strings. Java fails later when one is null; an empty name is found nowhere either.
    pub fn decode(body: &'a Bytes, limits: Limits) -> Result<Self, DecodeError> {
        let mut reader = Reader::with_limits(body, limits);
        let protocol_version = text(&mut reader)?;
        let path = text(&mut reader)?.unwrap_or_default();
        let version = text(&mut reader)?;
        let method = text(&mut reader)?.unwrap_or_default();
        let descriptor = text(&mut reader)?.unwrap_or_default();
        Ok(Self { body, reader, protocol_version, path, version, method, descriptor })
    }

    /// Reads the rest: cuts the arguments out without decoding them, and reads the attachments.
    ///
    /// # Errors
    ///
    /// A malformed descriptor, fewer values than it has parameters, or attachments that are no map.
    pub fn finish(mut self) -> Result<DecodedRequest<'a>, DecodeError> {
        let Some(argument_count) = parameter_count(&self.descriptor) else {
            return Err(self.reader.fault(DecodeErrorKind::Custom("malformed parameter descriptor".into())));
        };
        let start = self.reader.position();
        self.reader.skip_values(argument_count)?;
        let arguments_at = start..self.reader.position();
        let arguments = self.body.slice(arguments_at.clone());
        let attachments = attachments::read(&mut self.reader)?;
        Ok(DecodedRequest { head: self, arguments, arguments_at, argument_count, attachments })
    }
}

fn text<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, DecodeError> {
    Ok(reader.read_string()?.map(attachments::into_str))
}

/// A request whose arguments are still bytes. Bytes behind the attachments are ignored, as in Java.
#[derive(Debug)]
pub struct DecodedRequest<'a> {
    /// What stood in front of the arguments.
    pub head: RequestHead<'a>,
    /// One value per parameter, written with empty tables.
    pub arguments: Bytes,
    /// Where they are in the body.
    pub arguments_at: Range<usize>,
    /// Number of values in `arguments`.
    pub argument_count: usize,
    /// The attachments as they were sent.
    pub attachments: WireAttachments<'a>,
}

impl DecodedRequest<'_> {
    /// Path under which the service is looked up: the attachment wins over the head.
    #[must_use]
    pub fn path(&self) -> &str {
        self.attachments.text("path").unwrap_or(&self.head.path)
    }

    /// Version of the service: the attachment wins over the head; empty when there is none.
    #[must_use]
    pub fn version(&self) -> &str {
        self.attachments.text("version").or(self.head.version.as_deref()).unwrap_or_default()
    }

    /// Group of the service, empty when there is none.
    #[must_use]
    pub fn group(&self) -> &str {
        self.attachments.text("group").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
