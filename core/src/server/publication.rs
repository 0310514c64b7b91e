//! What a server has in its registry.

use std::time::Duration;

use crate::config::ServerConfig;
use crate::error::Result;
use crate::registry::{SharedRegistry, published};
use crate::url::{Url, keys};

/// How long one withdrawal may take; what is not withdrawn by then goes with the registry's session.
const WITHDRAW: Duration = Duration::from_secs(3);

/// The provider URLs of a server, registered or not.
pub(super) struct Publication {
    registry: Option<SharedRegistry>,
    urls: Vec<Url>,
    online: bool,
}

impl Publication {
    pub(super) fn open(config: &ServerConfig) -> Result<Self> {
        let registry = config.registry.as_deref().map(SharedRegistry::open).transpose()?;
        Ok(Self { registry, urls: Vec::new(), online: false })
    }

    /// True when a registry may lead consumers here.
    pub(super) fn is_registered(&self) -> bool {
        self.online && self.registry.is_some()
    }

    /// Adds a URL; registers it if the server is online.
    pub(super) async fn add(&mut self, url: Url) -> Result<()> {
        if self.online {
            self.register(&url).await?;
        }
        self.urls.push(url);
        Ok(())
    }

    pub(super) async fn online(&mut self) -> Result<()> {
        if self.online {
            return Ok(());
        }
        for url in &self.urls {
            self.register(url).await?;
        }
        self.online = true;
        Ok(())
    }

    /// Withdraws everything; the first failure is returned after all were tried.
    pub(super) async fn offline(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.online) {
            return Ok(());
        }
        let Some(registry) = &self.registry else { return Ok(()) };
        let mut outcome = Ok(());
        for url in &self.urls {
            let url = published::provider_url(url, registry.url());
            match tokio::time::timeout(WITHDRAW, registry.unregister(&url)).await {
                Ok(result) => outcome = outcome.and(result),
                Err(_) => tracing::warn!(service = url.interface(), "the registry is silent; not withdrawn"),
            }
        }
        outcome
    }

    /// Withdraws everything and gives the registry back.
    pub(super) async fn end(&mut self, timeout: Duration) {
        if let Err(error) = self.offline().await {
            tracing::warn!(%error, "could not withdraw from the registry");
        }
        if let Some(registry) = self.registry.take() {
            registry.release(timeout).await;
        }
    }

    async fn register(&self, url: &Url) -> Result<()> {
        let Some(registry) = &self.registry else { return Ok(()) };
        let wanted = |of: &Url| of.bool_param(keys::REGISTER, true);
        if !wanted(url) || !wanted(registry.url()) {
            return Ok(());
        }
        registry.register(&published::provider_url(url, registry.url())).await
    }
}
