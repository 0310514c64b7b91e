//! Calling a service.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use polydubbo::api::CallbackArgument;
use polydubbo::api::{
    self, Arguments, CallOptions as CoreOptions, Completion, CompletionSink, Event, Invocation, Parameters,
    ReferenceConfig, Result as CoreResult, RpcResult,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::method::Method;
use crate::operation;
use crate::pending::Pending;
use crate::queue::Queue;
use crate::server::Stub;
use crate::value::written;
use crate::{attachments, callback, errors, outcome, process, wait};

/// How long a reference that is closed waits for its calls.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// After so long a blocked thread looks whether a signal has arrived.
pub(crate) const SLICE: Duration = Duration::from_millis(100);

/// What a call overrides of its reference's settings.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct CallOptions {
    options: CoreOptions,
    attachments: Option<Py<PyDict>>,
}

#[pymethods]
impl CallOptions {
    #[new]
    fn new(
        timeout_ms: Option<u64>,
        retries: Option<u32>,
        oneway: bool,
        attachments: Option<Py<PyDict>>,
    ) -> Self {
        let timeout = timeout_ms.map(Duration::from_millis);
        Self { options: CoreOptions { timeout, retries, oneway }, attachments }
    }
}

/// A service somewhere else. It is opened once, and lives until it is closed or collected.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct Reference {
    config: ReferenceConfig,
    state: Arc<OnceLock<api::Reference>>,
}

#[pymethods]
impl Reference {
    #[new]
    fn new(py: Python<'_>, options: Vec<(String, String)>, own: Vec<(String, String)>) -> PyResult<Self> {
        let mut config = ReferenceConfig::new("");
        let set = options.iter().try_for_each(|(key, value)| config.set(key, value));
        let set = set.and_then(|()| add_own(&mut config.parameters, &own));
        set.and_then(|()| config.validate()).map_err(|error| errors::raise(py, &error))?;
        Ok(Self { config, state: Arc::default() })
    }

    /// True once the reference was opened, also after it was closed again.
    fn is_open(&self) -> bool {
        self.state.get().is_some()
    }

    /// Opens in the background; `future` ends when the reference is ready.
    fn open(&self, py: Python<'_>, queue: &Bound<'_, Queue>, future: Py<PyAny>) -> PyResult<()> {
        if self.is_open() {
            return future.call_method1(py, intern!(py, "set_result"), (py.None(),)).map(drop);
        }
        let stub = Stub::Reference(Arc::clone(&self.state));
        operation::start(py, queue, future, stub, |token, events| {
            api::Reference::refer(&process::runtime()?, self.config.clone(), token, events)
        })
    }

    /// Opens, and blocks until the reference is ready.
    fn open_blocking(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_open() {
            return Ok(());
        }
        let event = operation::run(py, |token, events| {
            api::Reference::refer(&process::runtime()?, self.config.clone(), token, events)
        })?;
        match event {
            Event::Referred { result, .. } => Stub::Reference(Arc::clone(&self.state))
                .set_reference(result)
                .map_err(|error| errors::raise(py, &error)),
            _ => Err(errors::internal("another event than the reference came")),
        }
    }

    /// Closes in the background; `future` ends when it is done.
    fn close(&self, py: Python<'_>, queue: &Bound<'_, Queue>, future: Py<PyAny>) -> PyResult<()> {
        queue.get().sweep(py)?;
        match self.state.get() {
            Some(reference) => operation::start(py, queue, future, Stub::None, |token, events| {
                reference.close(CLOSE_TIMEOUT, token, events)
            }),
            None => future.call_method1(py, intern!(py, "set_result"), (py.None(),)).map(drop),
        }
    }

    /// Closes, and blocks until it is done.
    fn close_blocking(&self, py: Python<'_>) -> PyResult<()> {
        let Some(reference) = self.state.get() else { return Ok(()) };
        operation::run(py, |token, events| reference.close(CLOSE_TIMEOUT, token, events)).map(drop)
    }

    /// True when a provider is known and connected.
    fn is_available(&self) -> bool {
        self.state.get().is_some_and(api::Reference::is_available)
    }

    /// Sends a call and blocks until its outcome is there; a signal interrupts it.
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, Method>,
        args: &Bound<'py, PyTuple>,
        context: Option<Bound<'py, PyAny>>,
        options: Option<&Bound<'py, CallOptions>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let reference = self.state.get().ok_or_else(|| errors::closed("the reference is not open"))?;
        let invocation = invocation(py, method.get(), args, context.as_ref(), options)?;
        let waiter = Arc::new(Waiter::default());
        let sink = Arc::clone(&waiter) as Arc<dyn CompletionSink>;
        let handle = reference.submit(invocation, 0, &sink).map_err(|error| errors::raise(py, &error))?;
        let result = waiter.outcome(py).inspect_err(|_| handle.cancel())?;
        outcome::of_call(py, result, context.as_ref())
    }
}

impl Reference {
    /// Sends a call; `future` gets its outcome. Returns false, and sends nothing, when the reference is not open yet.
    pub(crate) fn submit(
        &self,
        py: Python<'_>,
        queue: &Queue,
        method: &Method,
        args: &Bound<'_, PyTuple>,
        future: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, CallOptions>>,
    ) -> PyResult<bool> {
        let Some(reference) = self.state.get() else { return Ok(false) };
        let context = current_context(py)?;
        let invocation = invocation(py, method, args, context.as_ref(), options)?;
        let (future, context) = (future.clone().unbind(), context.map(Bound::unbind));
        let token = queue.expect(py, Pending { future, context, stub: Stub::None, cancel: None })?;
        match reference.submit(invocation, token, queue.sink()) {
            Ok(handle) => {
                queue.set_cancel(token, handle);
                Ok(true)
            }
            Err(error) => {
                queue.forgo(token);
                Err(errors::raise(py, &error))
            }
        }
    }
}

impl Drop for Reference {
    /// A reference that nobody closed leaves the registry and its connections in the background. Calls in flight
    /// finish.
    fn drop(&mut self) {
        if let Some(reference) = self.state.get() {
            operation::detach(|token, events| reference.close(CLOSE_TIMEOUT, token, events));
        }
    }
}

/// Adds keys of the user's own.
pub(crate) fn add_own(parameters: &mut Parameters, own: &[(String, String)]) -> CoreResult<()> {
    own.iter().try_for_each(|(key, value)| parameters.set_custom(key, value))
}

static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The `RpcContext` of the running task, if there is one.
fn current_context(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let context = CURRENT.import(py, "polydubbo.context", "current")?.call0()?;
    Ok((!context.is_none()).then_some(context))
}

/// Packs a call: arguments as bytes, attachments of the context and of the call.
pub(crate) fn invocation(
    py: Python<'_>,
    method: &Method,
    args: &Bound<'_, PyTuple>,
    context: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, CallOptions>>,
) -> PyResult<Invocation> {
    let (arguments, callbacks) = arguments(py, method, args)?;
    let mut invocation = Invocation::new(Arc::clone(&method.core), arguments);
    invocation.callbacks = callbacks;
    if let Some(context) = context {
        let own = context.getattr(intern!(py, "attachments"))?.cast_into::<PyDict>()?;
        attachments::extend(&mut invocation.attachments, &own)?;
    }
    if let Some(options) = options {
        let options = options.get();
        invocation.options = options.options.clone();
        if let Some(own) = &options.attachments {
            attachments::extend(&mut invocation.attachments, own.bind(py))?;
        }
    }
    Ok(invocation)
}

fn arguments(
    py: Python<'_>,
    method: &Method,
    args: &Bound<'_, PyTuple>,
) -> PyResult<(Arguments, Vec<CallbackArgument>)> {
    let mut callbacks = Vec::new();
    if method.params.is_empty() {
        return Ok((Arguments::default(), callbacks));
    }
    let bytes = written(py, |walker| {
        for (index, plan) in method.params.iter().enumerate() {
            let mut value = args.get_item(index)?;
            if let Some(object) = callback::of_argument(&value, plan)? {
                // The object itself stays here; the provider learns its number.
                callbacks.push(object.argument(index));
                value = py.None().into_bound(py);
            }
            walker.write(&value, plan).map_err(|fault| fault.at(index).raise("args"))?;
        }
        Ok(())
    })?;
    Ok((Arguments { bytes, count: method.params.len() }, callbacks))
}

/// Where a blocked thread waits for one outcome.
#[derive(Default)]
pub(crate) struct Waiter {
    outcome: Mutex<Option<CoreResult<RpcResult>>>,
    arrived: Condvar,
}

impl Waiter {
    /// Blocks until the outcome is there; a signal interrupts the wait.
    pub(crate) fn outcome(&self, py: Python<'_>) -> PyResult<CoreResult<RpcResult>> {
        loop {
            if let Some(result) = wait::detached(py, || self.wait(SLICE))? {
                return Ok(result);
            }
            py.check_signals()?;
        }
    }

    fn wait(&self, limit: Duration) -> Option<CoreResult<RpcResult>> {
        let mut outcome = self.outcome.lock();
        if outcome.is_none() {
            self.arrived.wait_for(&mut outcome, limit);
        }
        outcome.take()
    }
}

impl CompletionSink for Waiter {
    fn complete(&self, completion: Completion) {
        *self.outcome.lock() = Some(completion.result);
        self.arrived.notify_one();
    }
}
