//! The threads that carry connections.

use std::mem::MaybeUninit;
use std::time::Duration;

use polydubbo::api::Runtime;

use crate::boundary::{fallible, infallible, invalid, place};
use crate::errors::dubbo_error;
use crate::options::{Options, dubbo_options};
use crate::process::{OfProcess, runtime_or_shared};

/// I/O threads. Free-threaded. Most programs need none of their own: where a runtime is asked for, NULL stands for the
/// shared one of the process.
pub struct dubbo_runtime(OfProcess<Runtime>);

/// Starts I/O threads.
///
/// @param options borrowed: of DUBBO_OPTIONS_RUNTIME; NULL takes the defaults
/// @param out owned: released by dubbo_runtime_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_runtime_new(
    options: Option<&dubbo_options>,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_runtime>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let runtime = match options.map(dubbo_options::inner) {
            None => Runtime::new(&Default::default())?,
            Some(Options::Runtime(options)) => Runtime::new(options)?,
            Some(_) => return Err(invalid("the options are not of the kind DUBBO_OPTIONS_RUNTIME")),
        };
        *out = Some(Box::new(dubbo_runtime(OfProcess::new(runtime))));
        Ok(())
    })
}

/// Gives the default runtime of the process, which starts with its first use.
///
/// @param out owned: released by dubbo_runtime_free, which leaves the threads alone
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_runtime_shared(
    out: Option<&mut MaybeUninit<Option<Box<dubbo_runtime>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(Box::new(dubbo_runtime(OfProcess::new(runtime_or_shared(None)?))));
        Ok(())
    })
}

/// Stops the I/O threads and waits for them. Close references and servers first: calls that are still in flight fail.
///
/// @param runtime borrowed
/// @return false when a thread was busy for longer than the timeout; it then ends by itself
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_runtime_shutdown(runtime: Option<&dubbo_runtime>, timeout_ms: u64) -> bool {
    infallible(false, || runtime.is_none_or(|runtime| runtime.0.shutdown(duration(timeout_ms))))
}

/// Releases a runtime; its threads end when nothing uses them any more.
///
/// @param runtime consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_runtime_free(runtime: Option<Box<dubbo_runtime>>) {
    infallible((), || drop(runtime));
}

impl dubbo_runtime {
    pub(crate) fn inner(&self) -> &Runtime {
        &self.0
    }
}

/// A time that C gave; SIZE_MAX and the like mean "for ever", which is a year here.
pub(crate) fn duration(ms: u64) -> Duration {
    Duration::from_millis(ms.min(365 * 24 * 3600 * 1000))
}
