//! Describing a call before it is sent.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use polydubbo::api::hessian::{Profile, Value};
use polydubbo::api::{Arguments, Attachments, CallOptions, CallbackArgument, Invocation, Method, Result};

use crate::attachments::{set_text, set_value};
use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::callback::dubbo_callback;
use crate::declared::fit;
use crate::errors::dubbo_error;
use crate::java::{descriptor_of, parameters_of};
use crate::text::{dubbo_bytes, dubbo_str};
use crate::value::codec::encode;
use crate::value::dubbo_value;

/// A call that is being described: method, arguments, attachments, settings. It may be sent any number of times. May move
/// between threads.
pub struct dubbo_invocation {
    method: String,
    descriptor: String,
    /// Java names of the parameter types, for generic calls: a line each.
    types: String,
    arguments: Vec<Value>,
    /// Arguments that came encoded, and their number.
    body: Option<(Bytes, usize)>,
    attachments: Attachments,
    options: CallOptions,
    callbacks: Vec<CallbackArgument>,
    is_generic: bool,
}

/// Starts to describe the call of a method.
///
/// @param method borrowed: its name
/// @param out owned: released by dubbo_invocation_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_new(
    method: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_invocation>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let method = method.text("method")?;
        if method.is_empty() {
            return Err(invalid("method is empty"));
        }
        *out = Some(Box::new(dubbo_invocation {
            method: method.to_owned(),
            descriptor: String::new(),
            types: String::new(),
            arguments: Vec::new(),
            body: None,
            attachments: Attachments::new(),
            options: CallOptions::default(),
            callbacks: Vec::new(),
            is_generic: false,
        }));
        Ok(())
    })
}

/// Adds an argument. Integers take the width of the parameter; a value that a primitive, a box or a String cannot take is
/// DUBBO_ERR_SERIALIZATION.
///
/// @param invocation borrowed
/// @param java_type borrowed: the type of the parameter as the Java interface declares it, "int", "java.lang.String",
///   "com.acme.User[]"
/// @param value consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_add(
    invocation: Option<&mut dubbo_invocation>,
    java_type: dubbo_str,
    value: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (invocation, value) = (required(invocation, "invocation")?, required(value, "value")?);
        invocation.add(java_type.text("java_type")?, value.into_inner())
    })
}

/// Adds an object of this side that the provider may call back. The parameter has the interface of the object as its type.
///
/// @param invocation borrowed
/// @param callback borrowed: may be released before the call is sent
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_add_callback(
    invocation: Option<&mut dubbo_invocation>,
    callback: Option<&dubbo_callback>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (invocation, callback) = (required(invocation, "invocation")?, required(callback, "callback")?);
        if invocation.is_generic {
            return Err(invalid("a generic call takes no callbacks"));
        }
        let argument = callback.argument(invocation.arguments.len());
        invocation.add(callback.interface(), Value::Null)?;
        invocation.callbacks.push(argument);
        Ok(())
    })
}

/// Sets all arguments at once, for programs that encode by themselves.
///
/// @param invocation borrowed
/// @param descriptor borrowed: the parameter types in the notation of the JVM, "Ljava/lang/String;I"
/// @param body borrowed: the arguments as Hessian2 values, one after the other, with one set of tables
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_body(
    invocation: Option<&mut dubbo_invocation>,
    descriptor: dubbo_str,
    body: dubbo_bytes,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let invocation = required(invocation, "invocation")?;
        let (descriptor, body) = (descriptor.text("descriptor")?, body.bytes("body")?);
        let count = parameters_of(descriptor)?;
        if invocation.is_generic || !invocation.arguments.is_empty() {
            return Err(invalid("the arguments are given one by one already"));
        }
        invocation.body = Some((Bytes::copy_from_slice(body), count));
        invocation.descriptor = descriptor.to_owned();
        Ok(())
    })
}

/// Makes the call a generic one: through the provider's $invoke, which needs no classes. Objects travel as maps with the
/// key "class", enum constants as their names.
///
/// @param invocation borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_generic(
    invocation: Option<&mut dubbo_invocation>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let invocation = required(invocation, "invocation")?;
        if invocation.body.is_some() || !invocation.callbacks.is_empty() {
            return Err(invalid("a generic call takes values, neither encoded arguments nor callbacks"));
        }
        invocation.is_generic = true;
        Ok(())
    })
}

/// Attaches a text, which the provider sees in the context of the call.
///
/// @param invocation borrowed
/// @param key borrowed
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_attachment(
    invocation: Option<&mut dubbo_invocation>,
    key: dubbo_str,
    value: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || set_text(&mut required(invocation, "invocation")?.attachments, key, value))
}

/// Attaches a value that is no text. Dubbo before 2.7.6 knows only texts.
///
/// @param invocation borrowed
/// @param key borrowed
/// @param value consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_attachment_value(
    invocation: Option<&mut dubbo_invocation>,
    key: dubbo_str,
    value: Option<Box<dubbo_value>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let invocation = required(invocation, "invocation")?;
        set_value(&mut invocation.attachments, key, value)
    })
}

/// Allows this much time for each attempt, instead of the timeout of the reference.
///
/// @param invocation borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_timeout(
    invocation: Option<&mut dubbo_invocation>,
    timeout_ms: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        required(invocation, "invocation")?.options.timeout = Some(Duration::from_millis(timeout_ms));
        Ok(())
    })
}

/// Allows this many attempts after the first, instead of the retries of the reference.
///
/// @param invocation borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_retries(
    invocation: Option<&mut dubbo_invocation>,
    retries: u32,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        required(invocation, "invocation")?.options.retries = Some(retries);
        Ok(())
    })
}

/// Sends the call without waiting for an answer: it succeeds with null when it is on its way.
///
/// @param invocation borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_set_oneway(
    invocation: Option<&mut dubbo_invocation>,
    oneway: bool,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        required(invocation, "invocation")?.options.oneway = oneway;
        Ok(())
    })
}

/// Releases an invocation; calls in flight have their own copy.
///
/// @param invocation consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_invocation_free(invocation: Option<Box<dubbo_invocation>>) {
    infallible((), || drop(invocation));
}

impl dubbo_invocation {
    fn add(&mut self, java_type: &str, value: Value) -> Result<()> {
        if self.body.is_some() {
            return Err(invalid("the arguments are encoded already"));
        }
        let descriptor = descriptor_of(java_type)?;
        let java_type = java_type.trim();
        let value = fit(java_type, value, self.arguments.len())?;
        if self.descriptor.is_empty() {
            self.descriptor = descriptor;
        } else {
            self.descriptor.push_str(&descriptor);
        }
        self.types.extend([java_type, "\n"]);
        self.arguments.push(value);
        Ok(())
    }

    /// The call as the core takes it; `method` finds the identity of a method.
    pub(crate) fn to_core(&self, method: impl FnOnce(&str, &str) -> Arc<Method>) -> Result<Invocation> {
        let mut invocation = if self.is_generic {
            let invoke = method("$invoke", "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;");
            Invocation::new(invoke, self.generic_arguments()?)
        } else {
            Invocation::new(method(&self.method, &self.descriptor), self.own_arguments()?)
        };
        invocation.attachments = self.attachments.clone();
        invocation.options = self.options.clone();
        invocation.callbacks.clone_from(&self.callbacks);
        if self.is_generic {
            invocation.attachments.set_if_absent("generic", "true");
        }
        Ok(invocation)
    }

    fn own_arguments(&self) -> Result<Arguments> {
        if let Some((bytes, count)) = &self.body {
            return Ok(Arguments { bytes: bytes.clone(), count: *count });
        }
        Ok(Arguments { bytes: encode(&self.arguments, Profile::Portable)?, count: self.arguments.len() })
    }

    fn generic_arguments(&self) -> Result<Arguments> {
        let types = self.types.lines().map(Value::from);
        let arguments = [
            Value::from(&*self.method),
            Value::typed_list("[string", types),
            Value::typed_list("[object", self.arguments.iter().cloned()),
        ];
        Ok(Arguments { bytes: encode(&arguments, Profile::Portable)?, count: arguments.len() })
    }
}
