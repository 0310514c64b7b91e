//! The consumer side of the `dubbo` protocol: one provider, called over one or more connections.

mod connections;
mod plan;
mod submit;

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;

use self::connections::Connections;
pub use self::connections::{ConnectionPool, client_options, connection_options};
use self::plan::{Plan, Plans, Prepared};
pub use self::submit::{InvokeId, InvokeSink};
use super::failure::rpc_error;
use super::outcome;
use crate::codec::hessian::Limits;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::{Begun, Client, Response};
use crate::filter::{BoxFuture, Call, Chain, FilterRegistry, Last, Outcome, Side};
use crate::rpc::{Attachments, Invocation, RpcResult};
use crate::url::Url;

/// What an invoker needs beside its URL.
#[derive(Debug, Clone)]
pub struct ReferOptions {
    /// Name of this application, sent as `remote.application`; empty when unknown.
    pub application: String,
    /// Where the filters named in the URL are found.
    pub filters: Arc<FilterRegistry>,
    /// Connections shared between references; one pool per runtime.
    pub pool: Arc<ConnectionPool>,
}

impl Default for ReferOptions {
    fn default() -> Self {
        Self {
            application: String::new(),
            filters: Arc::new(FilterRegistry::builtin()),
            pool: Arc::default(),
        }
    }
}

/// Calls one provider. Clones share connections and counters.
#[derive(Debug, Clone)]
pub struct DubboInvoker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: Url,
    connections: Connections,
    plans: Plans,
    chain: Chain,
    runtime: Handle,
    destroyed: AtomicBool,
}

impl DubboInvoker {
    /// Creates an invoker and lets it connect in the background, on the runtime of the caller. The connection settings
    /// come from the parameters of `url`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] for an unknown filter.
    pub fn refer(url: Url, options: &ReferOptions) -> Result<Self> {
        let chain = options.filters.chain(Side::Consumer, &url)?;
        let connections = Connections::new(options.pool.open(&url));
        let plans = Plans::new(&url, &options.application);
        let (runtime, destroyed) = (Handle::current(), AtomicBool::new(false));
        Ok(Self(Arc::new(Inner { url, connections, plans, chain, runtime, destroyed })))
    }

    /// As [`DubboInvoker::refer`], and waits for the connections unless the URL says `check=false` or `lazy=true`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Config`] for an unknown filter, [`ErrorCode::Network`] with Dubbo's text when the provider cannot be
    /// reached.
    pub async fn connect(url: Url, options: &ReferOptions) -> Result<Self> {
        let invoker = Self::refer(url, options)?;
        if invoker.url().bool_param("check", true) {
            invoker.connected().await?;
        }
        Ok(invoker)
    }

    /// Waits until the connections are up; at once for lazy ones.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Network`] with Dubbo's text as soon as an attempt to connect has failed.
    pub async fn connected(&self) -> Result<()> {
        if self.url().bool_param("lazy", false) {
            return Ok(());
        }
        self.0.connections.connected().await
    }

    /// The provider's URL, merged with the consumer's parameters.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// True when a call can go out: not destroyed, and some connection is up and not read-only.
    #[must_use]
    pub fn is_available(&self) -> bool {
        !self.is_destroyed() && self.0.connections.is_available()
    }

    /// Number of the (first) connection while it is up: it changes when the client has reconnected, and with it
    /// everything that the other side keeps by connection.
    #[must_use]
    pub fn connection_id(&self) -> Option<u64> {
        self.0.connections.id()
    }

    /// True after [`DubboInvoker::destroy`].
    #[must_use]
    pub fn is_destroyed(&self) -> bool {
        self.0.destroyed.load(Ordering::Acquire)
    }

    /// Calls the provider once.
    ///
    /// The request is sent when the future is first polled; dropping the future cancels the call.
    ///
    /// # Errors
    ///
    /// Everything but an answer with status OK, under the codes and with the texts of Dubbo's `RpcException`; see
    /// [`ErrorCode`]. An exception thrown by the method is an `Ok` result.
    pub fn invoke(&self, invocation: &Invocation) -> impl Future<Output = Result<RpcResult>> + Send {
        let inner = &*self.0;
        async move {
            if inner.chain.is_empty() {
                return inner.send(invocation).await;
            }
            // Boxed, so that calls without filters do not move a future with room for them.
            Box::pin(inner.invoke_filtered(invocation)).await
        }
    }

    /// See [`Leaf::begin`](crate::protocol::invoker::Leaf::begin).
    #[inline]
    pub(crate) fn begin(&self, invocation: &Invocation, cx: &Context<'_>) -> Option<Result<Begun>> {
        let inner = &*self.0;
        if !inner.chain.is_empty() || !invocation.callbacks.is_empty() {
            return None;
        }
        inner.begin(invocation, cx).transpose()
    }

    /// See [`Leaf::end`](crate::protocol::invoker::Leaf::end).
    #[inline]
    pub(crate) fn end(&self, invocation: &Invocation, answer: Result<Response>) -> Result<RpcResult> {
        self.0.end(invocation, answer)
    }

    /// Submits a call and delivers its outcome to `sink`, exactly once, with `token`. Never blocks, and starts no task
    /// unless a filter of the reference waits.
    ///
    /// # Errors
    ///
    /// What is known at once; then nothing is delivered.
    pub fn submit(
        &self,
        invocation: &Invocation,
        token: u64,
        sink: &Arc<dyn InvokeSink>,
    ) -> Result<InvokeId> {
        submit::submit(&self.0, invocation, token, sink)
    }

    /// Cancels a submitted call: its sink gets [`ErrorCode::Cancelled`], unless the call has ended.
    pub fn cancel(&self, id: &InvokeId) {
        submit::cancel(id);
    }

    /// Calls that wait for an answer on the connections of this invoker, those of others on shared ones included.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.0.connections.in_flight()
    }

    /// Refuses further calls, lets calls in flight finish for at most ten seconds in the background, and disconnects.
    /// Idempotent.
    pub fn destroy(&self) {
        if !self.0.destroyed.swap(true, Ordering::AcqRel) {
            self.0.connections.release();
        }
    }

    /// As [`DubboInvoker::destroy`], and waits until the connections are closed.
    pub async fn close(&self, timeout: Duration) {
        self.0.destroyed.store(true, Ordering::Release);
        self.0.connections.close(timeout).await;
    }
}

/// A call on its way.
enum Started {
    Call(Begun),
    Oneway(BoxFuture<'static, Result<()>>),
}

impl Inner {
    fn check(&self) -> Result<()> {
        if !self.destroyed.load(Ordering::Acquire) {
            return Ok(());
        }
        let text = format!(
            "Rpc invoker for service {} on consumer is DESTROYED, can not be invoked any more!",
            self.url.identity()
        );
        Err(Error::new(ErrorCode::Closed, text))
    }

    async fn send(&self, invocation: &Invocation) -> Outcome {
        match poll_fn(|cx| Poll::Ready(self.start(invocation, cx))).await? {
            Started::Call(call) => self.end(invocation, call.await),
            Started::Oneway(sending) => {
                let sent = sending.await.map(|()| RpcResult::null());
                sent.map_err(|error| self.failed(invocation, error))
            }
        }
    }

    /// Sends a call that waits for its answer; `None`, and nothing happened, if it is one-way.
    #[inline]
    fn begin(&self, invocation: &Invocation, cx: &Context<'_>) -> Result<Option<Begun>> {
        self.check()?;
        let plan = self.plans.of(&invocation.method)?;
        if plan.oneway(invocation).is_some() {
            return Ok(None);
        }
        let prepared = plan.prepare(invocation, &invocation.attachments)?;
        self.dispatch(invocation, &prepared, cx).map(Some)
    }

    #[inline]
    fn dispatch(&self, invocation: &Invocation, call: &Prepared<'_>, cx: &Context<'_>) -> Result<Begun> {
        let begun = self.connections.with_next(|client| client.begin(&call.parts(), call.timeout, cx))?;
        begun.map_err(|error| self.failed(invocation, error))
    }

    #[inline]
    fn end(&self, invocation: &Invocation, answer: Result<Response>) -> Outcome {
        let error = match answer {
            Ok(response) => match outcome::decode(response, Limits::DEFAULT) {
                Ok(result) => return Ok(result),
                Err(error) => error,
            },
            Err(error) => error,
        };
        Err(self.failed(invocation, error))
    }

    #[cold]
    fn failed(&self, invocation: &Invocation, error: Error) -> Error {
        rpc_error(error, &invocation.method.name, &self.url)
    }

    /// Everything up to the first wait. Not part of [`Self::send`], whose future would have to carry it all.
    fn start(&self, invocation: &Invocation, cx: &Context<'_>) -> Result<Started> {
        self.check()?;
        let plan = self.plans.of(&invocation.method)?;
        let prepared = self.prepare(&plan, invocation)?;
        let Some(oneway) = plan.oneway(invocation) else {
            return self.dispatch(invocation, &prepared, cx).map(Started::Call);
        };
        let (client, body) = (self.connections.with_next(Client::clone)?, prepared.parts().to_body());
        let sent = oneway.sent.then_some(prepared.timeout);
        Ok(Started::Oneway(Box::pin(async move { client.oneway(&body, sent).await })))
    }

    fn prepare<'a>(&self, plan: &'a Plan, invocation: &'a Invocation) -> Result<Prepared<'a>> {
        if invocation.callbacks.is_empty() {
            return plan.prepare(invocation, &invocation.attachments);
        }
        let mut attachments = invocation.attachments.clone();
        let limit = self.url.int_param("callbacks", 1);
        self.connections.callbacks()?.announce(
            &invocation.callbacks,
            plan.callbacks(),
            limit,
            &mut attachments,
        )?;
        plan.prepare(invocation, &attachments)
    }

    fn filter_call(&self, invocation: &Invocation) -> Box<Call> {
        Box::new(Call {
            side: Side::Consumer,
            url: self.url.clone(),
            invocation: invocation.clone(),
            remote: None,
            local: None,
            deadline: None,
            response_attachments: Attachments::new(),
        })
    }

    async fn invoke_filtered(&self, invocation: &Invocation) -> Outcome {
        let mut call = self.filter_call(invocation);
        if self.chain.waits() {
            return self.chain.run(&mut call, self).await;
        }
        let (entered, early) = self.chain.before(&mut call);
        let mut outcome = match early {
            Some(outcome) => outcome,
            None => self.send(&call.invocation).await,
        };
        self.chain.after(entered, &mut call, &mut outcome);
        outcome
    }
}

impl Last for Inner {
    fn invoke<'a>(&'a self, call: &'a mut Call) -> BoxFuture<'a, Outcome> {
        Box::pin(self.send(&call.invocation))
    }
}
