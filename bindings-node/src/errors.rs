//! Errors of the core as the JavaScript errors of `ts/errors.ts`.

use napi::Status;
use polydubbo::api::{Error, ErrorCode};

use crate::js::{Fault, Js, JsRef, Value};
use crate::value::layer::BuildError;
use crate::value::walk::WalkError;

/// Makes errors through the function that JavaScript gave for it.
#[derive(Debug)]
pub(crate) struct Errors {
    make: JsRef,
}

impl Errors {
    /// Takes the function `error(errno, message, [key, value, ...])` out of the hooks.
    pub(crate) fn new(js: Js, hooks: Value) -> crate::js::Result<Self> {
        Ok(Self { make: JsRef::new(js, js.property(hooks, c"error")?)? })
    }

    /// The JavaScript value for an error of the core.
    pub(crate) fn of(&self, js: Js, error: &Error) -> crate::js::Result<Value> {
        let mut context = Vec::new();
        for (key, value) in error.context() {
            context.push(js.string(key)?);
            context.push(js.string(value)?);
        }
        let number = js.int(error.code().number() as i32)?;
        js.call(&self.make, &[number, js.string(&error.to_string())?, js.array(&context)?])
    }

    /// The JavaScript value for what went wrong while decoding.
    pub(crate) fn of_build(&self, js: Js, error: BuildError) -> crate::js::Result<Value> {
        match error {
            BuildError::Decode(error) => {
                let text = format!("cannot decode the value: {error}");
                self.of(js, &Error::new(ErrorCode::Serialization, text))
            }
            BuildError::Js(Fault::Thrown(value)) => Ok(value),
            BuildError::Js(fault) => Err(fault),
        }
    }

    /// The JavaScript value for whatever went wrong.
    pub(crate) fn of_failure(&self, js: Js, failure: Failure) -> crate::js::Result<Value> {
        match failure {
            Failure::Core(error) => self.of(js, &error),
            Failure::Build(error) => self.of_build(js, error),
        }
    }

    /// A text for the other side about arguments that could not be decoded.
    pub(crate) fn text_of(&self, js: Js, error: BuildError) -> String {
        match error {
            BuildError::Decode(error) => format!("cannot decode the arguments: {error}"),
            BuildError::Js(Fault::Thrown(value)) => {
                let message = js.property(value, c"message").and_then(|message| js.text(message));
                message.unwrap_or_else(|_| "cannot decode the arguments".to_owned())
            }
            error => format!("cannot decode the arguments: {error:?}"),
        }
    }

    /// Makes what went wrong the pending exception of the running native call.
    pub(crate) fn throw(&self, js: Js, failure: Failure) {
        match self.of_failure(js, failure) {
            Ok(value) | Err(Fault::Thrown(value)) => js.throw(value),
            Err(Fault::Refused(status)) => {
                js.throw_text(&format!("Node refused a step with status {status}"))
            }
        }
    }

    /// Throws what the closure fails with, as the running native call must.
    pub(crate) fn guard<T>(&self, js: Js, step: impl FnOnce() -> Result<T, Failure>) -> napi::Result<T> {
        step().map_err(|failure| {
            self.throw(js, failure);
            napi::Error::new(Status::PendingException, String::new())
        })
    }
}

/// What a native call may fail with.
#[derive(Debug)]
pub(crate) enum Failure {
    Core(Error),
    Build(BuildError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Build(BuildError::Js(fault))
    }
}

impl From<WalkError> for Failure {
    fn from(error: WalkError) -> Self {
        Self::Core(match error {
            WalkError::Encode(error) => Error::new(ErrorCode::Serialization, error.to_string()),
            WalkError::Tape(at) => Error::new(ErrorCode::Internal, format!("damaged tape at byte {at}")),
        })
    }
}
