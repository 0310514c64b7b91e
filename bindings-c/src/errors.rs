//! Errors as C sees them.

use polydubbo::api::hessian::{Reader, Value};
use polydubbo::api::{Error, ErrorCode, RemoteThrowable};

use crate::boundary::infallible;
use crate::text::dubbo_str;
use crate::value::dubbo_value;

/// Why a function failed: a number that is the same in all languages of PolyDubbo, a text, where it happened, and for
/// DUBBO_ERR_REMOTE_EXCEPTION the exception of the other side. May move between threads. What it shows are views that die
/// with it.
pub struct dubbo_error {
    code: ErrorCode,
    message: String,
    context: Vec<(&'static str, String)>,
    remote: Option<Remote>,
}

/// An exception that the remote method threw.
struct Remote {
    class: String,
    message: Option<String>,
    stack: String,
    value: Option<dubbo_value>,
    cause: Option<Box<dubbo_error>>,
}

/// Gives the number of an error: one of DUBBO_ERR_*.
///
/// @param error borrowed; NULL gives 0
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_code(error: Option<&dubbo_error>) -> u32 {
    infallible(0, || error.map_or(0, |error| error.code.number()))
}

/// Gives the name of an error, for example "Timeout"; the same in all languages, and never freed.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_name(error: Option<&dubbo_error>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(error.map(|error| error.code.name())))
}

/// Gives the code of Dubbo's RpcException that a Java caller would see: 2 for every kind of timeout, 1 for every failure of
/// the transport.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_rpc_code(error: Option<&dubbo_error>) -> i32 {
    infallible(0, || error.map_or(0, |error| error.code.rpc_code()))
}

/// Shows the text: cause, remedy where there is one, and place in brackets.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_message(error: Option<&dubbo_error>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(error.map(|error| &*error.message)))
}

/// Counts the details about the place.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_context_len(error: Option<&dubbo_error>) -> usize {
    infallible(0, || error.map_or(0, |error| error.context.len()))
}

/// Shows the name of a detail about the place, for example "service".
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_context_key(error: Option<&dubbo_error>, index: usize) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(error.and_then(|error| error.context.get(index)).map(|(key, _)| *key))
    })
}

/// Shows a detail about the place.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_context_value(error: Option<&dubbo_error>, index: usize) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(error.and_then(|error| error.context.get(index)).map(|(_, value)| &**value))
    })
}

/// Shows the Java class of the exception that the remote method threw; empty for other errors.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_remote_class(error: Option<&dubbo_error>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(remote(error).map(|remote| &*remote.class)))
}

/// Shows the message of the remote exception. Its data is NULL if the exception has none.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_remote_message(error: Option<&dubbo_error>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(remote(error).and_then(|remote| remote.message.as_deref()))
    })
}

/// Shows the stack of the remote exception, a line for each frame as Java prints it.
///
/// @param error borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_remote_stack(error: Option<&dubbo_error>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(remote(error).map(|remote| &*remote.stack)))
}

/// Shows the remote exception as an object with all its fields.
///
/// @param error borrowed
/// @return view; NULL if the error is no remote exception, or the cause of one
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_remote_value(error: Option<&dubbo_error>) -> Option<&dubbo_value> {
    infallible(None, || remote(error)?.value.as_ref())
}

/// Shows the cause of the remote exception.
///
/// @param error borrowed
/// @return view; NULL if there is none
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_cause(error: Option<&dubbo_error>) -> Option<&dubbo_error> {
    infallible(None, || remote(error)?.cause.as_deref())
}

/// Releases an error.
///
/// @param error consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_error_free(error: Option<Box<dubbo_error>>) {
    infallible((), || drop(error));
}

fn remote(error: Option<&dubbo_error>) -> Option<&Remote> {
    error?.remote.as_ref()
}

impl dubbo_error {
    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn of_throwable(throwable: &RemoteThrowable) -> Self {
        let stack: String = throwable.stack.iter().map(|frame| format!("\tat {frame}\n")).collect();
        let value: Option<Value> = Reader::new(&throwable.encoded).read().ok();
        Self {
            code: ErrorCode::RemoteException,
            message: throwable.to_string(),
            context: Vec::new(),
            remote: Some(Remote {
                class: throwable.class.clone(),
                message: throwable.message.clone(),
                stack,
                value: value.filter(|_| !throwable.encoded.is_empty()).map(dubbo_value::new),
                cause: throwable.cause.as_deref().map(|cause| Box::new(Self::of_throwable(cause))),
            }),
        }
    }
}

impl From<Error> for dubbo_error {
    fn from(error: Error) -> Self {
        if let Some(throwable) = error.remote() {
            return Self { context: error.context().to_vec(), ..Self::of_throwable(throwable) };
        }
        Self {
            code: error.code(),
            message: error.to_string(),
            context: error.context().to_vec(),
            remote: None,
        }
    }
}
