//! The simple registry as its client sees it.
//!
//! What is wanted is a list of items; one task brings the registry in line with it, anew on every
//! connection. Callers add items and wait for their first result.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::items::{Items, Step};
use super::relay::Relay;
use super::session::Session;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::invoker::BoxFuture;
use crate::registry::backoff::Backoff;
use crate::registry::cache_file::CacheFile;
use crate::registry::{NotifyListener, Registry, RegistryStatus};
use crate::url::{Url, keys};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the connection is looked at. Java looks every three seconds.
const LOOK: Duration = Duration::from_millis(250);

/// A client of a simple registry: ours, or Java's. Dropping it closes its connection.
pub struct SimpleRegistry {
    shared: Arc<Shared>,
    timeout: Duration,
    check: bool,
    process: u32,
    cache: Option<Arc<CacheFile>>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    url: Url,
    addresses: Vec<Url>,
    items: Mutex<Items>,
    session: Mutex<Option<Arc<Session>>>,
    stopped: AtomicBool,
    /// There is something to do for the task.
    work: Notify,
    /// Something was done, or failed.
    progress: watch::Sender<u64>,
}

impl SimpleRegistry {
    /// Starts to connect and returns at once; whether that succeeds shows in the first operation.
    ///
    /// Parameters of the URL: `backup` (further addresses, tried in turn), `timeout` (ms that a first
    /// operation may take, default 5000), `check` (default true), `file`, `file-cache`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] outside of a tokio runtime or for a broken address.
    pub fn connect(url: Url) -> Result<Self> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::new(ErrorCode::Config, "a registry must be created inside a tokio runtime"));
        }
        let shared = Arc::new(Shared {
            addresses: addresses(&url)?,
            items: Mutex::default(),
            session: Mutex::default(),
            stopped: AtomicBool::new(false),
            work: Notify::new(),
            progress: watch::Sender::new(0),
            url: url.clone(),
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(supervise(shared.clone(), stopped));
        Ok(Self {
            shared,
            timeout: url.millis_param(keys::TIMEOUT, DEFAULT_TIMEOUT),
            check: url.bool_param(keys::CHECK, true),
            process: std::process::id(),
            cache: CacheFile::open(&url),
            stop,
            task: Mutex::new(Some(task)),
        })
    }

    fn check_usable(&self) -> Result<()> {
        if self.process != std::process::id() {
            return Err(Error::new(
                ErrorCode::Forked,
                "this registry was created before a fork: create it in the child",
            ));
        }
        if self.shared.stopped.load(Ordering::Acquire) {
            return Err(Error::new(ErrorCode::Closed, "the registry is destroyed"));
        }
        Ok(())
    }

    fn is_checked(&self, url: &Url) -> bool {
        self.check && url.bool_param(keys::CHECK, true)
    }

    /// Waits until the item is as wanted. The error is that of its last attempt, or of connecting.
    async fn done(&self, id: u64) -> Result<()> {
        self.shared.work.notify_one();
        let mut progress = self.shared.progress.subscribe();
        let settled = async {
            loop {
                if let Some(outcome) = self.shared.items.lock().outcome(id) {
                    return outcome;
                }
                if progress.changed().await.is_err() {
                    return Err("the registry is destroyed".to_owned());
                }
            }
        };
        let outcome = timeout(self.timeout, settled).await.unwrap_or_else(|_| {
            Err(self.shared.items.lock().last_error().unwrap_or("no answer in time").to_owned())
        });
        outcome.map_err(|text| Error::new(ErrorCode::RegistryUnavailable, text))
    }

    fn failure(&self, what: &str, url: &Url, cause: Error) -> Error {
        let address = self.shared.url.backup_address(super::DEFAULT_PORT);
        let text = format!("Failed to {what} {url} to registry {address}, cause: {}", cause.message());
        Error::new(cause.code(), text)
    }

    async fn settle(&self, id: u64, what: &str, url: &Url) -> Result<()> {
        let Err(error) = self.done(id).await else { return Ok(()) };
        let failure = self.failure(what, url, error);
        if self.is_checked(url) {
            return Err(failure);
        }
        tracing::error!("{failure}; waiting for retry");
        Ok(())
    }

    async fn end_subscription(&self, url: &Url, listener: &Arc<dyn NotifyListener>) -> Result<()> {
        let removed = self.shared.items.lock().unsubscribe(url, listener);
        let Some((id, relay)) = removed else { return Ok(()) };
        if let Some(relay) = relay {
            relay.stop().await;
        }
        if self.shared.session.lock().is_some() { self.done(id).await } else { Ok(()) }
    }
}

/// The addresses of a registry's URL, each a URL with all parameters.
fn addresses(url: &Url) -> Result<Vec<Url>> {
    let list = url.backup_address(super::DEFAULT_PORT);
    let base = url.clone().without_param(keys::BACKUP);
    list.split(',')
        .map(|address| {
            let parsed = Url::parse(&format!("dubbo://{address}"))?;
            Ok(base.clone().with_address(parsed.host(), parsed.port()))
        })
        .collect()
}

async fn supervise(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    tokio::select! {
        () = shared.work_for_ever() => {}
        () = stopped => {}
    }
    if let Some(session) = shared.session.lock().take() {
        session.close();
    }
}

impl Shared {
    async fn work_for_ever(&self) {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            match Session::connect(&self.addresses).await {
                Ok(session) => {
                    let session = Arc::new(session);
                    *self.session.lock() = Some(session.clone());
                    let begun = Instant::now();
                    self.use_session(&session).await;
                    tracing::warn!(registry = %self.url, "the connection to the registry is lost");
                    self.session.lock().take();
                    session.close();
                    self.items.lock().session_lost();
                    // A registry that accepts and drops us at once is not asked in a tight loop.
                    if begun.elapsed() > Duration::from_secs(10) {
                        backoff.reset();
                    }
                }
                Err(error) => {
                    tracing::warn!(registry = %self.url, %error, "cannot connect to the registry, will try again");
                    self.items.lock().connect_failed(error.message());
                    self.report();
                }
            }
            sleep(backoff.pause()).await;
        }
    }

    /// Works off what is to be done until the connection is lost.
    async fn use_session(&self, session: &Session) {
        while session.is_alive() {
            let step = self.items.lock().next_step(Instant::now());
            let Some((id, step)) = step else {
                tokio::select! {
                    () = self.work.notified() => {}
                    () = sleep(LOOK) => {}
                }
                continue;
            };
            let outcome = match &step {
                Step::Register(url) => session.publish("register", url).await,
                Step::Unregister(url) => session.publish("unregister", url).await,
                Step::Subscribe(url, callback) => session.listen("subscribe", url, callback).await,
                Step::Unsubscribe(url, callback) => session.listen("unsubscribe", url, callback).await,
            };
            if let Err(error) = &outcome {
                tracing::warn!(registry = %self.url, %error, "a registry operation failed, will try again");
            }
            self.items.lock().tried(
                id,
                &step,
                outcome.map_err(|error| error.message().to_owned()),
                Instant::now(),
            );
            self.report();
        }
    }

    fn report(&self) {
        self.progress.send_modify(|version| *version += 1);
    }
}

impl Registry for SimpleRegistry {
    fn url(&self) -> &Url {
        &self.shared.url
    }

    fn is_available(&self) -> bool {
        self.shared.session.lock().as_ref().is_some_and(|session| session.is_alive())
    }

    fn register<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_usable()?;
            let id = self.shared.items.lock().register(url);
            let outcome = self.settle(id, "register", url).await;
            if outcome.is_err() {
                self.shared.items.lock().unregister(url);
            }
            outcome
        })
    }

    fn unregister<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_usable()?;
            let Some(id) = self.shared.items.lock().unregister(url) else { return Ok(()) };
            self.settle(id, "unregister", url).await
        })
    }

    fn subscribe<'a>(&'a self, url: &'a Url, listener: Arc<dyn NotifyListener>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_usable()?;
            let cache = CacheFile::of(self.cache.as_ref(), url);
            let relay = Relay::start(url, listener.clone(), cache.clone())?;
            let id = self.shared.items.lock().subscribe(url, listener.clone(), relay);
            let Err(error) = self.done(id).await else { return Ok(()) };
            let cached = cache.map(|cache| cache.load(&url.service_key())).unwrap_or_default();
            if !cached.is_empty() {
                tracing::error!(service = %url.service_key(), %error,
                    "Failed to subscribe, using the list of the cache file; the subscription is tried again");
                self.shared.items.lock().use_cached(id, cached);
                return Ok(());
            }
            let failure =
                Error::new(error.code(), format!("Failed to subscribe {url}, cause: {}", error.message()));
            if self.is_checked(url) {
                let _ = self.end_subscription(url, &listener).await;
                return Err(failure);
            }
            tracing::error!("{failure}; waiting for retry");
            Ok(())
        })
    }

    fn unsubscribe<'a>(
        &'a self,
        url: &'a Url,
        listener: &'a Arc<dyn NotifyListener>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.check_usable()?;
            self.end_subscription(url, listener).await
        })
    }

    fn lookup<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Vec<Url>>> {
        Box::pin(async move {
            self.check_usable()?;
            let session = self.shared.session.lock().clone();
            let Some(session) = session else {
                return Err(Error::new(ErrorCode::RegistryUnavailable, "the registry is not connected"));
            };
            session.lookup(url).await
        })
    }

    fn status(&self) -> RegistryStatus {
        let mut status = self.shared.items.lock().status();
        status.connected = self.is_available();
        status
    }

    fn destroy(&self, limit: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if self.check_usable().is_err() {
                return;
            }
            let (dynamic, relays) = self.shared.items.lock().withdraw_all();
            self.shared.stopped.store(true, Ordering::Release);
            let withdrawn = async {
                for id in dynamic {
                    let _ = self.done(id).await;
                }
            };
            if self.is_available() && timeout(limit / 2, withdrawn).await.is_err() {
                tracing::warn!(registry = %self.shared.url, "not everything was withdrawn; it vanishes with the connection");
            }
            for relay in relays {
                relay.stop().await;
            }
            self.stop.send_replace(true);
            let task = self.task.lock().take();
            if let Some(task) = task {
                let _ = timeout(limit / 2, task).await;
            }
        })
    }
}

impl fmt::Debug for SimpleRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleRegistry").field("url", &self.shared.url.to_string()).finish_non_exhaustive()
    }
}
