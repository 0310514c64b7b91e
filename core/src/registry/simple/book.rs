//! What the simple registry knows: who published what, who wants to hear of it.
//!
//! No sockets and no clock: the server feeds it with calls and asks it what to send. A subscription that
//! falls behind costs nothing, since lists are complete: it is marked, and gets the newest when it is
//! its turn.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;

use super::service::REGISTRY_SERVICE;
use crate::error::{Error, ErrorCode, Result};
use crate::registry::matching::is_match;
use crate::url::{Url, keys};

/// Registrations, and subscriptions, that one connection may hold.
const MAX_PER_CONNECTION: usize = 20_000;

/// Bytes that one URL may have.
const MAX_URL: usize = 64 * 1024;

/// A connection of a client: its address, as Java tells its clients apart.
pub(crate) type ConnectionId = SocketAddr;

/// A subscription: the connection, and its callback's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubscriptionId {
    pub(crate) connection: ConnectionId,
    pub(crate) callback: i32,
    number: u64,
}

#[derive(Debug)]
struct Subscription {
    consumer: Url,
    /// Service and category whose list the client does not have yet.
    due: BTreeSet<(String, String)>,
}

/// The registry's memory.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// By service, then by full string, so that two lives of one provider are two entries.
    entries: BTreeMap<String, BTreeMap<String, Entry>>,
    /// Service and full string of what each connection published.
    owned: HashMap<ConnectionId, BTreeSet<(String, String)>>,
    subscriptions: HashMap<SubscriptionId, Subscription>,
    last_number: u64,
}

/// A URL with the connections that published it. One that is not dynamic outlives them.
#[derive(Debug)]
struct Entry {
    url: Url,
    owners: BTreeSet<ConnectionId>,
}

/// The subscriptions that have something to be sent.
pub(crate) type Due = Vec<SubscriptionId>;

impl Book {
    /// Publishes a URL for as long as the connection lives.
    pub(crate) fn register(&mut self, connection: ConnectionId, url: Url) -> Result<Due> {
        let key = (url.interface().to_owned(), url.full_string());
        let owned = self.owned.entry(connection).or_default();
        check_limits(&key.1, owned.len())?;
        owned.insert(key.clone());
        let of_service = self.entries.entry(key.0).or_default();
        let entry =
            of_service.entry(key.1).or_insert_with(|| Entry { url: url.clone(), owners: BTreeSet::new() });
        let known = !entry.owners.is_empty();
        entry.owners.insert(connection);
        Ok(if known { Due::new() } else { self.mark(&[url]) })
    }

    /// Withdraws a URL.
    pub(crate) fn unregister(&mut self, connection: ConnectionId, url: &Url) -> Due {
        let key = (url.interface().to_owned(), url.full_string());
        if let Some(owned) = self.owned.get_mut(&connection) {
            owned.remove(&key);
        }
        // An operator may withdraw a static entry whose connection is gone.
        let gone = self.release(connection, &key, |_| true);
        gone.map_or_else(Due::new, |url| self.mark(&[url]))
    }

    /// Takes a connection off an entry; removes the entry if nobody else holds it and `may_go` agrees.
    fn release(
        &mut self,
        connection: ConnectionId,
        (service, text): &(String, String),
        may_go: impl FnOnce(&Url) -> bool,
    ) -> Option<Url> {
        let of_service = self.entries.get_mut(service)?;
        let entry = of_service.get_mut(text)?;
        entry.owners.remove(&connection);
        if !entry.owners.is_empty() || !may_go(&entry.url) {
            return None;
        }
        let entry = of_service.remove(text)?;
        if of_service.is_empty() {
            self.entries.remove(service);
        }
        Some(entry.url)
    }

    /// Starts a subscription; its first notice holds every category asked for.
    pub(crate) fn subscribe(
        &mut self,
        connection: ConnectionId,
        consumer: Url,
        callback: i32,
    ) -> Result<SubscriptionId> {
        let count = self.subscriptions.keys().filter(|id| id.connection == connection).count();
        check_limits(&consumer.full_string(), count)?;
        self.unsubscribe(connection, &consumer, callback);
        self.last_number += 1;
        let id = SubscriptionId { connection, callback, number: self.last_number };
        let mut due = BTreeSet::new();
        for service in self.services(&consumer) {
            due.extend(categories(&consumer).into_iter().map(|category| (service.clone(), category)));
        }
        self.subscriptions.insert(id, Subscription { consumer, due });
        Ok(id)
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(&mut self, connection: ConnectionId, consumer: &Url, callback: i32) {
        self.subscriptions.retain(|id, subscription| {
            id.connection != connection || id.callback != callback || subscription.consumer != *consumer
        });
    }

    /// Forgets a connection.
    pub(crate) fn disconnected(&mut self, connection: ConnectionId) -> Due {
        self.subscriptions.retain(|id, _| id.connection != connection);
        let is_dynamic = |url: &Url| url.bool_param(keys::DYNAMIC, true);
        let owned = self.owned.remove(&connection).unwrap_or_default();
        let gone: Vec<_> = owned.iter().filter_map(|key| self.release(connection, key, is_dynamic)).collect();
        self.mark(&gone)
    }

    /// What matches a URL now.
    pub(crate) fn lookup(&self, consumer: &Url) -> Vec<Url> {
        let services = self.services(consumer);
        let urls = services.iter().filter_map(|service| self.entries.get(service)).flat_map(BTreeMap::values);
        urls.map(|entry| &entry.url).filter(|url| is_match(consumer, url)).cloned().collect()
    }

    /// The next notice of a subscription: the complete lists of one service's changed categories. `None` when
    /// it is up to date or has ended.
    pub(crate) fn next_notice(&mut self, id: SubscriptionId) -> Option<Vec<Url>> {
        let subscription = self.subscriptions.get_mut(&id)?;
        let (service, _) = subscription.due.first()?.clone();
        let (now, later): (BTreeSet<_>, _) =
            std::mem::take(&mut subscription.due).into_iter().partition(|(due, _)| *due == service);
        subscription.due = later;
        let due: Vec<String> = now.into_iter().map(|(_, category)| category).collect();
        let subscription = &self.subscriptions[&id];
        Some(due.iter().flat_map(|category| self.list(&subscription.consumer, &service, category)).collect())
    }

    /// Puts a notice that could not be delivered back.
    pub(crate) fn undelivered(&mut self, id: SubscriptionId, notice: &[Url]) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        subscription
            .due
            .extend(notice.iter().map(|url| (url.interface().to_owned(), category(url).to_owned())));
    }

    /// True while the subscription lasts.
    pub(crate) fn knows(&self, id: SubscriptionId) -> bool {
        self.subscriptions.contains_key(&id)
    }

    /// Numbers of entries and of subscriptions.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.entries.values().map(BTreeMap::len).sum(), self.subscriptions.len())
    }

    fn list(&self, consumer: &Url, service: &str, wanted: &str) -> Vec<Url> {
        let of_service = self.entries.get(service).into_iter().flat_map(BTreeMap::values);
        let matching = of_service
            .map(|entry| &entry.url)
            .filter(|url| category(url) == wanted && is_match(consumer, url));
        let list: Vec<Url> = matching.cloned().collect();
        if !list.is_empty() {
            return list;
        }
        let empty = consumer.clone().with_protocol("empty").with_path(service);
        vec![empty.with_param(keys::INTERFACE, service).with_param(keys::CATEGORY, wanted)]
    }

    /// The services of a subscription: one, or all for a console.
    fn services(&self, consumer: &Url) -> BTreeSet<String> {
        match consumer.interface() {
            // Java's clients subscribe to the registry, too. They are never notified and so stay with the
            // address that they were configured with.
            REGISTRY_SERVICE => BTreeSet::new(),
            "*" => self.entries.keys().cloned().collect(),
            service => BTreeSet::from([service.to_owned()]),
        }
    }

    fn mark(&mut self, changed: &[Url]) -> Due {
        let mut marked = Due::new();
        for (id, subscription) in &mut self.subscriptions {
            let before = subscription.due.len();
            let matching = changed.iter().filter(|url| {
                subscription.consumer.interface() != REGISTRY_SERVICE && is_match(&subscription.consumer, url)
            });
            subscription
                .due
                .extend(matching.map(|url| (url.interface().to_owned(), category(url).to_owned())));
            if subscription.due.len() > before {
                marked.push(*id);
            }
        }
        marked.sort_unstable();
        marked
    }
}

fn category(url: &Url) -> &str {
    url.value(keys::CATEGORY).unwrap_or(keys::PROVIDERS)
}

fn categories(consumer: &Url) -> Vec<String> {
    match consumer.value(keys::CATEGORY) {
        None => vec![keys::PROVIDERS.to_owned()],
        Some("*") => {
            [keys::PROVIDERS, keys::CONSUMERS, keys::ROUTERS, keys::CONFIGURATORS].map(str::to_owned).to_vec()
        }
        Some(list) => {
            list.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        }
    }
}

fn check_limits(url: &str, count: usize) -> Result<()> {
    if url.len() > MAX_URL {
        return Err(Error::new(ErrorCode::LimitExceeded, format!("a URL may have at most {MAX_URL} bytes")));
    }
    if count >= MAX_PER_CONNECTION {
        let text =
            format!("a connection may hold at most {MAX_PER_CONNECTION} registrations or subscriptions");
        return Err(Error::new(ErrorCode::LimitExceeded, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn conn(port: u16) -> ConnectionId {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn texts(notice: Option<Vec<Url>>) -> Option<String> {
        notice.map(|urls| urls.iter().map(Url::full_string).collect::<Vec<_>>().join(" "))
    }

    const A: &str = "dubbo://h:1/a.B";
    const CONSUMER: &str = "consumer://c/a.B?category=providers,routers";
    const EMPTY: &str = "empty://c/a.B?category=providers&interface=a.B";

    #[test]
    fn a_subscription_gets_everything_first_and_then_what_changed() {
        let mut book = Book::default();
        assert!(book.register(conn(1), url(A)).unwrap().is_empty());
        let id = book.subscribe(conn(2), url(CONSUMER), 7).unwrap();
        let first = format!("{A} empty://c/a.B?category=routers&interface=a.B");
        assert_eq!(texts(book.next_notice(id)), Some(first));
        assert_eq!(book.next_notice(id), None);
        assert_eq!(book.register(conn(1), url("dubbo://h:2/a.B")).unwrap(), [id]);
        assert!(book.register(conn(1), url("dubbo://h:2/x.Y")).unwrap().is_empty());
        assert_eq!(texts(book.next_notice(id)), Some(format!("{A} dubbo://h:2/a.B")));
        assert_eq!(book.disconnected(conn(1)), [id]);
        assert_eq!(texts(book.next_notice(id)).as_deref(), Some(EMPTY));
        assert_eq!(book.counts(), (0, 1));
    }

    #[test]
    fn changes_that_pile_up_become_one_notice() {
        let mut book = Book::default();
        let id = book.subscribe(conn(2), url(CONSUMER), 7).unwrap();
        book.next_notice(id);
        assert_eq!(book.register(conn(1), url(A)).unwrap(), [id]);
        assert!(book.register(conn(1), url("dubbo://h:2/a.B")).unwrap().is_empty(), "marked already");
        book.unregister(conn(1), &url(A));
        let notice = book.next_notice(id).unwrap();
        assert_eq!(texts(Some(notice.clone())).as_deref(), Some("dubbo://h:2/a.B"));
        assert_eq!(book.next_notice(id), None);
        book.undelivered(id, &notice);
        assert!(book.next_notice(id).is_some());
    }

    #[test]
    fn an_entry_lives_as_long_as_one_of_its_owners() {
        let mut book = Book::default();
        let id = book.subscribe(conn(9), url(CONSUMER), 1).unwrap();
        book.next_notice(id);
        book.register(conn(1), url(A)).unwrap();
        book.register(conn(2), url(A)).unwrap();
        book.next_notice(id);
        assert!(book.disconnected(conn(1)).is_empty());
        assert!(book.unregister(conn(3), &url("dubbo://h:9/a.B")).is_empty());
        assert_eq!(book.unregister(conn(2), &url(A)), [id]);
        assert_eq!(texts(book.next_notice(id)).as_deref(), Some(EMPTY));
    }

    #[test]
    fn static_entries_outlive_their_connection() {
        let mut book = Book::default();
        let fixed = format!("{A}?dynamic=false");
        book.register(conn(1), url(&fixed)).unwrap();
        assert!(book.disconnected(conn(1)).is_empty());
        assert_eq!(book.lookup(&url(CONSUMER)), [url(&fixed)]);
        book.unregister(conn(5), &url(&fixed));
        assert!(book.lookup(&url(CONSUMER)).is_empty());
    }

    #[test]
    fn ended_subscriptions_hear_nothing() {
        let mut book = Book::default();
        let one = book.subscribe(conn(2), url(CONSUMER), 1).unwrap();
        let two = book.subscribe(conn(2), url(CONSUMER), 2).unwrap();
        book.unsubscribe(conn(2), &url(CONSUMER), 1);
        assert_eq!(
            book.register(conn(1), url(A)).unwrap().len(),
            0,
            "two was not served yet and is marked already"
        );
        assert_eq!(book.next_notice(one), None);
        assert!(book.next_notice(two).is_some());
        book.disconnected(conn(2));
        assert_eq!(book.next_notice(two), None);
    }

    #[test]
    fn the_registry_itself_is_never_notified() {
        let mut book = Book::default();
        let id = book
            .subscribe(conn(1), url(&format!("consumer://c/{REGISTRY_SERVICE}?category=providers")), 1)
            .unwrap();
        assert_eq!(book.next_notice(id), None);
        book.register(conn(2), url(&format!("dubbo://h:1/{REGISTRY_SERVICE}"))).unwrap();
        assert_eq!(book.next_notice(id), None);
    }

    #[test]
    fn a_console_gets_one_notice_per_service() {
        let mut book = Book::default();
        book.register(conn(1), url(A)).unwrap();
        book.register(conn(1), url("consumer://c/x.Y?category=consumers")).unwrap();
        let all =
            "admin://c/*?interface=*&group=*&version=*&classifier=*&category=providers,consumers&enabled=*";
        let id = book.subscribe(conn(2), url(all), 1).unwrap();
        let first = texts(book.next_notice(id)).unwrap();
        assert!(first.starts_with("empty://c/a.B?category=consumers&") && first.ends_with(A), "{first}");
        let second = texts(book.next_notice(id)).unwrap();
        assert!(second.starts_with("consumer://c/x.Y?category=consumers empty://c/x.Y?"), "{second}");
        assert_eq!(book.next_notice(id), None);
        book.register(conn(1), url("dubbo://h:1/new.S")).unwrap();
        assert_eq!(texts(book.next_notice(id)).as_deref(), Some("dubbo://h:1/new.S"));
    }

    #[test]
    fn a_connection_cannot_fill_the_memory() {
        let mut book = Book::default();
        let long = url(A).with_param("x", "y".repeat(MAX_URL));
        assert_eq!(book.register(conn(1), long.clone()).unwrap_err().code(), ErrorCode::LimitExceeded);
        assert_eq!(book.subscribe(conn(1), long, 1).unwrap_err().code(), ErrorCode::LimitExceeded);
        assert!(
            check_limits("", MAX_PER_CONNECTION).is_err() && check_limits("", MAX_PER_CONNECTION - 1).is_ok()
        );
    }
}
