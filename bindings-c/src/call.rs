//! A call of a service, from its arrival to its answer.

use std::cell::OnceCell;
use std::mem::MaybeUninit;
use std::time::Instant;

use bytes::Bytes;
use polydubbo::api::hessian::{Profile, Reader, Value, is_throwable};
use polydubbo::api::{Error, ErrorCode, InboundCall, RemoteThrowable, Result, ResultKind, RpcResult};

use crate::attachments::{dubbo_attachments, set_text, set_value};
use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::callback::dubbo_callback_proxy;
use crate::errors::dubbo_error;
use crate::text::{dubbo_bytes, dubbo_str};
use crate::value::codec::{decode_all, encode, malformed};
use crate::value::dubbo_value;

/// A call of a service that waits for its answer, which may come from any thread. May move between threads. What it shows
/// are views that die with it; one of the dubbo_call_reply functions or dubbo_call_free ends it.
pub struct dubbo_call {
    call: InboundCall,
    arguments: OnceCell<Vec<Value>>,
    remote: OnceCell<String>,
    local: OnceCell<String>,
}

/// Shows the Java interface of the service.
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_interface(call: Option<&dubbo_call>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(call.map(|call| call.call.service.interface())))
}

/// Shows the name of the method.
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_method(call: Option<&dubbo_call>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(call.map(|call| &*call.call.method.name)))
}

/// Shows the parameter types in the notation of the JVM: "Ljava/lang/String;I".
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_descriptor(call: Option<&dubbo_call>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(call.map(|call| &*call.call.method.descriptor)))
}

/// Counts the arguments.
///
/// @param call borrowed
/// @param out the number
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_arg_count(
    call: Option<&dubbo_call>,
    out: Option<&mut MaybeUninit<usize>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = required(call, "call")?.arguments()?.len();
        Ok(())
    })
}

/// Shows an argument.
///
/// @param call borrowed
/// @param out view
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_arg<'a>(
    call: Option<&'a dubbo_call>,
    index: usize,
    out: Option<&mut MaybeUninit<Option<&'a dubbo_value>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let arguments = required(call, "call")?.arguments()?;
        let none = || invalid(format!("there is no argument {index}: the call has {}", arguments.len()));
        *out = Some(dubbo_value::view(arguments.get(index).ok_or_else(none)?));
        Ok(())
    })
}

/// Shows the encoded arguments: Hessian2 values, one after the other, with one set of tables.
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_args_body(call: Option<&dubbo_call>) -> dubbo_bytes {
    infallible(dubbo_bytes::EMPTY, || {
        call.map_or(dubbo_bytes::EMPTY, |call| dubbo_bytes::view(&call.call.arguments))
    })
}

/// Shows what the caller attached.
///
/// @param call borrowed
/// @return view
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_attachments(call: Option<&dubbo_call>) -> Option<&dubbo_attachments> {
    infallible(None, || call.map(|call| dubbo_attachments::view(&call.call.attachments)))
}

/// Attaches a text to the answer.
///
/// @param call borrowed
/// @param key borrowed
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_set_attachment(
    call: Option<&mut dubbo_call>,
    key: dubbo_str,
    value: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || set_text(required(call, "call")?.call.responder.attachments_mut(), key, value))
}

/// Attaches a value that is no text to the answer.
///
/// @param call borrowed
/// @param key borrowed
/// @param value consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_set_attachment_value(
    call: Option<&mut dubbo_call>,
    key: dubbo_str,
    value: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || set_value(required(call, "call")?.call.responder.attachments_mut(), key, value))
}

/// Shows the address of the caller, "10.0.0.7:51234".
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_peer(call: Option<&dubbo_call>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        let peer = call.map(|call| &**call.remote.get_or_init(|| call.call.remote.to_string()));
        dubbo_str::view_of(peer)
    })
}

/// Shows the address of this side of the connection.
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_local(call: Option<&dubbo_call>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        let local = call.map(|call| &**call.local.get_or_init(|| call.call.local.to_string()));
        dubbo_str::view_of(local)
    })
}

/// Shows the name of the calling application; empty when it does not say.
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_application(call: Option<&dubbo_call>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || dubbo_str::view_of(call.and_then(|call| call.call.remote_application())))
}

/// Gives the milliseconds until the caller stops waiting.
///
/// @param call borrowed
/// @return UINT64_MAX when it does not say
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_deadline(call: Option<&dubbo_call>) -> u64 {
    infallible(u64::MAX, || match call.and_then(|call| call.call.deadline) {
        Some(deadline) => deadline.saturating_duration_since(Instant::now()).as_millis() as u64,
        None => u64::MAX,
    })
}

/// Tells whether nobody waits for the answer.
///
/// @param call borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_is_oneway(call: Option<&dubbo_call>) -> bool {
    infallible(false, || call.is_some_and(|call| call.call.responder.is_oneway()))
}

/// Gives an object of the caller that came as a parameter, to be called back now or later.
///
/// @param call borrowed
/// @param index the position of the parameter, from 0
/// @param out owned: released by dubbo_callback_proxy_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_callback(
    call: Option<&dubbo_call>,
    index: usize,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_callback_proxy>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let callbacks = &required(call, "call")?.call.callbacks;
        let found = callbacks.iter().find(|proxy| proxy.index == index);
        let proxy = found.ok_or_else(|| {
            invalid(format!(
                "parameter {index} brought no object: declare it in the options of the service, method.{index}.callback"
            ))
        })?;
        *out = Some(dubbo_callback_proxy::boxed(proxy.clone()));
        Ok(())
    })
}

/// Answers with a value; null is the answer of a method without a result.
///
/// @param call consumed
/// @param value consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_reply_value(
    call: Option<Box<dubbo_call>>,
    value: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        // Named, so that it lives to the end: what is answered may be a view into it.
        let call = required(call, "call")?;
        let responder = call.call.responder;
        let value = required(value, "value")?.into_inner();
        if value.is_null() {
            responder.null();
            return Ok(());
        }
        match encode(&[value], Profile::Portable) {
            Ok(body) => {
                responder.value(body);
                Ok(())
            }
            Err(error) => {
                responder.error(Error::new(ErrorCode::StatusBadResponse, error.message()));
                Err(error)
            }
        }
    })
}

/// Answers with a value that is encoded already.
///
/// @param call consumed
/// @param body borrowed: exactly one Hessian2 value
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_reply_body(
    call: Option<Box<dubbo_call>>,
    body: dubbo_bytes,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        // Named, so that it lives to the end: what is answered may be a view into it.
        let call = required(call, "call")?;
        let responder = call.call.responder;
        let body = body.bytes("body")?;
        let mut reader = Reader::new(body);
        match reader.skip_value().and_then(|()| reader.expect_end()) {
            Ok(()) => {
                responder.value(Bytes::copy_from_slice(body));
                Ok(())
            }
            Err(error) => {
                let error = malformed("body", &error);
                responder.error(Error::new(ErrorCode::StatusBadResponse, error.message()));
                Err(error)
            }
        }
    })
}

/// Answers that the method threw an exception of a Java class that the consumer has.
///
/// @param call consumed
/// @param java_class borrowed: "java.lang.IllegalStateException"
/// @param message borrowed; data NULL is no message
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_reply_throw(
    call: Option<Box<dubbo_call>>,
    java_class: dubbo_str,
    message: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        // Named, so that it lives to the end: what is answered may be a view into it.
        let call = required(call, "call")?;
        let responder = call.call.responder;
        let class = java_class.text("java_class")?;
        if !polydubbo::api::hessian::is_class_name(class) {
            return Err(invalid(format!("{class:?} is no name of a Java class")));
        }
        let text = message.text("message")?;
        let message = (!message.data.is_null()).then(|| text.to_owned());
        responder.exception(&RemoteThrowable {
            class: class.to_owned(),
            message,
            ..RemoteThrowable::default()
        });
        Ok(())
    })
}

/// Answers that the method threw this exception, for classes with fields of their own.
///
/// @param call consumed
/// @param exception consumed: an object with the fields of java.lang.Throwable
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_reply_throw_value(
    call: Option<Box<dubbo_call>>,
    exception: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        // Named, so that it lives to the end: what is answered may be a view into it.
        let call = required(call, "call")?;
        let responder = call.call.responder;
        let exception = required(exception, "exception")?.into_inner();
        if !exception.as_object().is_some_and(is_throwable) {
            let text =
                "the value is no exception: an object with the fields detailMessage, cause and stackTrace";
            return Err(invalid(text));
        }
        let body = encode(&[exception], Profile::Portable)?;
        responder.outcome(Ok(RpcResult::new(ResultKind::Exception, false, body)));
        Ok(())
    })
}

/// Refuses the call: the caller sees a failure of the transport, which it may retry on another provider.
///
/// @param call consumed
/// @param message borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_reply_error(
    call: Option<Box<dubbo_call>>,
    message: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        // Named, so that it lives to the end: what is answered may be a view into it.
        let call = required(call, "call")?;
        let responder = call.call.responder;
        responder.error(Error::new(ErrorCode::StatusServiceError, message.text("message")?));
        Ok(())
    })
}

/// Releases a call without an answer of its own: the caller gets an error.
///
/// @param call consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_call_free(call: Option<Box<dubbo_call>>) {
    infallible((), || drop(call));
}

impl dubbo_call {
    pub(crate) fn boxed(call: InboundCall) -> Box<Self> {
        Box::new(Self { call, arguments: OnceCell::new(), remote: OnceCell::new(), local: OnceCell::new() })
    }

    fn arguments(&self) -> Result<&[Value]> {
        if self.arguments.get().is_none() {
            drop(self.arguments.set(decode_all(&self.call.arguments)?));
        }
        Ok(self.arguments.get().map_or(&[], Vec::as_slice))
    }
}
