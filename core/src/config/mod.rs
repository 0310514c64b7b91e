//! What a reference, a service and a server can be told, under Dubbo's own keys.
//!
//! Every setting is a text under its Dubbo URL key (`timeout`, `loadbalance`, `sayHello.retries`), because that is how
//! settings travel between consumers and providers. The builders check each key and each value when it is set, and
//! name the nearest known key for a misspelled one; Java would ignore both silently.

mod host;
mod keys;
mod reference;
mod server;
mod service;

pub use host::{Addresses, local_host};
pub use reference::ReferenceConfig;
pub use server::ServerConfig;
pub use service::ServiceConfig;

use std::collections::BTreeMap;

use crate::error::{Error, ErrorCode, Result};
use crate::url::{Url, keys as url_keys};

pub use crate::cluster::RELEASE;

/// Settings by Dubbo URL key, checked when they are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Sets `key` after checking key and value.
    ///
    /// # Errors
    /// [`ErrorCode::Config`](crate::ErrorCode::Config) naming the key, the value and the remedy.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        keys::check(key, value)?;
        self.0.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Sets a key of the user's own, which this library carries but does not interpret.
    ///
    /// # Errors
    /// [`ErrorCode::Config`](crate::ErrorCode::Config) when a Dubbo URL cannot carry the value.
    pub fn set_custom(&mut self, key: &str, value: &str) -> Result<()> {
        keys::check_text(key, value)?;
        self.0.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All settings, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Splits a comma list; blanks around items and empty items are dropped.
fn comma_list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Checks that `name` is a Java interface name.
fn check_interface(name: &str) -> Result<()> {
    let part_ok = |part: &str| {
        part.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    if name.len() <= 512 && name.split('.').all(part_ok) {
        return Ok(());
    }
    let text = format!(
        "{name:?} is not a Java interface name: write the full name, for example com.acme.UserService"
    );
    Err(Error::new(ErrorCode::Config, text))
}

/// The parameters that provider and consumer URLs share.
fn common_params(url: Url, application: &str) -> Url {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    url.with_param(url_keys::APPLICATION, application)
        .with_param(url_keys::DUBBO, "2.0.2")
        .with_param(url_keys::PID, std::process::id().to_string())
        .with_param(url_keys::RELEASE, RELEASE)
        .with_param(url_keys::TIMESTAMP, now.as_millis().to_string())
}
