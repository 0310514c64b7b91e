//! Calls whose outcome is delivered to a sink: what bindings of other languages use.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Inner;
use crate::codec::hessian::Limits;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::{CallId, Client, Complete, Response};
use crate::filter::{Call, Outcome};
use crate::protocol::failure::rpc_error;
use crate::protocol::outcome;
use crate::rpc::{Invocation, Method, RpcResult};

/// Receives the outcomes of submitted calls.
pub trait InvokeSink: Send + Sync + 'static {
    /// The call submitted with `token` has ended. Runs on whatever thread brought it to its end, often an I/O
    /// thread: it must only enqueue.
    fn complete(&self, token: u64, outcome: Result<RpcResult>);
}

/// Names a submitted call, to cancel it.
#[derive(Debug)]
pub struct InvokeId(Kind);

enum Kind {
    /// The call is on a connection.
    Sent(Client, CallId),
    /// A task runs it; dropping the sender leaves the task alone.
    Task(Mutex<Option<oneshot::Sender<()>>>),
    /// It ended while it was submitted.
    Over,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent(..) => "sent",
            Self::Task(_) => "task",
            Self::Over => "over",
        })
    }
}

pub(super) fn submit(
    inner: &Arc<Inner>,
    invocation: &Invocation,
    token: u64,
    sink: &Arc<dyn InvokeSink>,
) -> Result<InvokeId> {
    inner.check()?;
    if inner.chain.waits() {
        return Ok(spawn(inner, invocation, token, sink));
    }
    if inner.chain.is_empty() {
        return send(inner, invocation, None, token, sink);
    }
    let mut call = inner.filter_call(invocation);
    let (entered, early) = inner.chain.before(&mut call);
    if let Some(mut outcome) = early {
        inner.chain.after(entered, &mut call, &mut outcome);
        sink.complete(token, outcome);
        return Ok(InvokeId(Kind::Over));
    }
    let invocation = call.invocation.clone();
    send(inner, &invocation, Some((call, entered)), token, sink)
}

fn send(
    inner: &Arc<Inner>,
    invocation: &Invocation,
    filtered: Option<(Box<Call>, usize)>,
    token: u64,
    sink: &Arc<dyn InvokeSink>,
) -> Result<InvokeId> {
    let plan = inner.plans.of(&invocation.method)?;
    let prepared = inner.prepare(&plan, invocation)?;
    let (body, timeout) = (prepared.parts(), prepared.timeout);
    let client = inner.connections.with_next(Client::clone)?;
    let (method, sink) = (Arc::clone(&invocation.method), Arc::clone(sink));
    let pending = Pending { inner: Arc::clone(inner), method, filtered: Mutex::new(filtered), sink };
    let Some(oneway) = plan.oneway(invocation) else {
        let pending: Arc<dyn Complete> = Arc::new(pending);
        let sent = client.submit_parts(&body, timeout, &pending, token);
        let id = sent.map_err(|error| rpc_error(error, &invocation.method.name, &inner.url))?;
        return Ok(InvokeId(Kind::Sent(client, id)));
    };
    let body = body.to_body();
    if let Some(channel) = client.channel().filter(|_| !oneway.sent) {
        pending.finish(token, channel.oneway(&body).map(|()| RpcResult::null()));
        return Ok(InvokeId(Kind::Over));
    }
    // Without a connection, or when the write is waited for, the call takes a task.
    inner.runtime.spawn(async move {
        let sent = client.oneway(&body, oneway.sent.then_some(timeout)).await;
        pending.finish(token, sent.map(|()| RpcResult::null()));
    });
    Ok(InvokeId(Kind::Over))
}

/// A call on its way.
struct Pending {
    inner: Arc<Inner>,
    method: Arc<Method>,
    filtered: Mutex<Option<(Box<Call>, usize)>>,
    sink: Arc<dyn InvokeSink>,
}

impl Pending {
    fn finish(&self, token: u64, outcome: Outcome) {
        let mut outcome = outcome.map_err(|error| rpc_error(error, &self.method.name, &self.inner.url));
        let filtered = self.filtered.lock().take();
        if let Some((mut call, entered)) = filtered {
            self.inner.chain.after(entered, &mut call, &mut outcome);
        }
        self.sink.complete(token, outcome);
    }
}

impl Complete for Pending {
    fn complete(&self, token: u64, result: Result<Response>) {
        self.finish(token, result.and_then(|response| outcome::decode(response, Limits::DEFAULT)));
    }
}

/// Runs a call whose filters wait as a task of its own.
fn spawn(inner: &Arc<Inner>, invocation: &Invocation, token: u64, sink: &Arc<dyn InvokeSink>) -> InvokeId {
    let (cancel, cancelled) = oneshot::channel();
    let (inner, invocation) = (Arc::clone(inner), invocation.clone());
    let mut delivery = Delivery { sink: Some(Arc::clone(sink)), token };
    Arc::clone(&inner).runtime.spawn(async move {
        let outcome = tokio::select! {
            outcome = inner.invoke_filtered(&invocation) => outcome,
            Ok(()) = cancelled => Err(cancelled_error()),
        };
        delivery.deliver(outcome);
    });
    InvokeId(Kind::Task(Mutex::new(Some(cancel))))
}

/// Delivers exactly once, also when its task ends early.
struct Delivery {
    sink: Option<Arc<dyn InvokeSink>>,
    token: u64,
}

impl Delivery {
    fn deliver(&mut self, outcome: Outcome) {
        if let Some(sink) = self.sink.take() {
            sink.complete(self.token, outcome);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.deliver(Err(Error::new(ErrorCode::Internal, "the task of a call ended without an outcome")));
    }
}

fn cancelled_error() -> Error {
    Error::new(ErrorCode::Cancelled, "request future has been canceled.")
}

pub(super) fn cancel(id: &InvokeId) {
    match &id.0 {
        Kind::Sent(client, id) => client.cancel(*id),
        Kind::Task(sender) => {
            if let Some(sender) = sender.lock().take() {
                // An ended task needs no cancelling.
                let _ = sender.send(());
            }
        }
        Kind::Over => {}
    }
}
