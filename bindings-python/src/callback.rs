//! Objects that are passed as arguments and called back.

use std::sync::Arc;

use polydubbo::api::{CallbackProxy, CallbackService};
use polydubbo::api::{Completion, CompletionSink};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use crate::method::Method;
use crate::pending::Pending;
use crate::queue::Queue;
use crate::reference::{CallOptions, Waiter, invocation};
use crate::server::{Stub, routed};
use crate::value::Plan;
use crate::{errors, outcome, process};

/// An object of this process that providers may call. Passing it twice passes the same object.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct CallbackObject {
    service: Arc<CallbackService>,
    /// The number under which its calls arrive.
    #[pyo3(get)]
    number: u64,
}

#[pymethods]
impl CallbackObject {
    #[new]
    #[pyo3(signature = (interface, methods, loop_queue, worker_queue, max_calls))]
    fn new(
        py: Python<'_>,
        interface: &str,
        methods: Vec<(Bound<'_, Method>, bool)>,
        loop_queue: Option<&Bound<'_, Queue>>,
        worker_queue: &Bound<'_, Queue>,
        max_calls: usize,
    ) -> PyResult<Self> {
        let (number, table, handler) = routed(methods, None, loop_queue, worker_queue, max_calls)?;
        let service = CallbackService::new(interface, table, Arc::new(handler));
        Ok(Self { service: service.map_err(|error| errors::raise(py, &error))?, number })
    }
}

static SERVICE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The callback object that an argument stands for: an instance of `polydubbo.Service` where a class is declared.
pub(crate) fn of_argument(value: &Bound<'_, PyAny>, plan: &Plan) -> PyResult<Option<Arc<CallbackService>>> {
    let Plan::Object(_) = plan else { return Ok(None) };
    let py = value.py();
    if !value.is_instance(SERVICE.import(py, "polydubbo.server", "Service")?)? {
        return Ok(None);
    }
    let object = py.import("polydubbo._callbacks")?.call_method1("object_of", (value,))?;
    let object = object.cast_into::<CallbackObject>()?;
    Ok(Some(Arc::clone(&object.get().service)))
}

/// An object of a consumer, as the provider holds it.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct Callback(CallbackProxy);

impl Callback {
    pub(crate) fn new(proxy: CallbackProxy) -> Self {
        Self(proxy)
    }
}

#[pymethods]
impl Callback {
    /// Name of its interface.
    #[getter]
    fn interface(&self) -> &str {
        self.0.interface()
    }

    /// What tells it from other objects: its connection, interface and number there.
    #[getter]
    fn identity(&self) -> (u64, &str, &str) {
        (self.0.connection(), self.0.interface(), self.0.instance())
    }

    /// True until its connection ends.
    #[getter]
    fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Calls the object; `future` gets the outcome.
    #[allow(clippy::too_many_arguments, reason = "one call from Python, without a tuple around it")]
    fn submit(
        &self,
        py: Python<'_>,
        queue: &Bound<'_, Queue>,
        method: &Bound<'_, Method>,
        args: &Bound<'_, PyTuple>,
        future: Py<PyAny>,
        context: Option<Bound<'_, PyAny>>,
        options: Option<&Bound<'_, CallOptions>>,
    ) -> PyResult<bool> {
        let queue = queue.get();
        let invocation = invocation(py, method.get(), args, context.as_ref(), options)?;
        let context = context.map(Bound::unbind);
        let token = queue.expect(py, Pending { future, context, stub: Stub::None, cancel: None })?;
        self.send(py, invocation, token, Arc::clone(queue.sink())).inspect_err(|_| queue.forgo(token))?;
        Ok(true)
    }

    /// Calls the object and blocks until the outcome is there.
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, Method>,
        args: &Bound<'py, PyTuple>,
        context: Option<Bound<'py, PyAny>>,
        options: Option<&Bound<'py, CallOptions>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let invocation = invocation(py, method.get(), args, context.as_ref(), options)?;
        let waiter = Arc::new(Waiter::default());
        self.send(py, invocation, 0, Arc::clone(&waiter) as Arc<dyn CompletionSink>)?;
        outcome::of_call(py, waiter.outcome(py)?, context.as_ref())
    }
}

impl Callback {
    fn send(
        &self,
        py: Python<'_>,
        invocation: polydubbo::api::Invocation,
        token: u64,
        sink: Arc<dyn CompletionSink>,
    ) -> PyResult<()> {
        let proxy = self.0.clone();
        let sent = process::runtime().and_then(|runtime| {
            runtime.spawn(async move {
                let result = proxy.invoke(&invocation).await;
                sink.complete(Completion { token, result });
            })
        });
        sent.map_err(|error| errors::raise(py, &error))
    }
}
