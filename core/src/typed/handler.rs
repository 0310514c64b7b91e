//! Async functions as methods of a service.

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use super::JavaType;
use crate::codec::hessian::{DecodeError, EncodeError, FromHessianOwned, Reader, ToHessian, Writer};
use crate::error::{Error, ErrorCode};
use crate::rpc::RemoteThrowable;

/// What a method of a service answers: one encoded Hessian value, or why there is none.
pub type Answer = Result<Bytes, ServiceError>;

/// The future of an answer.
pub type AnswerFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

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
/// parameter can be read from Hessian and names its [`JavaType`], the result can be written, and the error
/// converts into a [`ServiceError`]. `Args` only tells the implementations apart.
pub trait MethodHandler<Args>: Send + Sync + 'static {
    /// The descriptor of the parameters, for example `Ljava/lang/String;I`.
    fn descriptor(&self) -> String;

    /// Decodes the arguments and runs the function.
    fn call(&self, arguments: &[u8]) -> AnswerFuture;
}

macro_rules! method_handlers {
    ($(($($arg:ident)*))*) => {$(
        impl<Function, Running, Success, Failure, $($arg),*> MethodHandler<($($arg,)*)> for Function
        where
            Function: Fn($($arg),*) -> Running + Send + Sync + 'static,
            Running: Future<Output = Result<Success, Failure>> + Send + 'static,
            Success: ToHessian + 'static,
            Failure: Into<ServiceError> + 'static,
            $($arg: FromHessianOwned + JavaType,)*
        {
            fn descriptor(&self) -> String {
                let parts: &[std::borrow::Cow<'static, str>] = &[$($arg::descriptor()),*];
                parts.concat()
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn call(&self, arguments: &[u8]) -> AnswerFuture {
                let mut reader = Reader::new(arguments);
                $(let $arg = match reader.read::<$arg>() {
                    Ok(value) => value,
                    Err(error) => return undecodable(error),
                };)*
                let running = self($($arg),*);
                Box::pin(async move {
                    let value = running.await.map_err(Into::into)?;
                    encode(&value)
                })
            }
        }
    )*};
}

method_handlers! {
    () (A) (A B) (A B C) (A B C D) (A B C D G) (A B C D G H) (A B C D G H I) (A B C D G H I J)
}

fn undecodable(error: DecodeError) -> AnswerFuture {
    let text = format!("Fail to decode request due to: {error}");
    let refused = ServiceError::Refused(Error::new(ErrorCode::StatusBadRequest, text));
    Box::pin(std::future::ready(Err(refused)))
}

fn encode<T: ToHessian>(value: &T) -> Answer {
    let mut writer = Writer::new();
    let encoded = value.write_hessian(&mut writer).and_then(|()| writer.finish());
    encoded.map_err(|error: EncodeError| {
        let text = format!("Failed to send response: the result cannot be encoded: {error}");
        ServiceError::Refused(Error::new(ErrorCode::StatusBadResponse, text))
    })
}
