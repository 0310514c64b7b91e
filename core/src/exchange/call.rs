//! A call in flight: as a future for Rust, and as a token for other languages.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
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
pub struct Call(Step);

enum Step {
    Start { route: Route, body: Body, timeout: Duration },
    Begun(Begun),
    Over,
}

/// A call that has begun: it is on its way, or waits until it can be sent.
pub(crate) enum Begun {
    Sent(Pending),
    /// The rare case that something must be waited for before the call can be sent.
    Later(Pin<Box<dyn Future<Output = Result<Response>> + Send>>),
}

/// A call that waits for its answer. Dropping it cancels the call.
pub(crate) struct Pending {
    /// Present until the end.
    shared: Option<Arc<Shared>>,
    id: i64,
}

#[derive(Clone)]
pub(super) enum Route {
    Client(Arc<Core>),
    Channel(Arc<Shared>),
}

impl Call {
    pub(super) const fn on_client(core: Arc<Core>, body: Body, timeout: Duration) -> Self {
        Self(Step::Start { route: Route::Client(core), body, timeout })
    }

    pub(super) const fn on_channel(shared: Arc<Shared>, body: Body, timeout: Duration) -> Self {
        Self(Step::Start { route: Route::Channel(shared), body, timeout })
    }

    fn start(&mut self, cx: &Context<'_>) -> Result<()> {
        let Step::Start { route, body, timeout } = &self.0 else { return Ok(()) };
        let begun = match route {
            Route::Client(core) => begin(core.connection(), &body.parts(), *timeout, cx, || route.clone()),
            Route::Channel(shared) => {
                begin(Some(shared.clone()), &body.parts(), *timeout, cx, || route.clone())
            }
        };
        self.0 = Step::Over;
        self.0 = Step::Begun(begun?);
        Ok(())
    }
}

/// Sends a request over `shared`, for whoever is polled in `cx`; `route` is asked for only if something must be
/// waited for first.
pub(super) fn begin(
    shared: Option<Arc<Shared>>,
    body: &Parts<'_>,
    timeout: Duration,
    cx: &Context<'_>,
    route: impl FnOnce() -> Route,
) -> Result<Begun> {
    let Some(shared) = shared else { return Ok(later(route(), body, timeout)) };
    match shared.send_call(body, clock::ticks(timeout), Waiter::Task(cx.waker().clone())) {
        Ok(id) => Ok(Begun::Sent(Pending { shared: Some(shared), id })),
        Err(refused) => {
            let route = route();
            if may_wait(&route, refused) {
                return Ok(later(route, body, timeout));
            }
            Err(refused.into_error(&shared))
        }
    }
}

#[cold]
fn later(route: Route, body: &Parts<'_>, timeout: Duration) -> Begun {
    Begun::Later(Box::pin(send_later(route, body.to_body(), timeout)))
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
        let sent = |cx: &mut Context<'_>| {
            Poll::Ready(shared.send_call(&body.parts(), left, Waiter::Task(cx.waker().clone())))
        };
        match poll_fn(sent).await {
            Ok(id) => return Pending { shared: Some(shared), id }.await,
            Err(refused) if may_wait(&route, refused) => {}
            Err(refused) => return Err(refused.into_error(&shared)),
        }
    }
}

impl Future for Pending {
    type Output = Result<Response>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(shared) = &self.shared else { return Poll::Ready(Err(polled_after_end())) };
        let outcome = std::task::ready!(shared.poll_outcome(self.id, cx));
        let result = outcome.into_result(self.id, shared.ends);
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

impl Future for Call {
    type Output = Result<Response>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if matches!(self.0, Step::Start { .. }) {
            if let Err(error) = self.start(cx) {
                return Poll::Ready(Err(error));
            }
            if matches!(self.0, Step::Begun(Begun::Sent(_))) {
                return Poll::Pending;
            }
        }
        let Step::Begun(begun) = &mut self.0 else { return Poll::Ready(Err(polled_after_end())) };
        let result = std::task::ready!(Pin::new(begun).poll(cx));
        self.0 = Step::Over;
        Poll::Ready(result)
    }
}

fn polled_after_end() -> Error {
    Error::new(ErrorCode::Internal, "the future of a call was polled after its end")
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.0 {
            Step::Start { .. } => "start",
            Step::Begun(Begun::Sent(_)) => "waiting",
            Step::Begun(Begun::Later(_)) => "slow",
            Step::Over => "over",
        };
        f.debug_tuple("Call").field(&step).finish()
    }
}
