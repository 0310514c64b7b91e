//! Serves one subscription: one task, which lists, notifies, waits for a change, and starts over.
//!
//! Watches are one-shot, as in Java's client: they work with every server, survive reconnects, and cost one
//! list per change. A flapping provider costs at most one list per [`COALESCE`].

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::client::{Watch, ZkError};
use super::session::{Follower, Session};
use super::{nodes, paths};
use crate::registry::NotifyListener;
use crate::registry::backoff::Backoff;
use crate::registry::cache_file::CacheFile;
use crate::registry::matching::is_match;
use crate::url::{Url, keys};

/// A change that follows another within this time waits for its end.
const COALESCE: Duration = Duration::from_millis(50);

/// After a session was lost the providers' sessions probably were too: for so long an empty list is taken
/// for "not registered again yet".
const RECOVERY_GRACE: Duration = Duration::from_secs(15);

/// How far a subscription got.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// Nothing delivered yet.
    Waiting,
    /// The listener knows the registry's list, or the one from the cache file.
    Served,
    /// The first attempt failed and there is no cached list; the task goes on trying.
    Failed(ZkError),
}

/// The work of one subscription.
pub(super) struct Subscription {
    pub(super) consumer: Url,
    pub(super) listener: Arc<dyn NotifyListener>,
    pub(super) directories: Vec<Directory>,
    pub(super) sessions: Follower,
    pub(super) cache: Option<Arc<CacheFile>>,
    pub(super) stage: watch::Sender<Stage>,
    pub(super) stop: watch::Receiver<bool>,
    /// Until then failures that may pass by themselves are not reported.
    pub(super) patience: Instant,
}

/// One category's directory and what was found in it last.
pub(super) struct Directory {
    category: String,
    path: String,
    /// Parsed entries by name, sorted; `None` for names that are no usable URL.
    entries: HashMap<String, Option<Url>>,
    /// The matching URLs.
    urls: Vec<Url>,
    notified: Option<Instant>,
}

impl Directory {
    pub(super) fn new(category: &str, path: String) -> Self {
        Self {
            category: category.to_owned(),
            path,
            entries: HashMap::new(),
            urls: Vec::new(),
            notified: None,
        }
    }

    /// Takes a new list of names; false when nothing changed.
    fn update(&mut self, consumer: &Url, mut names: Vec<String>) -> bool {
        let known = self.notified.is_some();
        if known && names.len() == self.entries.len() && names.iter().all(|n| self.entries.contains_key(n)) {
            return false;
        }
        names.sort_unstable();
        let mut entries = HashMap::with_capacity(names.len());
        self.urls.clear();
        for name in names {
            let entry = self.entries.remove(&name).unwrap_or_else(|| parse(consumer, &name));
            self.urls.extend(entry.clone());
            entries.insert(name, entry);
        }
        self.entries = entries;
        true
    }

    /// The list to notify: never empty.
    fn list(&self, consumer: &Url) -> Vec<Url> {
        if self.urls.is_empty() {
            vec![consumer.clone().with_protocol("empty").with_param(keys::CATEGORY, &self.category)]
        } else {
            self.urls.clone()
        }
    }
}

fn parse(consumer: &Url, name: &str) -> Option<Url> {
    if !paths::is_url_name(name) {
        return None;
    }
    match Url::parse_encoded(name) {
        Ok(url) => is_match(consumer, &url).then_some(url),
        Err(error) => {
            tracing::warn!(name, %error, "the registry lists a URL that cannot be read");
            None
        }
    }
}

/// The matching URLs of one listing.
pub(super) fn matching(consumer: &Url, mut names: Vec<String>) -> Vec<Url> {
    names.sort_unstable();
    names.iter().filter_map(|name| parse(consumer, name)).collect()
}

impl Subscription {
    /// Works until it is stopped or the registry is gone.
    pub(super) async fn run(mut self) {
        let mut stop = self.stop.clone();
        let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
        tokio::select! {
            () = self.serve() => {}
            () = stopped => {}
        }
    }

    async fn serve(&mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        while let Some(session) = self.session().await {
            let Err(error) = self.serve_session(&session, &mut backoff).await else { continue };
            tracing::warn!(service = %self.consumer.service_key(), %error,
                "a registry directory could not be read, will try again");
            if error.is_final() || Instant::now() >= self.patience {
                self.first_attempt_failed(error);
            }
            tokio::select! {
                () = sleep(backoff.pause()) => {}
                () = self.sessions.replaced(&session) => {}
            }
        }
    }

    async fn session(&mut self) -> Option<Session> {
        let fault = tokio::select! {
            session = self.sessions.session_or_fault() => match session {
                Ok(session) => return session,
                Err(fault) => fault,
            },
            () = sleep_until(self.patience), if self.is_waiting() => self.sessions.last_error(),
        };
        self.first_attempt_failed(fault);
        self.sessions.session().await
    }

    /// Lists, notifies and waits until the session ends.
    async fn serve_session(&mut self, session: &Session, backoff: &mut Backoff) -> Result<(), ZkError> {
        let mut watches = Vec::with_capacity(self.directories.len());
        let had_providers = self.has_providers();
        for index in 0..self.directories.len() {
            watches.push(self.read(session, index).await?.1);
        }
        if had_providers && !self.await_recovery(session, &mut watches).await? {
            return Ok(());
        }
        backoff.reset();
        self.notify_all();
        loop {
            let index = tokio::select! {
                index = first(&mut watches) => index,
                () = self.sessions.replaced(session) => return Ok(()),
            };
            if let Some(last) = self.directories[index].notified {
                sleep_until(last + COALESCE).await;
            }
            let (changed, watch) = self.read(session, index).await?;
            watches[index] = watch;
            if changed {
                self.notify(index);
            }
        }
    }

    /// Waits while the list of providers is empty; false when the session ended meanwhile.
    async fn await_recovery(&mut self, session: &Session, watches: &mut [Watch]) -> Result<bool, ZkError> {
        let until = Instant::now() + RECOVERY_GRACE;
        while !self.has_providers() {
            let index = tokio::select! {
                index = first(watches) => index,
                () = self.sessions.replaced(session) => return Ok(false),
                () = sleep_until(until) => return Ok(true),
            };
            watches[index] = self.read(session, index).await?.1;
        }
        Ok(true)
    }

    fn has_providers(&self) -> bool {
        self.directories.iter().any(|dir| dir.category == keys::PROVIDERS && !dir.urls.is_empty())
    }

    async fn read(&mut self, session: &Session, index: usize) -> Result<(bool, Watch), ZkError> {
        let directory = &mut self.directories[index];
        let (names, watch) = nodes::watch_directory(&*session.client, &directory.path).await?;
        Ok((directory.update(&self.consumer, names), watch))
    }

    /// Delivers all categories at once: the first thing a listener gets in a session.
    fn notify_all(&mut self) {
        let urls: Vec<Url> = self.directories.iter().flat_map(|dir| dir.list(&self.consumer)).collect();
        self.deliver(&urls);
        let now = Instant::now();
        self.directories.iter_mut().for_each(|dir| dir.notified = Some(now));
    }

    fn notify(&mut self, index: usize) {
        let urls = self.directories[index].list(&self.consumer);
        self.directories[index].notified = Some(Instant::now());
        self.deliver(&urls);
    }

    fn deliver(&self, urls: &[Url]) {
        self.listener.notify(urls);
        self.stage.send_replace(Stage::Served);
        if let Some(cache) = &self.cache {
            let all = self.directories.iter().flat_map(|dir| dir.list(&self.consumer));
            cache.store(&self.consumer.service_key(), &all.collect::<Vec<_>>());
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Waiting)
    }

    /// Falls back on the cache file, once. Not in a forked child: there is a remedy, and without it the list would never
    /// change.
    fn first_attempt_failed(&self, error: ZkError) {
        if !self.is_waiting() {
            return;
        }
        let key = self.consumer.service_key();
        let cache = self.cache.as_ref().filter(|_| error != ZkError::Forked);
        let cached = cache.map(|cache| cache.load(&key)).unwrap_or_default();
        if cached.is_empty() {
            self.stage.send_replace(Stage::Failed(error));
            return;
        }
        tracing::error!(service = %key, %error, count = cached.len(),
            "Failed to subscribe, using the list of the cache file; the subscription is tried again");
        self.listener.notify(&cached);
        self.stage.send_replace(Stage::Served);
    }
}

/// The index of the first watch that fires.
async fn first(watches: &mut [Watch]) -> usize {
    poll_fn(|context| {
        let ready = watches.iter_mut().position(|watch| watch.as_mut().poll(context).is_ready());
        ready.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}
