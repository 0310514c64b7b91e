//! A call that has arrived, and the one place where its answer goes.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::callback::CallbackProxy;
use super::direct::DirectMethod;
use super::exporter::Exporter;
use super::failure::status_of_code;
use super::generic::GenericMode;
use super::server::SHUTTING_DOWN;
use super::throwable;
use crate::codec::frame::status::OK;
use crate::codec::hessian::{EncodeError, Writer};
use crate::codec::response;
use crate::error::{Error, ErrorCode};
use crate::exchange::{Body, Parts, Responder};
use crate::filter::{Call, Outcome};
use crate::rpc::{Attachments, Method, RemoteThrowable, ResultKind, RpcResult};

/// Runs the calls of a service.
pub trait ServiceHandler: Send + Sync + 'static {
    /// A server is about to offer the service; runs inside the server's runtime.
    fn exported(&self) {}

    /// Takes one call. Runs on an I/O thread unless the service was given a worker pool, and must not block: it
    /// hands the call to whoever executes it, or answers at once.
    fn handle(&self, call: InboundCall);

    /// What serves the calls of a method on the spot, if the service has such a thing; asked once for many calls.
    #[doc(hidden)]
    fn direct(&self, _method: &Method) -> Option<Arc<dyn DirectMethod>> {
        None
    }
}

/// One call of an exported service. Its arguments are still bytes.
#[derive(Debug)]
pub struct InboundCall {
    /// The service called.
    pub service: Arc<Exporter>,
    /// The method called; one object for all calls of a method.
    pub method: Arc<Method>,
    /// One Hessian value per parameter, written with empty tables.
    pub arguments: Bytes,
    /// What the caller attached, without the keys that belong to the protocol.
    pub attachments: Attachments,
    /// Objects of the caller that this call may call back; empty unless the method declares such parameters.
    pub callbacks: Vec<CallbackProxy>,
    /// Address of the caller.
    pub remote: SocketAddr,
    /// Address of this side of the connection.
    pub local: SocketAddr,
    /// When the caller stops waiting, if it says so.
    pub deadline: Option<Instant>,
    /// Where the answer goes.
    pub responder: CallResponder,
}

impl InboundCall {
    /// Name of the calling application, when it says so.
    #[must_use]
    pub fn remote_application(&self) -> Option<&str> {
        self.attachments.text("remote.application")
    }
}

/// Hessian's null.
const NULL: &[u8] = b"N";
/// An answer from this size on is not copied, and takes the buffer with it.
const KEPT: usize = 4096;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Answers one call, once. Dropping it unanswered tells the caller with status 70, so that a call never waits for an
/// object that was lost.
#[derive(Debug)]
pub struct CallResponder {
    to: Option<To>,
    /// Whether the caller reads attachments.
    with_attachments: bool,
    attachments: Attachments,
    extras: Option<Box<Extras>>,
    /// While the call waits for a worker: what it is answered if it never gets one.
    waiting: Option<Arc<OnceLock<String>>>,
}

/// Who waits for the answer.
#[derive(Debug)]
enum To {
    Network(Responder),
    /// Somebody in this process.
    Local(oneshot::Sender<LocalOutcome>),
}

/// What an answer inside the process consists of.
pub(crate) type LocalOutcome = (Outcome, Attachments);

/// What only some calls need.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// The call as its filters see it, and how many of them were entered.
    pub(crate) filtered: Option<(Call, usize, Arc<Exporter>)>,
    /// The answer to a generic call is converted.
    pub(crate) generic: Option<GenericMode>,
    /// When the caller stops waiting, and which method it called, for the log.
    pub(crate) deadline: Option<(Instant, Arc<Method>)>,
}

/// The outcome of a call whose responder was dropped.
pub(crate) fn unanswered() -> Error {
    Error::new(ErrorCode::StatusServiceError, "the service gave up this call without an answer")
}

impl CallResponder {
    pub(crate) fn network(responder: Responder, with_attachments: bool) -> Self {
        Self::new(To::Network(responder), with_attachments)
    }

    /// The way to answer alone, for somebody else to use.
    pub(crate) fn into_network(mut self) -> Option<Responder> {
        match self.to.take() {
            Some(To::Network(responder)) => Some(responder),
            _ => None,
        }
    }

    /// A responder whose answer is received in this process.
    pub(crate) fn local() -> (Self, oneshot::Receiver<LocalOutcome>) {
        let (sender, receiver) = oneshot::channel();
        (Self::new(To::Local(sender), true), receiver)
    }

    fn new(to: To, with_attachments: bool) -> Self {
        let attachments = Attachments::new();
        Self { to: Some(to), with_attachments, attachments, extras: None, waiting: None }
    }

    pub(crate) fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// The call now waits for a worker. If it is dropped meanwhile, it is answered with status 100 and this text.
    pub(crate) fn wait_for_worker(&mut self, refusal: &Arc<OnceLock<String>>) {
        self.waiting = Some(Arc::clone(refusal));
    }

    /// The call has got its worker.
    pub(crate) fn start(&mut self) {
        self.waiting = None;
    }

    /// True when nobody waits for the answer.
    #[must_use]
    pub fn is_oneway(&self) -> bool {
        matches!(&self.to, Some(To::Network(responder)) if !responder.is_two_way())
    }

    /// Attachments to send back; callers older than Dubbo 2.6.3 do not get them.
    pub fn attachments_mut(&mut self) -> &mut Attachments {
        &mut self.attachments
    }

    /// Answers with a value: exactly one Hessian value, written with empty tables.
    pub fn value(self, encoded: Bytes) {
        self.outcome(Ok(RpcResult::new(ResultKind::Value, false, encoded)));
    }

    /// As [`CallResponder::value`], with a value that `write` writes; null is recognised.
    pub(crate) fn write_value(self, write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>) {
        if self.extras.is_none() && self.attachments.is_empty() && matches!(self.to, Some(To::Network(_))) {
            return self.write_plain_value(write);
        }
        let mut writer = Writer::new();
        match write(&mut writer).and_then(|()| writer.finish()) {
            Ok(encoded) if encoded == NULL => self.null(),
            Ok(encoded) => self.value(encoded),
            Err(error) => self.not_encoded(&error),
        }
    }

    /// The whole body is put together in a buffer of the thread, from where it is copied to the connection.
    fn write_plain_value(mut self, write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>) {
        let body = match response::write_value(SCRATCH.take(), self.with_attachments, write) {
            Ok(body) => body,
            Err(error) => return self.not_encoded(&error),
        };
        let Some(To::Network(responder)) = self.to.take() else { return };
        if body.len() >= KEPT {
            return responder.respond(OK, body.into());
        }
        responder.respond_slice(&body);
        SCRATCH.set(body);
    }

    fn not_encoded(self, error: &EncodeError) {
        let text = format!("Failed to send response: the result cannot be encoded: {error}");
        self.error(Error::new(ErrorCode::StatusBadResponse, text));
    }

    /// Answers with null, or that a method without a result is done.
    pub fn null(self) {
        self.outcome(Ok(RpcResult::null()));
    }

    /// Answers that the method threw this exception. Its class should exist on the consumer.
    pub fn exception(self, exception: &RemoteThrowable) {
        match throwable::encode(exception) {
            Ok(encoded) => self.outcome(Ok(RpcResult::new(ResultKind::Exception, false, encoded))),
            Err(error) => self.error(Error::new(ErrorCode::StatusBadResponse, error.to_string())),
        }
    }

    /// Answers that the method failed with an error of another language, which Java sees as a `RuntimeException`.
    pub fn host_error(self, kind: &str, message: &str, stack: &str) {
        self.exception(&throwable::of_host(kind, message, stack));
    }

    /// Refuses the call: the caller sees a failure of the transport, which it may retry, not an exception.
    pub fn error(self, error: Error) {
        self.outcome(Err(error));
    }

    /// Answers with whatever came out.
    pub fn outcome(mut self, outcome: Outcome) {
        self.finish(outcome);
    }

    fn finish(&mut self, mut outcome: Outcome) {
        let Some(to) = self.to.take() else { return };
        if let Some(extras) = self.extras.take() {
            extras.apply(&mut outcome, &mut self.attachments);
        }
        match to {
            // The receiver may have given up; then nobody wants the answer.
            To::Local(sender) => drop(sender.send((outcome, std::mem::take(&mut self.attachments)))),
            To::Network(responder) => {
                send(responder, outcome, self.with_attachments.then_some(&self.attachments))
            }
        }
    }
}

impl Drop for CallResponder {
    fn drop(&mut self) {
        if self.to.is_none() {
            return;
        }
        let error = match self.waiting.take() {
            Some(refusal) => refused(refusal.get()),
            None => unanswered(),
        };
        self.finish(Err(error));
    }
}

fn refused(text: Option<&String>) -> Error {
    // Without a text the pool itself has gone.
    Error::new(ErrorCode::StatusThreadPoolExhausted, text.map_or(SHUTTING_DOWN, String::as_str))
}

fn send(responder: Responder, outcome: Outcome, attachments: Option<&Attachments>) {
    let error = match outcome {
        Ok(result) => match response::encode(&result, attachments) {
            Ok(pieces) => return responder.respond_parts(OK, &Parts::new(pieces.all())),
            Err(error) => {
                let text = format!("Failed to send response: Response [status=20], cause: {error}");
                Error::new(ErrorCode::StatusBadResponse, text)
            }
        },
        Err(error) => error,
    };
    if responder.is_two_way() {
        let (status, text) = refusal(&error);
        return responder.fail(status, &text);
    }
    tracing::warn!(%error, "a one-way call failed");
    responder.respond(OK, Body::new());
}

/// Status and text for a call that has no result. Java prints the exception, whose class is always this one here.
fn refusal(error: &Error) -> (u8, String) {
    match status_of_code(error.code()) {
        70 => (70, format!("org.apache.dubbo.rpc.RpcException: {}", error.message())),
        status => (status, error.message().to_owned()),
    }
}

impl Extras {
    fn apply(self: Box<Self>, outcome: &mut Outcome, attachments: &mut Attachments) {
        if let Some((mut call, entered, exporter)) = self.filtered {
            std::mem::swap(&mut call.response_attachments, attachments);
            exporter.chain().after(entered, &mut call, outcome);
            std::mem::swap(&mut call.response_attachments, attachments);
        }
        if let Some(mode) = self.generic {
            mode.convert(outcome);
        }
        if let Some((deadline, method)) = self.deadline
            && let Some(late) = Instant::now().checked_duration_since(deadline)
        {
            // The answer goes out all the same; the caller drops it by itself.
            tracing::warn!(late_ms = late.as_millis() as u64, "invoke timed out. method: {}", method.name);
        }
    }
}

/// How busy a server is.
#[derive(Debug, Default)]
pub struct Load {
    running: AtomicUsize,
    arrived: AtomicUsize,
}

impl Load {
    /// Calls that have no answer yet.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Acquire)
    }

    /// Calls that have arrived since the start; a number that stands still tells that consumers have gone.
    #[must_use]
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::Relaxed)
    }

    /// So many calls have arrived; each is counted as running until [`Load::answer`].
    pub(crate) fn arrive(&self, count: usize) {
        self.arrived.fetch_add(count, Ordering::Relaxed);
        self.running.fetch_add(count, Ordering::AcqRel);
    }

    /// So many of the calls have got their answers.
    pub(crate) fn answer(&self, count: usize) {
        self.running.fetch_sub(count, Ordering::AcqRel);
    }
}
