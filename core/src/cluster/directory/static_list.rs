//! A directory whose providers never change: direct URLs.

use std::sync::Arc;

use super::{Directory, LeafFactory, Provider, Snapshot};
use crate::cluster::merge::merge_url;
use crate::error::{Error, ErrorCode, Result};
use crate::url::Url;

/// Builds a [`Directory`] with a fixed list.
#[derive(Debug)]
pub struct StaticDirectory;

impl StaticDirectory {
    /// Merges each URL with the consumer's settings and makes its leaf.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidArgument`] (`invokers == null`, Dubbo's text) for an empty list; the first
    /// error of `factory`, after which no leaf is left behind.
    pub fn build(consumer: Url, urls: &[Url], factory: &LeafFactory) -> Result<Arc<Directory>> {
        let Some(first) = urls.first() else {
            return Err(Error::new(ErrorCode::InvalidArgument, "invokers == null"));
        };
        let mut providers: Vec<Arc<Provider>> = Vec::with_capacity(urls.len());
        for url in urls {
            let merged = merge_url(url, &consumer);
            match factory(&merged) {
                Ok(leaf) => providers.push(Arc::new(Provider::new(merged, leaf))),
                Err(error) => {
                    providers.iter().for_each(|provider| provider.leaf().destroy());
                    return Err(error);
                }
            }
        }
        let snapshot = Snapshot::new(&consumer, providers, false);
        Ok(Directory::new(consumer, first, snapshot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::testing::{Fake, url};

    #[test]
    fn direct_urls_are_merged_with_the_consumer() {
        let consumer = url("consumer://c/a.B?timeout=3");
        let directory = StaticDirectory::build(
            consumer.clone(),
            &[url("dubbo://h:1"), url("dubbo://h:2?timeout=9")],
            &|_| Ok(Fake::leaf()),
        )
        .unwrap();
        let texts: Vec<_> = directory.snapshot().providers().iter().map(|p| p.url().full_string()).collect();
        assert_eq!(texts, ["dubbo://h:1/a.B?check=false&timeout=3", "dubbo://h:2/a.B?check=false&timeout=3"]);
        let error = StaticDirectory::build(consumer, &[], &|_| Ok(Fake::leaf())).unwrap_err();
        assert_eq!(error.message(), "invokers == null");
    }

    #[test]
    fn a_failure_leaves_no_leaf_behind() {
        let made = Fake::new();
        let first = made.clone();
        let result = StaticDirectory::build(
            url("consumer://c/a.B"),
            &[url("dubbo://h:1"), url("tri://h:2")],
            &move |url| match url.protocol() {
                "dubbo" => Ok(first.as_leaf()),
                _ => Err(Error::new(ErrorCode::Unsupported, "no")),
            },
        );
        assert_eq!(result.unwrap_err().code(), ErrorCode::Unsupported);
        assert!(made.is_destroyed());
    }
}
