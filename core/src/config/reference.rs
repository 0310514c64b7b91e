//! What a consumer can be told about one service that it calls.

use super::Parameters;
use crate::error::{Error, ErrorCode, Result};
use crate::url::{Url, keys};

/// The settings of one reference: which service, where to find it, how to call it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceConfig {
    /// Fully qualified Java interface name.
    pub interface: String,
    /// Name of this application, shown in consoles and sent as `remote.application`.
    pub application: String,
    /// Registry address, for example `zookeeper://127.0.0.1:2181?backup=h2:2181` or `dubbo://127.0.0.1:9090`.
    pub registry: Option<String>,
    /// Direct provider addresses, separated by `;`. Takes precedence over the registry.
    pub url: Option<String>,
    /// Names of the methods, published for consoles; `*` when unknown.
    pub methods: Vec<String>,
    /// All further settings by Dubbo key.
    pub parameters: Parameters,
}

impl ReferenceConfig {
    /// The settings of a reference to `interface` with Dubbo's defaults.
    #[must_use]
    pub fn new(interface: impl Into<String>) -> Self {
        Self { interface: interface.into(), application: "polydubbo".to_owned(), ..Self::default() }
    }

    /// Sets one value by key: `interface`, `application`, `registry`, `url`, `methods` or any Dubbo key of a reference.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] for an unknown key or a value that the key does not take.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "interface" => value.clone_into(&mut self.interface),
            "application" => value.clone_into(&mut self.application),
            "registry" => self.registry = Some(value.to_owned()),
            "url" => self.url = Some(value.to_owned()),
            "methods" => self.methods = super::comma_list(value),
            _ => self.parameters.set(key, value)?,
        }
        Ok(())
    }

    /// Checks that the settings name an interface and a way to find it.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] with Dubbo's wording and the remedy.
    pub fn validate(&self) -> Result<()> {
        super::check_interface(&self.interface)?;
        if self.url.is_none() && self.registry.as_deref().is_none_or(|address| address == "N/A") {
            let text = format!(
                "No such any registry to reference {}: set `registry` to a registry address (for example \
                 zookeeper://127.0.0.1:2181) or `url` to a provider (for example dubbo://127.0.0.1:20880)",
                self.interface
            );
            return Err(Error::new(ErrorCode::Config, text));
        }
        Ok(())
    }

    /// The consumer URL: what the directory works with, and what is published for consoles once its
    /// category is set. `host` is this machine's address.
    ///
    /// Holds what Dubbo 2.7 writes: application, protocol version, interface, methods, pid, release, side,
    /// sticky, timestamp and the configured keys.
    #[must_use]
    pub fn consumer_url(&self, host: &str) -> Url {
        let methods = if self.methods.is_empty() { "*".to_owned() } else { self.methods.join(",") };
        super::common_params(Url::new("consumer", host, 0).with_path(&self.interface), &self.application)
            .with_param(keys::INTERFACE, &self.interface)
            .with_param(keys::METHODS, methods)
            .with_param(keys::SIDE, "consumer")
            .with_param(keys::STICKY, "false")
            .with_params(self.parameters.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consumer_url_has_the_keys_that_java_writes() {
        let mut config = ReferenceConfig::new("com.acme.Users");
        for (key, value) in
            [("application", "shop"), ("group", "vip"), ("timeout", "2000"), ("methods", "a,b")]
        {
            config.set(key, value).unwrap();
        }
        let url = config.consumer_url("10.0.0.1").without_param("pid").without_param("timestamp");
        assert_eq!(
            url.full_string(),
            format!(
                "consumer://10.0.0.1/com.acme.Users?application=shop&dubbo=2.0.2&group=vip&interface=com.acme.Users\
                 &methods=a,b&release={}&side=consumer&sticky=false&timeout=2000",
                super::super::RELEASE
            )
        );
    }

    #[test]
    fn a_reference_needs_an_interface_and_an_address() {
        for (interface, registry, url, ok) in [
            ("com.acme.Users", Some("zookeeper://127.0.0.1:2181"), None, true),
            ("com.acme.Users", None, Some("dubbo://127.0.0.1:20880"), true),
            ("com.acme.Users", Some("N/A"), None, false),
            ("com.acme.Users", None, None, false),
            ("com acme", None, Some("dubbo://127.0.0.1:20880"), false),
            ("", None, Some("dubbo://127.0.0.1:20880"), false),
        ] {
            let mut config = ReferenceConfig::new(interface);
            config.registry = registry.map(str::to_owned);
            config.url = url.map(str::to_owned);
            assert_eq!(config.validate().is_ok(), ok, "{config:?}");
        }
    }
}
