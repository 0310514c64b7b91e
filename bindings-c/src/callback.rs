//! Objects that travel as parameters and are called back over the same connection.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::Arc;

use polydubbo::api::{CallbackArgument, CallbackProxy, CallbackService, Invocation, Method, Result, Runtime};

use crate::boundary::{fallible, infallible, place, required};
use crate::completion::{Delivery, Target, dubbo_completion_fn};
use crate::errors::dubbo_error;
use crate::invocation::dubbo_invocation;
use crate::process::OfProcess;
use crate::queue::dubbo_queue;
use crate::response::dubbo_response;
use crate::service::dubbo_service;
use crate::user_data::{UserData, dubbo_destroy_fn};

/// An object of this side that may be passed to a provider, which then calls it. Free-threaded. Passing it twice passes the
/// same object.
pub struct dubbo_callback {
    service: Arc<CallbackService>,
    interface: String,
}

/// An object of the caller, as a service holds it. It works for as long as the connection does. Free-threaded.
pub struct dubbo_callback_proxy(OfProcess<CallbackProxy>);

/// Makes an object to be called back out of a service: its interface, its methods, and the function or queue that takes its
/// calls.
///
/// @param service consumed
/// @param out owned: released by dubbo_callback_free; the object lives on at the provider
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_new(
    service: Option<Box<dubbo_service>>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_callback>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (config, methods, handler) = required(service, "service")?.into_parts();
        let out = place(out)?;
        let interface = config.interface;
        let service = CallbackService::new(&interface, methods, handler)?;
        *out = Some(Box::new(dubbo_callback { service, interface }));
        Ok(())
    })
}

/// Releases an object. Providers that have it may go on calling it until their connection ends.
///
/// @param callback consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_free(callback: Option<Box<dubbo_callback>>) {
    infallible((), || drop(callback));
}

/// Tells whether the connection to the object still exists.
///
/// @param proxy borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_is_open(proxy: Option<&dubbo_callback_proxy>) -> bool {
    infallible(false, || proxy.is_some_and(|proxy| proxy.0.is_open()))
}

/// Tells whether the method that received the object lets it go: it must not be kept after the call.
///
/// @param proxy borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_is_leaving(proxy: Option<&dubbo_callback_proxy>) -> bool {
    infallible(false, || proxy.is_some_and(|proxy| proxy.0.is_leaving))
}

/// Tells whether two proxies stand for the same object of the same caller.
///
/// @param left borrowed
/// @param right borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_is_same(
    left: Option<&dubbo_callback_proxy>,
    right: Option<&dubbo_callback_proxy>,
) -> bool {
    infallible(false, || {
        let (Some(left), Some(right)) = (left, right) else { return false };
        let identity = |proxy: &CallbackProxy| {
            (proxy.connection(), proxy.interface().to_owned(), proxy.instance().to_owned())
        };
        identity(&left.0) == identity(&right.0)
    })
}

/// Calls the object and blocks until its answer is there. Not on a thread of the callback pool, if many calls may come at
/// once: each blocks one of its threads.
///
/// @param proxy borrowed
/// @param invocation borrowed
/// @param out owned: released by dubbo_response_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_invoke(
    proxy: Option<&dubbo_callback_proxy>,
    invocation: Option<&dubbo_invocation>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_response>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let (proxy, invocation) = prepare(proxy, invocation)?;
        let result = Runtime::shared()?.wait(async move { proxy.invoke(&invocation).await })?;
        *out = Some(dubbo_response::of(result)?);
        Ok(())
    })
}

/// Calls the object and returns; the outcome goes to a function on a thread of the callback pool.
///
/// @param proxy borrowed
/// @param invocation borrowed
/// @param completion called exactly once if this function succeeds, not at all if it fails
/// @param user_data retained until destroy is called with it, also when this function fails
/// @param destroy may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_invoke_async(
    proxy: Option<&dubbo_callback_proxy>,
    invocation: Option<&dubbo_invocation>,
    completion: dubbo_completion_fn,
    user_data: *mut c_void,
    destroy: dubbo_destroy_fn,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let user_data = UserData::new(user_data, destroy);
        submit(proxy, invocation, Target::function(completion, user_data)?)
    })
}

/// Calls the object and returns; the queue then brings DUBBO_EVENT_COMPLETED with the token.
///
/// @param proxy borrowed
/// @param invocation borrowed
/// @param queue borrowed: may be released before the outcome is there, which is then dropped
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_invoke_queued(
    proxy: Option<&dubbo_callback_proxy>,
    invocation: Option<&dubbo_invocation>,
    queue: Option<&dubbo_queue>,
    token: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || submit(proxy, invocation, Target::queue(queue, token)?))
}

/// Releases a proxy. The object stays with its caller.
///
/// @param proxy consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_proxy_free(proxy: Option<Box<dubbo_callback_proxy>>) {
    infallible((), || drop(proxy));
}

impl dubbo_callback {
    pub(crate) fn interface(&self) -> &str {
        &self.interface
    }

    pub(crate) fn argument(&self, index: usize) -> CallbackArgument {
        self.service.argument(index)
    }
}

impl dubbo_callback_proxy {
    pub(crate) fn boxed(proxy: CallbackProxy) -> Box<Self> {
        Box::new(Self(OfProcess::new(proxy)))
    }
}

fn prepare(
    proxy: Option<&dubbo_callback_proxy>,
    invocation: Option<&dubbo_invocation>,
) -> Result<(CallbackProxy, Invocation)> {
    let (proxy, invocation) = (required(proxy, "proxy")?, required(invocation, "invocation")?);
    Ok((
        CallbackProxy::clone(&proxy.0),
        invocation.to_core(|name, descriptor| Method::new(name, descriptor))?,
    ))
}

fn submit(
    proxy: Option<&dubbo_callback_proxy>,
    invocation: Option<&dubbo_invocation>,
    target: Target,
) -> Result<()> {
    let (proxy, invocation) = prepare(proxy, invocation)?;
    let runtime = Runtime::shared()?;
    // From here on a refusal of the runtime is an outcome, so that there is exactly one.
    let delivery = Delivery::new(target);
    drop(runtime.spawn(async move { delivery.deliver(proxy.invoke(&invocation).await) }));
    Ok(())
}
