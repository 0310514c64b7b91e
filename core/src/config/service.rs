//! What a provider can be told about one service that it offers.

use super::{Parameters, ServerConfig};
use crate::error::Result;
use crate::url::{Url, keys};

/// The settings of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceConfig {
    /// Fully qualified Java interface name.
    pub interface: String,
    /// Names of the methods, published in the registry; `*` for a service that takes any.
    pub methods: Vec<String>,
    /// All further settings by Dubbo key, for example `group`, `version`, `timeout`, `weight`, `token`, `executes`.
    pub parameters: Parameters,
}

impl ServiceConfig {
    /// The settings of a service with Dubbo's defaults.
    #[must_use]
    pub fn new(interface: impl Into<String>) -> Self {
        Self { interface: interface.into(), ..Self::default() }
    }

    /// Sets one value by key: `interface`, `methods` or any Dubbo key of a service.
    ///
    /// # Errors
    /// [`ErrorCode::Config`](crate::ErrorCode::Config) for an unknown key or a value that the key does not take.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "interface" => value.clone_into(&mut self.interface),
            "methods" => self.methods = super::comma_list(value),
            _ => self.parameters.set(key, value)?,
        }
        Ok(())
    }

    /// Checks the interface name.
    ///
    /// # Errors
    /// [`ErrorCode::Config`](crate::ErrorCode::Config) with the remedy.
    pub fn validate(&self) -> Result<()> {
        super::check_interface(&self.interface)
    }

    /// The provider URL: what is exported and, without its local keys, published.
    ///
    /// Holds what Dubbo Java writes: application, deprecated, protocol version, dynamic, generic, interface, methods,
    /// pid, serialization, release, side, timestamp; then the server's settings and, over them, the service's.
    #[must_use]
    pub fn provider_url(&self, server: &ServerConfig, host: &str, port: u16) -> Url {
        let methods = if self.methods.is_empty() { "*".to_owned() } else { self.methods.join(",") };
        let path = self.parameters.get(keys::PATH).unwrap_or(&self.interface);
        let mut url =
            super::common_params(Url::new("dubbo", host, port).with_path(path), &server.application)
                .with_param(keys::DEPRECATED, "false")
                .with_param(keys::DYNAMIC, "true")
                .with_param(keys::GENERIC, "false")
                .with_param(keys::INTERFACE, &self.interface)
                .with_param(keys::METHODS, methods)
                .with_param(keys::PREFER_SERIALIZATION, "hessian2")
                .with_param(keys::SERIALIZATION, "hessian2")
                .with_param(keys::SIDE, "provider");
        if server.host.is_none() {
            url = url.with_param(keys::ANYHOST, "true");
        }
        // `token=true` asks for a random token, as in Java.
        let token = |key: &str, value: &str| key == keys::TOKEN && matches!(value, "true" | "default");
        let params =
            server.parameters.iter().chain(self.parameters.iter()).filter(|(key, _)| *key != keys::PATH);
        for (key, value) in params {
            url = if token(key, value) {
                url.with_param(key, random_token())
            } else {
                url.with_param(key, value)
            };
        }
        url
    }
}

/// A random token in the form of a version 4 UUID.
fn random_token() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_url_has_the_keys_that_java_writes() {
        let mut server = ServerConfig::default();
        server.set("application", "shop").unwrap();
        server.set("timeout", "5000").unwrap();
        let mut service = ServiceConfig::new("com.acme.Users");
        for (key, value) in [("version", "1.0.0"), ("timeout", "3000"), ("methods", "a,b"), ("path", "users")]
        {
            service.set(key, value).unwrap();
        }
        let url = service.provider_url(&server, "10.0.0.1", 20880);
        let url = url.without_param("pid").without_param("timestamp").without_param("release");
        assert_eq!(
            url.full_string(),
            "dubbo://10.0.0.1:20880/users?anyhost=true&application=shop&deprecated=false&dubbo=2.0.2&dynamic=true\
             &generic=false&interface=com.acme.Users&methods=a,b&prefer.serialization=hessian2\
             &serialization=hessian2&side=provider&timeout=3000&version=1.0.0"
        );
    }

    #[test]
    fn a_token_asked_for_by_true_is_random() {
        let mut service = ServiceConfig::new("com.acme.Users");
        service.set("token", "true").unwrap();
        let token =
            |_| service.provider_url(&ServerConfig::default(), "h", 1).param("token").unwrap().to_owned();
        let [one, two] = [0, 1].map(token);
        assert_ne!(one, two);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'), "{one}");
    }
}
