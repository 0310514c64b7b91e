//! The embedded registry.

use napi_derive::napi;
use polydubbo::api::{Error, ErrorCode, RegistryServer, Result, Runtime};

/// A registry as JavaScript holds it.
#[napi]
pub struct NativeRegistryServer {
    pub(crate) registry: RegistryServer,
}

impl NativeRegistryServer {
    pub(crate) fn bind(host: &str, port: u32) -> Result<Self> {
        let port = u16::try_from(port).map_err(|_| {
            Error::new(ErrorCode::InvalidArgument, "a port is a number from 0 to 65535").with("port", port)
        })?;
        Ok(Self { registry: RegistryServer::bind(&Runtime::shared()?, host, port)? })
    }
}

#[napi]
impl NativeRegistryServer {
    /// The port that the registry listens on.
    #[napi(getter, catch_unwind)]
    pub fn port(&self) -> u32 {
        u32::from(self.registry.local_addr().port())
    }

    /// The setting `registry` of references and servers on this machine.
    #[napi(getter, catch_unwind)]
    pub fn url(&self) -> String {
        self.registry.url()
    }
}
