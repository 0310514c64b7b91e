//! The typed methods of a service, and how their calls run.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use rustc_hash::FxHashMap;
use tokio::runtime::Handle;

use crate::error::{Error, ErrorCode};
use crate::exchange::Responder;
use crate::protocol::direct::{DirectCall, DirectMethod};
use crate::protocol::inbound::{InboundCall, ServiceHandler};
use crate::protocol::invoker::BoxFuture;
use crate::protocol::method_table::MethodTable;
use crate::rpc::Method;
use crate::typed::{self, MethodHandler, Pace};

/// Methods by name, each with its overloads.
#[derive(Default)]
pub(super) struct TypedMethods {
    by_name: FxHashMap<Box<str>, Vec<Arc<dyn TypedMethod>>>,
    /// The server's runtime, for calls that arrive on a thread of a worker pool.
    runtime: OnceLock<Handle>,
}

/// A method, whatever its parameters.
trait TypedMethod: DirectMethod {
    fn descriptor(&self) -> &str;
    fn pace(&self) -> &Pace;
    /// Begins a call; the future runs it and answers.
    fn serve(&self, call: InboundCall) -> BoxFuture<'static, ()>;
}

struct Typed<Args, Handler> {
    descriptor: String,
    handler: Handler,
    pace: Pace,
    args: PhantomData<fn(Args)>,
}

impl<Args: 'static, Handler: MethodHandler<Args>> TypedMethod for Typed<Args, Handler> {
    fn descriptor(&self) -> &str {
        &self.descriptor
    }

    fn pace(&self) -> &Pace {
        &self.pace
    }

    fn serve(&self, call: InboundCall) -> BoxFuture<'static, ()> {
        typed::serve(&self.handler, call)
    }
}

impl<Args: 'static, Handler: MethodHandler<Args>> DirectMethod for Typed<Args, Handler> {
    fn is_fast(&self) -> bool {
        self.pace.is_fast()
    }

    fn serve(&self, call: DirectCall<'_>) -> Option<Responder> {
        let serve = || typed::serve_direct(&self.handler, &self.pace, call);
        guarded(&self.descriptor, serve).flatten()
    }
}

/// A method that panics fails its own call (its responder is dropped) and nothing else.
fn guarded<R>(descriptor: &str, serve: impl FnOnce() -> R) -> Option<R> {
    let served = catch_unwind(AssertUnwindSafe(serve));
    if served.is_err() {
        tracing::error!(method = %descriptor, "a method of a service panicked");
    }
    served.ok()
}

impl TypedMethods {
    /// Adds a method; one with the same name and parameters is replaced.
    pub(super) fn add<Args: 'static>(&mut self, name: &str, handler: impl MethodHandler<Args>) {
        let descriptor = handler.descriptor();
        let overloads = self.by_name.entry(name.into()).or_default();
        overloads.retain(|method| method.descriptor() != descriptor);
        overloads.push(Arc::new(Typed { descriptor, handler, pace: Pace::default(), args: PhantomData }));
    }

    /// What consumers may call.
    pub(super) fn table(&self) -> MethodTable {
        let all = self.by_name.iter().flat_map(|(name, overloads)| overloads.iter().map(move |m| (name, m)));
        all.fold(MethodTable::new(), |table, (name, method)| table.with(name, method.descriptor()))
    }

    fn find(&self, name: &str, descriptor: &str) -> Option<&Arc<dyn TypedMethod>> {
        self.by_name.get(name)?.iter().find(|method| method.descriptor() == descriptor)
    }
}

impl ServiceHandler for TypedMethods {
    fn exported(&self) {
        // A service is exported once, so this is the first and only runtime.
        let _ = self.runtime.set(Handle::current());
    }

    fn handle(&self, call: InboundCall) {
        let Some(method) = self.find(&call.method.name, &call.method.descriptor) else {
            let text = format!("Service not found:{}, {}", call.service.interface(), call.method.name);
            return call.responder.error(Error::new(ErrorCode::StatusBadRequest, text));
        };
        guarded(method.descriptor(), || self.serve(method, call));
    }

    fn direct(&self, method: &Method) -> Option<Arc<dyn DirectMethod>> {
        let method = self.find(&method.name, &method.descriptor)?;
        Some(Arc::clone(method) as Arc<dyn DirectMethod>)
    }
}

impl TypedMethods {
    fn serve(&self, method: &Arc<dyn TypedMethod>, call: InboundCall) {
        // Calls that do not need a worker arrive on the task that owns the socket.
        if !call.service.is_blocking() || Handle::try_current().is_ok() {
            return run(method, TypedMethod::serve(&**method, call));
        }
        // A thread of a worker pool: the service asked for one because its methods block.
        match self.runtime.get() {
            Some(runtime) => runtime.block_on(TypedMethod::serve(&**method, call)),
            None => {
                let text = "a typed service runs on the workers of a Server only";
                call.responder.error(Error::new(ErrorCode::Internal, text));
            }
        }
    }
}

/// Polls on the spot while the method is fast; whatever is not done then becomes a task.
fn run(method: &Arc<dyn TypedMethod>, mut serving: BoxFuture<'static, ()>) {
    if !method.pace().is_fast() {
        drop(tokio::spawn(Measured { method: Arc::clone(method), serving, started: false }));
        return;
    }
    // A future must cope with being polled by another waker next time: the task brings its own.
    let mut first = Context::from_waker(Waker::noop());
    if method.pace().measure(|| serving.as_mut().poll(&mut first)).is_pending() {
        drop(tokio::spawn(serving));
    }
}

/// Keeps measuring a method that was too slow, so that it can return.
struct Measured {
    method: Arc<dyn TypedMethod>,
    serving: BoxFuture<'static, ()>,
    started: bool,
}

impl Future for Measured {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if std::mem::replace(&mut this.started, true) {
            return this.serving.as_mut().poll(cx);
        }
        let serving = this.serving.as_mut();
        this.method.pace().measure(|| serving.poll(cx))
    }
}
