//! Brings the notifications of one subscription to its listener: one task, so that they stay in order.
//!
//! After a lost connection an empty list is not believed for a while: a registry that restarted knows only
//! those providers that have found it again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::service;
use crate::error::Result;
use crate::protocol::callback::CallbackService;
use crate::protocol::inbound::{CallResponder, InboundCall, ServiceHandler};
use crate::protocol::method_table::MethodTable;
use crate::registry::NotifyListener;
use crate::registry::cache_file::CacheFile;
use crate::url::{Url, keys};

/// How long an empty list after a lost connection is taken for "not published again yet".
const RECOVERY_GRACE: Duration = Duration::from_secs(15);

enum Event {
    /// A notification; the registry waits for the answer before it sends the next.
    List(Vec<Url>, CallResponder),
    /// The registry cannot be reached at the start: use what the cache file holds.
    Cached(Vec<Url>),
    SessionLost,
    Stop,
}

/// One subscription's way from the registry to its listener.
pub(super) struct Relay {
    pub(super) callback: Arc<CallbackService>,
    events: UnboundedSender<Event>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(super) fn start(
        consumer: &Url,
        listener: Arc<dyn NotifyListener>,
        cache: Option<Arc<CacheFile>>,
    ) -> Result<Self> {
        let (events, received) = unbounded_channel();
        let methods = MethodTable::new().with("notify", service::LIST);
        let handler = Arc::new(Handler(events.clone()));
        let callback = CallbackService::new(service::NOTIFY_LISTENER, methods, handler)?;
        let delivery = Delivery {
            key: consumer.service_key(),
            listener,
            cache,
            lists: Vec::new(),
            believe_from: None,
            held: Vec::new(),
        };
        Ok(Self { callback, events, task: tokio::spawn(delivery.run(received)) })
    }

    pub(super) fn session_lost(&self) {
        let _ = self.events.send(Event::SessionLost);
    }

    pub(super) fn use_cached(&self, urls: Vec<Url>) {
        let _ = self.events.send(Event::Cached(urls));
    }

    /// Ends the deliveries; the listener is not called afterwards.
    pub(super) async fn stop(self) {
        let _ = self.events.send(Event::Stop);
        let _ = self.task.await;
    }
}

struct Handler(UnboundedSender<Event>);

impl ServiceHandler for Handler {
    fn handle(&self, call: InboundCall) {
        match service::read_list(&call.arguments) {
            Ok(urls) => drop(self.0.send(Event::List(urls, call.responder))),
            Err(error) => call.responder.error(error),
        }
    }
}

struct Delivery {
    key: String,
    listener: Arc<dyn NotifyListener>,
    cache: Option<Arc<CacheFile>>,
    /// The newest list of each category, for the cache file.
    lists: Vec<(String, Vec<Url>)>,
    /// After a lost session: from then on empty lists of providers are believed.
    believe_from: Option<Instant>,
    /// Lists that are not believed yet.
    held: Vec<Url>,
}

impl Delivery {
    async fn run(mut self, mut events: UnboundedReceiver<Event>) {
        loop {
            let believe_from = self.believe_from.unwrap_or_else(Instant::now);
            let event = tokio::select! {
                event = events.recv() => event,
                () = sleep_until(believe_from), if !self.held.is_empty() => {
                    let held = std::mem::take(&mut self.held);
                    self.deliver(held);
                    continue;
                }
            };
            match event {
                Some(Event::List(urls, responder)) => {
                    self.receive(urls);
                    responder.null();
                }
                Some(Event::Cached(urls)) => self.listener.notify(&urls),
                Some(Event::SessionLost) => self.believe_from = Some(Instant::now() + RECOVERY_GRACE),
                Some(Event::Stop) | None => return,
            }
        }
    }

    fn receive(&mut self, urls: Vec<Url>) {
        let is_providers = |url: &Url| category(url) == keys::PROVIDERS;
        let recovering = self.believe_from.is_some_and(|from| Instant::now() < from);
        let had_providers =
            self.lists.iter().any(|(c, urls)| c == keys::PROVIDERS && !urls.iter().all(Url::is_empty_marker));
        if !recovering || !had_providers {
            return self.deliver(urls);
        }
        let (doubtful, rest): (Vec<_>, Vec<_>) =
            urls.into_iter().partition(|url| is_providers(url) && url.is_empty_marker());
        if rest.iter().any(is_providers) {
            self.held.clear();
        } else if !doubtful.is_empty() {
            self.held = doubtful;
        }
        self.deliver(rest);
    }

    fn deliver(&mut self, urls: Vec<Url>) {
        // Java's registry sends an empty list for a service without any entry; Java's clients ignore it.
        if urls.is_empty() {
            return;
        }
        self.listener.notify(&urls);
        let mut seen: Vec<&str> = urls.iter().map(category).collect();
        seen.dedup();
        for category_seen in seen {
            let list = urls.iter().filter(|url| category(url) == category_seen).cloned().collect();
            self.lists.retain(|(known, _)| known != category_seen);
            self.lists.push((category_seen.to_owned(), list));
        }
        if let Some(cache) = &self.cache {
            let all: Vec<Url> = self.lists.iter().flat_map(|(_, urls)| urls.clone()).collect();
            cache.store(&self.key, &all);
        }
    }
}

fn category(url: &Url) -> &str {
    url.value(keys::CATEGORY).unwrap_or(keys::PROVIDERS)
}
