//! A port that offers services, registered where consumers look for them.
//!
//! ```no_run
//! # async fn run() -> polydubbo::Result<()> {
//! use polydubbo::{Server, Service, typed::ServiceError};
//!
//! let greeter = Service::builder("com.acme.Greeter")
//!     .method("sayHello", async |name: String| Ok::<_, ServiceError>(format!("Hello {name}")))
//!     .build()?;
//! let server = Server::builder().port(20880).registry("zookeeper://127.0.0.1:2181").service(greeter).start().await?;
//! // ... until the process is told to stop:
//! server.close().await;
//! # Ok(())
//! # }
//! ```

mod builder;
mod overrides;
mod publication;
mod shutdown;
mod workers;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

pub use builder::ServerBuilder;
pub use shutdown::ShutdownReport;

use self::publication::Publication;
use crate::config::{Addresses, ServerConfig};
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::ServerOptions;
use crate::filter::FilterRegistry;
use crate::protocol::dubbo::connection_options;
use crate::protocol::exporter::Exporter;
use crate::protocol::server::DubboServer;
use crate::service::Service;
use crate::url::{Url, keys};

/// A listening server. Clones share it; it runs on the tokio runtime on which it was started.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    config: ServerConfig,
    addresses: Addresses,
    port: DubboServer,
    filters: FilterRegistry,
    publication: Mutex<Publication>,
    closing: AtomicBool,
}

impl Server {
    /// Starts to describe a server.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Listens without services; [`Server::export`] adds them, [`Server::publish`] registers them.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] for settings that do not fit together, [`ErrorCode::Network`] when the port is taken.
    pub async fn bind(config: ServerConfig) -> Result<Self> {
        let addresses = Addresses::of(&config)?;
        let port = DubboServer::bind(server_options(&config, &addresses))?;
        if let Some(pool) = workers::pool(&config.parameters, &addresses.host, port.local_addr().port()) {
            port.use_workers(pool);
        }
        let publication = Mutex::new(Publication::open(&config)?);
        let filters = FilterRegistry::builtin();
        let closing = AtomicBool::new(false);
        Ok(Self(Arc::new(Inner { config, addresses, port, filters, publication, closing })))
    }

    /// Listens, exports every service, and then registers them together: a consumer that finds one can call it.
    ///
    /// # Errors
    /// Those of [`Server::bind`], [`Server::export`] and [`Server::publish`], after which nothing is left behind.
    pub async fn start(config: ServerConfig, services: Vec<Service>) -> Result<Self> {
        let server = Self::bind(config).await?;
        let offered = async {
            for service in services {
                server.export(service).await?;
            }
            server.publish().await
        };
        match offered.await {
            Ok(()) => Ok(server),
            Err(error) => {
                server.close().await;
                Err(error)
            }
        }
    }

    /// Offers a service on this port. Consumers find it once the server is published; after that it is
    /// registered at once.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyExported`] for a second service with the same interface, group and version,
    /// [`ErrorCode::Closed`] after [`Server::close`], and the registry's error.
    pub async fn export(&self, service: Service) -> Result<()> {
        if self.0.closing.load(Ordering::Acquire) {
            return Err(Error::new(ErrorCode::Closed, "the server has been closed"));
        }
        let blocking = service.is_blocking();
        let (config, methods, handler) = service.into_parts();
        config.validate()?;
        let url =
            config.provider_url(&self.0.config, &self.0.addresses.host, self.0.port.local_addr().port());
        handler.exported();
        let exporter = Exporter::new(url.clone(), methods, handler, &self.0.filters)?;
        let exporter = Arc::new(if blocking { exporter.blocking() } else { exporter });
        self.0.port.export(&exporter)?;
        let published = match self.0.addresses.port {
            Some(port) => url.with_address(&self.0.addresses.host, port),
            None => url,
        };
        let result = self.0.publication.lock().await.add(&self.0, Arc::clone(&exporter), published).await;
        if result.is_err() {
            self.0.port.unexport(&exporter);
        }
        result
    }

    /// Registers everything that is exported, now that all of it can be called. Idempotent.
    ///
    /// # Errors
    /// The registry's error, unless its `check` is off.
    pub async fn publish(&self) -> Result<()> {
        self.0.publication.lock().await.online().await
    }

    /// Withdraws the services from the registry and keeps serving whoever still calls (Dubbo's `offline`).
    ///
    /// # Errors
    /// The registry's error; what could not be withdrawn goes with the session.
    pub async fn offline(&self) -> Result<()> {
        self.0.publication.lock().await.offline().await
    }

    /// Registers the services again after [`Server::offline`].
    ///
    /// # Errors
    /// As [`Server::publish`].
    pub async fn online(&self) -> Result<()> {
        self.publish().await
    }

    /// The address that the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.port.local_addr()
    }

    /// An address under which this machine reaches the server, for direct references: `dubbo://127.0.0.1:20880`.
    #[must_use]
    pub fn url(&self) -> String {
        let address = self.local_addr();
        let ip = match address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        };
        format!("dubbo://{}", SocketAddr::new(ip, address.port()))
    }

    /// Calls that have no answer yet.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.port.load().running()
    }

    /// True once [`Server::close`] has begun.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::Acquire)
    }

    /// Stops without losing a call: withdraws the services, tells every consumer to look elsewhere, keeps serving
    /// until they have, refuses what still comes with an answer that is safe to retry, waits for the calls that
    /// run, and closes the connections; all within the configured `shutdown_wait`.
    ///
    /// A second call waits for the first and reports the same.
    pub async fn close(&self) -> ShutdownReport {
        shutdown::run(&self.0).await
    }
}

fn server_options(config: &ServerConfig, addresses: &Addresses) -> ServerOptions {
    let address = SocketAddr::new(addresses.bind_ip, addresses.bind_port);
    let url = Url::new("dubbo", &addresses.host, address.port()).with_params(config.parameters.iter());
    let mut options = ServerOptions::new(address);
    options.accepts = usize::try_from(url.int_param(keys::ACCEPTS, 0)).unwrap_or(0);
    options.connection = connection_options(&url);
    options
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.local_addr())
    }
}
