//! Describes a service step by step.

use std::sync::Arc;

use super::Service;
use super::methods::TypedMethods;
use crate::config::ServiceConfig;
use crate::error::{Error, Result};
use crate::typed::MethodHandler;

/// Collects the settings and methods of a service; a mistake is reported by [`ServiceBuilder::build`].
#[must_use = "a service is made by build()"]
pub struct ServiceBuilder {
    config: ServiceConfig,
    methods: TypedMethods,
    failed: Option<Error>,
    blocking: bool,
}

impl ServiceBuilder {
    pub(super) fn new(interface: impl Into<String>) -> Self {
        let config = ServiceConfig::new(interface);
        Self { config, methods: TypedMethods::default(), failed: None, blocking: false }
    }

    /// Adds a method. Its Java parameter types follow from the parameters of `handler`; add overloads one by one.
    ///
    /// The handler is polled on the I/O thread first, so that a method that answers from memory costs no task; one
    /// that must wait, or that takes long, continues in a task of its own.
    pub fn method<Args: 'static>(mut self, name: &str, handler: impl MethodHandler<Args>) -> Self {
        self.methods.add(name, handler);
        self
    }

    /// Says that the methods block their thread: they compute for long, or wait without `await`.
    ///
    /// Their calls run on the worker threads of the server, in Dubbo's bounds: the server's settings `threadpool`
    /// (`fixed`), `threads` (200), `queues` (0: a call that finds no free thread is refused with status 100),
    /// `corethreads` and `alive`. Services that do not block need no workers; bound them with `executes`.
    ///
    /// ```
    /// # use polydubbo::{Server, Service, typed::ServiceError};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> polydubbo::Result<()> {
    /// let reports = Service::builder("com.acme.Reports")
    ///     .blocking()
    ///     .method("print", async |name: String| {
    ///         std::thread::sleep(std::time::Duration::from_millis(10));
    ///         Ok::<_, ServiceError>(name)
    ///     })
    ///     .build()?;
    /// let server = Server::builder().port(0).set("threads", "8").set("queues", "100").service(reports);
    /// # server.host("127.0.0.1").start().await?.close().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn blocking(mut self) -> Self {
        self.blocking = true;
        self
    }

    /// Group of the service.
    pub fn group(self, group: &str) -> Self {
        self.set("group", group)
    }

    /// Version of the service.
    pub fn version(self, version: &str) -> Self {
        self.set("version", version)
    }

    /// Any setting by its Dubbo key, also for one method: `set("sayHello.timeout", "50")`.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        if let Err(error) = self.config.set(key, value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// A key of your own, published with the service.
    pub fn parameter(mut self, key: &str, value: &str) -> Self {
        if let Err(error) = self.config.parameters.set_custom(key, value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// Makes the service.
    ///
    /// # Errors
    /// [`ErrorCode::Config`](crate::ErrorCode::Config): the first mistake in the settings.
    pub fn build(self) -> Result<Service> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.config.validate()?;
        let table = self.methods.table();
        let service = Service::raw(self.config, table, Arc::new(self.methods));
        Ok(if self.blocking { service.blocking() } else { service })
    }
}
