//! Async functions as methods of a service.

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;

use super::JavaTyped;
use crate::codec::hessian::{DecodeError, DecodeErrorKind, FromHessianOwned, Reader, ToHessian};
use crate::error::Error;
use crate::rpc::RemoteThrowable;

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
    /// What the function returns when it succeeds.
    type Success: ToHessian + 'static;
    /// What it returns when it fails.
    type Failure: Into<ServiceError> + 'static;
    /// The function while it runs.
    type Running: Future<Output = Result<Self::Success, Self::Failure>> + Send + 'static;

    /// The descriptor of the parameters, for example `Ljava/lang/String;I`.
    fn descriptor(&self) -> String;

    /// Decodes the arguments and calls the function.
    ///
    /// # Errors
    ///
    /// Arguments that are not exactly what the function takes.
    fn begin(&self, arguments: &[u8]) -> Result<Self::Running, DecodeError>;
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
            type Success = Success;
            type Failure = Failure;
            type Running = Running;

            fn descriptor(&self) -> String {
                let parts: &[std::borrow::Cow<'static, str>] = &[$($arg::descriptor()),*];
                parts.concat()
            }

            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn begin(&self, arguments: &[u8]) -> Result<Running, DecodeError> {
                let mut reader = Reader::new(arguments);
                $(let $arg = reader.read::<$arg>()?;)*
                if !reader.is_at_end() {
                    return Err(reader.fault(DecodeErrorKind::Custom("more than the arguments".into())));
                }
                Ok(self($($arg),*))
            }
        }
    )*};
}

method_handlers! {
    () (A) (A B) (A B C) (A B C D) (A B C D G) (A B C D G H) (A B C D G H I) (A B C D G H I J)
}
