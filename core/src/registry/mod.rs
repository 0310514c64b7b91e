//! Registries: where providers publish themselves and consumers find them.
//!
//! A [`Registry`] keeps its promises by itself: what was registered is registered again after an outage, and
//! a subscription is served until it is given up. Whatever happens to the registry, addresses once
//! known stay in use.

mod backoff;
mod cache_file;
pub mod direct;
mod factory;
pub mod matching;
mod properties;
pub mod published;
mod shared;
pub mod simple;
pub mod zookeeper;

pub use shared::SharedRegistry;
pub(crate) use shared::leave_all;

use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::protocol::invoker::BoxFuture;
use crate::url::Url;

/// Receives what a registry knows about one subscription.
pub trait NotifyListener: Send + Sync + 'static {
    /// Takes the complete lists of one or more categories (parameter `category`, default `providers`).
    /// A category without entries is represented by one URL with protocol `empty`.
    ///
    /// Called in order, never concurrently for one subscription; must not block.
    fn notify(&self, urls: &[Url]);
}

/// A registry of any kind.
///
/// With `check` (a parameter of the registry's and of the service's URL, both true by default) the first
/// attempt decides: its failure is returned and nothing is retried. Without it the call returns `Ok` and
/// the operation is retried for ever.
pub trait Registry: Send + Sync + 'static {
    /// The registry's own URL.
    fn url(&self) -> &Url;

    /// True while the registry can be reached.
    fn is_available(&self) -> bool;

    /// Publishes a provider or a consumer until [`Registry::unregister`]. Idempotent.
    fn register<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<()>>;

    /// Withdraws what was published under this URL.
    fn unregister<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<()>>;

    /// Delivers the entries that match `url` to `listener`, now and after each change. When this
    /// returns `Ok`, `listener` has been called, unless the registry cannot be reached.
    fn subscribe<'a>(&'a self, url: &'a Url, listener: Arc<dyn NotifyListener>) -> BoxFuture<'a, Result<()>>;

    /// Ends a subscription; the listener is not called after this returned.
    fn unsubscribe<'a>(
        &'a self,
        url: &'a Url,
        listener: &'a Arc<dyn NotifyListener>,
    ) -> BoxFuture<'a, Result<()>>;

    /// The entries that match `url` now, without rules of emptiness.
    fn lookup<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Vec<Url>>>;

    /// How the registry is doing.
    fn status(&self) -> RegistryStatus;

    /// Withdraws every dynamic registration, ends the subscriptions and the connection; gives up what is
    /// not done within `timeout`. Idempotent.
    fn destroy(&self, timeout: Duration) -> BoxFuture<'_, ()>;
}

/// A registry's state, for health endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryStatus {
    /// The registry can be reached.
    pub connected: bool,
    /// Number of URLs published at this moment.
    pub registered: usize,
    /// Number of URLs still to be published or withdrawn.
    pub pending: usize,
    /// Number of subscriptions.
    pub subscribed: usize,
    /// What went wrong last.
    pub last_error: Option<String>,
}
