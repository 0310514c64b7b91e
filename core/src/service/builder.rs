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
}

impl ServiceBuilder {
    pub(super) fn new(interface: impl Into<String>) -> Self {
        Self { config: ServiceConfig::new(interface), methods: TypedMethods::default(), failed: None }
    }

    /// Adds a method. Its Java parameter types follow from the parameters of `handler`; add overloads one by one.
    ///
    /// The handler is polled on the I/O thread first, so that a method that answers from memory costs no task; one
    /// that must wait, or that takes long, continues in a task of its own.
    pub fn method<Args>(mut self, name: &str, handler: impl MethodHandler<Args>) -> Self {
        self.methods.add(name, handler);
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
        Ok(Service::raw(self.config, table, Arc::new(self.methods)))
    }
}
