//! Offering services from a host language.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Event, EventQueue, Runtime};
use crate::config::ServerConfig;
use crate::error::Result;
use crate::server::ShutdownReport;
use crate::service::Service;

/// A server together with the runtime that carries it. Clones share it.
#[derive(Clone, Debug)]
pub struct Server(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    server: crate::server::Server,
}

impl Server {
    /// Listens, exports `services` and registers them, in the background; the server arrives as
    /// [`Event::Started`] with `token`.
    ///
    /// # Errors
    /// Those of [`Runtime::check`].
    pub fn start(
        runtime: &Runtime,
        config: ServerConfig,
        services: Vec<Service>,
        token: u64,
        queue: &Arc<EventQueue>,
    ) -> Result<()> {
        let (carrier, queue) = (runtime.clone(), Arc::clone(queue));
        runtime.spawn(async move {
            let result = Self::create(carrier, config, services).await;
            drop(queue.push(Event::Started { token, result }));
        })
    }

    /// As [`Server::start`], and blocks until the server is ready.
    ///
    /// # Errors
    /// Those of [`crate::Server::bind`], [`crate::Server::export`], [`crate::Server::publish`] and [`Runtime::wait`].
    pub fn start_blocking(runtime: &Runtime, config: ServerConfig, services: Vec<Service>) -> Result<Self> {
        runtime.wait(Self::create(runtime.clone(), config, services))?
    }

    async fn create(runtime: Runtime, config: ServerConfig, services: Vec<Service>) -> Result<Self> {
        let server = crate::server::Server::start(config, services).await?;
        Ok(Self(Arc::new(Inner { runtime, server })))
    }

    /// The address that the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.server.local_addr()
    }

    /// A direct URL of the server for this machine.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.server.url()
    }

    /// Calls that have no answer yet.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.server.running()
    }

    /// Offers one more service; [`Event::Done`] arrives with `token`.
    ///
    /// # Errors
    /// Those of [`Runtime::check`].
    pub fn export(&self, service: Service, token: u64, queue: &Arc<EventQueue>) -> Result<()> {
        let (server, queue) = (self.0.server.clone(), Arc::clone(queue));
        self.0.runtime.spawn(async move {
            let result = server.export(service).await;
            drop(queue.push(Event::Done { token, result }));
        })
    }

    /// Offers one more service and blocks until it is registered.
    ///
    /// # Errors
    /// Those of [`crate::Server::export`] and [`Runtime::wait`].
    pub fn export_blocking(&self, service: Service) -> Result<()> {
        let server = self.0.server.clone();
        self.0.runtime.wait(async move { server.export(service).await })?
    }

    /// Withdraws the services from the registry (`online=false`) or registers them again; [`Event::Done`] arrives
    /// with `token`.
    ///
    /// # Errors
    /// Those of [`Runtime::check`].
    pub fn set_online(&self, online: bool, token: u64, queue: &Arc<EventQueue>) -> Result<()> {
        let (server, queue) = (self.0.server.clone(), Arc::clone(queue));
        self.0.runtime.spawn(async move {
            let result = if online { server.online().await } else { server.offline().await };
            drop(queue.push(Event::Done { token, result }));
        })
    }

    /// Stops without losing a call, see [`crate::Server::close`]; [`Event::Stopped`] arrives with `token`. The host must
    /// go on answering calls until then.
    ///
    /// # Errors
    /// Those of [`Runtime::check`].
    pub fn close(&self, token: u64, queue: &Arc<EventQueue>) -> Result<()> {
        let (server, queue) = (self.0.server.clone(), Arc::clone(queue));
        self.0.runtime.spawn(async move {
            let report = server.close().await;
            drop(queue.push(Event::Stopped { token, report }));
        })
    }

    /// As [`Server::close`], and blocks until it is done.
    ///
    /// # Errors
    /// Those of [`Runtime::wait`].
    pub fn close_blocking(&self) -> Result<ShutdownReport> {
        let server = self.0.server.clone();
        self.0.runtime.wait(async move { server.close().await })
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.server.fmt(f)
    }
}
