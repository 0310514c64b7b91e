//! One typed call, built step by step.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Reference;
use super::arguments::ArgumentWriter;
use crate::cluster::strategy::failover::FailoverCall;
use crate::codec::hessian::{DecodeError, EncodeError, FromHessianOwned, Reader, ToHessian};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::generic::descriptor_of;
use crate::rpc::{Arguments, AttachmentValue, Attachments, CallOptions, Invocation, ResultKind, RpcResult};
use crate::typed::JavaTyped;

/// A call that is being put together; nothing is sent before [`Call::invoke`].
///
/// A mistake in an argument is reported by `invoke`, so that the steps chain.
#[must_use = "a call is sent by invoke()"]
pub struct Call<'r> {
    reference: &'r Reference,
    method: &'r str,
    descriptor: Cow<'static, str>,
    writer: ArgumentWriter,
    count: usize,
    attachments: Attachments,
    options: CallOptions,
    failed: Option<EncodeError>,
}

/// A value together with what the provider attached to it.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    /// What the method returned.
    pub value: T,
    /// The response attachments; Java always sends at least `dubbo`.
    pub attachments: Attachments,
}

impl<'r> Call<'r> {
    pub(super) fn new(reference: &'r Reference, method: &'r str) -> Self {
        Self {
            reference,
            method,
            descriptor: Cow::Borrowed(""),
            writer: ArgumentWriter::new(),
            count: 0,
            attachments: Attachments::new(),
            options: CallOptions::default(),
            failed: None,
        }
    }

    /// Adds an argument whose Java parameter type follows from its Rust type.
    pub fn arg<T: ToHessian + JavaTyped>(self, value: T) -> Self {
        self.push(T::descriptor(), &value)
    }

    /// Adds an argument for a parameter of another Java type, given as Java writes it: `java.lang.Object`,
    /// `long`, `com.acme.User[]`.
    pub fn arg_as<T: ToHessian>(self, java_type: &str, value: T) -> Self {
        self.push(descriptor_of(java_type).into(), &value)
    }

    fn push<T: ToHessian>(mut self, descriptor: Cow<'static, str>, value: &T) -> Self {
        // The descriptor of a method with one parameter is that of its type: nothing is copied.
        if self.descriptor.is_empty() {
            self.descriptor = descriptor;
        } else {
            self.descriptor.to_mut().push_str(&descriptor);
        }
        if let Err(error) = value.write_hessian(self.writer.writer()) {
            self.failed.get_or_insert_with(|| error.in_index(self.count));
        }
        self.count += 1;
        self
    }

    /// Attaches a text to this call; it arrives in the provider's context.
    pub fn attachment(
        mut self,
        key: impl Into<Cow<'static, str>>,
        value: impl Into<AttachmentValue>,
    ) -> Self {
        self.attachments.set(key, value);
        self
    }

    /// Allows this much time for each attempt instead of the reference's `timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Allows this many attempts after the first instead of the reference's `retries`.
    pub fn retries(mut self, retries: u32) -> Self {
        self.options.retries = Some(retries);
        self
    }

    /// Sends the call and returns the method's value.
    ///
    /// # Errors
    /// [`ErrorCode::RemoteException`] when the method threw, [`ErrorCode::Timeout`], [`ErrorCode::Network`] and the
    /// other codes of Dubbo's `RpcException` when there was no answer, [`ErrorCode::Serialization`] when an argument
    /// has no Java form or the value is not a `T`.
    pub fn invoke<T: FromHessianOwned>(self) -> impl Future<Output = Result<T>> + Send + use<'r, T> {
        Invoke::new(self, decode::<T>)
    }

    /// As [`Call::invoke`], with the response attachments.
    ///
    /// # Errors
    /// As [`Call::invoke`].
    pub fn invoke_with_attachments<T: FromHessianOwned>(
        self,
    ) -> impl Future<Output = Result<Reply<T>>> + Send + use<'r, T> {
        Invoke::new(self, |result, invocation| {
            let value = decode(result, invocation)?;
            Ok(Reply { value, attachments: result.attachments().map_err(malformed)? })
        })
    }

    /// Sends the call and does not wait for an answer: returns when the request is on its way. The provider
    /// executes it and throws the result away (Dubbo's `return=false`).
    ///
    /// # Errors
    /// As [`Call::invoke`], as far as they show before the request is sent.
    pub async fn oneway(mut self) -> Result<()> {
        self.options.oneway = true;
        let reference = self.reference;
        reference.invoke(&self.finish()?).await.map(drop)
    }

    fn finish(self) -> Result<Invocation> {
        let encoded = match self.failed {
            Some(error) => Err(error),
            None => self.writer.finish(),
        };
        let bytes = encoded.map_err(|error| {
            Error::new(ErrorCode::Serialization, error.to_string())
                .with("service", self.reference.interface())
                .with("method", self.method)
        })?;
        let arguments = Arguments { bytes, count: self.count };
        let method = self.reference.method(self.method, &self.descriptor);
        let mut invocation = Invocation::new(method, arguments);
        invocation.attachments = self.attachments;
        invocation.options = self.options;
        Ok(invocation)
    }
}

/// The future of a typed call: one piece, because every layer of futures costs each call its share.
struct Invoke<'r, D> {
    reference: &'r Reference,
    /// The error is gone once it was returned.
    invocation: Result<Invocation, Option<Error>>,
    call: FailoverCall<'r>,
    decode: D,
}

impl<'r, D> Invoke<'r, D> {
    fn new<T>(call: Call<'r>, decode: D) -> Self
    where
        D: Fn(&RpcResult, &Invocation) -> Result<T> + Unpin,
    {
        let reference = call.reference;
        let invocation = call.finish().map_err(Some);
        Self { reference, invocation, call: FailoverCall::new(reference.cluster()), decode }
    }
}

impl<T, D: Fn(&RpcResult, &Invocation) -> Result<T> + Unpin> Future for Invoke<'_, D> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { reference, invocation, call, decode } = &mut *self;
        let invocation = match invocation {
            Ok(invocation) => &*invocation,
            Err(error) => return Poll::Ready(Err(error.take().unwrap_or_else(polled_after_end))),
        };
        let result = ready!(reference.poll_call(call, invocation, cx))?;
        Poll::Ready(decode(&result, invocation))
    }
}

#[cold]
fn polled_after_end() -> Error {
    Error::new(ErrorCode::Internal, "the future of a call was polled after its end")
}

/// The value of a result as a `T`; the exception of the method as an error.
fn decode<T: FromHessianOwned>(result: &RpcResult, invocation: &Invocation) -> Result<T> {
    let value: &[u8] = match result.kind() {
        ResultKind::Value => result.body(),
        // Null on the wire is its own kind of result; a type decides itself what null means to it.
        ResultKind::Null => b"N",
        ResultKind::Exception => return Err(Error::remote_exception(result.throwable().map_err(malformed)?)),
    };
    Reader::new(value).read::<T>().map_err(|error| {
        Error::new(ErrorCode::Serialization, format!("the result is not what the caller expects: {error}"))
            .with("method", &invocation.method.name)
    })
}

fn malformed(error: DecodeError) -> Error {
    Error::new(ErrorCode::Serialization, format!("the response is malformed: {error}"))
}
