//! The process: its default runtime, and what becomes of it in a forked child.

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

/// Makes sure that a forked child learns that it is one, before anything can be lost by it.
#[cfg(unix)]
pub(crate) fn watch_forks() {
    use std::sync::Once;

    extern "C" fn in_child() {
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
