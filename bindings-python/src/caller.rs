//! One method of a service, as coroutines call it: a function without a Python frame.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit, intern};

use crate::method::Method;
use crate::queue::Queue;
use crate::reference::{CallOptions, Reference};

/// What the attribute of a reference is. A call returns a future of the running event loop.
#[pyclass(frozen, weakref, module = "polydubbo._native")]
pub(crate) struct Caller {
    #[pyo3(get)]
    __name__: Py<PyString>,
    reference: Py<Reference>,
    method: Py<Method>,
    options: Option<Py<CallOptions>>,
    /// Brings named arguments into order, and says what is wrong with them.
    arrange: Py<PyAny>,
    /// Makes the call after the reference has been opened.
    open_first: Py<PyAny>,
    /// The event loop of the last call. Calls from several loops, hence threads, may replace it at the same time.
    known: Mutex<Option<Arc<AtLoop>>>,
}

/// What calls need of one event loop.
struct AtLoop {
    event_loop: Py<PyAny>,
    create_future: Py<PyAny>,
    queue: Py<Queue>,
    /// The loop tells in which thread it runs.
    tells_thread: bool,
}

#[pymethods]
impl Caller {
    #[new]
    fn new(
        name: Py<PyString>,
        reference: Py<Reference>,
        method: Py<Method>,
        options: Option<Py<CallOptions>>,
        arrange: Py<PyAny>,
        open_first: Py<PyAny>,
    ) -> Self {
        Self { __name__: name, reference, method, options, arrange, open_first, known: Mutex::default() }
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if kwargs.is_none() && args.len() == self.method.get().params.len() {
            return self.send(py, args);
        }
        let kwargs = kwargs.map_or_else(|| PyDict::new(py), Bound::clone);
        let arranged = self.arrange.bind(py).call1((args, kwargs))?;
        self.send(py, arranged.cast::<PyTuple>()?)
    }

    #[getter]
    fn __qualname__(&self, py: Python<'_>) -> Py<PyString> {
        self.__name__.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<function {}>", self.__name__.bind(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.reference)?;
        visit.call(&self.arrange)?;
        visit.call(&self.open_first)?;
        if let Some(known) = self.known.try_lock()
            && let Some(known) = &*known
            && Arc::strong_count(known) == 1
        {
            visit.call(&known.event_loop)?;
            visit.call(&known.create_future)?;
            visit.call(&known.queue)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let known = self.known.lock().take();
        drop(known);
    }
}

impl Caller {
    fn send<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let here = self.running(py)?;
        let future = here.create_future.bind(py).call0()?;
        let options = self.options.as_ref().map(|options| options.bind(py));
        let reference = self.reference.get();
        if reference.submit(py, here.queue.get(), self.method.get(), args, &future, options)? {
            return Ok(future);
        }
        self.open_first.bind(py).call1((args,))
    }

    /// The running event loop.
    fn running(&self, py: Python<'_>) -> PyResult<Arc<AtLoop>> {
        let known = self.known.lock().clone();
        if let Some(known) = &known
            && known.is_here(py)
        {
            return Ok(Arc::clone(known));
        }
        let running = running_loop(py)?;
        match known {
            Some(known) if known.event_loop.is(&running) => Ok(known),
            _ => {
                let found = Arc::new(AtLoop::new(running)?);
                let old = self.known.lock().replace(Arc::clone(&found));
                drop(old);
                Ok(found)
            }
        }
    }
}

impl AtLoop {
    fn new(event_loop: Bound<'_, PyAny>) -> PyResult<Self> {
        let py = event_loop.py();
        let queue = py.import("polydubbo._loop")?.call_method1("queue_of", (&event_loop,))?;
        Ok(Self {
            create_future: event_loop.getattr("create_future")?.unbind(),
            queue: queue.cast_into::<Queue>()?.unbind(),
            tells_thread: asks_the_system(py) && event_loop.hasattr(intern!(py, "_thread_id"))?,
            event_loop: event_loop.unbind(),
        })
    }

    /// True when the loop certainly runs in this thread.
    fn is_here(&self, py: Python<'_>) -> bool {
        if !self.tells_thread {
            return false;
        }
        // SAFETY: the function has no preconditions.
        let thread = unsafe { pyo3::ffi::PyThread_get_thread_ident() };
        let its = self.event_loop.bind(py).getattr(intern!(py, "_thread_id"));
        its.and_then(|its| its.extract()).is_ok_and(|its: std::ffi::c_ulong| its == thread)
    }
}

/// Until Python 3.11, `get_running_loop` asks the system for the process at each call, which costs more than all the
/// rest of it. In those versions, which do not change any more, a loop of asyncio keeps the number of its thread.
fn asks_the_system(py: Python<'_>) -> bool {
    py.version_info() < (3, 12)
}

static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// # Errors
/// `RuntimeError` outside of an event loop.
fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()
}
