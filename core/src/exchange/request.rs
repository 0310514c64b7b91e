//! Calls of the peer, and the way to answer them.

use std::fmt;
use std::sync::Arc;
use std::vec::Drain;

use bytes::Bytes;

use super::body::{Body, Parts};
use super::channel::Channel;
use super::inbound::{Batch, Payload};
use super::outbound::LARGE;
use super::replies::{self, Replies};
use super::shared::Shared;
use crate::codec::frame::{self, FrameHeader, HESSIAN2, status};

/// What happens on the connections of a listener or a client.
///
/// Called on the task that owns the socket, with no lock held. Nothing here may block or take
/// long: all calls of that connection wait meanwhile.
pub trait Handler: Send + Sync + 'static {
    /// A connection is ready.
    fn connected(&self, _channel: &Channel) {}

    /// A connection has ended; its pending calls have failed already.
    fn disconnected(&self, _channel: &Channel) {}

    /// The calls of one read, in the order in which they arrived. What is left in `batch` is
    /// answered with status 70.
    fn requests(&self, channel: &Channel, batch: &mut Vec<Request>);

    /// The same calls before they are put together, for those who can serve some from the bytes alone.
    #[doc(hidden)]
    fn arrived(&self, channel: &Channel, mut calls: Arrivals<'_>) {
        self.requests(channel, calls.put_together());
    }

    /// So many calls that were handed over with [`Handler::requests`] have got their answers, or need none. Runs on
    /// the thread that answers, and must not block.
    fn answered(&self, _calls: usize) {}

    /// A line typed by a telnet user, without its end; what is returned is written as it is.
    fn telnet(&self, _channel: &Channel, _line: &str) -> Option<String> {
        None
    }
}

/// A call of the peer.
#[derive(Debug)]
pub struct Request {
    /// False when the peer does not wait for an answer.
    pub two_way: bool,
    /// Serialization id of the body.
    pub serialization: u8,
    /// The encoded call.
    pub body: Bytes,
    /// The way to answer.
    pub responder: Responder,
}

/// The calls of one read, in the order in which they arrived. What is left of them is answered with status 70.
pub struct Arrivals<'a> {
    shared: &'a Arc<Shared>,
    calls: Drain<'a, (FrameHeader, Payload)>,
    groups: &'a [Bytes],
    requests: &'a mut Vec<Request>,
}

impl<'a> Arrivals<'a> {
    pub(super) fn new(shared: &'a Arc<Shared>, batch: &'a mut Batch, requests: &'a mut Vec<Request>) -> Self {
        Self { shared, calls: batch.requests.drain(..), groups: &batch.groups, requests }
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    fn put_together(&mut self) -> &mut Vec<Request> {
        let requests = self.calls.by_ref().map(|(header, payload)| {
            let (two_way, serialization) = (header.is_two_way(), header.serialization());
            let responder = Responder { shared: Some(Arc::clone(self.shared)), id: header.id, two_way };
            Request { two_way, serialization, body: payload.into_bytes(&header, self.groups), responder }
        });
        self.requests.extend(requests);
        self.requests
    }
}

impl<'a> Iterator for Arrivals<'a> {
    type Item = (Incoming<'a>, Responder);

    fn next(&mut self) -> Option<Self::Item> {
        let (header, payload) = self.calls.next()?;
        let responder = Responder::new(self.shared, &header);
        Some((Incoming { header, payload, groups: self.groups }, responder))
    }
}

impl Drop for Arrivals<'_> {
    fn drop(&mut self) {
        self.put_together();
        // After a panic of the handler they stay until their connection has ended: it answers nothing any more.
        if !std::thread::panicking() {
            self.requests.clear();
        }
    }
}

/// A call whose body is still among those that were read with it.
pub struct Incoming<'a> {
    header: FrameHeader,
    payload: Payload,
    groups: &'a [Bytes],
}

impl Incoming<'_> {
    pub(crate) fn serialization(&self) -> u8 {
        self.header.serialization()
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.payload.bytes(&self.header, self.groups)
    }

    pub(crate) fn into_body(self) -> Bytes {
        self.payload.into_bytes(&self.header, self.groups)
    }
}

/// Answers one call, once, from any thread. Dropped without an answer it sends status 70, so that
/// a lost responder never leaves the caller waiting.
pub struct Responder {
    /// Present until the answer.
    shared: Option<Arc<Shared>>,
    id: i64,
    two_way: bool,
}

impl Responder {
    fn new(shared: &Arc<Shared>, header: &FrameHeader) -> Self {
        // Calls that are answered one after the other pass one share on.
        let spare = replies::with(shared.id, |replies| replies.spare.take()).flatten();
        let shared = spare.unwrap_or_else(|| Arc::clone(shared));
        Self { shared: Some(shared), id: header.id, two_way: header.is_two_way() }
    }

    /// The id of the request, as the peer chose it.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// False when nothing is sent, whatever the answer.
    #[must_use]
    pub const fn is_two_way(&self) -> bool {
        self.two_way
    }

    /// Sends the answer; see [`status`](crate::codec::frame::status). A body longer than the
    /// payload limit is replaced by status 50 and Dubbo's text. Nothing is sent for a one-way call
    /// or when the connection has ended.
    pub fn respond(self, status: u8, body: Body) {
        self.respond_parts(status, &body.parts());
    }

    /// As [`Responder::respond`], with a body that need not be kept.
    pub(crate) fn respond_parts(mut self, status: u8, body: &Parts<'_>) {
        if let Some(shared) = self.shared.take() {
            answer(&shared, self.id, self.two_way, status, body);
        }
    }

    /// As [`Responder::respond`], with a body of status OK in Hessian2 that is copied.
    pub(crate) fn respond_slice(mut self, body: &[u8]) {
        let Some(shared) = self.shared.take() else { return };
        let (id, two_way) = (self.id, self.two_way);
        let small = body.len() < LARGE && body.len() <= shared.payload() as usize;
        let rest = match small && two_way {
            true => replies::add_slice(
                shared,
                FrameHeader::response(id, HESSIAN2, status::OK, body.len() as u32),
                body,
            ),
            false => Some(shared),
        };
        if let Some(shared) = rest {
            let body = Body::from(Bytes::copy_from_slice(body));
            answer(&shared, id, two_way, status::OK, &body.parts());
        }
    }

    /// Sends an answer with an error status, whose body is one string.
    pub fn fail(self, status: u8, text: &str) {
        self.respond(status, Body::text(text));
    }
}

fn answer(shared: &Shared, id: i64, two_way: bool, status: u8, body: &Parts<'_>) {
    if two_way {
        return answer_two_way(shared, id, status, body);
    }
    if replies::with(shared.id, Replies::skip).is_none() {
        shared.served(None);
        answered(shared);
    }
}

fn answered(shared: &Shared) {
    if let Some(handler) = &shared.handler {
        handler.answered(1);
    }
}

fn answer_two_way(shared: &Shared, id: i64, status: u8, body: &Parts<'_>) {
    let length = body.len() as u64;
    // The length field has 31 bits, whatever the limit.
    let limit = shared.payload().min(i32::MAX as u32);
    if length > u64::from(limit) {
        let text = frame::too_large(length, limit, &shared.to_string());
        tracing::warn!(length, limit, "a response is too large and replaced by an error");
        return send(shared, id, status::BAD_RESPONSE, &Body::text(&text).parts());
    }
    send(shared, id, status, body);
}

fn send(shared: &Shared, id: i64, status: u8, body: &Parts<'_>) {
    let header = FrameHeader::response(id, body.serialization(), status, body.len() as u32);
    if replies::with(shared.id, |replies| replies.add(&header, body)).is_none() {
        shared.served(Some((&header, body)));
        answered(shared);
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            let body = Body::text("The service gave no answer to this call");
            answer(&shared, self.id, self.two_way, status::SERVICE_ERROR, &body.parts());
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("id", &self.id).field("two_way", &self.two_way).finish()
    }
}
