//! The outcome of a call that the remote side answered with status OK.

use bytes::Bytes;

/// What the answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    /// The method returned a value.
    Value,
    /// The method returned null, or its result type is void.
    Null,
    /// The method threw.
    Exception,
}

/// A result as it came off the wire. Nothing is decoded before somebody asks: a binding decodes
/// `value()` straight into objects of its language.
///
/// An exception thrown by the method is a *result*, not an [`Error`](crate::error::Error): Dubbo retries
/// errors of the transport, never exceptions of the business.
#[derive(Debug, Clone)]
pub struct RpcResult {
    kind: ResultKind,
    has_attachments: bool,
    /// The body behind the result flag: value or throwable (absent for null), then the attachments.
    body: Bytes,
}

impl RpcResult {
    /// Wraps the bytes that follow the result flag of a response body.
    #[must_use]
    pub fn new(kind: ResultKind, has_attachments: bool, body: Bytes) -> Self {
        Self { kind, has_attachments, body }
    }

    /// The empty result of a one-way call.
    #[must_use]
    pub fn null() -> Self {
        Self::new(ResultKind::Null, false, Bytes::new())
    }

    /// Whether the method returned or threw.
    #[must_use]
    pub fn kind(&self) -> ResultKind {
        self.kind
    }

    /// True when response attachments follow the value.
    #[must_use]
    pub fn has_attachments(&self) -> bool {
        self.has_attachments
    }

    /// The encoded value or throwable, followed by the attachments; starts with empty tables.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}
