//! What the handles and the task of a client share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::body::Body;
use super::call::{Call, CallId, Complete, Waiter};
use super::channel::ConnectionOptions;
use super::client::ClientOptions;
use super::driver::{self, Driver};
use super::inbound::Side;
use super::outcome::{Failure, Response};
use super::request::Handler;
use super::shared::Shared;
use crate::error::{Error, ErrorCode, Result};
use crate::transport::tcp;

/// How the task of a client begins.
pub(super) enum First {
    Connected(Box<Driver>),
    /// The first attempt is made by the task.
    Soon,
    /// The first attempt failed; go on trying.
    Retry,
    /// Nobody needs a connection yet.
    OnDemand,
}

pub(super) async fn first_attempt(core: &Arc<Core>, check: bool) -> Result<First> {
    match core.attempt().await {
        Ok((_, driver)) => Ok(First::Connected(Box::new(driver))),
        Err(error) if check => Err(error),
        Err(error) => {
            tracing::warn!(url = core.options.url, %error, "no connection yet (check == false), retry later");
            Ok(First::Retry)
        }
    }
}

/// What the handles and the task of a client share.
pub(super) struct Core {
    pub(super) options: ClientOptions,
    /// Itself, for its connections.
    this: Weak<Self>,
    connection_options: Arc<ConnectionOptions>,
    handler: Option<Arc<dyn Handler>>,
    runtime: Handle,
    /// Held for a few instructions: taking a share of what a pointer shows would cost as much, and more code.
    current: Mutex<Option<Arc<Shared>>>,
    /// No new calls, no new connections.
    shut: AtomicBool,
    /// A lazy client has been used.
    pub(super) touched: AtomicBool,
    /// Wakes the task of the client: a connection is wanted, or the client is shut.
    pub(super) wanted: Notify,
    /// Changes with each attempt to connect, and at the end.
    progress: watch::Sender<Progress>,
    /// Calls that wait for a connection.
    later: Mutex<HashMap<i64, Option<AbortHandle>>>,
    next_later: AtomicI64,
}

/// What became of the latest attempt to connect.
#[derive(Debug, Clone, Default)]
struct Progress {
    attempts: u64,
    /// The text of the failure.
    failure: Option<Arc<str>>,
    shut: bool,
    ended: bool,
}

impl Core {
    pub(super) fn new(options: ClientOptions, handler: Option<Arc<dyn Handler>>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            connection_options: Arc::new(options.connection.clone()),
            options,
            handler,
            runtime: Handle::current(),
            current: Mutex::new(None),
            shut: AtomicBool::new(false),
            touched: AtomicBool::new(false),
            wanted: Notify::new(),
            progress: watch::Sender::new(Progress::default()),
            later: Mutex::new(HashMap::new()),
            next_later: AtomicI64::new(0),
        })
    }

    /// The connection, if it is up.
    pub(super) fn connection(&self) -> Option<Arc<Shared>> {
        self.current.lock().as_ref().filter(|shared| shared.is_open()).cloned()
    }

    /// The connection, if there is one, even if it has ended.
    pub(super) fn current(&self) -> Option<Arc<Shared>> {
        self.current.lock().clone()
    }

    fn set_current(&self, shared: Option<Arc<Shared>>) {
        let last = std::mem::replace(&mut *self.current.lock(), shared);
        // Not under the lock: this may be the end of the connection.
        drop(last);
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Acquire)
    }

    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::Release);
        self.wanted.notify_one();
        self.progress.send_modify(|progress| progress.shut = true);
    }

    /// Waits until the client is shut.
    pub(super) async fn until_shut(&self) {
        let mut progress = self.progress.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = progress.wait_for(|progress| progress.shut).await;
    }

    /// The connection; when there is none, waits for the next attempt to make one.
    pub(super) async fn connected(&self, deadline: Instant) -> Result<Arc<Shared>> {
        let first_use = self.options.lazy && !self.touched.swap(true, Ordering::Relaxed);
        self.connection_by(deadline, self.options.send_reconnect || first_use).await
    }

    /// The connection; when there is none, `may_wait` decides whether the next attempt is waited for.
    pub(super) async fn connection_by(&self, deadline: Instant, may_wait: bool) -> Result<Arc<Shared>> {
        let mut progress = self.progress.subscribe();
        loop {
            if self.is_shut() {
                return Err(self.closed_error());
            }
            if let Some(shared) = self.connection() {
                return Ok(shared);
            }
            if !may_wait {
                return Err(self.closed_error());
            }
            self.wanted.notify_one();
            match tokio::time::timeout_at(deadline, progress.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(self.closed_error()),
                Err(_) => {
                    let text = format!(
                        "Sending request timeout in client-side, no connection to {}",
                        self.options.url
                    );
                    return Err(Error::new(ErrorCode::StatusClientTimeout, text));
                }
            }
            let failure = progress.borrow_and_update().failure.clone();
            if let Some(failure) = failure.filter(|_| self.connection().is_none()) {
                return Err(Error::new(ErrorCode::Network, &*failure));
            }
        }
    }

    fn closed_error(&self) -> Error {
        let url = &self.options.url;
        if self.is_shut() {
            let text = format!("Failed to send message, because the client is closed. url:{url}");
            return Error::new(ErrorCode::Network, text);
        }
        let text = match self.options.lazy {
            true => format!(
                "LazyConnectExchangeClient is not connected normally, and send.reconnect is configured as \
                 false, the request fails quickly{url}"
            ),
            false => format!("message can not send, because channel is closed . url:{url}"),
        };
        Error::new(ErrorCode::Network, text)
    }

    /// Tries once to connect.
    pub(super) async fn attempt(&self) -> Result<(Arc<Shared>, Driver)> {
        let result = self.try_connect().await;
        let failure = result.as_ref().err().map(|error| error.message().into());
        if let Ok((shared, _)) = &result {
            self.set_current(Some(shared.clone()));
        }
        self.progress.send_modify(|progress| {
            progress.attempts += 1;
            progress.failure = failure;
        });
        result
    }

    async fn try_connect(&self) -> Result<(Arc<Shared>, Driver)> {
        let ClientOptions { host, port, url, connect_timeout, .. } = &self.options;
        let began = Instant::now();
        let failed = |text: String| Error::new(ErrorCode::Network, text);
        let stream = match tokio::time::timeout(*connect_timeout, tcp::connect(host, *port)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(cause)) => {
                let text = format!(
                    "client(url: {url}) failed to connect to server /{host}:{port}, error message is:{cause}"
                );
                return Err(failed(text).caused_by(cause));
            }
            Err(_) => {
                let (limit, elapsed) = (connect_timeout.as_millis(), began.elapsed().as_millis());
                return Err(failed(format!(
                    "client(url: {url}) failed to connect to server /{host}:{port} client-side timeout \
                     {limit}ms (elapsed: {elapsed}ms)"
                )));
            }
        };
        let (options, handler) = (&self.connection_options, self.handler.clone());
        driver::open(Side::Client, stream, options, handler, self.this.clone()).map_err(|cause| {
            failed(format!("client(url: {url}) lost its connection at once")).caused_by(cause)
        })
    }

    pub(super) fn disconnected(&self) {
        self.set_current(None);
    }

    /// Nobody will connect any more.
    pub(super) fn end(&self) {
        self.shut();
        self.progress.send_modify(|progress| progress.ended = true);
    }

    pub(super) async fn ended(&self) {
        let mut progress = self.progress.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = progress.wait_for(|progress| progress.ended).await;
    }

    pub(super) fn submit_later(
        self: &Arc<Self>,
        body: Body,
        timeout: Duration,
        sink: Arc<dyn Complete>,
        token: u64,
    ) -> Result<CallId> {
        if self.is_shut() {
            return Err(self.closed_error());
        }
        let id = self.next_later.fetch_add(1, Ordering::Relaxed);
        let mut delivery = Delivery { core: self.clone(), id, sink: Some((sink, token)) };
        let call = Call::on_client(self, body, timeout);
        // Not under the lock: a runtime that has ended drops the task at once, which removes the
        // entry.
        self.later.lock().insert(id, None);
        let task = self.runtime.spawn(async move {
            let result = call.await;
            delivery.deliver(result);
        });
        if let Some(entry) = self.later.lock().get_mut(&id) {
            *entry = Some(task.abort_handle());
        }
        Ok(CallId { connection: 0, id })
    }

    pub(super) fn cancel(&self, call: CallId) {
        if call.connection == 0 {
            let task = self.later.lock().remove(&call.id).flatten();
            task.inspect(AbortHandle::abort);
            return;
        }
        let Some(shared) = self.current().filter(|shared| shared.id == call.connection) else { return };
        if let Some(Waiter::Sink { sink, token }) = shared.cancel(call.id) {
            sink.complete(token, Err(Failure::Cancelled.into_error(call.id, shared.ends)));
        }
    }
}

/// Delivers the end of a call that waited for a connection, however its task ends.
struct Delivery {
    core: Arc<Core>,
    id: i64,
    sink: Option<(Arc<dyn Complete>, u64)>,
}

impl Delivery {
    fn deliver(&mut self, result: Result<Response>) {
        self.core.later.lock().remove(&self.id);
        if let Some((sink, token)) = self.sink.take() {
            sink.complete(token, result);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.deliver(Err(Error::new(ErrorCode::Cancelled, "request future has been canceled.")));
    }
}
