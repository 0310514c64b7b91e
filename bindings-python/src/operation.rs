//! Operations that take time and are not calls: opening, closing, exporting.

use std::sync::Arc;

use polydubbo::api::{Event, EventQueue, Result as CoreResult};
use pyo3::prelude::*;

use crate::pending::Pending;
use crate::queue::Queue;
use crate::reference::SLICE;
use crate::server::Stub;
use crate::{errors, wait};

/// Starts an operation whose end completes `future` on its event loop.
pub(crate) fn start(
    py: Python<'_>,
    queue: &Bound<'_, Queue>,
    future: Py<PyAny>,
    stub: Stub,
    begin: impl FnOnce(u64, &Arc<EventQueue>) -> CoreResult<()>,
) -> PyResult<()> {
    let queue = queue.get();
    let token = queue.expect(py, Pending { future, context: None, stub, cancel: None })?;
    begin(token, &queue.events).map_err(|error| {
        queue.forgo(token);
        errors::raise(py, &error)
    })
}

/// Runs an operation and blocks until it ends; a signal interrupts the wait, not the operation.
pub(crate) fn run(
    py: Python<'_>,
    begin: impl FnOnce(u64, &Arc<EventQueue>) -> CoreResult<()>,
) -> PyResult<Event> {
    let events = Arc::new(EventQueue::new(()));
    begin(0, &events).map_err(|error| errors::raise(py, &error))?;
    let mut arrived = Vec::with_capacity(1);
    loop {
        wait::detached(py, || events.wait(SLICE, 1, &mut arrived))?;
        if let Some(event) = arrived.pop() {
            return match event {
                Event::Done { result: Err(error), .. } => Err(errors::raise(py, &error)),
                other => Ok(other),
            };
        }
        py.check_signals()?;
    }
}

/// Starts an operation whose end interests nobody.
pub(crate) fn detach(begin: impl FnOnce(u64, &Arc<EventQueue>) -> CoreResult<()>) {
    let events = Arc::new(EventQueue::new(()));
    events.close();
    // It fails when the runtime is gone, and with it what was to be ended.
    drop(begin(0, &events));
}
