//! One port that serves services: finds, filters, runs and answers every call that arrives.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;

use super::admission::{Admitted, Ends, Refusal, Target, admit, is_for_services};
use super::callback;
use super::direct::{DirectCall, Lent};
use super::exporter::{Exporter, Exporters};
use super::generic;
use super::inbound::{CallResponder, InboundCall, Load};
use super::recent::{Direct, Known, Lookup, Shape};
use super::telnet;
use crate::codec::frame::status;
use crate::codec::hessian::Limits;
use crate::codec::response;
use crate::error::Result;
use crate::exchange::dispatch::{Job, WorkerPool};
use crate::exchange::{
    Arrivals, Channel, Handler, Incoming, Parts, Request, Responder, ServerListener, ServerOptions,
};
use crate::filter::{BoxFuture, Call, Last, Outcome, Side};
use crate::rpc::{Arguments, Attachments, Invocation, ResultKind, RpcResult};

/// Text for calls that arrive while a server no longer takes any; callers may repeat them elsewhere.
pub const SHUTTING_DOWN: &str = "server is shutting down";

/// A listening port with its services. Clones share it.
#[derive(Clone, Debug)]
pub struct DubboServer {
    port: Arc<Port>,
    listener: ServerListener,
}

impl DubboServer {
    /// Starts to listen. Services may be added at any time.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub fn bind(options: ServerOptions) -> Result<Self> {
        let port = Arc::new(Port::default());
        let listener = ServerListener::bind(options, Arc::clone(&port) as Arc<dyn Handler>)?;
        Ok(Self { port, listener })
    }

    /// Offers a service.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::AlreadyExported`](crate::ErrorCode::AlreadyExported) when its key is taken on this port.
    pub fn export(&self, exporter: &Arc<Exporter>) -> Result<()> {
        self.port.exporters.add(exporter)
    }

    /// Takes a service back; calls that run go on.
    pub fn unexport(&self, exporter: &Arc<Exporter>) -> bool {
        self.port.exporters.remove(exporter)
    }

    /// Offers `new` instead of `old`, which has the same key; calls that run go on.
    pub fn replace(&self, old: &Arc<Exporter>, new: &Arc<Exporter>) -> bool {
        self.port.exporters.replace(old, new)
    }

    /// The services.
    #[must_use]
    pub fn exporters(&self) -> Vec<Arc<Exporter>> {
        self.port.exporters.all()
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    /// How busy it is.
    #[must_use]
    pub fn load(&self) -> &Arc<Load> {
        &self.port.load
    }

    /// Gives the port workers, for services that [block](Exporter::blocking). Only the first pool counts.
    pub fn use_workers(&self, pool: WorkerPool) {
        let _ = self.port.workers.set(pool);
    }

    /// From now on new calls are answered with status 100, which tells consumers to ask another provider. Calls that
    /// run go on.
    pub fn refuse_calls(&self) {
        self.port.refusing.store(true, Ordering::Release);
    }

    /// Sets what is told when a connection has ended: the address of its consumer, after its last call was handed
    /// over. Runs on an I/O thread and must not block. The first one set stays.
    pub fn on_disconnected(&self, listener: impl Fn(SocketAddr) + Send + Sync + 'static) {
        let _ = self.port.disconnected.set(Box::new(listener));
    }

    /// The listener, for the steps of a shutdown.
    #[must_use]
    pub fn listener(&self) -> &ServerListener {
        &self.listener
    }
}

/// What the connections of a port share.
#[derive(Default)]
struct Port {
    exporters: Exporters,
    limits: Limits,
    load: Arc<Load>,
    refusing: AtomicBool,
    workers: OnceLock<WorkerPool>,
    disconnected: OnceLock<Box<dyn Fn(SocketAddr) + Send + Sync>>,
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port").field("exporters", &self.exporters).finish_non_exhaustive()
    }
}

/// Calls of one read that go to the workers together.
#[derive(Default)]
struct Jobs {
    jobs: Vec<Job>,
    refusal: Option<Arc<OnceLock<String>>>,
}

impl Handler for Port {
    fn disconnected(&self, channel: &Channel) {
        if let Some(listener) = self.disconnected.get() {
            listener(channel.remote_addr());
        }
    }

    fn requests(&self, _: &Channel, _: &mut Vec<Request>) {
        // They are all served as they arrive.
    }

    fn arrived(&self, channel: &Channel, calls: Arrivals<'_>) {
        self.load.arrive(calls.len());
        let ends = Ends { remote: channel.remote_addr(), local: channel.local_addr() };
        let mut jobs = Jobs::default();
        let mut lent = Lent::default();
        let recent = self.exporters.recent();
        for call in calls {
            self.serve(channel, ends, call, &recent, (&mut jobs, &mut lent));
        }
        self.hand_to_workers(jobs, ends);
    }

    fn answered(&self, calls: usize) {
        self.load.answer(calls);
    }

    fn telnet(&self, _: &Channel, line: &str) -> Option<String> {
        Some(telnet::answer(line))
    }
}

impl Port {
    fn serve(
        &self,
        channel: &Channel,
        ends: Ends,
        (call, mut responder): (Incoming<'_>, Responder),
        recent: &Lookup<'_>,
        (jobs, lent): (&mut Jobs, &mut Lent),
    ) {
        let serialization = call.serialization();
        if self.refusing.load(Ordering::Acquire) {
            return responder.fail(status::THREADPOOL_EXHAUSTED, SHUTTING_DOWN);
        }
        if let Some(Direct { shape, method, arguments }) = recent.direct(serialization, call.body()) {
            match method.serve(DirectCall { shape, lent, arguments, ends, responder }) {
                Some(unserved) => responder = unserved,
                None => return,
            }
        }
        let admitted = match recent.find(serialization, call.into_body(), self.limits) {
            Ok(Known { shape, arguments }) if shape.is_plain => {
                return hand_over_plain(shape, arguments, ends, responder);
            }
            Ok(known) => Ok(known.into()),
            Err(body) => admit(&self.exporters, recent, serialization, &body, self.limits, ends),
        };
        match admitted {
            Ok(admitted) => self.start(channel, ends, admitted, responder, jobs),
            Err(refusal) => refuse(responder, ends, &refusal),
        }
    }

    fn start(
        &self,
        channel: &Channel,
        ends: Ends,
        admitted: Admitted,
        responder: Responder,
        jobs: &mut Jobs,
    ) {
        let with_attachments = admitted.with_attachments;
        if matches!(admitted.target, Target::Echo) {
            return echo(admitted.arguments, with_attachments, responder);
        }
        match prepare(channel, ends, admitted) {
            Ok(arrival) => {
                let responder = CallResponder::network(responder, with_attachments);
                if self.takes_worker(&arrival.exporter) {
                    jobs.add(arrival, responder);
                } else {
                    arrival.run(responder);
                }
            }
            Err(refusal) => refuse(responder, ends, &refusal),
        }
    }
}

/// Hands over a call around which nothing happens: no filters, no callbacks, no workers. A frequent case, so that the
/// call is put together once, where the service takes it.
fn hand_over_plain(shape: &Shape, arguments: Bytes, ends: Ends, responder: Responder) {
    shape.exporter.handler().handle(InboundCall {
        service: Arc::clone(&shape.exporter),
        method: Arc::clone(&shape.method),
        arguments,
        attachments: shape.attachments.clone(),
        callbacks: Vec::new(),
        remote: ends.remote,
        local: ends.local,
        deadline: None,
        responder: CallResponder::network(responder, shape.with_attachments),
    });
}

/// Answers with the argument itself.
fn echo(argument: Bytes, with_attachments: bool, responder: Responder) {
    let value = RpcResult::new(ResultKind::Value, false, argument);
    match response::encode(&value, with_attachments.then(Attachments::new).as_ref()) {
        Ok(pieces) => responder.respond_parts(status::OK, &Parts::new(pieces.all())),
        Err(error) => responder.fail(status::BAD_RESPONSE, &error.to_string()),
    }
}

impl Port {
    /// Chains that wait run on the runtime; only their last step blocks, see [`Service`].
    fn takes_worker(&self, exporter: &Exporter) -> bool {
        exporter.is_blocking() && !exporter.chain().waits() && self.workers.get().is_some()
    }

    fn hand_to_workers(&self, jobs: Jobs, ends: Ends) {
        let (Some(workers), Jobs { mut jobs, refusal: Some(refusal) }) = (self.workers.get(), jobs) else {
            return;
        };
        workers.submit(&mut jobs);
        if !jobs.is_empty() {
            let text = workers.exhausted_text(&ends.local.ip().to_string(), ends.local.port());
            tracing::warn!(refused = jobs.len(), "{text}");
            // Nobody else sets it; the calls that are dropped here read it.
            let _ = refusal.set(text);
        }
    }
}

impl Jobs {
    fn add(&mut self, arrival: Arrival, mut responder: CallResponder) {
        responder.wait_for_worker(self.refusal.get_or_insert_default());
        self.jobs.push(Box::new(move || {
            responder.start();
            arrival.run(responder);
        }));
    }
}

fn refuse(responder: Responder, ends: Ends, refusal: &Refusal) {
    tracing::warn!(consumer = %ends.remote, status = refusal.status, "{}", refusal.text);
    responder.fail(refusal.status, &refusal.text);
}

/// A call that is ready to run.
pub(super) struct Arrival {
    pub(super) exporter: Arc<Exporter>,
    pub(super) invocation: Invocation,
    pub(super) callbacks: Vec<callback::CallbackProxy>,
    pub(super) generic: Option<generic::GenericMode>,
    pub(super) deadline: Option<Instant>,
    pub(super) ends: Ends,
}

fn prepare(channel: &Channel, ends: Ends, admitted: Admitted) -> Result<Arrival, Refusal> {
    let Admitted { exporter, target, arguments, argument_count, attachments, time_left, .. } = admitted;
    let (method, arguments, count, generic) = match target {
        Target::Method(method) => (method, arguments, argument_count, None),
        Target::Generic | Target::Echo => {
            let call = generic::resolve(&exporter, &arguments, &attachments)?;
            (call.method, call.arguments, call.count, Some(call.mode))
        }
    };
    let callbacks = callback::proxies(channel, &exporter, &method, &attachments)?;
    let arguments = Arguments { bytes: arguments, count };
    let mut invocation = Invocation::new(method, arguments);
    invocation.attachments = attachments;
    let deadline = time_left.and_then(|left| Instant::now().checked_add(left));
    Ok(Arrival { exporter, invocation, callbacks, generic, deadline, ends })
}

impl Arrival {
    /// Runs the filters and then the service.
    pub(super) fn run(self, mut responder: CallResponder) {
        if let Some(deadline) = self.deadline {
            responder.extras().deadline = Some((deadline, Arc::clone(&self.invocation.method)));
        }
        if let Some(mode) = self.generic {
            responder.extras().generic = Some(mode);
        }
        if self.exporter.chain().is_empty() {
            return self.hand_over(responder);
        }
        let call = self.filter_call();
        if self.exporter.chain().waits() {
            tokio::spawn(run_waiting(self, call, responder));
            return;
        }
        self.run_hooks(call, responder);
    }

    fn run_hooks(mut self, mut call: Call, mut responder: CallResponder) {
        let (entered, early) = self.exporter.chain().before(&mut call);
        // Filters may have changed what the service sees.
        self.invocation.attachments.clone_from(&call.invocation.attachments);
        self.deadline = call.deadline;
        responder.extras().filtered = Some((call, entered, Arc::clone(&self.exporter)));
        match early {
            Some(outcome) => responder.outcome(outcome),
            None => self.hand_over(responder),
        }
    }

    fn filter_call(&self) -> Call {
        Call {
            side: Side::Provider,
            url: self.exporter.url().clone(),
            invocation: self.invocation.clone(),
            remote: Some(self.ends.remote),
            local: Some(self.ends.local),
            deadline: self.deadline,
            response_attachments: Attachments::new(),
        }
    }

    fn hand_over(self, responder: CallResponder) {
        let Self { exporter, invocation, callbacks, deadline, ends, .. } = self;
        let handler = Arc::clone(exporter.handler());
        let mut attachments = invocation.attachments;
        attachments.retain(is_for_services);
        handler.handle(InboundCall {
            service: exporter,
            method: invocation.method,
            arguments: invocation.arguments.bytes,
            attachments,
            callbacks,
            remote: ends.remote,
            local: ends.local,
            deadline,
            responder,
        });
    }
}

/// A chain with filters that wait runs as a task of its own.
async fn run_waiting(arrival: Arrival, mut call: Call, mut responder: CallResponder) {
    let exporter = Arc::clone(&arrival.exporter);
    let service = Service { arrival };
    let outcome = exporter.chain().run(&mut call, &service).await;
    *responder.attachments_mut() = std::mem::take(&mut call.response_attachments);
    responder.outcome(outcome);
}

/// The service at the end of a chain that waits.
struct Service {
    arrival: Arrival,
}

impl Last for Service {
    fn invoke<'a>(&'a self, call: &'a mut Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (responder, answer) = CallResponder::local();
            let arrival = Arrival {
                exporter: Arc::clone(&self.arrival.exporter),
                invocation: call.invocation.clone(),
                callbacks: self.arrival.callbacks.clone(),
                generic: None,
                deadline: call.deadline,
                ends: self.arrival.ends,
            };
            if self.arrival.exporter.is_blocking() {
                tokio::task::spawn_blocking(move || arrival.hand_over(responder));
            } else {
                arrival.hand_over(responder);
            }
            // A responder always answers, at the latest when it is dropped.
            let (outcome, attachments) = answer.await.map_err(|_| super::inbound::unanswered())?;
            call.response_attachments.extend_from(&attachments);
            outcome
        })
    }
}
