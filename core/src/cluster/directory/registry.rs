//! The directory that a registry keeps up to date.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Directory, LeafFactory, Provider, Snapshot};
use crate::cluster::configurator::Configurators;
use crate::cluster::merge::merge_url;
use crate::registry::NotifyListener;
use crate::url::{Url, keys};

/// What an empty list of providers means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyProtection {
    /// There are no providers: calls fail at once. Java's default save for 3.0.5 to 3.1.11.
    #[default]
    Off,
    /// The last known providers stay.
    Keep,
}

/// How a [`RegistryDirectory`] treats what it is told.
pub struct DirectoryOptions {
    /// Protocols for which `factory` can make leaves.
    pub protocols: &'static [&'static str],
    /// What an empty list means.
    pub empty_protection: EmptyProtection,
    /// Makes leaves; runs inside a notification.
    pub factory: Box<LeafFactory>,
}

impl DirectoryOptions {
    /// The protocol `dubbo`; empty protection as the registry's URL says.
    #[must_use]
    pub fn new(registry: &Url, factory: Box<LeafFactory>) -> Self {
        let keep = registry.bool_param(keys::EMPTY_PROTECTION, false);
        let empty_protection = if keep { EmptyProtection::Keep } else { EmptyProtection::Off };
        Self { protocols: &["dubbo"], empty_protection, factory }
    }
}

/// Turns the notifications of a registry into the snapshots of a [`Directory`].
///
/// A provider whose merged URL did not change keeps its leaf, and so its connection; a vanished one is
/// destroyed after the new snapshot is published, so no new call finds it and calls in flight finish.
pub struct RegistryDirectory {
    directory: Arc<Directory>,
    options: DirectoryOptions,
    /// Taken by notifications only, one at a time; calls never wait for it.
    writer: Mutex<Writer>,
}

#[derive(Default)]
struct Writer {
    /// The last list of provider URLs that was not empty.
    urls: Vec<Url>,
    providers: HashMap<Url, Arc<Provider>>,
    configurators: Configurators,
    routes_reported: bool,
}

impl RegistryDirectory {
    /// A directory without providers, to be subscribed with the consumer's URL.
    #[must_use]
    pub fn new(consumer: Url, registry: &Url, options: DirectoryOptions) -> Arc<Self> {
        let snapshot = Snapshot::new(&consumer, Vec::new(), false);
        let directory = Directory::new(consumer, registry, snapshot);
        Arc::new(Self { directory, options, writer: Mutex::default() })
    }

    /// What calls read.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Closes the directory; later notifications are ignored. Idempotent.
    pub fn destroy(&self) {
        self.directory.destroy();
        *self.writer.lock() = Writer::default();
    }

    fn refresh(&self, writer: &mut Writer, urls: Vec<Url>) -> Vec<Arc<Provider>> {
        if let [only] = &urls[..]
            && only.is_empty_marker()
        {
            return self.forbid(writer);
        }
        if !urls.is_empty() {
            writer.urls = urls;
        }
        let providers = self.providers_of(writer);
        if providers.is_empty() {
            // Also the case that every URL was unusable: better old addresses than none.
            if !writer.urls.is_empty() {
                tracing::error!(service = %self.directory.consumer.service_key(), count = writer.urls.len(),
                    "urls to invokers error: none of the providers can be used, the old ones stay");
            }
            return Vec::new();
        }
        let vanished = self.replace(writer, &providers);
        self.directory.publish(Snapshot::new(&self.directory.consumer, providers, false));
        vanished
    }

    fn forbid(&self, writer: &mut Writer) -> Vec<Arc<Provider>> {
        let service = self.directory.consumer.service_key();
        if self.options.empty_protection == EmptyProtection::Keep && !writer.providers.is_empty() {
            tracing::warn!(%service, "the registry lists no provider; empty protection keeps the last ones");
            return Vec::new();
        }
        tracing::warn!(%service, "the registry lists no provider");
        writer.urls.clear();
        self.directory.publish(Snapshot::new(&self.directory.consumer, Vec::new(), true));
        writer.providers.drain().map(|(_, provider)| provider).collect()
    }

    /// The providers of `writer.urls`, in that order, without duplicates; leaves are reused.
    fn providers_of(&self, writer: &Writer) -> Vec<Arc<Provider>> {
        let mut seen: HashMap<Url, ()> = HashMap::new();
        let usable = writer.urls.iter().filter_map(|url| self.usable(url));
        let consumer = &self.directory.consumer;
        let merged = usable.map(|url| writer.configurators.apply(merge_url(&url, consumer), consumer.host()));
        let fresh = merged.filter(|url| seen.insert(url.clone(), ()).is_none());
        fresh.filter_map(|url| self.provider(writer, url)).collect()
    }

    fn provider(&self, writer: &Writer, url: Url) -> Option<Arc<Provider>> {
        if let Some(known) = writer.providers.get(&url) {
            // The same provider, perhaps restarted: its leaf stays, its start time counts anew.
            return Some(Arc::new(Provider::new(url, known.leaf().clone())));
        }
        let enabled = match url.value(keys::DISABLED) {
            Some(_) => !url.bool_param(keys::DISABLED, false),
            None => url.bool_param(keys::ENABLED, true),
        };
        if !enabled {
            return None;
        }
        match (self.options.factory)(&url) {
            Ok(leaf) => Some(Arc::new(Provider::new(url, leaf))),
            Err(error) => {
                tracing::error!(%url, %error, "Failed to refer invoker, the provider is skipped");
                None
            }
        }
    }

    /// The URL to connect to, if one of its protocols is ours and allowed by the reference.
    fn usable(&self, url: &Url) -> Option<Url> {
        if url.is_empty_marker() {
            return None;
        }
        let wanted = self.directory.consumer.value(keys::PROTOCOL);
        let offered = url
            .value(keys::PREFERRED_PROTOCOL)
            .into_iter()
            .chain([url.protocol()])
            .chain(url.value(keys::EXT_PROTOCOL).unwrap_or_default().split(',').map(str::trim));
        let ours = |protocol: &&str| {
            self.options.protocols.contains(protocol)
                && wanted.is_none_or(|list| list.split(',').any(|item| item.trim() == *protocol))
        };
        let Some(protocol) = offered.into_iter().find(ours) else {
            tracing::debug!(%url, "the provider offers no protocol that is supported here");
            return None;
        };
        let protocol = protocol.to_owned();
        Some(if url.protocol() == protocol { url.clone() } else { url.clone().with_protocol(&protocol) })
    }

    /// Remembers the new providers and returns those whose leaf is no longer used.
    fn replace(&self, writer: &mut Writer, providers: &[Arc<Provider>]) -> Vec<Arc<Provider>> {
        let next = providers.iter().map(|provider| (provider.url().clone(), provider.clone())).collect();
        let last: HashMap<Url, Arc<Provider>> = std::mem::replace(&mut writer.providers, next);
        last.into_iter()
            .filter(|(url, _)| !writer.providers.contains_key(url))
            .map(|(_, provider)| provider)
            .collect()
    }
}

impl NotifyListener for RegistryDirectory {
    fn notify(&self, urls: &[Url]) {
        let mut lists = Lists::default();
        urls.iter().for_each(|url| lists.add(url));
        let vanished = {
            let mut writer = self.writer.lock();
            if self.directory.is_destroyed() {
                return;
            }
            if lists.has_routes && !std::mem::replace(&mut writer.routes_reported, true) {
                tracing::warn!(service = %self.directory.consumer.service_key(),
                    "the registry holds route rules for this service; they are not applied");
            }
            if let Some(rules) = &lists.configurators {
                writer.configurators = Configurators::new(rules);
            }
            match lists.providers {
                Some(providers) => self.refresh(&mut writer, providers),
                // Changed rules concern the providers known already.
                None if lists.configurators.is_some() => self.refresh(&mut writer, Vec::new()),
                None => return,
            }
        };
        vanished.iter().for_each(|provider| provider.leaf().destroy());
    }
}

impl fmt::Debug for RegistryDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegistryDirectory").field(&self.directory).finish()
    }
}

/// A notification split by category.
#[derive(Default)]
struct Lists {
    providers: Option<Vec<Url>>,
    configurators: Option<Vec<Url>>,
    has_routes: bool,
}

impl Lists {
    fn add(&mut self, url: &Url) {
        if url.has_param(keys::COMPATIBLE_CONFIG) {
            return;
        }
        match url.value(keys::CATEGORY).unwrap_or(keys::PROVIDERS) {
            keys::PROVIDERS => self.providers.get_or_insert_default().push(url.clone()),
            keys::CONFIGURATORS => self.configurators.get_or_insert_default().push(url.clone()),
            keys::ROUTERS => self.has_routes |= !url.is_empty_marker(),
            category => tracing::warn!(category, %url, "a notification of unknown category is ignored"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::testing::{Fakes, url};
    use crate::error::ErrorCode;

    fn directory(consumer: &str, registry: &str) -> (Arc<RegistryDirectory>, Fakes) {
        let fakes = Fakes::default();
        let registry = url(registry);
        let factory = fakes.factory();
        let options = DirectoryOptions::new(&registry, Box::new(factory));
        (RegistryDirectory::new(url(consumer), &registry, options), fakes)
    }

    fn notify(directory: &RegistryDirectory, texts: &[&str]) {
        directory.notify(&texts.iter().map(|text| url(text)).collect::<Vec<_>>());
    }

    fn addresses(directory: &RegistryDirectory) -> Vec<String> {
        let snapshot = directory.directory().snapshot();
        snapshot.providers().iter().map(|provider| provider.address().to_owned()).collect()
    }

    const EMPTY: &str = "empty://c/a.B?category=providers";

    #[test]
    fn unchanged_providers_keep_their_leaf_and_vanished_ones_are_destroyed() {
        let (directory, fakes) = directory("consumer://c/a.B", "zookeeper://z:2181");
        notify(&directory, &["dubbo://h:1/a.B?timestamp=1", "dubbo://h:2/a.B"]);
        let first = directory.directory().snapshot().providers()[0].clone();
        notify(&directory, &["dubbo://h:1/a.B?timestamp=2", "dubbo://h:3/a.B"]);
        let again = directory.directory().snapshot().providers()[0].clone();
        assert!(first.is_same(&again));
        assert_eq!(again.url().start_time_ms(), 2000);
        assert_eq!(addresses(&directory), ["h:1", "h:3"]);
        assert_eq!((fakes.made("h:1"), fakes.destroyed()), (1, vec!["h:2".to_owned()]));
    }

    #[test]
    fn an_empty_list_forbids_calls_unless_protected() {
        for (registry, left, code) in [
            ("zookeeper://z:2181", 0, Some(ErrorCode::Forbidden)),
            ("zookeeper://z:2181?enable-empty-protection=true", 1, None),
        ] {
            let (directory, fakes) = directory("consumer://c/a.B", registry);
            notify(&directory, &["dubbo://h:1/a.B"]);
            notify(&directory, &[EMPTY]);
            assert_eq!(directory.directory().list("m").err().map(|e| e.code()), code);
            assert_eq!(addresses(&directory).len(), left);
            assert_eq!(fakes.destroyed().len(), 1 - left);
            notify(&directory, &["dubbo://h:2/a.B"]);
            assert_eq!(addresses(&directory), ["h:2"]);
        }
    }

    #[test]
    fn a_forbidden_call_has_the_text_of_java() {
        let (directory, _) = directory("consumer://10.0.0.1/a.B?group=g&version=1", "zookeeper://z:2181");
        let no_list = directory.directory().list("hi").unwrap_err();
        assert_eq!(no_list.code(), ErrorCode::NoInvokerAvailable);
        assert!(no_list.message().starts_with(
            "Failed to invoke the method hi in the service a.B. No provider available for the service g/a.B:1 from"
        ));
        notify(&directory, &[EMPTY]);
        let forbidden = directory.directory().list("hi").unwrap_err();
        assert!(forbidden.message().starts_with(
            "No provider available from registry z:2181 for service g/a.B:1 on consumer 10.0.0.1 use dubbo version"
        ));
    }

    #[test]
    fn a_list_without_usable_providers_keeps_the_old_ones() {
        let (directory, fakes) = directory("consumer://c/a.B", "zookeeper://z:2181");
        notify(&directory, &["dubbo://h:1/a.B"]);
        for list in [&["tri://h:2/a.B"][..], &["dubbo://fail:1/a.B"], &["dubbo://h:2/a.B?disabled=true"]] {
            notify(&directory, list);
            assert_eq!(addresses(&directory), ["h:1"], "{list:?}");
        }
        assert!(fakes.destroyed().is_empty());
    }

    #[test]
    fn failed_unknown_and_disabled_providers_are_skipped() {
        let (directory, _) = directory("consumer://c/a.B?protocol=dubbo", "zookeeper://z:2181");
        notify(
            &directory,
            &[
                "dubbo://fail:1/a.B",
                "rest://h:2/a.B",
                "tri://h:3/a.B?ext.protocol=dubbo",
                "dubbo://h:4/a.B?enabled=false",
                "dubbo://h:5/a.B?disabled=false&enabled=false",
                "dubbo://h:6/a.B?compatible_config=1",
                "tri://h:7/a.B?preferred.protocol=dubbo",
                "dubbo://h:8/a.B",
                "dubbo://h:8/a.B?timestamp=5",
                "dubbo://h:9/a.B?category=nonsense",
            ],
        );
        assert_eq!(addresses(&directory), ["h:3", "h:5", "h:7", "h:8"]);
        let snapshot = directory.directory().snapshot();
        assert!(snapshot.providers().iter().all(|provider| provider.url().protocol() == "dubbo"));
    }

    #[test]
    fn a_consumer_that_wants_another_protocol_uses_none_of_ours() {
        let (directory, _) = directory("consumer://c/a.B?protocol=tri", "zookeeper://z:2181");
        notify(&directory, &["dubbo://h:1/a.B"]);
        assert!(addresses(&directory).is_empty());
    }

    #[test]
    fn overrides_change_the_providers_that_are_known() {
        let (directory, fakes) = directory("consumer://10.0.0.9/a.B?side=consumer", "zookeeper://z:2181");
        notify(&directory, &["dubbo://h:1/a.B", "dubbo://h:2/a.B", "empty://c/a.B?category=configurators"]);
        let weights = || {
            let snapshot = directory.directory().snapshot();
            let weight =
                |p: &Arc<Provider>| format!("{}={}", p.address(), p.url().param("weight").unwrap_or("-"));
            snapshot.providers().iter().map(weight).collect::<Vec<_>>()
        };
        notify(&directory, &["override://h:2/a.B?category=configurators&weight=7"]);
        assert_eq!(weights(), ["h:1=-", "h:2=7"]);
        assert_eq!((fakes.made("h:1"), fakes.made("h:2")), (1, 2));
        notify(&directory, &["override://h:2/a.B?category=configurators&disabled=true"]);
        assert_eq!(weights(), ["h:1=-"]);
        notify(&directory, &["empty://c/a.B?category=configurators"]);
        assert_eq!(weights(), ["h:1=-", "h:2=-"]);
        assert_eq!(fakes.made("h:1"), 1);
    }

    #[test]
    fn a_notification_of_rules_only_leaves_the_providers() {
        let (directory, _) = directory("consumer://c/a.B", "zookeeper://z:2181");
        notify(&directory, &["dubbo://h:1/a.B", "empty://c/a.B?category=routers"]);
        notify(&directory, &["empty://c/a.B?category=configurators"]);
        assert_eq!(addresses(&directory), ["h:1"]);
    }

    #[test]
    fn a_destroyed_directory_releases_everything_and_ignores_notifications() {
        let (directory, fakes) = directory("consumer://c/a.B", "zookeeper://z:2181");
        notify(&directory, &["dubbo://h:1/a.B"]);
        directory.destroy();
        directory.destroy();
        notify(&directory, &["dubbo://h:2/a.B"]);
        assert_eq!(fakes.destroyed(), ["h:1"]);
        assert_eq!(fakes.made("h:2"), 0);
        let error = directory.directory().list("m").unwrap_err();
        assert!(error.message().contains("already destroyed for service a.B from registry z:2181"));
    }
}
