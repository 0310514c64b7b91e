//! A call in flight: as a future for Rust, and as a token for other languages.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::body::Body;
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
    Start {
        route: Route,
        body: Body,
        timeout: Duration,
    },
    Waiting {
        shared: Arc<Shared>,
        id: i64,
    },
    /// The rare case that something must be waited for before the call can be sent.
    Slow(Pin<Box<dyn Future<Output = Result<Response>> + Send>>),
    Over,
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

    /// Sends the request, or finds out what has to be waited for.
    fn start(&mut self, cx: &Context<'_>) -> Result<()> {
        let Step::Start { route, body, timeout } = &self.0 else { return Ok(()) };
        let Some(shared) = route.ready() else {
            self.send_later();
            return Ok(());
        };
        match shared.send_call(body, clock::ticks(*timeout), Waiter::Task(cx.waker().clone())) {
            Ok(id) => self.0 = Step::Waiting { shared, id },
            Err(refused) if may_wait(route, refused) => self.send_later(),
            Err(refused) => {
                self.0 = Step::Over;
                return Err(refused.into_error(&shared));
            }
        }
        Ok(())
    }

    #[cold]
    fn send_later(&mut self) {
        if let Step::Start { route, body, timeout } = std::mem::replace(&mut self.0, Step::Over) {
            self.0 = Step::Slow(Box::pin(send_later(route, body, timeout)));
        }
    }
}

impl Route {
    /// The connection to use, if it can be used without waiting.
    fn ready(&self) -> Option<Arc<Shared>> {
        match self {
            Self::Client(core) => core.connection(),
            Self::Channel(shared) => Some(shared.clone()),
        }
    }

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
        let sent = poll_fn(|cx| Poll::Ready(shared.send_call(&body, left, Waiter::Task(cx.waker().clone()))));
        match sent.await {
            Ok(id) => return Call(Step::Waiting { shared, id }).await,
            Err(refused) if may_wait(&route, refused) => {}
            Err(refused) => return Err(refused.into_error(&shared)),
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
            if matches!(self.0, Step::Waiting { .. }) {
                return Poll::Pending;
            }
        }
        let result = match &mut self.0 {
            Step::Slow(future) => match future.as_mut().poll(cx) {
                Poll::Ready(result) => result,
                Poll::Pending => return Poll::Pending,
            },
            Step::Waiting { shared, id } => match shared.poll_outcome(*id, cx) {
                Poll::Ready(outcome) => outcome.into_result(*id, shared.ends),
                Poll::Pending => return Poll::Pending,
            },
            Step::Start { .. } | Step::Over => {
                Err(Error::new(ErrorCode::Internal, "the future of a call was polled after its end"))
            }
        };
        self.0 = Step::Over;
        Poll::Ready(result)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Step::Waiting { shared, id } = &self.0 {
            drop(shared.cancel(*id));
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.0 {
            Step::Start { .. } => "start",
            Step::Waiting { .. } => "waiting",
            Step::Slow(_) => "slow",
            Step::Over => "over",
        };
        f.debug_tuple("Call").field(&step).finish()
    }
}
