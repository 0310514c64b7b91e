//! The process as a whole: fork and exit.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polydubbo::api::{Result as CoreResult, Runtime};
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

use crate::{log, queue, wait};

/// The runtime, once something has been opened or served.
static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

/// The runtime of this process, started at the first use.
pub(crate) fn runtime() -> CoreResult<Runtime> {
    let runtime = Runtime::shared()?;
    *RUNTIME.lock() = Some(runtime.clone());
    Ok(runtime)
}

/// The interpreter that imported the module first.
static INTERPRETER: AtomicI64 = AtomicI64::new(-1);

/// The module's caches hold objects of one interpreter, so a second one in the process is refused.
pub(crate) fn claim_interpreter(py: Python<'_>) -> PyResult<()> {
    // SAFETY: the thread is attached to the interpreter (`py`), which therefore exists.
    let id = unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    if id < 0 {
        return Err(PyErr::fetch(py));
    }
    match INTERPRETER.compare_exchange(-1, id, Ordering::SeqCst, Ordering::SeqCst) {
        Err(owner) if owner != id => Err(PyImportError::new_err(
            "polydubbo supports one interpreter for each process; use threads or processes instead of sub-interpreters",
        )),
        _ => Ok(()),
    }
}

/// In a forked child, before anything else: what the parent made is dead.
#[pyfunction]
pub(crate) fn mark_forked() {
    polydubbo::api::mark_forked();
    // Not dropped: that would wait for threads which the child does not have.
    std::mem::forget(RUNTIME.lock().take());
    wait::forget_threads();
    queue::forget_all();
    log::forget();
}

/// At exit: ends every wait and then the threads of the core. Returns false when something did not end in time.
#[pyfunction]
pub(crate) fn shutdown(py: Python<'_>, limit_ms: u64) -> bool {
    let limit = Duration::from_millis(limit_ms);
    let start = Instant::now();
    wait::refuse_waits();
    queue::close_all();
    let runtime = RUNTIME.lock().clone();
    let stopped = match runtime {
        // Calls in flight are dropped with their tasks, which tells the threads that wait for them.
        Some(runtime) => py.detach(|| runtime.shutdown(limit)),
        None => true,
    };
    wait::await_threads(py, limit.saturating_sub(start.elapsed()).max(Duration::from_millis(200))) && stopped
}
