//! Blocking without holding the interpreter, and ending every wait before the interpreter ends.
//!
//! A thread that waits in native code and wants the interpreter back while it is being finalized is killed in the
//! middle of Rust frames. So the exit hook ends all waits first, and waits in turn until all threads are back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// Set once, by the exit hook.
static EXITING: AtomicBool = AtomicBool::new(false);

/// Threads that are detached at present.
static DETACHED: AtomicUsize = AtomicUsize::new(0);

struct Detached;

impl Detached {
    fn begin() -> Self {
        DETACHED.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        DETACHED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs `function`, which may block, without the interpreter. The only place that does so.
///
/// # Errors
/// `ClosedError` when the interpreter is about to end.
pub(crate) fn detached<R: Send>(py: Python<'_>, function: impl FnOnce() -> R + Send) -> PyResult<R> {
    // Counted before the flag is read, so that the exit hook either sees the thread or is seen by it.
    let _counted = Detached::begin();
    if EXITING.load(Ordering::SeqCst) {
        return Err(crate::errors::closed("the interpreter is ending"));
    }
    Ok(py.detach(function))
}

/// True once the exit hook has run.
pub(crate) fn is_exiting() -> bool {
    EXITING.load(Ordering::SeqCst)
}

/// Lets no further wait begin.
pub(crate) fn refuse_waits() {
    EXITING.store(true, Ordering::SeqCst);
}

/// Waits until every detached thread has come back; false when some has not in time.
pub(crate) fn await_threads(py: Python<'_>, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while DETACHED.load(Ordering::SeqCst) > 0 {
        if Instant::now() >= deadline {
            return false;
        }
        py.detach(|| std::thread::sleep(Duration::from_millis(1)));
    }
    true
}

/// In a forked child: the parent's waiting threads do not exist here.
pub(crate) fn forget_threads() {
    DETACHED.store(0, Ordering::SeqCst);
}
