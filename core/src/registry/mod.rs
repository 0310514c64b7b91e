//! Registries: where providers publish themselves and consumers find them.

use crate::url::Url;

/// Receives what a registry knows about one subscription.
pub trait NotifyListener: Send + Sync + 'static {
    /// Takes the complete lists of one or more categories (parameter `category`, default `providers`).
    /// A category without entries is represented by one URL with protocol `empty`.
    ///
    /// Called in order, never concurrently for one subscription; must not block.
    fn notify(&self, urls: &[Url]);
}
