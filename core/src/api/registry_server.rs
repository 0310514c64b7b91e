//! The embedded simple registry, served from a host language.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::{Event, EventQueue, Runtime};
use crate::error::{Error, ErrorCode, Result};
use crate::registry::simple::SimpleRegistryServer;

/// How long a registry that is closed waits for calls that run; they take no time of their own.
const PATIENCE: Duration = Duration::from_secs(1);

/// Dubbo's simple registry (`RegistryService` over the dubbo protocol), kept in memory, together with the runtime that
/// carries it. Clones share it; the last one to go stops it.
#[derive(Clone, Debug)]
pub struct RegistryServer(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    server: SimpleRegistryServer,
}

impl RegistryServer {
    /// Listens on `host`, an IP address of this machine; port 0 takes a free one. Does not block.
    ///
    /// # Errors
    /// Those of [`Runtime::check`]; [`ErrorCode::InvalidArgument`] for a host that is no IP address;
    /// [`ErrorCode::Network`] when the address cannot be listened on.
    pub fn bind(runtime: &Runtime, host: &str, port: u16) -> Result<Self> {
        runtime.check()?;
        let host: IpAddr = host.parse().map_err(|_| {
            let text = "a registry listens on an IP address of this machine, such as 127.0.0.1 or 0.0.0.0";
            Error::new(ErrorCode::InvalidArgument, text).with("host", host)
        })?;
        let server = {
            let _carrier = runtime.handle().enter();
            SimpleRegistryServer::bind(SocketAddr::new(host, port))?
        };
        Ok(Self(Arc::new(Inner { runtime: runtime.clone(), server })))
    }

    /// The address that the registry listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.server.local_addr()
    }

    /// The `registry` setting of references and servers on this machine: `dubbo://host:port`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.local_addr();
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("dubbo://{address}")
    }

    /// Stops listening and disconnects all clients, which publish again when a registry is back; [`Event::Done`] arrives
    /// with `token`.
    ///
    /// # Errors
    /// Those of [`Runtime::check`].
    pub fn close(&self, token: u64, queue: &Arc<EventQueue>) -> Result<()> {
        let (server, queue) = (self.0.server.clone(), Arc::clone(queue));
        self.0.runtime.spawn(async move {
            server.close(PATIENCE).await;
            drop(queue.push(Event::Done { token, result: Ok(()) }));
        })
    }

    /// As [`RegistryServer::close`], and blocks until it is done.
    ///
    /// # Errors
    /// Those of [`Runtime::wait`].
    pub fn close_blocking(&self) -> Result<()> {
        let server = self.0.server.clone();
        self.0.runtime.wait(async move { server.close(PATIENCE).await })
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.server.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::RuntimeOptions;

    fn runtime() -> Runtime {
        Runtime::new(&RuntimeOptions::default()).unwrap()
    }

    #[test]
    fn a_registry_tells_where_it_is_found_on_this_machine() {
        let runtime = runtime();
        let registry = RegistryServer::bind(&runtime, "0.0.0.0", 0).unwrap();
        let port = registry.local_addr().port();
        assert_eq!(registry.url(), format!("dubbo://127.0.0.1:{port}"));
        let taken = RegistryServer::bind(&runtime, "0.0.0.0", port).unwrap_err();
        assert_eq!(taken.code(), ErrorCode::Network);
        registry.close_blocking().unwrap();
        RegistryServer::bind(&runtime, "0.0.0.0", port).expect("the port is free again");
    }

    #[test]
    fn a_name_is_no_address_to_listen_on() {
        let error = RegistryServer::bind(&runtime(), "localhost", 0).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}
