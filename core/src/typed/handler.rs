//! Async functions as methods of a service.

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;

use bytes::Bytes;

use super::JavaTyped;
use super::context::Context;
use crate::codec::hessian::{FromHessianOwned, Reader, ToHessian, Writer};
use crate::error::{Error, ErrorCode};
use crate::protocol::inbound::{CallResponder, InboundCall};
use crate::protocol::invoker::BoxFuture;
use crate::rpc::RemoteThrowable;

/// Hessian's null.
const NULL: &[u8] = b"N";

/// Why a method did not return a value.
///
/// Every error converts into one with `?`: it reaches a Java caller as a `java.lang.RuntimeException` with the
/// error's type and text. Return a [`RemoteThrowable`] to throw an exception of a Java class of your own.
#[derive(Debug)]
pub enum ServiceError {
    /// The method throws this exception.
    Exception(Box<RemoteThrowable>),
    /// The method fails with an error of this language: its type and its text.
    Failed(&'static str, String),
    /// The call cannot be executed at all; the caller sees a failure of the transport.
    Refused(Error),
}

impl<E: StdError> From<E> for ServiceError {
    fn from(error: E) -> Self {
        Self::Failed(type_name::<E>(), error.to_string())
    }
}

impl From<RemoteThrowable> for ServiceError {
    fn from(throwable: RemoteThrowable) -> Self {
        Self::Exception(Box::new(throwable))
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exception(throwable) => throwable.fmt(f),
            Self::Failed(kind, text) => write!(f, "{kind}: {text}"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

/// An async function that can be a method of a service.
///
/// Implemented for `Fn(A, B, ...) -> impl Future<Output = Result<R, E>>` with up to eight parameters, where each
/// parameter can be read from Hessian and names its [`JavaTyped`], the result can be written, and the error
/// converts into a [`ServiceError`]. `Args` only tells the implementations apart.
pub trait MethodHandler<Args>: Send + Sync + 'static {
    /// The descriptor of the parameters, for example `Ljava/lang/String;I`.
    fn descriptor(&self) -> String;

    /// Decodes the arguments and returns the future that runs the function and answers the call.
    fn serve(&self, call: InboundCall) -> BoxFuture<'static, ()>;
}

macro_rules! method_handlers {
    ($(($($arg:ident)*))*) => {$(
        impl<Function, Running, Success, Failure, $($arg),*> MethodHandler<($($arg,)*)> for Function
        where
            Function: Fn($($arg),*) -> Running + Send + Sync + 'static,
            Running: Future<Output = Result<Success, Failure>> + Send + 'static,
            Success: ToHessian + 'static,
            Failure: Into<ServiceError> + 'static,
            $($arg: FromHessianOwned + JavaTyped,)*
        {
            fn descriptor(&self) -> String {
                let parts: &[std::borrow::Cow<'static, str>] = &[$($arg::descriptor()),*];
                parts.concat()
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn serve(&self, call: InboundCall) -> BoxFuture<'static, ()> {
                let (context, arguments, responder) = Context::split(call);
                let mut reader = Reader::new(&arguments);
                $(let $arg = match reader.read::<$arg>() {
                    Ok(value) => value,
                    Err(error) => {
                        let text = format!("Fail to decode request due to: {error}");
                        responder.error(Error::new(ErrorCode::StatusBadRequest, text));
                        return Box::pin(std::future::ready(()));
                    }
                };)*
                // The function itself runs in the scope too: it may look at its context before its first await.
                let (running, scoped) = context.enter(|| self($($arg),*));
                Box::pin(scoped.scope(running, responder, answer))
            }
        }
    )*};
}

method_handlers! {
    () (A) (A B) (A B C) (A B C D) (A B C D G) (A B C D G H) (A B C D G H I) (A B C D G H I J)
}

/// Sends what a method returned.
fn answer<T: ToHessian, E: Into<ServiceError>>(outcome: Result<T, E>, responder: CallResponder) {
    match outcome.map_err(Into::into).and_then(|value| encode(&value)) {
        // Java has a flag of its own for null.
        Ok(encoded) if encoded == NULL => responder.null(),
        Ok(encoded) => responder.value(encoded),
        Err(ServiceError::Exception(throwable)) => responder.exception(&throwable),
        Err(ServiceError::Failed(kind, text)) => responder.host_error(kind, &text, ""),
        Err(ServiceError::Refused(error)) => responder.error(error),
    }
}

fn encode<T: ToHessian>(value: &T) -> Result<Bytes, ServiceError> {
    let mut writer = Writer::new();
    value.write_hessian(&mut writer).and_then(|()| writer.finish()).map_err(|error| {
        let text = format!("Failed to send response: the result cannot be encoded: {error}");
        ServiceError::Refused(Error::new(ErrorCode::StatusBadResponse, text))
    })
}
