//! What a provider can be told about one service that it offers.

use super::Parameters;
use crate::error::Result;

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
}
