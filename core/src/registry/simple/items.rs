//! What a client wants of its registry, and how far that got.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::relay::Relay;
use crate::protocol::callback::CallbackService;
use crate::registry::backoff::Backoff;
use crate::registry::{NotifyListener, RegistryStatus};
use crate::url::{Url, keys};

/// The next thing to do.
pub(super) enum Step {
    Register(Url),
    Unregister(Url),
    Subscribe(Url, Arc<CallbackService>),
    Unsubscribe(Url, Arc<CallbackService>),
}

enum Kind {
    Published,
    Subscribed { listener: Arc<dyn NotifyListener>, callback: Arc<CallbackService>, relay: Option<Relay> },
}

struct Item {
    id: u64,
    url: Url,
    kind: Kind,
    /// It shall exist; otherwise it shall vanish, and then so does the item.
    wanted: bool,
    /// The registry knows, on the connection of now.
    exists: bool,
    error: Option<String>,
    backoff: Backoff,
    not_before: Option<Instant>,
}

impl Item {
    fn is_settled(&self) -> bool {
        self.wanted == self.exists
    }
}

/// All items of a client, in the order in which they were asked for.
#[derive(Default)]
pub(super) struct Items {
    all: Vec<Item>,
    last_id: u64,
    /// Why there is no connection.
    connect_error: Option<String>,
}

impl Items {
    /// Wants a URL published; the number of the item.
    pub(super) fn register(&mut self, url: &Url) -> u64 {
        if let Some(item) = self.published(url) {
            item.wanted = true;
            return item.retry_now();
        }
        self.add(url, Kind::Published)
    }

    /// Wants a URL withdrawn; `None` when there is nothing to do.
    pub(super) fn unregister(&mut self, url: &Url) -> Option<u64> {
        let item = self.published(url)?;
        item.wanted = false;
        let id = item.retry_now();
        self.remove_settled();
        self.all.iter().any(|item| item.id == id).then_some(id)
    }

    pub(super) fn subscribe(&mut self, url: &Url, listener: Arc<dyn NotifyListener>, relay: Relay) -> u64 {
        let callback = relay.callback.clone();
        self.add(url, Kind::Subscribed { listener, callback, relay: Some(relay) })
    }

    /// Wants a subscription to end; its number, and the relay, which is to be stopped.
    pub(super) fn unsubscribe(
        &mut self,
        url: &Url,
        wanted: &Arc<dyn NotifyListener>,
    ) -> Option<(u64, Option<Relay>)> {
        let item = self.all.iter_mut().find(|item| {
            item.wanted
                && item.url == *url
                && matches!(&item.kind, Kind::Subscribed { listener, .. } if Arc::ptr_eq(listener, wanted))
        })?;
        item.wanted = false;
        let id = item.retry_now();
        let relay = match &mut item.kind {
            Kind::Subscribed { relay, .. } => relay.take(),
            Kind::Published => None,
        };
        self.remove_settled();
        Some((id, relay))
    }

    /// Gives the subscription the list of the cache file.
    pub(super) fn use_cached(&self, id: u64, urls: Vec<Url>) {
        let item = self.all.iter().find(|item| item.id == id);
        if let Some(Item { kind: Kind::Subscribed { relay: Some(relay), .. }, .. }) = item {
            relay.use_cached(urls);
        }
    }

    /// Whether an item is as wanted: `None` while that is not known. An item that is gone is as wanted.
    pub(super) fn outcome(&self, id: u64) -> Option<Result<(), String>> {
        let Some(item) = self.all.iter().find(|item| item.id == id) else { return Some(Ok(())) };
        match &item.error {
            _ if item.is_settled() => Some(Ok(())),
            Some(error) => Some(Err(error.clone())),
            None => None,
        }
    }

    /// What went wrong while connecting.
    pub(super) fn last_error(&self) -> Option<&str> {
        self.connect_error.as_deref()
    }

    /// What to do next on a connection.
    pub(super) fn next_step(&mut self, now: Instant) -> Option<(u64, Step)> {
        self.connect_error = None;
        let due = |item: &&Item| !item.is_settled() && item.not_before.is_none_or(|at| at <= now);
        let item = self.all.iter().find(due)?;
        let url = item.url.clone();
        let step = match (&item.kind, item.wanted) {
            (Kind::Published, true) => Step::Register(url),
            (Kind::Published, false) => Step::Unregister(url),
            (Kind::Subscribed { callback, .. }, true) => Step::Subscribe(url, callback.clone()),
            (Kind::Subscribed { callback, .. }, false) => Step::Unsubscribe(url, callback.clone()),
        };
        Some((item.id, step))
    }

    /// Records how a step went. What is wanted may have changed meanwhile; then there is another step.
    pub(super) fn tried(&mut self, id: u64, step: &Step, outcome: Result<(), String>, now: Instant) {
        let Some(item) = self.all.iter_mut().find(|item| item.id == id) else { return };
        match outcome {
            Ok(()) => {
                item.exists = matches!(step, Step::Register(_) | Step::Subscribe(..));
                item.error = None;
                item.backoff.reset();
            }
            Err(error) => {
                item.error = Some(error);
                item.not_before = Some(now + item.backoff.pause());
            }
        }
        self.remove_settled();
    }

    /// The registry has forgotten everything.
    pub(super) fn session_lost(&mut self) {
        for item in &mut self.all {
            item.exists = false;
            item.retry_now();
            if let Kind::Subscribed { relay: Some(relay), .. } = &item.kind {
                relay.session_lost();
            }
        }
        self.remove_settled();
    }

    pub(super) fn connect_failed(&mut self, error: &str) {
        self.connect_error = Some(error.to_owned());
    }

    /// Wants everything withdrawn that does not outlive us: the numbers of these items, and all relays.
    pub(super) fn withdraw_all(&mut self) -> (Vec<u64>, Vec<Relay>) {
        let mut relays = Vec::new();
        for item in &mut self.all {
            match &mut item.kind {
                Kind::Published => item.wanted &= !item.url.bool_param(keys::DYNAMIC, true),
                Kind::Subscribed { relay, .. } => {
                    item.wanted = false;
                    relays.extend(relay.take());
                }
            }
        }
        self.remove_settled();
        (self.all.iter().filter(|item| !item.wanted).map(|item| item.id).collect(), relays)
    }

    pub(super) fn status(&self) -> RegistryStatus {
        let mut status =
            RegistryStatus { last_error: self.connect_error.clone(), ..RegistryStatus::default() };
        for item in &self.all {
            match item.kind {
                Kind::Published if item.wanted && item.exists => status.registered += 1,
                Kind::Published => status.pending += 1,
                Kind::Subscribed { .. } => status.subscribed += usize::from(item.wanted),
            }
            if item.error.is_some() {
                status.last_error.clone_from(&item.error);
            }
        }
        status
    }

    fn published(&mut self, url: &Url) -> Option<&mut Item> {
        let text = url.full_string();
        self.all
            .iter_mut()
            .find(|item| matches!(item.kind, Kind::Published) && item.url.full_string() == text)
    }

    fn add(&mut self, url: &Url, kind: Kind) -> u64 {
        self.last_id += 1;
        self.all.push(Item {
            id: self.last_id,
            url: url.clone(),
            kind,
            wanted: true,
            exists: false,
            error: None,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(30)),
            not_before: None,
        });
        self.last_id
    }

    fn remove_settled(&mut self) {
        self.all.retain(|item| item.wanted || item.exists);
    }
}

impl Item {
    fn retry_now(&mut self) -> u64 {
        self.error = None;
        self.not_before = None;
        self.id
    }
}
