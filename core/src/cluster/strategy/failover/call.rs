//! A call on its way through the cluster.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::{Attempts, Failover, Verdict};
use crate::cluster::directory::Provider;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::Begun;
use crate::protocol::invoker::BoxFuture;
use crate::rpc::{Invocation, RpcResult};

/// The attempts of one call, driven by a future that owns or borrows the invocation.
///
/// Nearly every call is over with its first attempt, and most need nothing but a connection: for these there is no room
/// and no work here beyond the wait for the answer. Everything else is boxed when it comes to it.
pub(crate) struct FailoverCall<'a> {
    failover: &'a Failover,
    step: Step<'a>,
}

enum Step<'a> {
    New,
    /// The first attempt waits for its answer.
    First(Arc<Provider>, Begun),
    /// Attempts that need more than a connection, and those after the first.
    Rest(BoxFuture<'a, Result<RpcResult>>),
    Over,
}

impl<'a> FailoverCall<'a> {
    pub(crate) const fn new(failover: &'a Failover) -> Self {
        Self { failover, step: Step::New }
    }

    /// True until the first poll.
    pub(crate) const fn is_new(&self) -> bool {
        matches!(self.step, Step::New)
    }

    /// Goes on with the call; `invocation` is the same at each poll.
    pub(crate) fn poll(&mut self, invocation: &Invocation, cx: &mut Context<'_>) -> Poll<Result<RpcResult>> {
        if self.is_new() {
            self.begin(invocation, cx)?;
            if matches!(self.step, Step::First(_, Begun::Sent(_))) {
                return Poll::Pending;
            }
        }
        if let Step::First(_, begun) = &mut self.step {
            let answer = ready!(Pin::new(begun).poll(cx));
            if let Step::First(provider, _) = mem::replace(&mut self.step, Step::Over) {
                match provider.leaf().end(invocation, answer) {
                    Ok(result) => return Poll::Ready(Ok(result)),
                    Err(error) => self.failed(invocation, provider, error)?,
                }
            }
        }
        match &mut self.step {
            Step::Rest(rest) => rest.as_mut().poll(cx),
            _ => Poll::Ready(Err(polled_after_end())),
        }
    }

    fn begin(&mut self, invocation: &Invocation, cx: &Context<'_>) -> Result<()> {
        let provider = match self.failover.choose(invocation, &[]) {
            Ok(provider) => provider,
            Err(error) => return self.give_up(error),
        };
        match provider.leaf().begin(invocation, cx) {
            Some(Ok(begun)) => self.step = Step::First(provider, begun),
            Some(Err(error)) => self.failed(invocation, provider, error)?,
            None => {
                self.step = Step::Rest(self.failover.owned(invocation, Attempts::default(), Some(provider)))
            }
        }
        Ok(())
    }

    #[cold]
    fn failed(&mut self, invocation: &Invocation, provider: Arc<Provider>, error: Error) -> Result<()> {
        let mut attempts = Attempts::default();
        match self.failover.after_failure(invocation, &mut attempts, provider, error) {
            Verdict::Retry => {
                self.step = Step::Rest(self.failover.owned(invocation, attempts, None));
                Ok(())
            }
            Verdict::Fail(error) => self.give_up(error),
        }
    }

    #[cold]
    fn give_up(&mut self, error: Error) -> Result<()> {
        self.step = Step::Over;
        Err(error)
    }
}

impl Failover {
    /// Continues a call with an invocation of its own, at `provider` if one is chosen already.
    fn owned(
        &self,
        invocation: &Invocation,
        mut attempts: Attempts,
        provider: Option<Arc<Provider>>,
    ) -> BoxFuture<'_, Result<RpcResult>> {
        let invocation = invocation.clone();
        Box::pin(async move {
            let provider = match provider {
                Some(provider) => provider,
                None => self.pick(&invocation, &mut attempts)?,
            };
            self.attempt(&invocation, attempts, provider).await
        })
    }
}

#[cold]
fn polled_after_end() -> Error {
    Error::new(ErrorCode::Internal, "the future of a call was polled after its end")
}
