//! Which address a server listens on, and which one it publishes.
//!
//! The rules and the variable names are Dubbo's: `DUBBO_IP_TO_BIND`, `DUBBO_PORT_TO_BIND`, `DUBBO_IP_TO_REGISTRY` and
//! `DUBBO_PORT_TO_REGISTRY` (each also as `DUBBO_DUBBO_...` for the protocol `dubbo`) override everything else, so that
//! a container can publish the address of its node.

use std::env;
use std::net::{IpAddr, Ipv4Addr};

use super::ServerConfig;
use crate::error::{Error, ErrorCode, Result};

/// Where a server listens and what consumers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Address to listen on; all addresses when the host was not given or is local.
    pub bind_ip: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub bind_port: u16,
    /// Host that is published.
    pub host: String,
    /// Port that is published; the one listened on when absent.
    pub port: Option<u16>,
}

impl Addresses {
    /// Works out the addresses of a server from its settings and the environment.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] with Dubbo's text for an invalid variable.
    pub fn of(config: &ServerConfig) -> Result<Self> {
        Self::with_environment(config, |key| env::var(key).ok().filter(|value| !value.is_empty()))
    }

    fn with_environment(config: &ServerConfig, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let read = |key: &str| variable(&format!("DUBBO_{key}")).or_else(|| variable(key));
        let bind = read("DUBBO_IP_TO_BIND").map(|ip| valid_ip("DUBBO_IP_TO_BIND", ip)).transpose()?;
        let registry = read("DUBBO_IP_TO_REGISTRY").or_else(|| config.advertise_host.clone());
        let bind_port = read("DUBBO_PORT_TO_BIND").map(|port| valid_port(&port)).transpose()?;
        let registry_port = read("DUBBO_PORT_TO_REGISTRY").map(|port| valid_port(&port)).transpose()?;

        let wanted = bind.or_else(|| config.host.clone());
        // A server told to use a loopback address listens there only: nothing outside can mean to reach it.
        let bind_ip = match wanted.as_deref().map(str::parse) {
            Some(Ok(ip)) => ip,
            _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        let host =
            registry.or_else(|| wanted.filter(|_| !bind_ip.is_unspecified())).unwrap_or_else(local_host);
        Ok(Self {
            bind_ip,
            bind_port: bind_port.unwrap_or(config.port),
            host,
            port: registry_port.or(config.advertise_port),
        })
    }
}

/// The address under which other machines reach this one: that of the first interface that is up and not loopback,
/// IPv4 preferred; 127.0.0.1 when there is none.
#[must_use]
pub fn local_host() -> String {
    let addresses = if_addrs::get_if_addrs().unwrap_or_default();
    let mut candidates: Vec<IpAddr> = addresses
        .iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(if_addrs::Interface::ip)
        .collect();
    candidates.sort_by_key(IpAddr::is_ipv6);
    candidates.first().map_or_else(|| "127.0.0.1".to_owned(), IpAddr::to_string)
}

fn valid_ip(key: &str, value: String) -> Result<String> {
    let local = value == "localhost" || value == "0.0.0.0" || value.starts_with("127.");
    if local || value.parse::<IpAddr>().is_err() {
        let text = format!("Specified invalid bind ip from property:{key}, value:{value}");
        return Err(Error::new(ErrorCode::Config, text));
    }
    Ok(value)
}

fn valid_port(value: &str) -> Result<u16> {
    match value.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Error::new(ErrorCode::Config, format!("Specified invalid port from env value:{value}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: Option<&str>, variables: &[(&str, &str)]) -> Result<Addresses> {
        let config = ServerConfig { host: host.map(str::to_owned), ..ServerConfig::default() };
        let find = |key: &str| variables.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned());
        Addresses::with_environment(&config, find)
    }

    #[test]
    fn the_environment_decides_before_the_settings() {
        let variables = [("DUBBO_IP_TO_REGISTRY", "192.0.2.7"), ("DUBBO_PORT_TO_REGISTRY", "30880")];
        let addresses = of(Some("127.0.0.1"), &variables).unwrap();
        assert_eq!((addresses.host.as_str(), addresses.port), ("192.0.2.7", Some(30880)));
        assert_eq!((addresses.bind_ip.to_string().as_str(), addresses.bind_port), ("127.0.0.1", 20880));

        let protocol_first = [("DUBBO_DUBBO_PORT_TO_BIND", "1"), ("DUBBO_PORT_TO_BIND", "2")];
        assert_eq!(of(None, &protocol_first).unwrap().bind_port, 1);
    }

    #[test]
    fn without_a_host_all_addresses_are_bound_and_a_reachable_one_is_published() {
        let addresses = of(None, &[]).unwrap();
        assert!(addresses.bind_ip.is_unspecified());
        assert_eq!(addresses.host, local_host());
    }

    #[test]
    fn invalid_variables_are_refused_with_javas_text() {
        for (key, value, text) in [
            ("DUBBO_IP_TO_BIND", "127.0.0.1", "Specified invalid bind ip from property:DUBBO_IP_TO_BIND"),
            ("DUBBO_PORT_TO_BIND", "0", "Specified invalid port from env value:0"),
            ("DUBBO_PORT_TO_REGISTRY", "x", "Specified invalid port from env value:x"),
        ] {
            assert!(of(None, &[(key, value)]).unwrap_err().message().starts_with(text), "{key}");
        }
    }
}
