//! Describes a reference step by step.

use std::time::Duration;

use super::Reference;
use crate::config::ReferenceConfig;
use crate::error::{Error, Result};

/// Collects the settings of a reference; a mistake is reported by [`ReferenceBuilder::build`].
#[derive(Debug)]
#[must_use = "a reference is made by build()"]
pub struct ReferenceBuilder {
    config: ReferenceConfig,
    failed: Option<Error>,
}

impl ReferenceBuilder {
    pub(super) fn new(interface: impl Into<String>) -> Self {
        Self { config: ReferenceConfig::new(interface), failed: None }
    }

    /// The registry to find providers in: `zookeeper://host:2181?backup=host2:2181` or `dubbo://host:9090`.
    pub fn registry(self, address: &str) -> Self {
        self.set("registry", address)
    }

    /// The provider itself, for example `dubbo://host:20880`; several are separated by `;`.
    pub fn url(self, url: &str) -> Self {
        self.set("url", url)
    }

    /// Name of this application.
    pub fn application(self, name: &str) -> Self {
        self.set("application", name)
    }

    /// Group of the service.
    pub fn group(self, group: &str) -> Self {
        self.set("group", group)
    }

    /// Version of the service.
    pub fn version(self, version: &str) -> Self {
        self.set("version", version)
    }

    /// Time allowed for each attempt; 1 second by default.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set("timeout", &timeout.as_millis().to_string())
    }

    /// Attempts after the first, each on another provider if there is one; 2 by default.
    pub fn retries(self, retries: u32) -> Self {
        self.set("retries", &retries.to_string())
    }

    /// Whether [`ReferenceBuilder::build`] fails when no provider is available; true by default.
    pub fn check(self, check: bool) -> Self {
        self.set("check", if check { "true" } else { "false" })
    }

    /// Any setting by its Dubbo key, also for one method: `set("sayHello.timeout", "50")`.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        if let Err(error) = self.config.set(key, value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// A key of your own, carried in the consumer's URL.
    pub fn parameter(mut self, key: &str, value: &str) -> Self {
        if let Err(error) = self.config.parameters.set_custom(key, value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// Makes the reference; see [`Reference::refer`].
    ///
    /// # Errors
    /// The first mistake in the settings; else those of [`Reference::refer`].
    pub async fn build(self) -> Result<Reference> {
        match self.failed {
            Some(error) => Err(error),
            None => Reference::refer(self.config).await,
        }
    }
}
