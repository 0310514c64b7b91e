//! Which registry a URL means.

use super::Registry;
use super::simple::SimpleRegistry;
use super::zookeeper::ZookeeperRegistry;
use crate::error::{Error, ErrorCode, Result};
use crate::url::Url;

/// Opens the registry of this URL; connecting happens in the background, on the current tokio runtime.
pub(super) fn create(url: &Url) -> Result<Box<dyn Registry>> {
    match url.protocol() {
        "zookeeper" => Ok(Box::new(ZookeeperRegistry::connect(url.clone())?)),
        "dubbo" => Ok(Box::new(SimpleRegistry::connect(url.clone())?)),
        protocol => {
            let text =
                format!("there is no registry {protocol}: use zookeeper://host:2181 or dubbo://host:9090");
            Err(Error::new(ErrorCode::Unsupported, text).with("url", url))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_unknown_registry_is_named_with_the_known_ones() {
        let error = create(&Url::parse("etcd3://h:1").unwrap()).err().expect("unknown");
        assert_eq!(error.code(), ErrorCode::Unsupported);
        assert!(error.message().contains("zookeeper://"));
    }
}
