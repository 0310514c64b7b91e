//! Completing the future of a call, and going on with the task that waits for it.
//!
//! A future tells its callbacks through `call_soon`, so that nobody who completes one runs foreign code by accident.
//! That is more than a third of what an event loop spends on a call. A drain stands directly under the loop, as a
//! callback of `call_soon` does, and runs the task itself where one waits, and nobody else.

use std::sync::atomic::{AtomicUsize, Ordering};

use polydubbo::api::{Result as CoreResult, RpcResult};
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyString, PyTuple};
use pyo3::{ffi, intern};

use crate::outcome;
use crate::pending::Pending;

/// What a task left with the future that it waits for.
struct Waiter<'py> {
    wakeup: Bound<'py, PyAny>,
    context: Bound<'py, PyAny>,
}

/// Completes the future of a call, unless somebody cancelled it; `at_once` goes on with the task that waits for it.
///
/// # Errors
/// What ends the program, from the task, and what goes wrong with the future itself.
pub(crate) fn complete(
    py: Python<'_>,
    pending: &Pending,
    result: CoreResult<RpcResult>,
    at_once: bool,
) -> PyResult<()> {
    let future = pending.future.bind(py);
    let context = pending.context.as_ref().map(|context| context.bind(py));
    let (method, value) = match outcome::of_call(py, result, context) {
        Ok(value) => (intern!(py, "set_result"), value),
        Err(error) => (intern!(py, "set_exception"), error.into_value(py).into_bound(py).into_any()),
    };
    let waiter = if at_once { Waiter::take(future)? } else { None };
    let completed = call_method(future, method, &value, None);
    match (completed, waiter) {
        (Ok(_), Some(waiter)) => waiter.run(future),
        (Ok(_), None) => Ok(()),
        // Only a future that refuses is asked why: nearly all of them still wait.
        (Err(error), _) if !is_done(future)? => Err(error),
        (Err(_), _) => Ok(()),
    }
}

/// Whether a future has its outcome, or was cancelled.
pub(crate) fn is_done(future: &Bound<'_, PyAny>) -> PyResult<bool> {
    future.call_method0(intern!(future.py(), "done"))?.is_truthy()
}

impl<'py> Waiter<'py> {
    /// The task that waits for the future, which forgets it; `None` if it is not one of asyncio's own, and alone.
    fn take(future: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = future.py();
        let Some(callbacks) = future.getattr_opt(intern!(py, "_callbacks"))? else { return Ok(None) };
        let Ok(callbacks) = callbacks.cast_exact::<PyList>() else { return Ok(None) };
        if callbacks.len() != 1 {
            return Ok(None);
        }
        let Ok(entry) = callbacks.get_item(0)?.cast_into_exact::<PyTuple>() else { return Ok(None) };
        let (wakeup, context) = (entry.get_item(0)?, entry.get_item(1)?);
        if !is_wakeup(&wakeup) {
            return Ok(None);
        }
        call_method(future, intern!(py, "remove_done_callback"), &wakeup, None)?;
        Ok(Some(Self { wakeup, context }))
    }

    /// Goes on with the task, as the handle of a callback does.
    fn run(&self, future: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = future.py();
        match call_method(&self.context, intern!(py, "run"), &self.wakeup, Some(future)) {
            Ok(_) => Ok(()),
            Err(error) if ends_program(py, &error) => Err(error),
            // A task keeps its own errors. The context is in use, or another task runs: somebody made this loop run
            // inside of something. So it goes the long way.
            Err(_) => {
                let context = PyDict::new(py);
                context.set_item(intern!(py, "context"), &self.context)?;
                let event_loop = future.call_method0(intern!(py, "get_loop"))?;
                event_loop
                    .call_method(intern!(py, "call_soon"), (&self.wakeup, future), Some(&context))
                    .map(drop)
            }
        }
    }
}

/// Errors that asyncio lets through its callbacks.
pub(crate) fn ends_program(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py) || error.is_instance_of::<PySystemExit>(py)
}

/// The function behind the callback of a waiting task, once it was seen.
static WAKEUP: AtomicUsize = AtomicUsize::new(0);

fn is_wakeup(callback: &Bound<'_, PyAny>) -> bool {
    if callback.cast_exact::<PyCFunction>().is_err() {
        return false;
    }
    // SAFETY: the object is a function of C, as was just found out, and alive; the thread is attached.
    let function = unsafe { ffi::PyCFunction_GetFunction(callback.as_ptr()) };
    let Some(function) = function.map(|function| function as usize) else { return false };
    if WAKEUP.load(Ordering::Relaxed) == function {
        return true;
    }
    let name = callback.getattr(intern!(callback.py(), "__name__"));
    let is_one = name.and_then(|name| name.eq(intern!(callback.py(), "task_wakeup"))).unwrap_or(false);
    if is_one {
        WAKEUP.store(function, Ordering::Relaxed);
    }
    is_one
}

/// Calls a method with one or two arguments. PyO3 makes a bound method and a tuple for that, because it uses no more of
/// the limited API.
fn call_method<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    first: &Bound<'py, PyAny>,
    second: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let end = std::ptr::null_mut::<ffi::PyObject>();
    let second = second.map_or(end, |second| second.as_ptr());
    // SAFETY: the pointers are live references held by the caller, the list of arguments ends with the first null
    // pointer, the thread is attached, and the result is a new reference or null with an exception set.
    unsafe {
        let result =
            ffi::PyObject_CallMethodObjArgs(object.as_ptr(), name.as_ptr(), first.as_ptr(), second, end);
        Bound::from_owned_ptr_or_err(object.py(), result)
    }
}
