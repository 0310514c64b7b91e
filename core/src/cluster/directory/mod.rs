//! The providers of one service, as calls see them.
//!
//! A [`Directory`] is read by calls and written by whoever learns of changes: a [`RegistryDirectory`] that
//! a registry notifies, or a [`StaticDirectory`] with a fixed list.

mod registry;
mod snapshot;
mod static_list;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::time::Instant;

pub use registry::{DirectoryOptions, EmptyProtection, RegistryDirectory};
pub use snapshot::{MethodPlan, Provider, Snapshot};
pub use static_list::StaticDirectory;

use super::RELEASE;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::invoker::Leaf;
use crate::url::{Url, keys};

/// Makes the leaf for a merged provider URL. Must not block: it starts to connect and returns.
pub type LeafFactory = dyn Fn(&Url) -> Result<Arc<Leaf>> + Send + Sync;

/// How often a wait for the first provider looks again.
const POLL: Duration = Duration::from_millis(20);

/// The current providers of one service.
pub struct Directory {
    consumer: Url,
    registry_address: Box<str>,
    available_check: bool,
    snapshot: ArcSwap<Snapshot>,
    destroyed: AtomicBool,
}

impl Directory {
    /// `registry` is the registry's URL, or the direct URL; it carries `cluster.availablecheck`.
    fn new(consumer: Url, registry: &Url, snapshot: Snapshot) -> Arc<Self> {
        Arc::new(Self {
            consumer,
            registry_address: registry.address().into(),
            available_check: registry.bool_param(keys::AVAILABLE_CHECK, true),
            snapshot: ArcSwap::from_pointee(snapshot),
            destroyed: AtomicBool::new(false),
        })
    }

    /// The consumer's URL, with the reference's settings.
    #[must_use]
    pub fn consumer(&self) -> &Url {
        &self.consumer
    }

    /// The state that calls see now.
    #[must_use]
    pub fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// The providers a call may use: never empty.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Unknown`] after [`Directory::destroy`]; [`ErrorCode::Forbidden`] when the registry
    /// lists no provider; [`ErrorCode::NoInvokerAvailable`] when no list has arrived yet.
    pub fn list(&self, method: &str) -> Result<Guard<Arc<Snapshot>>> {
        let snapshot = self.snapshot.load();
        if self.destroyed.load(Ordering::Relaxed) {
            return Err(self.destroyed_error());
        }
        if !snapshot.providers().is_empty() {
            return Ok(snapshot);
        }
        Err(if snapshot.is_forbidden() { self.forbidden_error() } else { self.no_provider_error(method) })
    }

    /// True when a call would find a provider that is connected and not about to stop.
    #[must_use]
    pub fn is_available(&self) -> bool {
        !self.destroyed.load(Ordering::Relaxed)
            && self.snapshot.load().providers().iter().any(|provider| provider.leaf().is_available())
    }

    /// Waits until a provider is available: the start-up check of a reference with `check=true`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::NoInvokerAvailable`] with Dubbo's text after `timeout`.
    pub async fn wait_until_available(&self, timeout: Duration) -> Result<()> {
        let deadline = Instant::now() + timeout;
        while !self.is_available() {
            if Instant::now() >= deadline {
                return Err(self.check_error());
            }
            tokio::time::sleep(POLL.min(timeout)).await;
        }
        Ok(())
    }

    /// Closes the directory and releases its leaves; calls in flight finish. Idempotent.
    pub fn destroy(&self) {
        self.destroyed.store(true, Ordering::Relaxed);
        let last = self.publish(Snapshot::new(&self.consumer, Vec::new(), false));
        last.providers().iter().for_each(|provider| provider.leaf().destroy());
    }

    /// True after [`Directory::destroy`].
    #[must_use]
    pub fn is_destroyed(&self) -> bool {
        self.destroyed.load(Ordering::Relaxed)
    }

    pub(crate) fn available_check(&self) -> bool {
        self.available_check
    }

    pub(crate) fn registry_address(&self) -> &str {
        &self.registry_address
    }

    fn publish(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        self.snapshot.swap(Arc::new(snapshot))
    }

    fn destroyed_error(&self) -> Error {
        let text = format!(
            "Directory of type RegistryDirectory already destroyed for service {} from registry {}",
            self.consumer.service_key(),
            self.registry_address
        );
        Error::new(ErrorCode::Unknown, text)
    }

    fn forbidden_error(&self) -> Error {
        let text = format!(
            "No provider available from registry {} for service {} on consumer {} use dubbo version {RELEASE}, \
             please check status of providers(disabled, not registered or in blacklist).",
            self.registry_address,
            self.consumer.service_key(),
            self.consumer.host()
        );
        Error::new(ErrorCode::Forbidden, text)
    }

    fn no_provider_error(&self, method: &str) -> Error {
        let text = format!(
            "Failed to invoke the method {method} in the service {}. No provider available for the service {} from \
             registry {} on the consumer {} using the dubbo version {RELEASE}. Please check if the providers have \
             been started and registered.",
            self.consumer.interface(),
            self.consumer.service_key(),
            self.registry_address,
            self.consumer.host()
        );
        Error::new(ErrorCode::NoInvokerAvailable, text)
    }

    /// Dubbo's text for a reference that finds no provider at its start.
    pub(crate) fn check_error(&self) -> Error {
        let text = format!(
            "Failed to check the status of the service {}. No provider available for the service {} from the url {} \
             to the consumer {} use dubbo version {RELEASE}",
            self.consumer.interface(),
            self.consumer.service_key(),
            self.consumer,
            self.consumer.host()
        );
        Error::new(ErrorCode::NoInvokerAvailable, text)
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("service", &self.consumer.service_key())
            .field("providers", &self.snapshot.load().providers())
            .finish_non_exhaustive()
    }
}
