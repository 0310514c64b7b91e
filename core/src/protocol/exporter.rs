//! Services that are offered on a port, and how a request finds its own.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustc_hash::FxHashMap;

use super::callback;
use super::inbound::ServiceHandler;
use super::method_table::MethodTable;
use super::recent::{Lookup, Recent};
use crate::error::{Error, ErrorCode, Result};
use crate::filter::{Chain, FilterRegistry, Side};
use crate::url::Url;

/// Name of the interface that Java's generic implementations export.
pub const GENERIC_SERVICE: &str = "org.apache.dubbo.rpc.service.GenericService";

/// One service on one port.
pub struct Exporter {
    url: Url,
    key: Box<str>,
    methods: Arc<MethodTable>,
    handler: Arc<dyn ServiceHandler>,
    chain: Chain,
    blocking: bool,
    /// Methods with callback parameters: index, and whether the object comes.
    callbacks: FxHashMap<Box<str>, Vec<(usize, bool)>>,
}

impl Exporter {
    /// Creates an exporter for the service that `url` names by its parameters `interface`, `group` and `version`;
    /// its chain of filters is built here, from the URL.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] when the URL names an unknown filter.
    pub fn new(
        url: Url,
        methods: MethodTable,
        handler: Arc<dyn ServiceHandler>,
        filters: &FilterRegistry,
    ) -> Result<Self> {
        Self::with(url, Arc::new(methods), handler, filters)
    }

    fn with(
        url: Url,
        methods: Arc<MethodTable>,
        handler: Arc<dyn ServiceHandler>,
        filters: &FilterRegistry,
    ) -> Result<Self> {
        let chain = filters.chain(Side::Provider, &url)?;
        let version = version_of(&url);
        let key = exporter_key(group_of(&url), url.path(), version, url.port());
        let callbacks = callback::declared_by_method(&url);
        Ok(Self { url, key: key.into(), methods, handler, chain, blocking: false, callbacks })
    }

    /// Says that the handler blocks its thread: its calls, with their filters, run on the
    /// [workers](super::server::DubboServer::use_workers) of the port.
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.blocking = true;
        self
    }

    /// The same service with other settings.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] when the URL names an unknown filter.
    pub fn with_url(&self, url: Url, filters: &FilterRegistry) -> Result<Self> {
        let changed = Self::with(url, Arc::clone(&self.methods), Arc::clone(&self.handler), filters)?;
        Ok(Self { blocking: self.blocking, ..changed })
    }

    /// See [`Exporter::blocking`].
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.blocking
    }

    /// The URL under which the service is (or would be) registered.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// `[group/]path[:version]:port`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Fully qualified name of the interface.
    #[must_use]
    pub fn interface(&self) -> &str {
        self.url.interface()
    }

    /// The methods that consumers may call.
    #[must_use]
    pub fn methods(&self) -> &MethodTable {
        &self.methods
    }

    /// What runs the calls.
    #[must_use]
    pub fn handler(&self) -> &Arc<dyn ServiceHandler> {
        &self.handler
    }

    /// The filters around each call.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// True when calls go straight to the handler: no filters, no workers, no callback parameters.
    pub(super) fn is_plain(&self) -> bool {
        self.chain.is_empty() && !self.blocking && self.callbacks.is_empty()
    }

    pub(super) fn callbacks(&self, method: &str) -> &[(usize, bool)] {
        if self.callbacks.is_empty() {
            return &[];
        }
        self.callbacks.get(method).map_or(&[], Vec::as_slice)
    }

    fn serves(&self, version: &str, group: &str) -> bool {
        version_of(&self.url) == normal_version(version) && group_of(&self.url) == group
    }
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exporter({})", self.key)
    }
}

/// The services of one port. Lookups take no lock; changes replace the whole table.
#[derive(Debug, Default)]
pub struct Exporters {
    table: ArcSwap<Table>,
    recent: Recent,
}

#[derive(Debug, Default, Clone)]
struct Table {
    /// Nearly always one per path; versions and groups share a path.
    by_path: FxHashMap<Box<str>, Vec<Arc<Exporter>>>,
    by_interface: FxHashMap<Box<str>, Vec<Arc<Exporter>>>,
}

impl Exporters {
    /// Adds a service.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::AlreadyExported`] when its key is taken.
    pub fn add(&self, exporter: &Arc<Exporter>) -> Result<()> {
        let mut taken = false;
        self.table.rcu(|table| {
            taken = table.all().any(|other| other.key == exporter.key);
            let mut table = Table::clone(table);
            if !taken {
                table.by_path.entry(exporter.url.path().into()).or_default().push(Arc::clone(exporter));
                table.by_interface.entry(exporter.interface().into()).or_default().push(Arc::clone(exporter));
            }
            table
        });
        self.recent.forget();
        if taken {
            return Err(Error::new(
                ErrorCode::AlreadyExported,
                "the service is already exported on this port",
            )
            .with("service", &exporter.key));
        }
        Ok(())
    }

    /// Puts a service in the place of another with the same key; false when that is not there.
    pub fn replace(&self, old: &Arc<Exporter>, new: &Arc<Exporter>) -> bool {
        let before = self.table.rcu(|table| {
            let mut table = Table::clone(table);
            let places = table.by_path.values_mut().chain(table.by_interface.values_mut()).flatten();
            places.filter(|place| Arc::ptr_eq(place, old)).for_each(|place| *place = Arc::clone(new));
            table
        });
        self.recent.forget();
        before.all().any(|other| Arc::ptr_eq(other, old))
    }

    /// Removes a service; false when it was not there.
    pub fn remove(&self, exporter: &Arc<Exporter>) -> bool {
        let before = self.table.rcu(|table| {
            let mut table = Table::clone(table);
            for map in [&mut table.by_path, &mut table.by_interface] {
                map.retain(|_, list| {
                    list.retain(|other| !Arc::ptr_eq(other, exporter));
                    !list.is_empty()
                });
            }
            table
        });
        self.recent.forget();
        before.all().any(|other| Arc::ptr_eq(other, exporter))
    }

    /// The requests that were admitted lately.
    pub(crate) fn recent(&self) -> Lookup<'_> {
        self.recent.lookup()
    }

    /// The service for path, version and group of a request; an empty version and `0.0.0` mean none.
    #[must_use]
    pub fn find(&self, path: &str, version: &str, group: &str) -> Option<Arc<Exporter>> {
        let table = self.table.load();
        table.by_path.get(path)?.iter().find(|exporter| exporter.serves(version, group)).cloned()
    }

    /// The first answer of `accept` for a service with this interface, or else with this path: consumers older than
    /// 2.7.7 name the path.
    pub fn find_declared<T>(&self, name: &str, accept: impl Fn(&Exporter) -> Option<T>) -> Option<T> {
        let table = self.table.load();
        [&table.by_interface, &table.by_path]
            .into_iter()
            .filter_map(|map| map.get(name))
            .flatten()
            .find_map(|exporter| accept(exporter))
    }

    /// The keys of all services, as Java prints a set of them.
    #[must_use]
    pub fn keys(&self) -> String {
        let table = self.table.load();
        let mut keys: Vec<&str> = table.all().map(|exporter| exporter.key()).collect();
        keys.sort_unstable();
        format!("[{}]", keys.join(", "))
    }

    /// All services.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Exporter>> {
        self.table.load().all().cloned().collect()
    }
}

impl Table {
    fn all(&self) -> impl Iterator<Item = &Arc<Exporter>> {
        self.by_path.values().flatten()
    }
}

/// `[group/]path[:version]:port`: the key under which Java's provider looks a service up.
#[must_use]
pub fn exporter_key(group: &str, path: &str, version: &str, port: u16) -> String {
    let mut key = String::with_capacity(group.len() + path.len() + version.len() + 8);
    if !group.is_empty() {
        key.push_str(group);
        key.push('/');
    }
    key.push_str(path);
    let version = normal_version(version);
    if !version.is_empty() {
        key.push(':');
        key.push_str(version);
    }
    key.push(':');
    key.push_str(&port.to_string());
    key
}

fn group_of(url: &Url) -> &str {
    url.value("group").unwrap_or_default()
}

fn version_of(url: &Url) -> &str {
    normal_version(url.value("version").unwrap_or_default())
}

fn normal_version(version: &str) -> &str {
    if version == "0.0.0" { "" } else { version }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::inbound::InboundCall;

    struct Nothing;

    impl ServiceHandler for Nothing {
        fn handle(&self, _: InboundCall) {}
    }

    fn exporter(text: &str) -> Arc<Exporter> {
        let url = Url::parse(text).expect("url");
        let methods = MethodTable::new().with("hello", "");
        Arc::new(
            Exporter::new(url, methods, Arc::new(Nothing), &FilterRegistry::builtin()).expect("exporter"),
        )
    }

    #[test]
    fn keys_are_those_of_java() {
        for (group, path, version, want) in [
            ("", "demo.Foo", "", "demo.Foo:20880"),
            ("", "demo.Foo", "0.0.0", "demo.Foo:20880"),
            ("g1", "demo.Foo", "1.0.0", "g1/demo.Foo:1.0.0:20880"),
        ] {
            assert_eq!(exporter_key(group, path, version, 20880), want);
        }
    }

    #[test]
    fn services_of_one_path_differ_by_group_and_version() {
        let exporters = Exporters::default();
        let plain = exporter("dubbo://h:20880/demo.Foo?interface=demo.Foo");
        let grouped = exporter("dubbo://h:20880/demo.Foo?interface=demo.Foo&group=g1&version=1.0.0");
        exporters.add(&plain).expect("first");
        exporters.add(&grouped).expect("another key");
        for (path, version, group, want) in [
            ("demo.Foo", "", "", Some(&plain)),
            ("demo.Foo", "0.0.0", "", Some(&plain)),
            ("demo.Foo", "1.0.0", "g1", Some(&grouped)),
            ("demo.Foo", "1.0.0", "", None),
            ("demo.Foo", "", "g1", None),
            ("demo.Bar", "", "", None),
        ] {
            let found = exporters.find(path, version, group);
            assert_eq!(found.as_ref().map(|e| e.key()), want.map(|e| e.key()), "{path} {version} {group}");
        }
        assert_eq!(exporters.keys(), "[demo.Foo:20880, g1/demo.Foo:1.0.0:20880]");
        let error = exporters.add(&exporter("dubbo://h:20880/demo.Foo")).expect_err("taken");
        assert_eq!(error.code(), ErrorCode::AlreadyExported);
    }

    #[test]
    fn a_removed_service_is_found_neither_by_path_nor_by_interface() {
        let exporters = Exporters::default();
        let service = exporter("dubbo://h:20880/alias?interface=demo.Foo");
        exporters.add(&service).expect("first");
        assert!(exporters.find("alias", "", "").is_some());
        assert!(exporters.find_declared("demo.Foo", |e| e.methods().find("hello", "")).is_some());
        assert!(exporters.remove(&service));
        assert!(!exporters.remove(&service));
        assert!(exporters.find("alias", "", "").is_none());
        assert!(exporters.find_declared("demo.Foo", |_| Some(())).is_none());
        exporters.add(&service).expect("free again");
    }

    #[test]
    fn a_replaced_service_is_found_with_its_new_settings() {
        let exporters = Exporters::default();
        let old = exporter("dubbo://h:20880/alias?interface=demo.Foo");
        exporters.add(&old).expect("first");
        let url = Url::parse("dubbo://h:20880/alias?interface=demo.Foo&executes=1").expect("url");
        let new = Arc::new(old.with_url(url, &FilterRegistry::builtin()).expect("exporter"));
        assert!(exporters.replace(&old, &new));
        assert!(!exporters.replace(&old, &new), "it is gone");
        let found = exporters.find("alias", "", "").expect("found");
        assert_eq!((found.url().param("executes"), found.key()), (Some("1"), old.key()));
        let method =
            exporters.find_declared("demo.Foo", |e| e.methods().find("hello", "").map(|_| e.url().clone()));
        assert_eq!(method.expect("found").param("executes"), Some("1"));
    }
}
