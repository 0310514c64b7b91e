//! Completing the future of a call, and going on with the task that waits for it.
//!
//! A future tells its callbacks through `call_soon`, so that nobody who completes one runs foreign code by accident.
//! That is more than a third of what an event loop spends on a call. A drain stands directly under the loop, as a
//! callback of `call_soon` does, and runs the task itself where one waits, and nobody else. It completes some calls
//! first and then runs their tasks, so that what these send leaves together.

use std::sync::atomic::{AtomicUsize, Ordering};

use polydubbo::api::{Result as CoreResult, RpcResult};
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyString, PyTuple};
use pyo3::{ffi, intern};

use crate::outcome;
use crate::pending::Pending;

/// A task that waited for a future, which now has its outcome.
pub(crate) struct Waiter<'py> {
    future: Bound<'py, PyAny>,
    wakeup: Bound<'py, PyAny>,
    context: Bound<'py, PyAny>,
}

/// Completes the future of a call, unless somebody cancelled it. Gives the task that is to go on: nobody else wakes it.
pub(crate) fn complete<'py>(
    py: Python<'py>,
    pending: Pending,
    result: CoreResult<RpcResult>,
) -> PyResult<Option<Waiter<'py>>> {
    let future = pending.future.into_bound(py);
    let context = pending.context.as_ref().map(|context| context.bind(py));
    let (method, value) = match outcome::of_call(py, result, context) {
        Ok(value) => (intern!(py, "set_result"), value),
        Err(error) => (intern!(py, "set_exception"), error.into_value(py).into_bound(py).into_any()),
    };
    let waiter = Waiter::take(&future)?;
    match call_method(&future, method, &value, None) {
        Ok(_) => Ok(waiter),
        // Only a future that refuses is asked why: nearly all of them still wait.
        Err(error) if !is_done(&future)? => Err(error),
        Err(_) => Ok(None),
    }
}

/// Goes on with tasks, as the handles of callbacks do, unless the program is about to `end`; then the loop does so in its
/// next turn, if there is one.
///
/// # Errors
/// What ends the program.
pub(crate) fn go_on(py: Python<'_>, waiters: &mut Vec<Waiter<'_>>, mut end: PyResult<()>) -> PyResult<()> {
    for waiter in waiters.drain(..) {
        let gone = if end.is_ok() { waiter.run() } else { waiter.run_later() };
        match gone {
            Err(error) if ends_program(py, &error) => end = Err(error),
            Err(error) => error.write_unraisable(py, None),
            Ok(()) => {}
        }
    }
    end
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
        Ok(Some(Self { future: future.clone(), wakeup, context }))
    }

    fn run(&self) -> PyResult<()> {
        let py = self.future.py();
        match call_method(&self.context, intern!(py, "run"), &self.wakeup, Some(&self.future)) {
            Ok(_) => Ok(()),
            Err(error) if ends_program(py, &error) => Err(error),
            // A task keeps its own errors. The context is in use, or another task runs: somebody made this loop run
            // inside of something.
            Err(_) => self.run_later(),
        }
    }

    fn run_later(&self) -> PyResult<()> {
        let py = self.future.py();
        let context = PyDict::new(py);
        context.set_item(intern!(py, "context"), &self.context)?;
        let event_loop = self.future.call_method0(intern!(py, "get_loop"))?;
        let arguments = (&self.wakeup, &self.future);
        event_loop.call_method(intern!(py, "call_soon"), arguments, Some(&context)).map(drop)
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
