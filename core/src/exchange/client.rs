//! One logical connection to a provider, kept up over as many TCP connections as it takes.

use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::body::{Body, Parts};
use super::call::{self, Begun, Call, CallId, Complete, Route, Waiter};
use super::channel::{Channel, ConnectionOptions};
use super::clock;
use super::connection::Refused;
use super::link::{Core, First, first_attempt};
use super::request::Handler;
use super::shared::{Closing, NotSent};
use super::supervise::Supervisor;
use crate::error::{Error, ErrorCode, Result};

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
        if let Some(shared) = self.0.current() {
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
        let core = Core::new(options, handler);
        let client = Self(Arc::new(Owner(core.clone())));
        let first = if lazy { First::OnDemand } else { first_attempt(&core, check).await? };
        tokio::spawn(Supervisor::new(core).run(first));
        Ok(client)
    }

    /// As [`Client::connect`] without `check`, and without waiting for the first attempt.
    #[must_use]
    pub fn start(options: ClientOptions, handler: Option<Arc<dyn Handler>>) -> Self {
        let first = if options.lazy { First::OnDemand } else { First::Soon };
        let core = Core::new(options, handler);
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
        Call::on_client(&self.0.0, body, timeout)
    }

    /// As [`Client::call`], for a caller that is being polled already: the body need not be kept.
    pub(crate) fn begin(&self, body: &Parts<'_>, timeout: Duration, cx: &Context<'_>) -> Result<Begun> {
        let core = &self.0.0;
        match core.connection() {
            Some(shared) => call::begin(shared, body, timeout, cx),
            None => Ok(Begun::Later(call::later(Route::Client(core.clone()), body.to_body(), timeout))),
        }
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
        self.submit_parts(&body.parts(), timeout, sink, token)
    }

    /// As [`Client::submit`], with a body that need not be kept.
    pub(crate) fn submit_parts(
        &self,
        body: &Parts<'_>,
        timeout: Duration,
        sink: &Arc<dyn Complete>,
        token: u64,
    ) -> Result<CallId> {
        let core = &self.0.0;
        let Some(shared) = core.connection() else {
            return core.submit_later(body.to_body(), timeout, sink.clone(), token);
        };
        let waiter = Waiter::Sink { sink: sink.clone(), token };
        match shared.send_call(body, clock::ticks(timeout), waiter) {
            Ok(id) => Ok(CallId { connection: shared.id, id }),
            Err(NotSent::Refused(Refused::Closed)) => {
                core.submit_later(body.to_body(), timeout, sink.clone(), token)
            }
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
        let position = shared.send_oneway(&body.parts())?;
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
        if let Some(shared) = core.current() {
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
