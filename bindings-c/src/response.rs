//! What a call brought back.

use std::cell::OnceCell;
use std::mem::MaybeUninit;

use polydubbo::api::hessian::{Reader, Value};
use polydubbo::api::{Attachments, Error, Result, ResultKind, RpcResult};

use crate::attachments::dubbo_attachments;
use crate::boundary::{fallible, infallible, place, required};
use crate::errors::dubbo_error;
use crate::text::dubbo_bytes;
use crate::value::codec::malformed;
use crate::value::dubbo_value;

/// The result of a call. Nothing is decoded before somebody asks. May move between threads; what it shows are views that
/// die with it.
pub struct dubbo_response {
    result: RpcResult,
    value: OnceCell<Value>,
    attachments: OnceCell<Attachments>,
}

/// Shows the value that the method returned; null for a method without a result.
///
/// @param response borrowed
/// @param out view
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_response_value<'a>(
    response: Option<&'a dubbo_response>,
    out: Option<&mut MaybeUninit<Option<&'a dubbo_value>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(dubbo_value::view(required(response, "response")?.value()?));
        Ok(())
    })
}

/// Takes the value out of a response, for programs that keep it longer.
///
/// @param response borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_response_take(
    response: Option<&mut dubbo_response>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let response = required(response, "response")?;
        response.value()?;
        *out = response.value.take().map(dubbo_value::boxed);
        Ok(())
    })
}

/// Shows the encoded value: exactly one Hessian value; empty for null.
///
/// @param response borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_response_body(response: Option<&dubbo_response>) -> dubbo_bytes {
    infallible(dubbo_bytes::EMPTY, || {
        response.map_or(dubbo_bytes::EMPTY, |response| dubbo_bytes::view(response.body()))
    })
}

/// Shows the attachments that came with the answer.
///
/// @param response borrowed
/// @param out view
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_response_attachments<'a>(
    response: Option<&'a dubbo_response>,
    out: Option<&mut MaybeUninit<Option<&'a dubbo_attachments>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(dubbo_attachments::view(required(response, "response")?.attachments()?));
        Ok(())
    })
}

/// Releases a response.
///
/// @param response consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_response_free(response: Option<Box<dubbo_response>>) {
    infallible((), || drop(response));
}

impl dubbo_response {
    /// The response, or the exception of the method as an error.
    pub(crate) fn of(result: Result<RpcResult>) -> Result<Box<Self>> {
        let result = result?;
        if result.kind() == ResultKind::Exception {
            let throwable = result.throwable().map_err(|error| malformed("exception", &error))?;
            return Err(Error::remote_exception(throwable));
        }
        Ok(Box::new(Self { result, value: OnceCell::new(), attachments: OnceCell::new() }))
    }

    fn value(&self) -> Result<&Value> {
        if self.value.get().is_none() {
            let value = match self.result.kind() {
                ResultKind::Value => {
                    Reader::new(self.result.body()).read().map_err(|error| malformed("result", &error))?
                }
                ResultKind::Null | ResultKind::Exception => Value::Null,
            };
            // Nobody else fills it: the response is used by one thread at a time.
            drop(self.value.set(value));
        }
        Ok(self.value.get().unwrap_or(&Value::Null))
    }

    /// The bytes of the value, without the attachments behind it.
    fn body(&self) -> &[u8] {
        if self.result.kind() != ResultKind::Value {
            return &[];
        }
        let mut reader = Reader::new(self.result.body());
        let end = if reader.skip_value().is_ok() { reader.position() } else { self.result.body().len() };
        &self.result.body()[..end]
    }

    fn attachments(&self) -> Result<&Attachments> {
        static NONE: Attachments = Attachments::new();
        if self.attachments.get().is_none() {
            let found = self.result.attachments().map_err(|error| malformed("attachments", &error))?;
            drop(self.attachments.set(found));
        }
        Ok(self.attachments.get().unwrap_or(&NONE))
    }
}
