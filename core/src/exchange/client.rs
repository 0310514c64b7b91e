//! One logical connection to a provider, kept up over as many TCP connections as it takes.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::body::Body;
use super::call::{Call, CallId, Complete, Waiter};
use super::channel::{Channel, Closing, ConnectionOptions, NotSent, Shared};
use super::clock;
use super::connection::Refused;
use super::driver::{self, Driver};
use super::inbound::Side;
use super::outcome::{Failure, Outcome, Response};
use super::request::Handler;
use super::supervise::Supervisor;
use crate::error::{Error, ErrorCode, Result};
use crate::transport::tcp;

/// How a client connects, and stays connected.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Host name or address of the provider.
    pub host: String,
    /// Port of the provider.
    pub port: u16,
    /// The URL of the provider, for texts.
    pub url: String,
    /// Time allowed for one attempt to connect.
    pub connect_timeout: Duration,
    /// Fail in [`Client::connect`] when the provider cannot be reached; otherwise try again in the
    /// background.
    pub check: bool,
    /// Connect at the first call.
    pub lazy: bool,
    /// What [`Client::is_connected`] says before a lazy client was used.
    pub lazy_initial_state: bool,
    /// A call without a connection tries to connect first; otherwise it fails at once.
    pub send_reconnect: bool,
    /// Try again in the background when the connection is lost.
    pub reconnect: bool,
    /// What both sides of a connection can choose.
    pub connection: ConnectionOptions,
}

impl ClientOptions {
    /// The defaults of Dubbo for a provider at `host:port`.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        Self {
            url: format!("dubbo://{host}:{port}"),
            host,
            port,
            connect_timeout: Duration::from_secs(3),
            check: true,
            lazy: false,
            lazy_initial_state: true,
            send_reconnect: true,
            reconnect: true,
            connection: ConnectionOptions::default(),
        }
    }

    /// The defaults for the provider at a socket address.
    #[must_use]
    pub fn to_address(address: SocketAddr) -> Self {
        Self::new(address.ip().to_string(), address.port())
    }
}

/// One logical connection to a provider. Clones are the same connection; when the last one is
/// dropped the connection ends.
#[derive(Clone)]
pub struct Client(Arc<Owner>);

/// Ends the client when nobody holds it any more. The tasks hold [`Core`] only.
struct Owner(Arc<Core>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.shut();
        if let Some(shared) = self.0.current.load_full() {
            shared.close(Closing::Now);
        }
    }
}

impl Client {
    /// Connects, on the runtime of the caller; `handler` takes the calls of the provider.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Network`] with Dubbo's text when the provider cannot be reached, unless
    /// `check` is off or the client is lazy.
    pub async fn connect(options: ClientOptions, handler: Option<Arc<dyn Handler>>) -> Result<Self> {
        let (check, lazy) = (options.check, options.lazy);
        let core = Arc::new(Core::new(options, handler));
        let client = Self(Arc::new(Owner(core.clone())));
        let first = if lazy { First::OnDemand } else { first_attempt(&core, check).await? };
        tokio::spawn(Supervisor::new(core).run(first));
        Ok(client)
    }

    /// As [`Client::connect`] without `check`, and without waiting for the first attempt.
    #[must_use]
    pub fn start(options: ClientOptions, handler: Option<Arc<dyn Handler>>) -> Self {
        let first = if options.lazy { First::OnDemand } else { First::Soon };
        let core = Arc::new(Core::new(options, handler));
        tokio::spawn(Supervisor::new(core.clone()).run(first));
        Self(Arc::new(Owner(core)))
    }

    /// Calls the provider. The request is sent when the future is first polled; dropping the
    /// future cancels the call.
    ///
    /// Errors: [`ErrorCode::Network`] when the call could not be sent,
    /// [`ErrorCode::StatusClientTimeout`] and [`ErrorCode::StatusServerTimeout`] when `timeout`
    /// passed, [`ErrorCode::StatusChannelInactive`] when the connection ended first,
    /// [`ErrorCode::StatusClientError`] when the response is too large,
    /// [`ErrorCode::InFlightLimit`] when too many calls wait already. A response with any status
    /// is no error here.
    pub fn call(&self, body: Body, timeout: Duration) -> Call {
        Call::on_client(self.0.0.clone(), body, timeout)
    }

    /// Calls the provider and delivers the end to `sink`, exactly once, with `token`. Never
    /// blocks.
    ///
    /// # Errors
    ///
    /// Those of [`Client::call`] that are known at once; then nothing is delivered. A congested
    /// connection is [`ErrorCode::LimitExceeded`].
    pub fn submit(
        &self,
        body: Body,
        timeout: Duration,
        sink: &Arc<dyn Complete>,
        token: u64,
    ) -> Result<CallId> {
        let core = &self.0.0;
        let Some(shared) = core.connection() else {
            return core.submit_later(body, timeout, sink.clone(), token);
        };
        let waiter = Waiter::Sink { sink: sink.clone(), token };
        match shared.send_call(&body, clock::ticks(timeout), waiter) {
            Ok(id) => Ok(CallId { connection: shared.id, id }),
            Err(NotSent::Refused(Refused::Closed)) => core.submit_later(body, timeout, sink.clone(), token),
            Err(refused) => Err(refused.into_error(&shared)),
        }
    }

    /// Cancels a submitted call: its sink gets [`ErrorCode::Cancelled`], unless the call has ended.
    pub fn cancel(&self, call: CallId) {
        self.0.0.cancel(call);
    }

    /// Sends a call without an answer. With `sent`, waits until it is written, at most that long.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Network`] when the call could not be sent, or not written in time.
    pub async fn oneway(&self, body: &Body, sent: Option<Duration>) -> Result<()> {
        let core = &self.0.0;
        let deadline = Instant::now() + core.options.connect_timeout;
        let shared = core.connected(deadline).await?;
        let position = shared.send_oneway(body)?;
        let Some(limit) = sent else { return Ok(()) };
        let written = tokio::time::timeout(limit, poll_fn(|cx| shared.poll_sent(position, cx))).await;
        if matches!(written, Ok(true)) {
            return Ok(());
        }
        let (remote, limit) = (shared.ends.remote, limit.as_millis());
        let text = format!("Failed to send message to /{remote}in timeout({limit}ms) limit");
        Err(Error::new(ErrorCode::Network, text))
    }

    /// True while a TCP connection is up; also before the first use of a lazy client, unless its
    /// options say otherwise.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        let core = &self.0.0;
        if core.is_shut() {
            return false;
        }
        let untouched = core.options.lazy && !core.touched.load(Ordering::Relaxed);
        if untouched { core.options.lazy_initial_state } else { core.connection().is_some() }
    }

    /// True when the provider announced that it will stop.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.0.0.connection().is_some_and(|shared| shared.is_read_only())
    }

    /// Waits until a TCP connection is up.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Network`] with Dubbo's text when the attempt that is under way fails.
    pub async fn connected(&self) -> Result<()> {
        let core = &self.0.0;
        core.connection_by(Instant::now() + core.options.connect_timeout, true).await.map(drop)
    }

    /// The present TCP connection, if there is one.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        self.0.0.connection().map(Channel)
    }

    /// Calls that wait for an answer.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.0.0.connection().map_or(0, |shared| shared.in_flight().0)
    }

    /// Refuses new calls, waits at most `timeout` for those in flight, and disconnects. What is
    /// still pending then fails with [`ErrorCode::StatusChannelInactive`]. Idempotent.
    pub async fn close(&self, timeout: Duration) {
        let core = &self.0.0;
        let deadline = Instant::now() + timeout;
        core.shut();
        if let Some(shared) = core.current.load_full() {
            shared.drain();
            shared.drained(deadline).await;
            shared.close(Closing::Flushed);
            let ended = tokio::time::timeout_at(deadline.max(Instant::now() + GRACE), core.ended()).await;
            if ended.is_err() {
                shared.close(Closing::Now);
            }
        }
        core.ended().await;
    }
}

/// Time for the last bytes to be written while closing.
const GRACE: Duration = Duration::from_millis(500);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.0.0.options.url).finish_non_exhaustive()
    }
}

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

async fn first_attempt(core: &Arc<Core>, check: bool) -> Result<First> {
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
    connection_options: Arc<ConnectionOptions>,
    handler: Option<Arc<dyn Handler>>,
    runtime: Handle,
    current: ArcSwapOption<Shared>,
    /// No new calls, no new connections.
    shut: AtomicBool,
    /// A lazy client has been used.
    touched: AtomicBool,
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
    fn new(options: ClientOptions, handler: Option<Arc<dyn Handler>>) -> Self {
        Self {
            connection_options: Arc::new(options.connection.clone()),
            options,
            handler,
            runtime: Handle::current(),
            current: ArcSwapOption::empty(),
            shut: AtomicBool::new(false),
            touched: AtomicBool::new(false),
            wanted: Notify::new(),
            progress: watch::Sender::new(Progress::default()),
            later: Mutex::new(HashMap::new()),
            next_later: AtomicI64::new(0),
        }
    }

    /// The connection, if it is up.
    pub(super) fn connection(&self) -> Option<Arc<Shared>> {
        let current = self.current.load();
        current.as_ref().filter(|shared| shared.is_open()).cloned()
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Acquire)
    }

    fn shut(&self) {
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

    async fn connection_by(&self, deadline: Instant, may_wait: bool) -> Result<Arc<Shared>> {
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
            self.current.store(Some(shared.clone()));
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
        driver::open(Side::Client, stream, &self.connection_options, self.handler.clone()).map_err(|cause| {
            failed(format!("client(url: {url}) lost its connection at once")).caused_by(cause)
        })
    }

    pub(super) fn disconnected(&self) {
        self.current.store(None);
    }

    /// Nobody will connect any more.
    pub(super) fn end(&self) {
        self.shut();
        self.progress.send_modify(|progress| progress.ended = true);
    }

    async fn ended(&self) {
        let mut progress = self.progress.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = progress.wait_for(|progress| progress.ended).await;
    }

    fn submit_later(
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
        let call = Call::on_client(self.clone(), body, timeout);
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

    fn cancel(&self, call: CallId) {
        if call.connection == 0 {
            let task = self.later.lock().remove(&call.id).flatten();
            task.inspect(AbortHandle::abort);
            return;
        }
        let current = self.current.load();
        let Some(shared) = current.as_ref().filter(|shared| shared.id == call.connection) else { return };
        if let Some(Waiter::Sink { sink, token }) = shared.cancel(call.id) {
            sink.complete(token, Outcome::Failure(Failure::Cancelled).into_result(call.id, shared.ends));
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
