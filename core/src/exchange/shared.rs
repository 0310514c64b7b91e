//! What the callers of a connection, its workers and the task that owns its socket share.

use std::fmt;
use std::io::IoSlice;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::Instant;

use super::body::{Body, MAX_SEGMENTS, Parts};
use super::call::Waiter;
use super::channel::{ConnectionOptions, Extensions};
use super::clock::{self, Tick};
use super::connection::{Connection, Done, Refused};
use super::counters::{Count, Counters};
use super::inbound::Side;
use super::link::Core;
use super::outbound::Outbound;
use super::outcome::{self, Ends, Outcome};
use super::request::Handler;
use crate::codec::frame::{self, FrameHeader};
use crate::error::{Error, ErrorCode, Result};

/// Whether and how a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closing {
    No,
    /// After everything accepted is written.
    Flushed,
    Now,
}

/// What callers, workers and the task that owns the socket share.
pub(super) struct Shared {
    pub(super) id: u64,
    pub(super) side: Side,
    pub(super) ends: Ends,
    pub(super) options: Arc<ConnectionOptions>,
    pub(super) handler: Option<Arc<dyn Handler>>,
    /// The client whose connection this is; none on the side that accepted it.
    pub(super) client: Weak<Core>,
    open: AtomicBool,
    read_only: AtomicBool,
    pub(super) extensions: Extensions,
    pub(super) counters: Counters,
    state: Mutex<State>,
}

/// What is behind the lock.
pub(super) struct State {
    pub(super) connection: Connection<Waiter>,
    /// Absent after the end, so that the socket closes although channels are still held.
    pub(super) socket: Option<OwnedWriteHalf>,
    /// The task that owns the socket; absent while it has been woken but not run.
    task: Option<Waker>,
    /// When that task wakes up by itself.
    pub(super) armed: Option<Tick>,
    /// When another thread than that task's last wrote to the socket of a server, unless the task knows already.
    pub(super) wrote_at: Option<Tick>,
    pub(super) closing: Closing,
}

impl Shared {
    pub(super) fn new(
        side: Side,
        socket: OwnedWriteHalf,
        ends: Ends,
        options: Arc<ConnectionOptions>,
        handler: Option<Arc<dyn Handler>>,
        client: Weak<Core>,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let state = State {
            connection: Connection::new(options.id_format(), options.bounds()),
            socket: Some(socket),
            task: None,
            armed: None,
            wrote_at: None,
            closing: Closing::No,
        };
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            side,
            ends,
            options,
            handler,
            client,
            open: AtomicBool::new(true),
            read_only: AtomicBool::new(false),
            extensions: Extensions::default(),
            counters: Counters::default(),
            state: Mutex::new(state),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.counters.add(Count::Lock);
        self.state.lock()
    }

    pub(super) fn payload(&self) -> u32 {
        self.options.payload
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.read_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_read_only(&self, read_only: bool) {
        self.read_only.store(read_only, Ordering::Relaxed);
    }

    /// Submits a call. One lock; no allocation unless the buffers must grow.
    pub(super) fn send_call(
        &self,
        body: &Parts<'_>,
        timeout: u32,
        notify: impl Into<Waiter>,
    ) -> Result<i64, NotSent> {
        let length = self.checked_length(body)?;
        let mut state = self.lock();
        let fresh = state.connection.clock_is_fresh();
        let now = if fresh { clock::latest() } else { clock::now() };
        let id = state.connection.begin_call(length as usize, notify, timeout, now)?;
        let kick =
            self.transmit(&mut state, &FrameHeader::request(id, body.serialization(), true, length), body);
        let wake = kick || state.is_alarm_early();
        self.release(state, wake);
        Ok(id)
    }

    /// Sends a call without an answer; returns the position in the stream behind it.
    pub(super) fn send_oneway(&self, body: &Parts<'_>) -> Result<u64> {
        let length = self.checked_length(body).map_err(|e| e.into_error(self))?;
        let header = |id| FrameHeader::request(id, body.serialization(), false, length);
        self.send_unanswered(header, body).map_err(|refused| NotSent::Refused(refused).into_error(self))
    }

    /// Sends an event of this side.
    pub(super) fn send_event(&self, two_way: bool, body: &'static [u8]) -> Result<u64, Refused> {
        let body = Body::from(body);
        let length = body.len() as u32;
        let header = |id| FrameHeader::request(id, body.serialization(), two_way, length).event();
        self.send_unanswered(header, &body.parts())
    }

    fn send_unanswered(
        &self,
        header: impl FnOnce(i64) -> FrameHeader,
        body: &Parts<'_>,
    ) -> Result<u64, Refused> {
        let mut state = self.lock();
        let id = state.connection.begin_oneway()?;
        let kick = self.transmit(&mut state, &header(id), body);
        let position = state.connection.position();
        self.release(state, kick);
        Ok(position)
    }

    /// Sends an answer that no served call belongs to: to an event or an undecodable request.
    pub(super) fn send_answer(&self, header: &FrameHeader, body: &Parts<'_>) {
        let mut state = self.lock();
        if state.connection.is_open() {
            let kick = self.transmit(&mut state, header, body);
            self.release(state, kick);
        }
    }

    /// Sends bytes outside of any frame.
    pub(super) fn send_raw(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if state.connection.is_open() {
            let kick = state.connection.append_raw(bytes);
            self.release(state, kick);
        }
    }

    /// Notes that a call of the peer is over, and sends its answer if there is one.
    pub(super) fn served(&self, answer: Option<(&FrameHeader, &Parts<'_>)>) {
        let mut state = self.lock();
        let mut kick = false;
        if let Some((header, body)) = answer.filter(|_| state.connection.is_open()) {
            kick = self.transmit(&mut state, header, body);
        }
        state.connection.served();
        self.release(state, kick);
    }

    /// Notes that so many calls of the peer are over, and sends their answers.
    pub(super) fn served_together(&self, answers: &mut Outbound, calls: u32) {
        let mut state = self.lock();
        let kick = state.connection.served_together(answers, calls);
        self.release(state, kick);
    }

    /// Takes the outcome of call `id`, or notes who waits for it.
    #[inline]
    pub(super) fn poll_outcome(&self, id: i64, cx: &Context<'_>) -> Poll<Outcome> {
        let mut state = self.lock();
        if let Some(outcome) = state.connection.take(id) {
            return Poll::Ready(outcome);
        }
        let stale = match state.connection.notify_mut(id) {
            Some(Waiter::Task(waker)) if !waker.will_wake(cx.waker()) => {
                Some(std::mem::replace(waker, cx.waker().clone()))
            }
            _ => None,
        };
        // Dropping a waker may run foreign code.
        drop(state);
        drop(stale);
        Poll::Pending
    }

    /// Forgets call `id`; returns whom to tell if it was still waiting.
    pub(super) fn cancel(&self, id: i64) -> Option<Waiter> {
        self.lock().connection.forget(id)
    }

    /// Waits until messages are accepted again, or the connection has ended.
    pub(super) fn poll_relieved(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.connection.is_open() || !state.connection.is_congested() {
            return Poll::Ready(());
        }
        state.connection.when_relieved(Waiter::Task(cx.waker().clone()));
        Poll::Pending
    }

    /// Waits until the stream is written up to `position`; false when the connection ended before.
    pub(super) fn poll_sent(&self, position: u64, cx: &Context<'_>) -> Poll<bool> {
        let mut state = self.lock();
        if state.connection.is_sent(position) {
            return Poll::Ready(true);
        }
        if !state.connection.is_open() {
            return Poll::Ready(false);
        }
        state.connection.when_sent(position, Waiter::Task(cx.waker().clone()));
        Poll::Pending
    }

    /// Lets calls in flight go on and refuses new ones.
    pub(super) fn drain(&self) {
        self.lock().connection.drain();
    }

    /// Calls in flight in either direction: those of this side and those of the peer.
    pub(super) fn in_flight(&self) -> (u32, u32) {
        let state = self.lock();
        (state.connection.in_flight(), state.connection.serving())
    }

    /// Waits until no call of this side is pending, at most until `deadline`. Looks every 10 ms, as
    /// Dubbo does: this happens once in the life of a connection.
    pub(super) async fn drained(&self, deadline: Instant) {
        let mut look = tokio::time::interval(Duration::from_millis(10));
        while self.is_open() && self.in_flight().0 > 0 && Instant::now() < deadline {
            look.tick().await;
        }
    }

    /// Sends a one-way event of the server, as far as that is possible.
    pub(super) fn announce(&self, event: &'static [u8]) {
        if self.send_event(false, event).is_err() {
            tracing::debug!(channel = %self, "an event could not be sent");
        }
    }

    pub(super) fn close(&self, closing: Closing) {
        let mut state = self.lock();
        state.closing = state.closing.max(closing);
        self.release(state, true);
    }

    /// The end: fails what is pending and lets go of the socket. Idempotent.
    pub(super) fn finish(&self) {
        self.open.store(false, Ordering::Relaxed);
        let mut done = Done::default();
        let mut state = self.lock();
        state.connection.close(&mut done);
        let held = (state.socket.take(), state.task.take());
        drop(state);
        drop(held);
        self.notify(&mut done);
    }

    /// Tells everybody about the end of their calls; never called with the lock held.
    pub(super) fn notify(&self, done: &mut Done<Waiter>) {
        for waiter in done.told.drain(..) {
            if let Waiter::Task(waker) = waiter {
                waker.wake();
            }
        }
        for (waiter, id, outcome) in done.delivered.drain(..) {
            if let Waiter::Sink { sink, token } = waiter {
                sink.complete(token, outcome.map_err(|failure| failure.into_error(id, self.ends)));
            }
        }
    }

    /// Puts a frame on its way: by a write of this thread when nobody else uses the connection,
    /// else by appending it. Returns true when the task that owns the socket must be woken.
    #[inline]
    fn transmit(&self, state: &mut State, header: &FrameHeader, body: &Parts<'_>) -> bool {
        if state.connection.alone(header.length as usize) {
            return self.transmit_alone(state, header, body);
        }
        state.connection.wrote(header, body, 0)
    }

    #[inline(never)]
    fn transmit_alone(&self, state: &mut State, header: &FrameHeader, body: &Parts<'_>) -> bool {
        let written = match &state.socket {
            Some(socket) => {
                self.counters.add(Count::Write);
                try_write(socket, header, body)
            }
            None => 0,
        };
        // The silence of a server's connection counts from here, and the timer looks only when it is due.
        if written > 0 && self.side == Side::Server {
            state.wrote_at = Some(clock::now());
        }
        state.connection.wrote(header, body, written)
    }

    /// Releases the lock, and then wakes the task that owns the socket if it has something to do.
    fn release(&self, mut state: MutexGuard<'_, State>, wake: bool) {
        let task = if wake { state.task.take() } else { None };
        drop(state);
        if let Some(task) = task {
            self.counters.add(Count::Wake);
            task.wake();
        }
    }

    fn checked_length(&self, body: &Parts<'_>) -> Result<u32, NotSent> {
        let length = body.len();
        let limit = self.options.payload.min(i32::MAX as u32);
        match u32::try_from(length) {
            Ok(length) if length <= limit => Ok(length),
            _ => Err(NotSent::TooLarge { length: length as u64, limit }),
        }
    }
}

impl State {
    /// True when a call fails earlier than the task that owns the socket wakes up.
    fn is_alarm_early(&self) -> bool {
        match (self.connection.alarm(), self.armed) {
            (Some(alarm), Some(armed)) => !clock::passed(armed, alarm),
            (alarm, None) => alarm.is_some(),
            (None, _) => false,
        }
    }

    /// Notes which task owns the socket; returns a waker to be dropped without the lock.
    pub(super) fn register(&mut self, waker: &Waker) -> Option<Waker> {
        match &self.task {
            Some(task) if task.will_wake(waker) => None,
            _ => self.task.replace(waker.clone()),
        }
    }
}

/// Frames up to this size are put together on the stack: one plain write costs the system less than a vectored one.
const TOGETHER: usize = 1024;

/// Writes what the socket takes at once; an error shows up again when the rest is written.
fn try_write(socket: &OwnedWriteHalf, header: &FrameHeader, body: &Parts<'_>) -> usize {
    let header = header.encode();
    if header.len() + body.len() <= TOGETHER {
        let mut frame = SmallVec::<[u8; TOGETHER]>::from_slice(&header);
        body.segments().iter().for_each(|segment| frame.extend_from_slice(segment));
        return socket.try_write(&frame).unwrap_or(0);
    }
    let mut slices = [IoSlice::new(&header); MAX_SEGMENTS + 1];
    for (slice, segment) in slices[1..].iter_mut().zip(body.segments()) {
        *slice = IoSlice::new(segment);
    }
    socket.try_write_vectored(&slices).unwrap_or(0)
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&outcome::channel_text(self.ends))
    }
}

/// Why a call was not submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSent {
    Refused(Refused),
    TooLarge { length: u64, limit: u32 },
}

impl From<Refused> for NotSent {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl NotSent {
    pub(super) fn into_error(self, shared: &Shared) -> Error {
        match self {
            Self::TooLarge { length, limit } => {
                let cause = frame::too_large(length, limit, &shared.to_string());
                let remote = outcome::java_address(shared.ends.remote);
                Error::new(ErrorCode::Network, format!("Failed to send message to {remote}, cause: {cause}"))
            }
            Self::Refused(Refused::Closed) => Error::new(
                ErrorCode::Network,
                format!("Failed to send request, cause: The channel {shared} is closed!"),
            ),
            Self::Refused(Refused::InFlight) => Error::new(
                ErrorCode::InFlightLimit,
                format!("Too many calls wait for an answer on {shared}; raise max.in.flight or call less"),
            ),
            Self::Refused(Refused::Congested) => Error::new(
                ErrorCode::LimitExceeded,
                format!("Too many bytes wait to be written on {shared}; the peer reads too slowly"),
            ),
        }
    }
}
