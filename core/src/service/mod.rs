//! Offering a service: the provider side for Rust programs.

mod builder;
mod methods;

use std::sync::Arc;

pub use builder::ServiceBuilder;

use crate::config::ServiceConfig;
use crate::protocol::inbound::ServiceHandler;
use crate::protocol::method_table::MethodTable;

/// A service that a [`Server`](crate::Server) can export: its settings, its methods and what runs them.
///
/// ```
/// use polydubbo::{Service, typed::ServiceError};
///
/// let greeter = Service::builder("com.acme.Greeter")
///     .version("1.0.0")
///     .method("sayHello", async |name: String| Ok::<_, ServiceError>(format!("Hello {name}")))
///     .build()
///     .unwrap();
/// assert_eq!(greeter.config().interface, "com.acme.Greeter");
/// ```
pub struct Service {
    config: ServiceConfig,
    methods: MethodTable,
    handler: Arc<dyn ServiceHandler>,
    blocking: bool,
}

impl Service {
    /// Starts to describe a service for the Java interface `interface`.
    pub fn builder(interface: impl Into<String>) -> ServiceBuilder {
        ServiceBuilder::new(interface)
    }

    /// A service whose calls are taken as they arrive, undecoded: for language bindings and gateways.
    #[must_use]
    pub fn raw(mut config: ServiceConfig, methods: MethodTable, handler: Arc<dyn ServiceHandler>) -> Self {
        if config.methods.is_empty() {
            config.methods = methods.names().split(',').map(str::to_owned).collect();
        }
        Self { config, methods, handler, blocking: false }
    }

    /// Says that the methods block their thread: calls run on the worker threads of the server, see
    /// [`ServiceBuilder::blocking`].
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.blocking = true;
        self
    }

    pub(crate) fn is_blocking(&self) -> bool {
        self.blocking
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ServiceConfig {
        &self.config
    }

    pub(crate) fn into_parts(self) -> (ServiceConfig, MethodTable, Arc<dyn ServiceHandler>) {
        (self.config, self.methods, self.handler)
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Service({})", self.config.interface)
    }
}
