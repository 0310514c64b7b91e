//! What a server offers, and what of it stands in its registry.

use std::sync::Arc;
use std::time::Duration;

use super::Inner;
use super::overrides::Overrides;
use crate::config::ServerConfig;
use crate::error::Result;
use crate::protocol::exporter::Exporter;
use crate::registry::{NotifyListener, SharedRegistry, published};
use crate::url::{Url, keys};

/// How long one withdrawal may take; what is not withdrawn by then goes with the registry's session.
const WITHDRAW: Duration = Duration::from_secs(3);

/// The services of a server, registered or not.
pub(super) struct Publication {
    registry: Option<SharedRegistry>,
    offers: Vec<Offer>,
    online: bool,
}

/// One service.
struct Offer {
    exporter: Arc<Exporter>,
    /// What consumers are told, with the rules that apply now.
    url: Url,
    overrides: Arc<Overrides>,
    /// Whether the registry tells of rules.
    follows: bool,
}

impl Publication {
    pub(super) fn open(config: &ServerConfig) -> Result<Self> {
        let registry = config.registry.as_deref().map(SharedRegistry::open).transpose()?;
        Ok(Self { registry, offers: Vec::new(), online: false })
    }

    /// True when a registry may lead consumers here.
    pub(super) fn is_registered(&self) -> bool {
        self.online && self.registry.is_some()
    }

    /// Adds a service under the URL that consumers shall see; registers it if the server is online.
    pub(super) async fn add(&mut self, server: &Arc<Inner>, exporter: Arc<Exporter>, url: Url) -> Result<()> {
        let overrides = Overrides::new(server, url.clone());
        let mut offer = Offer { exporter, url, overrides, follows: false };
        if let (true, Some(registry)) = (self.online, &self.registry) {
            offer.go_online(registry).await?;
        }
        self.offers.push(offer);
        Ok(())
    }

    pub(super) async fn online(&mut self) -> Result<()> {
        if self.online {
            return Ok(());
        }
        if let Some(registry) = &self.registry {
            for offer in &mut self.offers {
                offer.go_online(registry).await?;
            }
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
        for offer in &self.offers {
            outcome = outcome.and(withdraw(registry, &offer.url).await);
        }
        outcome
    }

    /// Serves and publishes each service as the rules of the moment want it.
    pub(super) async fn follow_rules(&mut self, server: &Inner) {
        for offer in &mut self.offers {
            let wanted = offer.overrides.url();
            if wanted == offer.url {
                continue;
            }
            tracing::info!(service = wanted.interface(), url = %wanted, "rules of the registry change a service");
            let registry = self.registry.as_ref().filter(|_| self.online);
            if let Err(error) = offer.change(server, wanted, registry).await {
                tracing::warn!(service = offer.url.interface(), %error, "a rule could not be followed");
            }
        }
    }

    /// Withdraws everything and gives the registry back.
    pub(super) async fn end(&mut self, timeout: Duration) {
        if let Err(error) = self.offline().await {
            tracing::warn!(%error, "could not withdraw from the registry");
        }
        let Some(registry) = self.registry.take() else { return };
        for offer in self.offers.iter().filter(|offer| offer.follows) {
            let listener = Arc::clone(&offer.overrides) as Arc<dyn NotifyListener>;
            let subscription = offer.overrides.subscription();
            let _ = tokio::time::timeout(timeout, registry.unsubscribe(&subscription, &listener)).await;
        }
        registry.release(timeout).await;
    }
}

impl Offer {
    /// Registers the service and, the first time, asks for the rules that concern it.
    async fn go_online(&mut self, registry: &SharedRegistry) -> Result<()> {
        if self.follows || !registry.url().bool_param(keys::SUBSCRIBE, true) {
            return register(registry, &self.url).await;
        }
        self.follows = true;
        let subscription = self.overrides.subscription();
        let listener = Arc::clone(&self.overrides) as Arc<dyn NotifyListener>;
        let (registered, subscribed) =
            tokio::join!(register(registry, &self.url), registry.subscribe(&subscription, listener));
        if let Err(error) = subscribed {
            tracing::warn!(service = self.url.interface(), %error, "rules for this service cannot be read");
        }
        registered
    }

    /// Serves by the settings of `url`, and publishes it in place of the former URL if there is a registry.
    async fn change(&mut self, server: &Inner, url: Url, registry: Option<&SharedRegistry>) -> Result<()> {
        let own = self.exporter.url();
        let own = url.clone().with_address(own.host(), own.port());
        let exporter = Arc::new(self.exporter.with_url(own, &server.filters)?);
        server.port.replace(&self.exporter, &exporter);
        self.exporter = exporter;
        let former = std::mem::replace(&mut self.url, url);
        let Some(registry) = registry else { return Ok(()) };
        // Consumers see both for a moment, and never none.
        if let Err(error) = register(registry, &self.url).await {
            self.url = former;
            return Err(error);
        }
        withdraw(registry, &former).await
    }
}

async fn register(registry: &SharedRegistry, url: &Url) -> Result<()> {
    let wanted = |of: &Url| of.bool_param(keys::REGISTER, true);
    if !wanted(url) || !wanted(registry.url()) {
        return Ok(());
    }
    registry.register(&published::provider_url(url, registry.url())).await
}

async fn withdraw(registry: &SharedRegistry, url: &Url) -> Result<()> {
    let url = published::provider_url(url, registry.url());
    match tokio::time::timeout(WITHDRAW, registry.unregister(&url)).await {
        Ok(result) => result,
        Err(_) => {
            tracing::warn!(service = url.interface(), "the registry is silent; not withdrawn");
            Ok(())
        }
    }
}
