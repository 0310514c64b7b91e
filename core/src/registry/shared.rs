//! One registry client per address, however many references and servers use it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::Registry;
use super::simple::SimpleRegistry;
use super::zookeeper::ZookeeperRegistry;
use crate::error::{Error, ErrorCode, Result};
use crate::url::{Url, parse_registry_addresses};

/// Process, runtime and address: a client's tasks end with their runtime and do not survive a fork.
type Key = (u32, String, String);

static OPEN: LazyLock<Mutex<HashMap<Key, Weak<Open>>>> = LazyLock::new(Mutex::default);

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
        let runtime = Handle::try_current()
            .map_err(|_| Error::new(ErrorCode::Config, "a registry must be opened inside a tokio runtime"))?;
        let key = (std::process::id(), format!("{:?}", runtime.id()), url.full_string());
        let mut open = OPEN.lock();
        open.retain(|_, registry| registry.strong_count() > 0);
        if let Some(registry) = open.get(&key).and_then(Weak::upgrade) {
            return Ok(Self(registry));
        }
        let registry = Arc::new(Open(connect(url.clone())?));
        open.insert(key, Arc::downgrade(&registry));
        Ok(Self(registry))
    }

    /// Gives the share back. The last one withdraws what is still registered and disconnects, within `timeout`.
    pub async fn release(self, timeout: Duration) {
        if let Some(open) = Arc::into_inner(self.0) {
            open.0.destroy(timeout).await;
        }
    }
}

impl Deref for SharedRegistry {
    type Target = dyn Registry;

    fn deref(&self) -> &Self::Target {
        &*self.0.0
    }
}

fn connect(url: Url) -> Result<Box<dyn Registry>> {
    match url.protocol() {
        "zookeeper" => Ok(Box::new(ZookeeperRegistry::connect(url)?)),
        "dubbo" => Ok(Box::new(SimpleRegistry::connect(url)?)),
        other => {
            let text = format!("there is no registry of kind {other:?}: write zookeeper://host:2181 or dubbo://host:9090");
            Err(Error::new(ErrorCode::Unsupported, text).with("registry", url.address()))
        }
    }
}
