//! Everything that a host language learns from the core, as one kind of event.

use std::sync::Arc;

use super::{Completion, CompletionSink, Queue, Reference, Server};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::inbound::{InboundCall, ServiceHandler};
use crate::server::ShutdownReport;

/// Something that happened, for the thread that drains the queue.
#[derive(Debug)]
pub enum Event {
    /// A submitted call has its outcome.
    Completed(Completion),
    /// A call of a service has arrived.
    Called {
        /// The number under which the host exported the service.
        service: u64,
        /// The call; the host answers through its responder.
        call: Box<InboundCall>,
    },
    /// A reference that was asked for is ready or has failed.
    Referred {
        /// The number that the host gave to the request.
        token: u64,
        /// The reference.
        result: Result<Reference>,
    },
    /// A server that was asked for listens or has failed to.
    Started {
        /// The number that the host gave to the request.
        token: u64,
        /// The server.
        result: Result<Server>,
    },
    /// Something without a value is done: an export, a withdrawal, the close of a reference.
    Done {
        /// The number that the host gave to the request.
        token: u64,
        /// How it went.
        result: Result<()>,
    },
    /// A server has stopped.
    Stopped {
        /// The number that the host gave to the request.
        token: u64,
        /// How it went.
        report: ShutdownReport,
    },
}

/// The queue of a host.
pub type EventQueue = Queue<Event>;

impl CompletionSink for EventQueue {
    /// Outcomes after the close of the queue are dropped: nobody waits for them any more.
    fn complete(&self, completion: Completion) {
        drop(self.push(Event::Completed(completion)));
    }
}

/// Puts the calls of one service into the queue of its host.
pub struct HostService {
    queue: Arc<EventQueue>,
    service: u64,
}

impl HostService {
    /// Calls arrive in `queue` under the number `service`.
    #[must_use]
    pub fn new(queue: &Arc<EventQueue>, service: u64) -> Arc<Self> {
        Arc::new(Self { queue: Arc::clone(queue), service })
    }
}

impl ServiceHandler for HostService {
    fn handle(&self, call: InboundCall) {
        let refused = self.queue.push(Event::Called { service: self.service, call: Box::new(call) });
        // The host has gone; consumers may ask another provider.
        if let Err(Event::Called { call, .. }) = refused {
            call.responder.error(Error::new(ErrorCode::StatusThreadPoolExhausted, "server is shutting down"));
        }
    }
}
