//! The connections of an invoker, and which of them are shared with others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;

use crate::error::{Error, ErrorCode, Result};
use crate::exchange::{Client, ClientOptions, Coalesce, ConnectionOptions, Handler};
use crate::protocol::callback::CallbackHost;
use crate::url::Url;

/// Dubbo's default of `heartbeat`, in milliseconds.
const HEARTBEAT: i64 = 60_000;
/// Time that calls in flight get when the last invoker of a connection goes.
const DRAIN: Duration = Duration::from_secs(10);

/// Connections that several references to the same address share.
///
/// The first reference decides their settings and, with `shareconnections`, their number. References with
/// `connections` > 0 have connections of their own. The pool itself keeps none alive.
#[derive(Debug, Default)]
pub struct ConnectionPool {
    shared: Mutex<HashMap<(String, u16), Weak<Clients>>>,
}

/// A fixed set of connections to one address; the last owner closes them.
#[derive(Debug)]
pub(super) struct Clients {
    all: Vec<Client>,
    callbacks: Arc<CallbackHost>,
    runtime: Handle,
}

impl ConnectionPool {
    /// The connections that `url` asks for, new or shared. They connect in the background.
    pub(super) fn open(&self, url: &Url) -> Arc<Clients> {
        let own = usize::try_from(url.int_param("connections", 0)).unwrap_or(0);
        if own > 0 {
            return Arc::new(Clients::start(url, own));
        }
        let mut shared = self.shared.lock();
        shared.retain(|_, clients| clients.strong_count() > 0);
        let key = (url.host().to_owned(), url.port());
        if let Some(clients) = shared.get(&key).and_then(Weak::upgrade) {
            return clients;
        }
        let count = usize::try_from(url.positive_param("shareconnections", 1)).unwrap_or(1);
        let clients = Arc::new(Clients::start(url, count));
        shared.insert(key, Arc::downgrade(&clients));
        clients
    }
}

impl Clients {
    fn start(url: &Url, count: usize) -> Self {
        let callbacks = Arc::new(CallbackHost::default());
        let handler = || Some(Arc::clone(&callbacks) as Arc<dyn Handler>);
        let all =
            (0..count.min(MAX_CONNECTIONS)).map(|_| Client::start(client_options(url), handler())).collect();
        Self { all, callbacks, runtime: Handle::current() }
    }
}

/// Connections of one reference at most; more is a mistake of configuration.
const MAX_CONNECTIONS: usize = 1024;

impl Drop for Clients {
    fn drop(&mut self) {
        for client in self.all.drain(..) {
            // Without its runtime the connection is gone already.
            drop(self.runtime.spawn(async move { client.close(DRAIN).await }));
        }
    }
}

/// The connections of one invoker, used in turn.
#[derive(Debug)]
pub(super) struct Connections {
    /// At hand for every call. They are closed by whoever lets go of `shared` last, however many hold them.
    all: Box<[Client]>,
    callbacks: Arc<CallbackHost>,
    shared: Mutex<Option<Arc<Clients>>>,
    released: AtomicBool,
    turn: AtomicUsize,
}

impl Connections {
    pub(super) fn new(clients: Arc<Clients>) -> Self {
        Self {
            all: clients.all.as_slice().into(),
            callbacks: Arc::clone(&clients.callbacks),
            shared: Mutex::new(Some(clients)),
            released: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
        }
    }

    fn all(&self) -> &[Client] {
        if self.released.load(Ordering::Acquire) { &[] } else { &self.all }
    }

    /// Does something with the connection for the next call.
    pub(super) fn with_next<R>(&self, act: impl FnOnce(&Client) -> R) -> Result<R> {
        let all = self.all();
        let turn = if all.len() > 1 { self.turn.fetch_add(1, Ordering::Relaxed) % all.len() } else { 0 };
        all.get(turn).map(act).ok_or_else(destroyed)
    }

    /// True when some connection is up and not read-only.
    pub(super) fn is_available(&self) -> bool {
        self.all().iter().any(|client| client.is_connected() && !client.is_read_only())
    }

    /// Number of the first connection, while it is up; another one after a reconnect.
    pub(super) fn id(&self) -> Option<u64> {
        self.all().first()?.channel().map(|channel| channel.id())
    }

    /// Waits until all connections are up.
    pub(super) async fn connected(&self) -> Result<()> {
        if self.all().is_empty() {
            return Err(destroyed());
        }
        for client in self.all() {
            client.connected().await?;
        }
        Ok(())
    }

    /// The objects that the provider may call back.
    pub(super) fn callbacks(&self) -> Result<&CallbackHost> {
        if self.all().is_empty() { Err(destroyed()) } else { Ok(&self.callbacks) }
    }

    /// Calls waiting for an answer, on all connections.
    pub(super) fn in_flight(&self) -> u32 {
        self.all().iter().map(Client::in_flight).sum()
    }

    /// Lets go; the last one to let go of shared connections closes them in the background.
    pub(super) fn release(&self) {
        drop(self.take());
    }

    /// Lets go of the connections, and closes them if nobody else uses them.
    pub(super) async fn close(&self, timeout: Duration) {
        let Some(clients) = self.take() else { return };
        if let Ok(mut clients) = Arc::try_unwrap(clients) {
            for client in std::mem::take(&mut clients.all) {
                client.close(timeout).await;
            }
        }
    }

    fn take(&self) -> Option<Arc<Clients>> {
        self.released.store(true, Ordering::Release);
        self.shared.lock().take()
    }
}

fn destroyed() -> Error {
    Error::new(ErrorCode::Closed, "the invoker is destroyed")
}

/// How to connect to the provider of `url`, from its parameters.
#[must_use]
pub fn client_options(url: &Url) -> ClientOptions {
    let mut options = ClientOptions::new(url.host(), url.port());
    options.url = url.to_string();
    options.connect_timeout = url.millis_param("connect.timeout", options.connect_timeout);
    options.check = url.bool_param("check", true);
    options.lazy = url.bool_param("lazy", false);
    options.lazy_initial_state = url.bool_param("connect.lazy.initial.state", true);
    options.send_reconnect = url.bool_param("send.reconnect", true);
    options.reconnect = url.bool_param("reconnect", true);
    options.connection = connection_options(url);
    options
}

/// What both sides of a connection read from a URL.
#[must_use]
pub fn connection_options(url: &Url) -> ConnectionOptions {
    let defaults = ConnectionOptions::default();
    let heartbeat = url.positive_param("heartbeat", HEARTBEAT);
    let idle = url.positive_param("heartbeat.timeout", heartbeat.saturating_mul(3));
    let payload = url.int_param("payload", i64::from(defaults.payload));
    let payload = if payload <= 0 { u32::MAX } else { u32::try_from(payload).unwrap_or(u32::MAX) };
    let max_in_flight = url.positive_param("max.in.flight", i64::from(defaults.max_in_flight));
    ConnectionOptions {
        payload,
        heartbeat: millis(heartbeat),
        // Java refuses to start otherwise; a server of ours must not fail over a consumer's mistake.
        idle_timeout: millis(idle.max(heartbeat.saturating_mul(2))),
        coalesce: if url.value("coalesce") == Some("off") { Coalesce::Off } else { Coalesce::Adaptive },
        max_in_flight: u32::try_from(max_in_flight).unwrap_or(u32::MAX),
        narrow_ids: url.value("id.bits") == Some("31"),
    }
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(query: &str) -> Url {
        Url::parse(&format!("dubbo://127.0.0.1:1/demo.Foo?{query}")).expect("url")
    }

    #[test]
    fn connection_settings_come_from_the_url() {
        let options = client_options(&url(
            "connect.timeout=7&check=false&lazy=true&send.reconnect=false&reconnect=false&payload=100&heartbeat=1000\
             &heartbeat.timeout=1500&id.bits=31&coalesce=off&max.in.flight=5",
        ));
        assert_eq!(options.connect_timeout, Duration::from_millis(7));
        assert!(!options.check && options.lazy && !options.send_reconnect && !options.reconnect);
        let connection = options.connection;
        assert_eq!((connection.payload, connection.max_in_flight, connection.narrow_ids), (100, 5, true));
        assert_eq!(connection.heartbeat, Duration::from_secs(1));
        assert_eq!(connection.idle_timeout, Duration::from_secs(2), "never below two heartbeats");
        assert_eq!(connection.coalesce, Coalesce::Off);
        assert_eq!(connection_options(&url("payload=0")).payload, u32::MAX);
        assert_eq!(connection_options(&url("x=y")).idle_timeout, Duration::from_secs(180));
    }

    #[tokio::test]
    async fn references_to_one_address_share_connections_unless_they_ask_for_their_own() {
        let pool = ConnectionPool::default();
        let lazy = |query: &str| url(&format!("lazy=true&{query}"));
        let first = pool.open(&lazy("shareconnections=2"));
        let second = pool.open(&lazy("shareconnections=9"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(second.all.len(), 2, "the first reference decides the number");
        let own = pool.open(&lazy("connections=3"));
        assert!(!Arc::ptr_eq(&first, &own));
        assert_eq!(own.all.len(), 3);
        drop((first, second));
        let fresh = pool.open(&lazy("x=y"));
        assert_eq!(fresh.all.len(), 1, "the pool keeps nothing alive");
    }

    #[tokio::test]
    async fn connections_are_used_in_turn_until_they_are_released() {
        let pool = ConnectionPool::default();
        let connections = Connections::new(pool.open(&url("lazy=true&connections=2")));
        for _ in 0..4 {
            assert!(connections.with_next(|_| ()).is_ok());
        }
        assert!(connections.is_available(), "a lazy connection counts as connected");
        connections.release();
        assert_eq!(connections.with_next(|_| ()).expect_err("released").code(), ErrorCode::Closed);
        assert!(!connections.is_available());
    }
}
