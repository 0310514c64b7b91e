//! What a method can learn about the call that it serves.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::protocol::callback::CallbackProxy;
use crate::protocol::inbound::{CallResponder, InboundCall};
use crate::rpc::{AttachmentValue, Attachments, Method};

thread_local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// The call that is being served: who called, with which attachments, until when.
///
/// Available with [`Context::current`] inside a method of a service, until the method returns. Tasks that the method
/// spawns do not inherit it; clone it into them.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    method: Arc<Method>,
    attachments: Attachments,
    remote: SocketAddr,
    local: SocketAddr,
    deadline: Option<Instant>,
    callbacks: Vec<CallbackProxy>,
    response: Mutex<Attachments>,
}

impl Context {
    /// The context of the method that is running, or `None` outside of one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
    }

    /// The method called.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// What the caller attached, without the keys that belong to the protocol.
    #[must_use]
    pub fn attachments(&self) -> &Attachments {
        &self.0.attachments
    }

    /// Address of the caller.
    #[must_use]
    pub fn remote_addr(&self) -> SocketAddr {
        self.0.remote
    }

    /// Address on which the call arrived.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// Time until the caller stops waiting, if it said so (`enable-timeout-countdown` in Dubbo).
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.0.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The object that the caller passed as the parameter at `index`, from 0, to be called back; the parameter itself
    /// arrives as null. The service declares such a parameter by the setting `<method>.<index>.callback=true`.
    #[must_use]
    pub fn callback(&self, index: usize) -> Option<CallbackProxy> {
        self.0.callbacks.iter().find(|callback| callback.index == index).cloned()
    }

    /// Attaches a value to the response; consumers older than Dubbo 2.6.3 do not get it.
    pub fn respond_with(&self, key: impl Into<String>, value: impl Into<AttachmentValue>) {
        self.0.response.lock().set(key.into(), value);
    }

    pub(super) fn split(call: InboundCall) -> (Self, Bytes, CallResponder) {
        let InboundCall {
            method, arguments, attachments, callbacks, remote, local, deadline, responder, ..
        } = call;
        let response = Mutex::default();
        (
            Self(Arc::new(Inner { method, attachments, remote, local, deadline, callbacks, response })),
            arguments,
            responder,
        )
    }

    /// Runs `function` with this context as the current one, which is given back.
    pub(super) fn enter<R>(self, function: impl FnOnce() -> R) -> (R, Scoped) {
        let mut scoped = Scoped(Some(self));
        let result = scoped.enter(function);
        (result, scoped)
    }
}

/// A context between the steps of its method: it is the current one only while the method runs, and moves there and
/// back without a share being taken.
pub(super) struct Scoped(Option<Context>);

impl Scoped {
    fn enter<R>(&mut self, function: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(&mut self.0);
        function()
    }

    /// Runs a method with this context as the current one, then hands its outcome and the responder, with the
    /// attachments that the method set, to `answer`.
    pub(super) async fn scope<R>(
        mut self,
        running: impl Future<Output = R>,
        mut responder: CallResponder,
        answer: impl FnOnce(R, CallResponder),
    ) {
        let mut running = pin!(running);
        let outcome = poll_fn(|cx| self.enter(|| running.as_mut().poll(cx))).await;
        if let Some(Context(inner)) = self.0 {
            // Mostly nobody else holds the context any more, so that there is nothing to lock.
            let response = match Arc::try_unwrap(inner) {
                Ok(inner) => inner.response.into_inner(),
                Err(inner) => inner.response.lock().clone(),
            };
            if !response.is_empty() {
                responder.attachments_mut().extend_from(&response);
            }
        }
        answer(outcome, responder);
    }
}

/// Swaps a context with the current one, and back at the end, also when the method panics.
struct Entered<'a>(&'a mut Option<Context>);

impl<'a> Entered<'a> {
    fn new(context: &'a mut Option<Context>) -> Self {
        CURRENT.with(|current| std::mem::swap(&mut *current.borrow_mut(), context));
        Self(context)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // A thread that is ending has no current context any more; this one is dropped with it.
        let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), self.0));
    }
}
