//! The registry itself: starts and stops the tasks, and waits for their first results.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::client::{Connector, ZkError};
use super::paths::Paths;
use super::real::RealConnector;
use super::registration::{Goal, IsStale, Order, Progress, Registration};
use super::session::Sessions;
use super::subscription::{Directory, Stage, Subscription, matching};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::invoker::BoxFuture;
use crate::registry::cache_file::CacheFile;
use crate::registry::{NotifyListener, Registry, RegistryStatus};
use crate::url::{Url, keys};

const DEFAULT_PORT: u16 = 2181;
const DEFAULT_SESSION: Duration = Duration::from_secs(60);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// A ZooKeeper registry. Dropping it closes its session in the background; [`Registry::destroy`] waits.
pub struct ZookeeperRegistry {
    url: Url,
    paths: Paths,
    address: String,
    timeout: Duration,
    check: bool,
    remove_stale: bool,
    process: u32,
    sessions: Sessions,
    cache: Option<Arc<CacheFile>>,
    registrations: Mutex<HashMap<String, Entry>>,
    subscriptions: Mutex<Vec<Subscribed>>,
}

/// One published URL and its task.
struct Entry {
    dynamic: bool,
    orders: watch::Sender<Order>,
    progress: watch::Receiver<Progress>,
}

struct Subscribed {
    url: Url,
    listener: Arc<dyn NotifyListener>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl ZookeeperRegistry {
    /// Starts to connect and returns at once; whether that succeeds shows in the first operation.
    ///
    /// Parameters of the URL: `backup` (further hosts, the last may carry `/chroot`), `group` (root node, default
    /// `dubbo`), `session` or `zk.session.expire` (ms, default 60000), `timeout` (ms that a first operation
    /// may take, default 5000), `check` (default true), `username`/`password` or user information (digest),
    /// `acl=creator` (our nodes are ours alone), `server.version` (for servers before 3.5), `remove-stale=false`
    /// (leave nodes of a former life of the same address to their session), `file`, `file-cache`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] when a parameter cannot be read, or outside of a tokio runtime.
    pub fn connect(url: Url) -> Result<Self> {
        let connector = connector(&url)?;
        Self::with_connector(url, Arc::new(connector))
    }

    pub(super) fn with_connector(url: Url, connector: Arc<dyn Connector>) -> Result<Self> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::new(ErrorCode::Config, "a registry must be created inside a tokio runtime"));
        }
        Ok(Self {
            paths: Paths::new(&url),
            address: connector.address().to_owned(),
            timeout: url.millis_param(keys::TIMEOUT, DEFAULT_TIMEOUT),
            check: url.bool_param(keys::CHECK, true),
            remove_stale: url.bool_param("remove-stale", true),
            process: std::process::id(),
            sessions: Sessions::start(connector),
            cache: CacheFile::open(&url),
            registrations: Mutex::default(),
            subscriptions: Mutex::default(),
            url,
        })
    }

    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(ZkError::Forked.into_error("this registry was created before a fork".to_owned()))
    }

    /// Sets the goal of a node; starts its task if there is none.
    fn order(&self, url: &Url, goal: Goal) -> Option<(u64, watch::Receiver<Progress>)> {
        let path = self.paths.node(url);
        let patience = Instant::now() + self.timeout;
        let mut registrations = self.registrations.lock();
        registrations.retain(|_, entry| !entry.orders.is_closed());
        if let Some(entry) = registrations.get(&path) {
            let number = entry.order(goal, patience);
            return Some((number, entry.progress.clone()));
        }
        if goal != Goal::Present {
            return None;
        }
        let order = Order { number: 1, goal, patience };
        let entry = self.start_registration(url, path.clone(), order);
        let progress = entry.progress.clone();
        registrations.insert(path, entry);
        Some((order.number, progress))
    }

    fn start_registration(&self, url: &Url, path: String, order: Order) -> Entry {
        let (orders, ordered) = watch::channel(order);
        let (done, progress) = watch::channel(Progress { number: 0, outcome: Ok(()) });
        let dynamic = url.bool_param(keys::DYNAMIC, true);
        let task = Registration {
            path,
            ephemeral: dynamic,
            is_stale: self.stale_test(url),
            sessions: self.sessions.follow(),
            orders: ordered,
            progress: done,
        };
        drop(tokio::spawn(task.run()));
        Entry { dynamic, orders, progress }
    }

    /// An address can be served by one process only, so another dynamic node of the same address and
    /// service is a leftover. Loopback addresses mean another machine for everybody.
    fn stale_test(&self, url: &Url) -> Option<IsStale> {
        let provider = url.value(keys::CATEGORY).unwrap_or(keys::PROVIDERS) == keys::PROVIDERS;
        let loopback = url.host().starts_with("127.") || matches!(url.host(), "localhost" | "[::1]");
        if !self.remove_stale || !provider || loopback || url.port() == 0 {
            return None;
        }
        let (identity, key) = (url.identity(), url.service_key());
        Some(Box::new(move |name| {
            let sibling = Url::parse_encoded(name).ok();
            sibling.is_some_and(|sibling| sibling.identity() == identity && sibling.service_key() == key)
        }))
    }

    /// Waits until the order was tried. A task that ended in between asks for another one.
    async fn outcome(
        mut progress: watch::Receiver<Progress>,
        number: u64,
    ) -> Option<std::result::Result<(), ZkError>> {
        let progress = progress.wait_for(|progress| progress.number >= number).await.ok()?;
        Some(progress.outcome.clone())
    }

    async fn attempt(&self, url: &Url, goal: Goal) -> std::result::Result<(), ZkError> {
        loop {
            let Some((number, progress)) = self.order(url, goal) else { return Ok(()) };
            if let Some(outcome) = Self::outcome(progress, number).await {
                return outcome;
            }
            if goal != Goal::Present {
                return Ok(());
            }
        }
    }

    /// True when a failure is returned. After a fork it always is: no retry can ever cure it.
    fn is_returned(&self, url: &Url, error: &ZkError) -> bool {
        *error == ZkError::Forked || (self.check && url.bool_param(keys::CHECK, true))
    }

    /// Dubbo's text for a failed operation.
    fn failure(&self, what: &str, url: &Url, error: ZkError) -> Error {
        let text = format!("Failed to {what} {url} to registry {}, cause: {error}", self.address);
        error.into_error(text)
    }

    async fn start_subscription(&self, url: &Url, listener: Arc<dyn NotifyListener>) -> Result<()> {
        let (stage, mut reached) = watch::channel(Stage::Waiting);
        let (stop, stopped) = watch::channel(false);
        let directory = |category| Directory::new(category, self.paths.directory(url.interface(), category));
        let task = Subscription {
            consumer: url.clone(),
            listener: listener.clone(),
            directories: Paths::categories(url).into_iter().map(directory).collect(),
            sessions: self.sessions.follow(),
            cache: CacheFile::of(self.cache.as_ref(), url),
            stage,
            stop: stopped,
            patience: Instant::now() + self.timeout,
        };
        let task = tokio::spawn(task.run());
        self.subscriptions.lock().push(Subscribed {
            url: url.clone(),
            listener: listener.clone(),
            stop,
            task,
        });
        let failure = match reached.wait_for(|stage| !matches!(stage, Stage::Waiting)).await.as_deref() {
            Ok(Stage::Failed(error)) => error.clone(),
            Ok(_) => return Ok(()),
            Err(_) => ZkError::SessionEnded,
        };
        let what = format!("Failed to subscribe {url}, cause: {failure} (registry {})", self.address);
        if !self.is_returned(url, &failure) {
            tracing::error!("{what}; waiting for retry");
            return Ok(());
        }
        self.end_subscription(url, &listener).await;
        Err(failure.into_error(what))
    }

    async fn end_subscription(&self, url: &Url, listener: &Arc<dyn NotifyListener>) {
        let ended: Vec<_> = {
            let mut subscriptions = self.subscriptions.lock();
            subscriptions
                .extract_if(.., |one| one.url == *url && Arc::ptr_eq(&one.listener, listener))
                .collect()
        };
        for one in ended {
            one.end().await;
        }
    }

    async fn list_once(&self, url: &Url) -> std::result::Result<Vec<Url>, ZkError> {
        let session = self.sessions.follow().session_within(self.timeout).await?;
        let mut found = Vec::new();
        for category in Paths::categories(url) {
            let path = self.paths.directory(url.interface(), category);
            match session.client.children(&path).await {
                Ok(names) => found.extend(matching(url, names)),
                Err(ZkError::NoNode) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn withdraw_all(&self) {
        let patience = Instant::now() + self.timeout;
        let orders: Vec<_> = {
            let registrations = self.registrations.lock();
            let goal = |entry: &Entry| if entry.dynamic { Goal::Absent } else { Goal::Left };
            registrations.values().map(|e| (e.order(goal(e), patience), e.progress.clone())).collect()
        };
        for (number, progress) in orders {
            let _ = Self::outcome(progress, number).await;
        }
        let subscriptions = std::mem::take(&mut *self.subscriptions.lock());
        for one in subscriptions {
            one.end().await;
        }
    }
}

impl Entry {
    fn order(&self, goal: Goal, patience: Instant) -> u64 {
        let mut number = 0;
        self.orders.send_modify(|order| {
            number = order.number + 1;
            *order = Order { number, goal, patience };
        });
        number
    }
}

impl Subscribed {
    async fn end(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}

impl Registry for ZookeeperRegistry {
    fn url(&self) -> &Url {
        &self.url
    }

    fn is_available(&self) -> bool {
        self.sessions.is_connected()
    }

    fn register<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_process()?;
            let Err(error) = self.attempt(url, Goal::Present).await else { return Ok(()) };
            let is_returned = self.is_returned(url, &error);
            let failure = self.failure("register", url, error);
            if is_returned {
                // Nothing waits for this: whatever the failed attempt left behind is removed when possible.
                self.order(url, Goal::Absent);
                return Err(failure);
            }
            tracing::error!("{failure}; waiting for retry");
            Ok(())
        })
    }

    fn unregister<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_process()?;
            let Err(error) = self.attempt(url, Goal::Absent).await else { return Ok(()) };
            let is_returned = self.is_returned(url, &error);
            let failure = self.failure("unregister", url, error);
            if is_returned {
                return Err(failure);
            }
            tracing::error!("{failure}; waiting for retry");
            Ok(())
        })
    }

    fn subscribe<'a>(&'a self, url: &'a Url, listener: Arc<dyn NotifyListener>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_process()?;
            self.start_subscription(url, listener).await
        })
    }

    fn unsubscribe<'a>(
        &'a self,
        url: &'a Url,
        listener: &'a Arc<dyn NotifyListener>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_process()?;
            self.end_subscription(url, listener).await;
            Ok(())
        })
    }

    fn lookup<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Vec<Url>>> {
        Box::pin(async move {
            self.check_process()?;
            self.list_once(url).await.map_err(|error| {
                let text = format!("Failed to lookup {url} from zookeeper {}, cause: {error}", self.address);
                error.into_error(text)
            })
        })
    }

    fn status(&self) -> RegistryStatus {
        let mut status = RegistryStatus {
            connected: self.is_available(),
            subscribed: self.subscriptions.lock().len(),
            ..RegistryStatus::default()
        };
        for entry in self.registrations.lock().values().filter(|entry| !entry.orders.is_closed()) {
            let (order, progress) = (*entry.orders.borrow(), entry.progress.borrow().clone());
            match progress.outcome {
                Ok(()) if progress.number == order.number => status.registered += 1,
                Ok(()) => status.pending += 1,
                Err(error) => {
                    status.pending += 1;
                    status.last_error = Some(error.to_string());
                }
            }
        }
        if !status.connected {
            status.last_error = Some(self.sessions.follow().last_error().to_string());
        }
        status
    }

    fn destroy(&self, limit: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if self.check_process().is_err() {
                return;
            }
            let deadline = Instant::now() + limit;
            if timeout(limit / 2, self.withdraw_all()).await.is_err() {
                tracing::warn!(
                    address = self.address,
                    "not everything was withdrawn; it vanishes with the session"
                );
            }
            let _ = tokio::time::timeout_at(deadline, self.sessions.stop()).await;
        })
    }
}

impl fmt::Debug for ZookeeperRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZookeeperRegistry").field("url", &self.url.to_string()).finish_non_exhaustive()
    }
}

fn connector(url: &Url) -> Result<RealConnector> {
    let part = |of_url: &str, key| {
        Some(of_url).filter(|v| !v.is_empty()).or_else(|| url.value(key)).map(str::to_owned)
    };
    // Java authenticates only with both.
    let digest = match (part(url.username(), "username"), part(url.password(), "password")) {
        (Some(username), Some(password)) => Some(format!("{username}:{password}")),
        _ => None,
    };
    let creator_acl = match url.value("acl") {
        None | Some("open") => false,
        Some("creator") if digest.is_some() => true,
        Some("creator") => return Err(config_error("acl", "creator needs username and password")),
        Some(_) => return Err(config_error("acl", "must be open or creator")),
    };
    let session = url.millis_param(keys::ZK_SESSION_EXPIRE, DEFAULT_SESSION);
    Ok(RealConnector {
        address: url.backup_address(DEFAULT_PORT),
        session_timeout: url.millis_param(keys::SESSION, session),
        connect_timeout: url.millis_param(keys::TIMEOUT, DEFAULT_TIMEOUT).max(Duration::from_secs(1)),
        digest,
        creator_acl,
        server_version: url.value("server.version").map(server_version).transpose()?,
    })
}

fn server_version(text: &str) -> Result<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.trim().parse::<u32>());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), patch) => {
            Ok((major, minor, patch.and_then(|p| p.ok()).unwrap_or(0)))
        }
        _ => Err(config_error("server.version", "must look like 3.4.14")),
    }
}

fn config_error(key: &str, message: &str) -> Error {
    Error::new(ErrorCode::Config, format!("registry parameter {key}: {message}"))
}
