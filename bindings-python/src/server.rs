//! Serving calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use polydubbo::api::{
    self, Error, ErrorCode, Event, EventQueue, InboundCall, Method as CoreMethod, MethodTable,
    Result as CoreResult, ServerConfig, Service, ServiceConfig, ServiceHandler,
};
use pyo3::intern;
use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use crate::method::Method;
use crate::queue::Queue;
use crate::reference::add_own;
use crate::{errors, operation, process};

/// Where the object that an operation makes is kept.
pub(crate) enum Stub {
    None,
    Reference(Arc<OnceLock<api::Reference>>),
    Server(Arc<OnceLock<api::Server>>),
}

impl Stub {
    /// Keeps a reference; a second one, from a race of two threads, is closed by its own drop.
    pub(crate) fn set_reference(&self, result: CoreResult<api::Reference>) -> CoreResult<()> {
        let reference = result?;
        if let Self::Reference(place) = self
            && let Err(second) = place.set(reference)
        {
            operation::detach(|token, events| second.close(std::time::Duration::ZERO, token, events));
        }
        Ok(())
    }

    /// Keeps a server.
    pub(crate) fn set_server(&self, result: CoreResult<api::Server>) -> CoreResult<()> {
        let server = result?;
        if let Self::Server(place) = self {
            // A second start is refused before it begins.
            drop(place.set(server));
        }
        Ok(())
    }
}

/// The number in an event tells the service and the method.
const METHOD_BITS: u32 = 16;

/// The service that an event is for.
pub(crate) fn service_number(event: u64) -> u64 {
    event >> METHOD_BITS
}

/// The method that an event is for: its index in the list given to `export`.
pub(crate) fn method_index(event: u64) -> usize {
    (event & ((1 << METHOD_BITS) - 1)) as usize
}

/// A port that offers services.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct Server {
    config: ServerConfig,
    /// Calls that may wait in a queue.
    max_calls: usize,
    state: Arc<OnceLock<api::Server>>,
}

#[pymethods]
impl Server {
    #[new]
    fn new(
        py: Python<'_>,
        options: Vec<(String, String)>,
        own: Vec<(String, String)>,
        max_calls: usize,
    ) -> PyResult<Self> {
        let mut config = ServerConfig::default();
        let set = options.iter().try_for_each(|(key, value)| config.set(key, value));
        let set = set.and_then(|()| add_own(&mut config.parameters, &own));
        set.map_err(|error| errors::raise(py, &error))?;
        Ok(Self { config, max_calls, state: Arc::default() })
    }

    /// Describes a service: returns its number, and what `start` or `export` takes. Its `async` methods go to the
    /// queue of the loop, the others to that of the workers. With `any`, calls of all other methods are taken too, as
    /// those of a method with index 0 that is `async` or not.
    #[allow(clippy::too_many_arguments, reason = "one call from Python")]
    fn describe(
        &self,
        py: Python<'_>,
        options: Vec<(String, String)>,
        own: Vec<(String, String)>,
        methods: Vec<(Bound<'_, Method>, bool)>,
        any: Option<bool>,
        loop_queue: Option<&Bound<'_, Queue>>,
        worker_queue: &Bound<'_, Queue>,
    ) -> PyResult<(u64, Exported)> {
        let mut config = ServiceConfig::new("");
        let set = options.iter().try_for_each(|(key, value)| config.set(key, value));
        let set = set.and_then(|()| add_own(&mut config.parameters, &own));
        set.and_then(|()| config.validate()).map_err(|error| errors::raise(py, &error))?;
        let (number, table, handler) = routed(methods, any, loop_queue, worker_queue, self.max_calls)?;
        Ok((number, Exported(Mutex::new(Some(Service::raw(config, table, Arc::new(handler)))))))
    }

    /// Listens, exports and registers in the background.
    fn start(
        &self,
        py: Python<'_>,
        queue: &Bound<'_, Queue>,
        future: Py<PyAny>,
        services: Vec<Bound<'_, Exported>>,
    ) -> PyResult<()> {
        let stub = Stub::Server(Arc::clone(&self.state));
        let services = taken(&services)?;
        operation::start(py, queue, future, stub, |token, events| {
            api::Server::start(&process::runtime()?, self.config.clone(), services, token, events)
        })
    }

    /// Listens, exports and registers, and blocks until it is done.
    fn start_blocking(&self, py: Python<'_>, services: Vec<Bound<'_, Exported>>) -> PyResult<()> {
        let services = taken(&services)?;
        let event = operation::run(py, |token, events| {
            api::Server::start(&process::runtime()?, self.config.clone(), services, token, events)
        })?;
        match event {
            Event::Started { result, .. } => Stub::Server(Arc::clone(&self.state))
                .set_server(result)
                .map_err(|error| errors::raise(py, &error)),
            _ => Err(errors::internal("another event than the server came")),
        }
    }

    /// Exports one more service on a server that runs; `future` ends when it is registered.
    fn export(
        &self,
        py: Python<'_>,
        queue: &Bound<'_, Queue>,
        future: Py<PyAny>,
        service: &Bound<'_, Exported>,
    ) -> PyResult<()> {
        let server = self.running()?;
        let service = service.get().take()?;
        operation::start(py, queue, future, Stub::None, |token, events| server.export(service, token, events))
    }

    /// Exports one more service on a server that runs, and blocks until it is registered.
    fn export_blocking(&self, py: Python<'_>, service: &Bound<'_, Exported>) -> PyResult<()> {
        let server = self.running()?;
        let service = service.get().take()?;
        operation::run(py, |token, events| server.export(service, token, events)).map(drop)
    }

    /// Withdraws the services from the registry, or registers them again.
    fn set_online(
        &self,
        py: Python<'_>,
        queue: &Bound<'_, Queue>,
        future: Py<PyAny>,
        online: bool,
    ) -> PyResult<()> {
        let server = self.running()?;
        operation::start(py, queue, future, Stub::None, |token, events| {
            server.set_online(online, token, events)
        })
    }

    /// As `set_online`, and blocks until it is done.
    fn set_online_blocking(&self, py: Python<'_>, online: bool) -> PyResult<()> {
        let server = self.running()?;
        operation::run(py, |token, events| server.set_online(online, token, events)).map(drop)
    }

    /// Stops without losing a call; `future` ends when it is done.
    fn close(&self, py: Python<'_>, queue: &Bound<'_, Queue>, future: Py<PyAny>) -> PyResult<()> {
        match self.state.get() {
            Some(server) => {
                operation::start(py, queue, future, Stub::None, |token, events| server.close(token, events))
            }
            None => future.call_method1(py, intern!(py, "set_result"), (py.None(),)).map(drop),
        }
    }

    /// Stops without losing a call, and blocks until it is done.
    fn close_blocking(&self, py: Python<'_>) -> PyResult<()> {
        let Some(server) = self.state.get() else { return Ok(()) };
        operation::run(py, |token, events| server.close(token, events)).map(drop)
    }

    /// The port in use; None before the start.
    #[getter]
    fn port(&self) -> Option<u16> {
        self.state.get().map(|server| server.local_addr().port())
    }

    /// A direct URL for consumers on this machine; None before the start.
    #[getter]
    fn url(&self) -> Option<String> {
        self.state.get().map(api::Server::url)
    }

    /// Calls that have no answer yet.
    #[getter]
    fn running_calls(&self) -> usize {
        self.state.get().map_or(0, api::Server::running)
    }
}

static NEXT_SERVICE: AtomicU64 = AtomicU64::new(1);

impl Server {
    fn running(&self) -> PyResult<&api::Server> {
        self.state.get().ok_or_else(|| errors::closed("the server is not started"))
    }
}

/// A service that was described and is not exported yet.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct Exported(Mutex<Option<Service>>);

impl Exported {
    fn take(&self) -> PyResult<Service> {
        self.0.lock().take().ok_or_else(|| errors::internal("the service was exported already"))
    }
}

fn taken(services: &[Bound<'_, Exported>]) -> PyResult<Vec<Service>> {
    services.iter().map(|service| service.get().take()).collect()
}

#[derive(Clone, Copy)]
struct Route {
    event: u64,
    is_async: bool,
}

/// What serves a list of methods: its number, its methods, and its handler.
pub(crate) fn routed(
    methods: Vec<(Bound<'_, Method>, bool)>,
    any: Option<bool>,
    loop_queue: Option<&Bound<'_, Queue>>,
    worker_queue: &Bound<'_, Queue>,
    max_calls: usize,
) -> PyResult<(u64, MethodTable, Handler)> {
    if methods.len() >= 1 << METHOD_BITS {
        return Err(errors::internal("a service has too many methods"));
    }
    let number = NEXT_SERVICE.fetch_add(1, Ordering::Relaxed);
    let route = |index: usize, is_async| Route { event: number << METHOD_BITS | index as u64, is_async };
    let mut table = if any.is_some() { MethodTable::any() } else { MethodTable::new() };
    let mut routes = FxHashMap::default();
    for (index, (method, is_async)) in methods.into_iter().enumerate() {
        let core = &method.get().core;
        table = table.with(&core.name, &core.descriptor);
        routes.insert(CoreMethod::clone(core), route(index, is_async));
    }
    let handler = Handler {
        routes,
        any: any.map(|is_async| route(0, is_async)),
        loop_queue: loop_queue.map(|queue| Arc::clone(&queue.get().events)),
        worker_queue: Arc::clone(&worker_queue.get().events),
        max_calls,
    };
    Ok((number, table, handler))
}

/// Puts the calls of one service into the queues of its event loop and its workers.
pub(crate) struct Handler {
    routes: FxHashMap<CoreMethod, Route>,
    /// Where calls of other methods go.
    any: Option<Route>,
    loop_queue: Option<Arc<EventQueue>>,
    worker_queue: Arc<EventQueue>,
    max_calls: usize,
}

impl ServiceHandler for Handler {
    fn handle(&self, call: InboundCall) {
        let Some(route) = self.routes.get(&*call.method).or(self.any.as_ref()) else {
            let text = format!("no such method {}({})", call.method.name, call.method.descriptor);
            return call.responder.error(Error::new(ErrorCode::MethodNotFound, text));
        };
        let queue = match &self.loop_queue {
            Some(queue) if route.is_async => queue,
            _ => &self.worker_queue,
        };
        if queue.len() >= self.max_calls {
            return call
                .responder
                .error(Error::new(ErrorCode::StatusThreadPoolExhausted, "too many calls wait"));
        }
        let event = Event::Called { service: route.event, call: Box::new(call) };
        if let Err(Event::Called { call, .. }) = queue.push(event) {
            call.responder.error(Error::new(ErrorCode::StatusThreadPoolExhausted, "server is shutting down"));
        }
    }
}
