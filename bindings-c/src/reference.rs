//! Calling services.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::Arc;

use polydubbo::api::{Invocation, Reference, Result};

use crate::boundary::{fallible, infallible, place, required};
use crate::completion::{Calls, Target, Waiter, dubbo_completion_fn};
use crate::errors::dubbo_error;
use crate::invocation::dubbo_invocation;
use crate::options::{Options, dubbo_options};
use crate::process::{OfProcess, runtime_or_shared};
use crate::queue::dubbo_queue;
use crate::response::dubbo_response;
use crate::runtime::{dubbo_runtime, duration};
use crate::user_data::{UserData, dubbo_destroy_fn};

/// A service somewhere else. Free-threaded: any number of threads may call at the same time.
pub struct dubbo_reference {
    reference: OfProcess<Reference>,
    calls: OfProcess<Arc<Calls>>,
}

/// Refers to a service and blocks until a provider is connected (or, with check=false, until the registry is).
///
/// @param runtime borrowed; NULL is the shared one
/// @param options borrowed: of DUBBO_OPTIONS_REFERENCE, with interface, and registry or url
/// @param out owned: released by dubbo_reference_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_new(
    runtime: Option<&dubbo_runtime>,
    options: Option<&dubbo_options>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_reference>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let config = Options::reference(options)?;
        let reference = Reference::refer_blocking(&runtime_or_shared(runtime)?, config)?;
        *out = Some(dubbo_reference::boxed(reference));
        Ok(())
    })
}

/// Refers to a service in the background; the queue then brings DUBBO_EVENT_REFERRED with the token.
///
/// @param runtime borrowed; NULL is the shared one
/// @param options borrowed: of DUBBO_OPTIONS_REFERENCE
/// @param queue borrowed: may be released before
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_new_queued(
    runtime: Option<&dubbo_runtime>,
    options: Option<&dubbo_options>,
    queue: Option<&dubbo_queue>,
    token: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (config, queue) = (Options::reference(options)?, required(queue, "queue")?);
        Reference::refer(&runtime_or_shared(runtime)?, config, token, queue.events())
    })
}

/// Sends a call and blocks until its outcome is there. An exception of the method is the error
/// DUBBO_ERR_REMOTE_EXCEPTION.
///
/// @param reference borrowed
/// @param invocation borrowed
/// @param out owned: released by dubbo_response_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_invoke(
    reference: Option<&dubbo_reference>,
    invocation: Option<&dubbo_invocation>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_response>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let reference = required(reference, "reference")?;
        let invocation = reference.invocation(invocation)?;
        *out = Some(dubbo_response::of(Waiter::call(&reference.reference, invocation))?);
        Ok(())
    })
}

/// Sends a call and returns; its outcome goes to a function on a thread of the callback pool.
///
/// @param reference borrowed: may be released before the outcome is there
/// @param invocation borrowed
/// @param completion called exactly once if this function succeeds, not at all if it fails
/// @param user_data retained until destroy is called with it, also when this function fails
/// @param destroy may be NULL
/// @param call_id the number for dubbo_reference_cancel; may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_invoke_async(
    reference: Option<&dubbo_reference>,
    invocation: Option<&dubbo_invocation>,
    completion: dubbo_completion_fn,
    user_data: *mut c_void,
    destroy: dubbo_destroy_fn,
    call_id: Option<&mut MaybeUninit<u64>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let user_data = UserData::new(user_data, destroy);
        let call_id = call_id.map(|slot| slot.write(0));
        let reference = required(reference, "reference")?;
        reference.submit(invocation, Target::function(completion, user_data)?, call_id)
    })
}

/// Sends a call and returns; the queue then brings DUBBO_EVENT_COMPLETED with the token.
///
/// @param reference borrowed: may be released before the outcome is there
/// @param invocation borrowed
/// @param queue borrowed: may be released before the outcome is there, which is then dropped
/// @param call_id the number for dubbo_reference_cancel; may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_invoke_queued(
    reference: Option<&dubbo_reference>,
    invocation: Option<&dubbo_invocation>,
    queue: Option<&dubbo_queue>,
    token: u64,
    call_id: Option<&mut MaybeUninit<u64>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let call_id = call_id.map(|slot| slot.write(0));
        let reference = required(reference, "reference")?;
        reference.submit(invocation, Target::queue(queue, token)?, call_id)
    })
}

/// Gives up a call that was sent by dubbo_reference_invoke_async or _queued: it ends with DUBBO_ERR_CANCELLED, unless it
/// has ended already. The provider is not told.
///
/// @param reference borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_cancel(reference: Option<&dubbo_reference>, call_id: u64) {
    infallible((), || {
        if let Some(reference) = reference {
            reference.calls.cancel(call_id);
        }
    });
}

/// Tells whether a call would find a connected provider.
///
/// @param reference borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_is_available(reference: Option<&dubbo_reference>) -> bool {
    infallible(false, || reference.is_some_and(|reference| reference.reference.is_available()))
}

/// Blocks until a call would find a connected provider, but not longer than the timeout.
///
/// @param reference borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_wait_ready(
    reference: Option<&dubbo_reference>,
    timeout_ms: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || required(reference, "reference")?.reference.wait_until_available(duration(timeout_ms)))
}

/// Closes a reference: leaves the registry, lets calls in flight finish for at most the timeout, disconnects. Later calls
/// fail with DUBBO_ERR_CLOSED. Once is enough, and again does no harm.
///
/// @param reference borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_close(
    reference: Option<&dubbo_reference>,
    timeout_ms: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || required(reference, "reference")?.reference.close_blocking(duration(timeout_ms)))
}

/// Closes a reference in the background; the queue then brings DUBBO_EVENT_DONE with the token.
///
/// @param reference borrowed: may be released before
/// @param queue borrowed: may be released before
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_close_queued(
    reference: Option<&dubbo_reference>,
    timeout_ms: u64,
    queue: Option<&dubbo_queue>,
    token: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (reference, queue) = (required(reference, "reference")?, required(queue, "queue")?);
        reference.reference.close(duration(timeout_ms), token, queue.events())
    })
}

/// Releases a reference. Calls in flight go on and reach their completion.
///
/// @param reference consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_reference_free(reference: Option<Box<dubbo_reference>>) {
    infallible((), || drop(reference));
}

impl dubbo_reference {
    pub(crate) fn boxed(reference: Reference) -> Box<Self> {
        Box::new(Self { reference: OfProcess::new(reference), calls: OfProcess::new(Arc::default()) })
    }

    fn invocation(&self, invocation: Option<&dubbo_invocation>) -> Result<Invocation> {
        let invocation = required(invocation, "invocation")?;
        invocation.to_core(|name, descriptor| self.reference.method(name, descriptor))
    }

    fn submit(
        &self,
        invocation: Option<&dubbo_invocation>,
        target: Target,
        call_id: Option<&mut u64>,
    ) -> Result<()> {
        let invocation = self.invocation(invocation)?;
        match call_id {
            None => target.submit(&self.reference, invocation)?,
            Some(call_id) => *call_id = self.calls.submit(&self.reference, invocation, target)?,
        }
        Ok(())
    }
}
