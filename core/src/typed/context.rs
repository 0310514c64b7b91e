//! What a method can learn about the call that it serves.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::protocol::admission::Ends;
use crate::protocol::callback::CallbackProxy;
use crate::protocol::inbound::{CallResponder, InboundCall};
use crate::protocol::recent::Shape;
use crate::rpc::{AttachmentValue, Attachments, Method};

thread_local! {
    static CURRENT: RefCell<Current> = const { RefCell::new(Current::Nothing) };
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
        CURRENT.try_with(|current| current.borrow_mut().context()).ok().flatten()
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

    fn of_direct(shape: &Shape, ends: Ends) -> Self {
        Self(Arc::new(Inner {
            method: Arc::clone(&shape.method),
            attachments: shape.attachments.clone(),
            remote: ends.remote,
            local: ends.local,
            deadline: None,
            callbacks: Vec::new(),
            response: Mutex::default(),
        }))
    }
}

/// The call that runs on a thread.
#[derive(Default)]
enum Current {
    #[default]
    Nothing,
    /// A call whose method has not asked for its context, as most do not.
    Direct(Arc<Shape>, Ends),
    Context(Context),
}

impl Current {
    fn context(&mut self) -> Option<Context> {
        if let Self::Direct(shape, ends) = self {
            *self = Self::Context(Context::of_direct(shape, *ends));
        }
        match self {
            Self::Context(context) => Some(context.clone()),
            _ => None,
        }
    }
}

/// A call between the steps of its method: it is the current one only while the method runs, and moves there and back
/// without a share being taken.
pub(super) struct Scoped(Current);

impl Scoped {
    pub(super) fn of(call: InboundCall) -> (Self, Bytes, CallResponder) {
        let InboundCall {
            method, arguments, attachments, callbacks, remote, local, deadline, responder, ..
        } = call;
        let response = Mutex::default();
        let inner = Inner { method, attachments, remote, local, deadline, callbacks, response };
        (Self(Current::Context(Context(Arc::new(inner)))), arguments, responder)
    }

    pub(super) fn direct(shape: Arc<Shape>, ends: Ends) -> Self {
        Self(Current::Direct(shape, ends))
    }

    /// Runs `function` with this call as the current one.
    pub(super) fn enter<R>(&mut self, function: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(&mut self.0);
        function()
    }

    /// Adds the attachments that the method set to its answer.
    pub(super) fn attach(&self, responder: &mut CallResponder) {
        let Current::Context(Context(inner)) = &self.0 else { return };
        let response = inner.response.lock();
        if !response.is_empty() {
            responder.attachments_mut().extend_from(&response);
        }
    }

    /// The share in the shape of a call whose method did not ask for its context.
    pub(super) fn into_shape(self) -> Option<Arc<Shape>> {
        match self.0 {
            Current::Direct(shape, _) => Some(shape),
            _ => None,
        }
    }
}

/// Swaps a call with the current one, and back at the end, also when the method panics.
struct Entered<'a>(&'a mut Current);

impl<'a> Entered<'a> {
    fn new(call: &'a mut Current) -> Self {
        CURRENT.with(|current| std::mem::swap(&mut *current.borrow_mut(), call));
        Self(call)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // A thread that is ending has no current call any more; this one is dropped with it.
        let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), self.0));
    }
}
