//! The queue between the core and one event loop or worker pool.
//!
//! Threads of the core push completions and inbound calls; a Python thread drains them. The queue holds tokens, the
//! Python objects wait in tables that only Python threads touch.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polydubbo::api::{
    self, CompletionSink, Event, EventQueue, InboundCall as CoreCall, Result as CoreResult, WakeFd,
};
use pyo3::exceptions::{PyNotImplementedError, PyOSError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHashMap;

use crate::completion::{Waiter, complete, ends_program, go_on, is_done};
use crate::inbound::InboundCall;
use crate::pending::{Pending, PendingTable};
use crate::server::{Stub, method_index, service_number};
use crate::wait;

/// One event loop's, or one worker pool's, queue.
#[pyclass(frozen, weakref, module = "polydubbo._native")]
pub(crate) struct Queue {
    pub(crate) events: Arc<EventQueue>,
    sink: Arc<dyn CompletionSink>,
    wake: Arc<WakeFd>,
    pending: Mutex<PendingTable>,
    /// What serves the calls of an exported service, by its number.
    services: Mutex<FxHashMap<u64, Py<PyAny>>>,
}

/// All queues of the process, for the exit hook.
static LIVE: Mutex<Vec<Weak<EventQueue>>> = Mutex::new(Vec::new());

/// Waits of threads that have nothing else to do.
const LONG: Duration = Duration::from_secs(3600);
/// One drain takes at most so many events, or so long, before the loop gets its turn.
const MAX_BATCH: usize = 256;
const MAX_DRAIN: Duration = Duration::from_millis(2);
/// The clock is looked at after so many events.
const CHUNK: usize = 32;

#[pymethods]
impl Queue {
    #[new]
    fn new() -> PyResult<Self> {
        if wait::is_exiting() {
            return Err(crate::errors::closed("the interpreter is ending"));
        }
        let wake = Arc::new(WakeFd::new().map_err(|error| PyOSError::new_err(error.to_string()))?);
        let events = Arc::new(EventQueue::new(Arc::clone(&wake)));
        let sink = Arc::clone(&events) as Arc<dyn CompletionSink>;
        let mut live = LIVE.lock();
        live.retain(|queue| queue.strong_count() > 0);
        live.push(Arc::downgrade(&events));
        Ok(Self { events, sink, wake, pending: Mutex::default(), services: Mutex::default() })
    }

    /// The descriptor that becomes readable when there is something to drain.
    fn fileno(&self) -> PyResult<i32> {
        self.wake.raw().ok_or_else(|| PyNotImplementedError::new_err("no descriptor on this system"))
    }

    /// Delivers what waits: completes futures, and hands inbound calls to their services.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        // The order matters: a wake after this line is seen by the loop, one before it by this drain.
        self.wake.clear();
        let deadline = Instant::now() + MAX_DRAIN;
        let (mut events, mut waiters) = (Vec::with_capacity(CHUNK), Vec::new());
        let mut taken = 0;
        loop {
            let more = self.events.drain(CHUNK, &mut events);
            taken += events.len();
            let mut end = Ok(());
            for event in events.drain(..) {
                match self.deliver(py, event) {
                    Ok(waiter) => waiters.extend(waiter),
                    Err(error) => end = Err(error),
                }
            }
            if let Err(error) = go_on(py, &mut waiters, end) {
                // For what is left, should the loop run again.
                self.wake.signal();
                return Err(error);
            }
            if !more {
                return Ok(());
            }
            if taken >= MAX_BATCH || Instant::now() >= deadline {
                // Nobody wakes for what is left, because the queue did not become empty.
                self.wake.signal();
                return Ok(());
            }
        }
    }

    /// Blocks until something waits; false when the queue is closed. For loops that watch no descriptors.
    fn wait_filled(&self, py: Python<'_>) -> PyResult<bool> {
        let wait = || self.events.wait(LONG, 0, &mut Vec::new());
        wait::detached(py, wait).or(Ok(false))
    }

    /// Blocks until an inbound call waits, and gives what serves it, and the call; None when the queue is closed.
    fn take(&self, py: Python<'_>) -> PyResult<Option<(Py<PyAny>, Py<InboundCall>)>> {
        loop {
            let mut events = Vec::with_capacity(1);
            let wait = || self.events.wait(LONG, 1, &mut events);
            let Ok(open) = wait::detached(py, wait) else { return Ok(None) };
            for event in events {
                if let Event::Called { service, call } = event
                    && let Some(handler) = self.service(py, service)
                {
                    return Ok(Some((handler, Py::new(py, InboundCall::new(*call, method_index(service)))?)));
                }
            }
            if !open {
                return Ok(None);
            }
        }
    }

    /// Says what serves the calls of an exported service.
    fn serve(&self, service: u64, handler: Py<PyAny>) {
        let old = self.services.lock().insert(service, handler);
        drop(old);
    }

    /// Delivers nothing any more.
    fn close(&self) {
        self.events.close();
    }

    /// Number of calls and operations that wait for an answer.
    #[getter]
    fn pending(&self) -> usize {
        self.pending.lock().len()
    }

    /// In a forked child: gives up the parent's descriptor without closing it.
    fn forget(&self) {
        std::mem::forget((Arc::clone(&self.events), Arc::clone(&self.wake)));
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector must not wait; a table in use belongs to a live queue anyway.
        if let Some(pending) = self.pending.try_lock() {
            pending.traverse(&visit)?;
        }
        if let Some(services) = self.services.try_lock() {
            for handler in services.values() {
                visit.call(handler)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let pending = std::mem::take(&mut *self.pending.lock());
        let services = std::mem::take(&mut *self.services.lock());
        drop((pending, services));
    }
}

impl Queue {
    /// Where the outcomes of calls go.
    pub(crate) fn sink(&self) -> &Arc<dyn CompletionSink> {
        &self.sink
    }

    /// Registers what waits for an event, and returns the token to submit.
    pub(crate) fn expect(&self, py: Python<'_>, pending: Pending) -> PyResult<u64> {
        let (token, suspects) = {
            let mut table = self.pending.lock();
            let suspects = if table.wants_sweep() { table.cancellable(py) } else { Vec::new() };
            (table.insert(pending), suspects)
        };
        self.cancel_done(py, suspects)?;
        Ok(token)
    }

    /// Cancels every call whose future was cancelled, so that nothing waits for them.
    pub(crate) fn sweep(&self, py: Python<'_>) -> PyResult<()> {
        let suspects = self.pending.lock().cancellable(py);
        self.cancel_done(py, suspects)
    }

    fn cancel_done(&self, py: Python<'_>, suspects: Vec<(u64, Py<PyAny>)>) -> PyResult<()> {
        for (token, future) in suspects {
            if is_done(future.bind(py))? {
                self.pending.lock().cancel(token, &future);
            }
        }
        Ok(())
    }

    /// Takes back what [`Queue::expect`] registered, because nothing was submitted.
    pub(crate) fn forgo(&self, token: u64) {
        let pending = self.pending.lock().remove(token);
        drop(pending);
    }

    /// Tells how to cancel a submitted call.
    pub(crate) fn set_cancel(&self, token: u64, cancel: api::CallHandle) {
        if let Some(pending) = self.pending.lock().get_mut(token) {
            pending.cancel = Some(cancel);
        }
    }

    fn service(&self, py: Python<'_>, service: u64) -> Option<Py<PyAny>> {
        self.services.lock().get(&service_number(service)).map(|handler| handler.clone_ref(py))
    }

    /// Delivers one event, and gives the task that waits for it. What goes wrong with one must not keep others from being
    /// delivered; only what ends the program passes.
    fn deliver<'py>(&self, py: Python<'py>, event: Event) -> PyResult<Option<Waiter<'py>>> {
        let delivered = match event {
            Event::Completed(completion) => match self.taken(completion.token) {
                Some(pending) => complete(py, pending, completion.result),
                None => Ok(None),
            },
            Event::Called { service, call } => self.dispatch(py, service, *call).map(|()| None),
            Event::Referred { token, result } => {
                self.end(py, token, |stub| stub.set_reference(result)).map(|()| None)
            }
            Event::Started { token, result } => {
                self.end(py, token, |stub| stub.set_server(result)).map(|()| None)
            }
            Event::Done { token, result } => self.end(py, token, |_| result).map(|()| None),
            Event::Stopped { token, .. } => self.end(py, token, |_| Ok(())).map(|()| None),
        };
        match delivered {
            Err(error) if !ends_program(py, &error) => {
                error.write_unraisable(py, None);
                Ok(None)
            }
            delivered => delivered,
        }
    }

    fn taken(&self, token: u64) -> Option<Pending> {
        self.pending.lock().remove(token)
    }

    fn dispatch(&self, py: Python<'_>, service: u64, call: CoreCall) -> PyResult<()> {
        let handler = self.service(py, service).ok_or_else(|| PyRuntimeError::new_err("no such service"))?;
        handler.call1(py, (InboundCall::new(call, method_index(service)),)).map(drop)
    }

    /// Ends an operation; `settle` keeps what it brought.
    fn end(&self, py: Python<'_>, token: u64, settle: impl FnOnce(&Stub) -> CoreResult<()>) -> PyResult<()> {
        let Some(pending) = self.taken(token) else { return Ok(()) };
        let result = settle(&pending.stub);
        let future = pending.future.bind(py);
        if is_done(future)? {
            return Ok(());
        }
        match result {
            Ok(()) => future.call_method1(intern!(py, "set_result"), (py.None(),)),
            Err(error) => {
                let error = crate::errors::raise(py, &error);
                future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))
            }
        }
        .map(drop)
    }
}

/// Closes every queue, so that every thread that waits in one comes back.
pub(crate) fn close_all() {
    let live: Vec<_> = LIVE.lock().iter().filter_map(Weak::upgrade).collect();
    for queue in live {
        queue.close();
    }
}

/// In a forked child: the parent's queues are not ours to close.
pub(crate) fn forget_all() {
    LIVE.lock().clear();
}
