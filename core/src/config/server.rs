//! What a server can be told: where it listens, where it registers, how it runs and stops.

use std::time::Duration;

use super::Parameters;
use crate::error::{Error, ErrorCode, Result};

/// The settings of one server: one port that offers any number of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Name of this application, published with each service.
    pub application: String,
    /// Address to listen on and to publish; all addresses, and the machine's own address, when absent.
    pub host: Option<String>,
    /// Port to listen on; 0 takes a free one. 20880 is Dubbo's default.
    pub port: u16,
    /// Host that is published instead of the one listened on, for servers behind an address translation;
    /// `DUBBO_IP_TO_REGISTRY` in the environment wins.
    pub advertise_host: Option<String>,
    /// Port that is published instead of the one listened on; `DUBBO_PORT_TO_REGISTRY` wins.
    pub advertise_port: Option<u16>,
    /// Registry address; without one the server only listens.
    pub registry: Option<String>,
    /// Limit of the whole shutdown (Dubbo's `dubbo.service.shutdown.wait`).
    pub shutdown_wait: Duration,
    /// How long a stopping server keeps serving so that consumers can notice.
    pub shutdown_notice: Duration,
    /// Settings of the protocol by Dubbo key, for example `threads`, `payload`, `heartbeat`, `accepts`; also
    /// the defaults of every service.
    pub parameters: Parameters,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            application: "polydubbo".to_owned(),
            host: None,
            port: 20880,
            advertise_host: None,
            advertise_port: None,
            registry: None,
            shutdown_wait: Duration::from_secs(10),
            shutdown_notice: Duration::from_secs(2),
            parameters: Parameters::default(),
        }
    }
}

impl ServerConfig {
    /// Sets one value by key: `application`, `host`, `port`, `advertise.host`, `advertise.port`, `registry`,
    /// `shutdown.wait`, `shutdown.notice` (both milliseconds) or any Dubbo key of a protocol or service.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] for an unknown key or a value that the key does not take.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "application" => value.clone_into(&mut self.application),
            "host" => self.host = Some(value.to_owned()),
            "port" => self.port = number(key, value)?,
            "advertise.host" => self.advertise_host = Some(value.to_owned()),
            "advertise.port" => self.advertise_port = Some(number(key, value)?),
            "registry" => self.registry = (value != "N/A").then(|| value.to_owned()),
            "shutdown.wait" => self.shutdown_wait = Duration::from_millis(number(key, value)?),
            "shutdown.notice" => self.shutdown_notice = Duration::from_millis(number(key, value)?),
            _ => self.parameters.set(key, value)?,
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(key: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| {
        Error::new(
            ErrorCode::Config,
            format!("{value:?} is not a value of {key}: write a number in its range"),
        )
        .with("key", key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_keys_are_read_and_others_are_checked() {
        let mut config = ServerConfig::default();
        for (key, value) in [("port", "0"), ("shutdown.wait", "500"), ("threads", "20"), ("registry", "N/A")]
        {
            config.set(key, value).unwrap();
        }
        assert_eq!((config.port, config.shutdown_wait), (0, Duration::from_millis(500)));
        assert_eq!(config.parameters.get("threads"), Some("20"));
        for (key, value) in [("port", "70000"), ("thread", "20")] {
            assert_eq!(config.set(key, value).unwrap_err().code(), ErrorCode::Config, "{key}");
        }
    }
}
