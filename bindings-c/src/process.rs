//! The process: its default runtime, and what becomes of it in a forked child.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use polydubbo::api::{Result, Runtime};

use crate::runtime::dubbo_runtime;

/// The runtime that a function was given, or the default one.
pub(crate) fn runtime_or_shared(runtime: Option<&dubbo_runtime>) -> Result<Runtime> {
    watch_forks();
    match runtime {
        Some(runtime) => runtime.inner().check().map(|()| runtime.inner().clone()),
        None => Runtime::shared(),
    }
}

/// How many times this process is a forked child of one that had loaded the library.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Something that threads of this process work on. A forked child forgets it instead of dropping it: a thread of the
/// parent may have held one of its locks.
pub(crate) struct OfProcess<T> {
    value: ManuallyDrop<T>,
    forks: u32,
}

impl<T> OfProcess<T> {
    pub(crate) fn new(value: T) -> Self {
        watch_forks();
        Self { value: ManuallyDrop::new(value), forks: FORKS.load(Ordering::Relaxed) }
    }

    pub(crate) fn is_of_this_process(&self) -> bool {
        self.forks == FORKS.load(Ordering::Relaxed)
    }
}

impl<T> Deref for OfProcess<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Drop for OfProcess<T> {
    fn drop(&mut self) {
        if self.is_of_this_process() {
            // SAFETY: this is the only place that drops the value, and nothing uses it afterwards.
            unsafe { ManuallyDrop::drop(&mut self.value) };
        }
    }
}

/// Makes sure that a forked child learns that it is one, before anything can be lost by it.
#[cfg(unix)]
pub(crate) fn watch_forks() {
    use std::sync::Once;

    extern "C" fn in_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        polydubbo::api::mark_forked();
        crate::pool::forget();
    }

    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        // SAFETY: the handler takes no arguments, lives as long as the library, and does not unwind: it only sets flags
        // and swaps pointers. A refusal means that memory is short; then a child is not told, as without this call.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

#[cfg(not(unix))]
pub(crate) fn watch_forks() {}
