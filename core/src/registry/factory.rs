//! Registries by their URL, shared: all services and references of a process use one session.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::Registry;
use super::zookeeper::ZookeeperRegistry;
use crate::error::{Error, ErrorCode, Result};
use crate::url::Url;

/// Opens registries and hands out those that are open already.
#[derive(Default)]
pub struct RegistryFactory {
    open: Mutex<HashMap<String, Weak<dyn Registry>>>,
}

impl RegistryFactory {
    /// The registry of this URL. It closes when the last user drops it; connecting happens in the
    /// background, on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Unsupported`] for a protocol that is not known here; [`ErrorCode::Config`] for
    /// parameters that cannot be read.
    pub fn registry(&self, url: &Url) -> Result<Arc<dyn Registry>> {
        let key = url.full_string();
        let mut open = self.open.lock();
        open.retain(|_, registry| registry.strong_count() > 0);
        if let Some(registry) = open.get(&key).and_then(Weak::upgrade) {
            return Ok(registry);
        }
        let registry = create(url)?;
        open.insert(key, Arc::downgrade(&registry));
        Ok(registry)
    }
}

fn create(url: &Url) -> Result<Arc<dyn Registry>> {
    match url.protocol() {
        "zookeeper" => Ok(Arc::new(ZookeeperRegistry::connect(url.clone())?)),
        protocol => {
            let text = format!("there is no registry {protocol}: use zookeeper://host:2181");
            Err(Error::new(ErrorCode::Unsupported, text).with("url", url))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_registry_is_shared_while_somebody_uses_it() {
        let factory = RegistryFactory::default();
        let url = |text: &str| Url::parse(text).unwrap();
        let one = factory.registry(&url("zookeeper://127.0.0.1:1?file-cache=false")).unwrap();
        let same = factory.registry(&url("zookeeper://127.0.0.1:1?file-cache=false")).unwrap();
        let other = factory.registry(&url("zookeeper://127.0.0.1:1?file-cache=false&group=g")).unwrap();
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
        let weak = Arc::downgrade(&one);
        drop((one, same));
        assert!(weak.upgrade().is_none());
        let error = factory.registry(&url("etcd3://h:1")).err().map(|error| error.code());
        assert_eq!(error, Some(ErrorCode::Unsupported));
    }
}
