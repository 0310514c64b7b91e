//! Offering services.

use std::cell::RefCell;
use std::sync::Arc;

use napi_derive::napi;
use polydubbo::api::{
    EventQueue, HostService, MethodTable, Result, Server, ServerConfig, Service, ServiceConfig,
};

/// A server as JavaScript holds it.
#[napi]
pub struct NativeServer {
    pub(crate) server: Server,
}

#[napi]
impl NativeServer {
    /// The port that the server listens on.
    #[napi(getter, catch_unwind)]
    pub fn port(&self) -> u32 {
        u32::from(self.server.local_addr().port())
    }

    /// The address that the server listens on.
    #[napi(getter, catch_unwind)]
    pub fn address(&self) -> String {
        self.server.local_addr().to_string()
    }

    /// A direct URL of the server for this machine.
    #[napi(getter, catch_unwind)]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Calls that have no answer yet.
    #[napi(getter, catch_unwind)]
    pub fn running(&self) -> u32 {
        u32::try_from(self.server.running()).unwrap_or(u32::MAX)
    }
}

/// A service that waits for its server; taken once.
#[napi]
pub struct NativeService {
    service: RefCell<Option<Service>>,
}

impl NativeService {
    pub(crate) fn new(service: Service) -> Self {
        Self { service: RefCell::new(Some(service)) }
    }

    pub(crate) fn take(&self) -> Option<Service> {
        self.service.borrow_mut().take()
    }
}

/// A service whose calls arrive in the queue under `number`. `methods` holds names and descriptors in turn; without
/// any, the service takes every method.
pub(crate) fn service_of(
    number: u64,
    pairs: &[String],
    custom: &[String],
    methods: &[String],
    queue: &Arc<EventQueue>,
) -> Result<Service> {
    let mut config = ServiceConfig::new("");
    for pair in pairs.chunks_exact(2) {
        config.set(&pair[0], &pair[1])?;
    }
    for pair in custom.chunks_exact(2) {
        config.parameters.set_custom(&pair[0], &pair[1])?;
    }
    config.validate()?;
    let mut table = if methods.is_empty() { MethodTable::any() } else { MethodTable::new() };
    for method in methods.chunks_exact(2) {
        table = table.with(&method[0], &method[1]);
    }
    Ok(Service::raw(config, table, HostService::new(queue, number)))
}

/// The settings of a server from keys and values in turn.
pub(crate) fn config_of(pairs: &[String], custom: &[String]) -> Result<ServerConfig> {
    let mut config = ServerConfig::default();
    for pair in pairs.chunks_exact(2) {
        config.set(&pair[0], &pair[1])?;
    }
    for pair in custom.chunks_exact(2) {
        config.parameters.set_custom(&pair[0], &pair[1])?;
    }
    Ok(config)
}
