//! One registry client per address, however many references and servers use it.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::Registry;
use super::factory::create;
use crate::error::{Error, ErrorCode, Result};
use crate::per_runtime::PerRuntime;
use crate::url::parse_registry_addresses;

static OPEN: LazyLock<PerRuntime<Open>> = LazyLock::new(PerRuntime::default);

/// A share in a registry client; dereferences to the [`Registry`].
#[derive(Clone)]
pub struct SharedRegistry(Arc<Open>);

struct Open(Box<dyn Registry>);

impl SharedRegistry {
    /// Opens the registry at `address`, or shares the client that this runtime has for it already.
    ///
    /// Must be called inside a tokio runtime; nothing is awaited: whether the registry can be reached shows in
    /// the first operation.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] when the address cannot be read or names several registries,
    /// [`ErrorCode::Unsupported`] for a kind of registry that does not exist here.
    pub fn open(address: &str) -> Result<Self> {
        let urls = parse_registry_addresses(address, &[])?;
        let [url] = &urls[..] else {
            let text = "several registries for one reference or server are not supported yet: name one registry (its \
                        hosts are separated by ',')";
            return Err(Error::new(ErrorCode::Unsupported, text).with("registry", address));
        };
        OPEN.share(&url.full_string(), || Ok(Open(create(url)?))).map(Self)
    }

    /// Gives the share back. The last one withdraws what is still registered and disconnects, within `timeout`.
    pub async fn release(self, timeout: Duration) {
        if let Some(open) = Arc::into_inner(self.0) {
            open.0.destroy(timeout).await;
        }
    }
}

/// Withdraws from every registry that is open on this runtime, whoever holds it; for the end of the process.
pub(crate) fn leave_all(runtime: &Handle, timeout: Duration) {
    let open = OPEN.on(runtime);
    if open.is_empty() {
        return;
    }
    let (left, all_left) = std::sync::mpsc::channel();
    for registry in open {
        let left = left.clone();
        runtime.spawn(async move {
            registry.0.destroy(timeout).await;
            // Nobody waits any more once the time is up.
            let _ = left.send(());
        });
    }
    drop(left);
    // Ends when the last sender is gone, by success or with its runtime.
    let deadline = Instant::now() + timeout;
    while all_left.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
}

impl Deref for SharedRegistry {
    type Target = dyn Registry;

    fn deref(&self) -> &Self::Target {
        &*self.0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_registry_is_shared_while_somebody_uses_it() {
        let open = |text: &str| SharedRegistry::open(text).unwrap();
        let one = open("zookeeper://127.0.0.1:1?file-cache=false");
        let same = open("zookeeper://127.0.0.1:1?file-cache=false");
        let other = open("zookeeper://127.0.0.1:1?file-cache=false&group=g");
        assert!(Arc::ptr_eq(&one.0, &same.0) && !Arc::ptr_eq(&one.0, &other.0));
        let weak = Arc::downgrade(&one.0);
        drop((one, same));
        assert!(weak.upgrade().is_none());
    }

    #[tokio::test]
    async fn several_registries_are_refused_openly() {
        let error = SharedRegistry::open("zookeeper://h1:2181|zookeeper://h2:2181").err().expect("refused");
        assert_eq!(error.code(), ErrorCode::Unsupported);
    }
}
