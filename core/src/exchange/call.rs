//! A call in flight: as a future for Rust, and as a token for other languages.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::time::Instant;

use super::body::{Body, Parts};
use super::clock;
use super::connection::{Notify, Refused};
use super::link::Core;
use super::outcome::Response;
use super::shared::{NotSent, Shared};
use crate::error::{Error, ErrorCode, Result};

/// Receives the ends of calls submitted with [`Client::submit`](super::Client::submit).
///
/// Called on whatever thread brings a call to its end, often the one that owns the socket: it
/// must only enqueue.
pub trait Complete: Send + Sync + 'static {
    /// The call submitted with `token` has ended. Called exactly once for each submitted call.
    fn complete(&self, token: u64, result: Result<Response>);
}

/// Names a submitted call, to cancel it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId {
    /// The connection that carries it; 0 while it waits for a connection.
    pub(super) connection: u64,
    pub(super) id: i64,
}

/// Whom to tell about the end of a call.
pub(crate) enum Waiter {
    /// A future, which fetches the outcome when it is polled.
    Task(Waker),
    /// A binding, to which the outcome is delivered.
    Sink { sink: Arc<dyn Complete>, token: u64 },
}

impl From<Waker> for Waiter {
    fn from(waker: Waker) -> Self {
        Self::Task(waker)
    }
}

impl Notify for Waiter {
    fn fetches(&self) -> bool {
        matches!(self, Self::Task(_))
    }
}

/// The future of a response.
///
/// The request is sent when the future is first polled. Dropping the future cancels the call: its
/// id is forgotten and a late response is dropped.
#[must_use = "a call is sent when it is first polled"]
pub struct Call {
    /// Where the call goes; stays in its place, whatever becomes of the call.
    shared: Option<Arc<Shared>>,
    step: Step,
}

enum Step {
    /// Nobody has polled the call yet.
    Start {
        body: Body,
        timeout: Duration,
        /// The call may take the next connection of the client, should this one have ended.
        may_move: bool,
    },
    Sent(i64),
    Later(Later),
    Over,
}

/// The rare case that something must be waited for before the call can be sent.
type Later = Pin<Box<dyn Future<Output = Result<Response>> + Send>>;

/// A call that has begun: it is on its way, or waits until it can be sent.
pub(crate) enum Begun {
    Sent(Pending),
    Later(Later),
}

/// A call that waits for its answer. Dropping it cancels the call.
pub(crate) struct Pending {
    /// Present until the end.
    shared: Option<Arc<Shared>>,
    id: i64,
}

pub(super) enum Route {
    Client(Arc<Core>),
    Channel(Arc<Shared>),
}

impl Call {
    /// A call over the present connection of a client, or else over its next one.
    pub(super) fn on_client(core: &Arc<Core>, body: Body, timeout: Duration) -> Self {
        match core.connection() {
            Some(shared) => Self::over(shared, body, timeout, true),
            None => {
                Self { shared: None, step: Step::Later(later(Route::Client(core.clone()), body, timeout)) }
            }
        }
    }

    pub(super) fn on_channel(shared: Arc<Shared>, body: Body, timeout: Duration) -> Self {
        Self::over(shared, body, timeout, false)
    }

    #[inline]
    const fn over(shared: Arc<Shared>, body: Body, timeout: Duration, may_move: bool) -> Self {
        Self { shared: Some(shared), step: Step::Start { body, timeout, may_move } }
    }
}

/// Sends a request over `shared`, for whoever is polled in `cx`; over the next connection of the client, should this
/// one have ended.
#[inline]
pub(super) fn begin(
    shared: Arc<Shared>,
    body: &Parts<'_>,
    timeout: Duration,
    cx: &Context<'_>,
) -> Result<Begun> {
    match shared.send_call(body, clock::ticks(timeout), cx.waker().clone()) {
        Ok(id) => Ok(Begun::Sent(Pending { shared: Some(shared), id })),
        Err(refused) => not_sent(&shared, refused, body, timeout, true).map(Begun::Later),
    }
}

/// What becomes of a call that was refused.
#[cold]
fn not_sent(
    shared: &Arc<Shared>,
    refused: NotSent,
    body: &Parts<'_>,
    timeout: Duration,
    may_move: bool,
) -> Result<Later> {
    let client = if may_move { shared.client.upgrade() } else { None };
    let route = client.map_or_else(|| Route::Channel(shared.clone()), Route::Client);
    if may_wait(&route, refused) {
        return Ok(later(route, body.to_body(), timeout));
    }
    Err(refused.into_error(shared))
}

/// A call that is sent once `route` allows it.
#[cold]
pub(super) fn later(route: Route, body: Body, timeout: Duration) -> Later {
    Box::pin(send_later(route, body, timeout))
}

impl Route {
    async fn wait(&self, deadline: Instant) -> Result<Arc<Shared>> {
        match self {
            Self::Client(core) => core.connected(deadline).await,
            Self::Channel(shared) => Ok(shared.clone()),
        }
    }
}

/// True when the call can be sent a little later: after the congestion, or, of a client, over the
/// next connection.
fn may_wait(route: &Route, refused: NotSent) -> bool {
    match refused {
        NotSent::Refused(Refused::Congested) => true,
        NotSent::Refused(Refused::Closed) => matches!(route, Route::Client(_)),
        _ => false,
    }
}

/// Waits for a connection and for room in it, and then calls; `timeout` covers everything.
async fn send_later(route: Route, body: Body, timeout: Duration) -> Result<Response> {
    let deadline = Instant::now() + timeout.min(Duration::from_millis(u64::from(clock::MAX_SPAN)));
    loop {
        let shared = route.wait(deadline).await?;
        let relieved = poll_fn(|cx| shared.poll_relieved(cx));
        if tokio::time::timeout_at(deadline, relieved).await.is_err() {
            let text =
                format!("Sending request timeout in client-side, timeout: {timeout:?}, channel: {shared}");
            return Err(Error::new(ErrorCode::StatusClientTimeout, text));
        }
        let left = clock::ticks(deadline.saturating_duration_since(Instant::now()));
        let sent =
            |cx: &mut Context<'_>| Poll::Ready(shared.send_call(&body.parts(), left, cx.waker().clone()));
        match poll_fn(sent).await {
            Ok(id) => return Pending { shared: Some(shared), id }.await,
            Err(refused) if may_wait(&route, refused) => {}
            Err(refused) => return Err(refused.into_error(&shared)),
        }
    }
}

impl Future for Pending {
    type Output = Result<Response>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(shared) = &self.shared else { return Poll::Ready(Err(polled_after_end())) };
        let outcome = ready!(shared.poll_outcome(self.id, cx));
        let result = outcome.map_err(|failure| failure.into_error(self.id, shared.ends));
        self.shared = None;
        Poll::Ready(result)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            drop(shared.cancel(self.id));
        }
    }
}

impl Future for Begun {
    type Output = Result<Response>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Sent(pending) => Pin::new(pending).poll(cx),
            Self::Later(future) => future.as_mut().poll(cx),
        }
    }
}

impl Call {
    fn start(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response>> {
        let (Step::Start { body, timeout, may_move }, Some(shared)) = (&self.step, &self.shared) else {
            return Poll::Ready(Err(polled_after_end()));
        };
        match shared.send_call(&body.parts(), clock::ticks(*timeout), cx.waker().clone()) {
            Ok(id) => {
                self.step = Step::Sent(id);
                Poll::Pending
            }
            Err(refused) => {
                let later = not_sent(shared, refused, &body.parts(), *timeout, *may_move);
                self.step = Step::Over;
                self.step = Step::Later(later?);
                Pin::new(self).poll(cx)
            }
        }
    }

    fn finish(&mut self, id: i64, cx: &Context<'_>) -> Poll<Result<Response>> {
        let Some(shared) = &self.shared else { return Poll::Ready(Err(polled_after_end())) };
        let outcome = ready!(shared.poll_outcome(id, cx));
        let result = outcome.map_err(|failure| failure.into_error(id, shared.ends));
        self.step = Step::Over;
        Poll::Ready(result)
    }
}

impl Future for Call {
    type Output = Result<Response>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.step {
            Step::Sent(id) => {
                let id = *id;
                self.finish(id, cx)
            }
            Step::Start { .. } => self.start(cx),
            Step::Later(future) => {
                let result = ready!(future.as_mut().poll(cx));
                self.step = Step::Over;
                Poll::Ready(result)
            }
            Step::Over => Poll::Ready(Err(polled_after_end())),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let (Step::Sent(id), Some(shared)) = (&self.step, &self.shared) {
            drop(shared.cancel(*id));
        }
    }
}

#[cold]
fn polled_after_end() -> Error {
    Error::new(ErrorCode::Internal, "the future of a call was polled after its end")
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.step {
            Step::Start { .. } => "start",
            Step::Sent(_) => "waiting",
            Step::Later(_) => "slow",
            Step::Over => "over",
        };
        f.debug_tuple("Call").field(&step).finish()
    }
}
