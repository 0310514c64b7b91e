//! Describes a server step by step.

use super::Server;
use crate::config::ServerConfig;
use crate::error::{Error, Result};
use crate::service::Service;

/// Collects the settings and services of a server; a mistake is reported by [`ServerBuilder::start`].
#[derive(Debug, Default)]
#[must_use = "a server is started by start()"]
pub struct ServerBuilder {
    config: ServerConfig,
    services: Vec<Service>,
    failed: Option<Error>,
}

impl ServerBuilder {
    /// Port to listen on; 20880 by default, 0 takes a free one.
    pub fn port(self, port: u16) -> Self {
        self.set("port", &port.to_string())
    }

    /// Address to listen on and to publish; all addresses by default.
    pub fn host(self, host: &str) -> Self {
        self.set("host", host)
    }

    /// The registry to publish the services in: `zookeeper://host:2181` or `dubbo://host:9090`.
    pub fn registry(self, address: &str) -> Self {
        self.set("registry", address)
    }

    /// Name of this application.
    pub fn application(self, name: &str) -> Self {
        self.set("application", name)
    }

    /// Any setting by its Dubbo key; those of services become defaults for all services of the server.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        if let Err(error) = self.config.set(key, value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// Adds a service.
    pub fn service(mut self, service: Service) -> Self {
        self.services.push(service);
        self
    }

    /// Starts the server; see [`Server::start`].
    ///
    /// # Errors
    /// The first mistake in the settings; else those of [`Server::start`].
    pub async fn start(self) -> Result<Server> {
        match self.failed {
            Some(error) => Err(error),
            None => Server::start(self.config, self.services).await,
        }
    }
}
