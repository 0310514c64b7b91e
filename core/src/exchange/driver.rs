//! The task that owns a socket: reads, flushes, keeps time, and ends the connection.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::Sleep;

use super::body::Body;
use super::call::Waiter;
use super::channel::{Channel, Coalesce, ConnectionOptions};
use super::clock::{self, Tick};
use super::connection::Done;
use super::counters::Count;
use super::inbound::{Batch, Fault, Inbound, Side};
use super::link::Core;
use super::outbound::{MAX_SLICES, Writing};
use super::outcome::Ends;
use super::replies::Collecting;
use super::request::{Arrivals, Handler, Request};
use super::shared::{Closing, Shared, State};
use super::timers::{Due, Timers};
use crate::codec::frame::{self, Event, FrameHeader, status};
use crate::transport::scratch;
use crate::wakes;

/// The task of a connection, as a future without a frame of its own: there may be many idle ones.
pub(super) struct Driver {
    channel: Channel,
    read: OwnedReadHalf,
    inbound: Inbound,
    /// Absent while the connection is idle.
    writing: Option<Box<Writing>>,
    timers: Timers,
    /// The one timer of the runtime, once there was something to wait for.
    sleep: Option<Pin<Box<Sleep>>>,
    /// The handler knows of the connection.
    begun: bool,
    /// The others had their turn before this flush.
    yielded: bool,
    /// The socket has no room.
    stalled: bool,
    /// Nothing is read until the peer has read what waits for it.
    held: bool,
    /// The timer of the runtime is set.
    timed: bool,
    /// Bytes written at the latest look at the timers, to tell whether there was a write since.
    written: u64,
    /// Memory is given back if nothing happens until then.
    release: Option<Tick>,
}

/// Full reads before other connections of the thread get a turn.
const READS_PER_TURN: usize = 2;
/// An idle connection gives its buffers back after this many ticks.
pub(super) const RELEASE_AFTER: u32 = if cfg!(test) { 500 } else { 10_000 };

/// Why a connection ends, for the log.
#[derive(Debug)]
enum End {
    ByPeer,
    ByUs,
    Silence,
    Fault(Fault),
    Io(io::Error),
    Panic,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByPeer => f.write_str("closed by the peer"),
            Self::ByUs => f.write_str("closed by this side"),
            Self::Silence => f.write_str("no sign of life from the peer"),
            Self::Fault(fault) => write!(f, "the stream cannot be followed: {fault}"),
            Self::Io(error) => write!(f, "{error}"),
            Self::Panic => f.write_str("a handler panicked"),
        }
    }
}

/// Lists reused from read to read, owned by nobody while nothing is read.
#[derive(Default)]
struct Lists {
    batch: Batch,
    done: Done<Waiter>,
    requests: Vec<Request>,
}

thread_local! {
    static LISTS: Cell<Option<Box<Lists>>> = const { Cell::new(None) };
}

/// Takes over a connected socket; `client` is whose it is, if this side connected.
pub(super) fn open(
    side: Side,
    stream: TcpStream,
    options: &Arc<ConnectionOptions>,
    handler: Option<Arc<dyn Handler>>,
    client: Weak<Core>,
) -> io::Result<(Arc<Shared>, Driver)> {
    let ends = Ends { local: stream.local_addr()?, remote: stream.peer_addr()? };
    let (read, write) = stream.into_split();
    let shared = Arc::new(Shared::new(side, write, ends, options.clone(), handler, client));
    let driver = Driver {
        channel: Channel(shared.clone()),
        read,
        inbound: Inbound::new(side, options.payload),
        writing: None,
        timers: Timers::new(side, span(options.heartbeat), span(options.idle_timeout), clock::now()),
        sleep: None,
        begun: false,
        yielded: false,
        stalled: false,
        held: false,
        timed: false,
        written: 0,
        release: None,
    };
    Ok((shared, driver))
}

/// A timer of zero is switched off.
fn span(duration: std::time::Duration) -> u32 {
    if duration.is_zero() { 0 } else { clock::ticks(duration) }
}

impl Driver {
    /// The driver of a connection from which `first` was read already.
    pub(super) fn after(mut self, first: Vec<u8>) -> Self {
        self.inbound.begin_with(first);
        self
    }

    fn begin(&mut self, lists: &mut Lists) -> Result<(), End> {
        self.begun = true;
        if let Some(handler) = &self.channel.0.handler {
            handler.connected(&self.channel);
        }
        let first = self.inbound.partial().to_vec();
        self.inbound.consume(&first, &mut lists.batch).map_err(End::Fault)?;
        self.handle(lists)
    }

    fn turn(&mut self, cx: &mut Context<'_>, lists: &mut Lists) -> Result<(), End> {
        if !self.begun {
            self.begin(lists)?;
        }
        self.read_some(cx, lists)?;
        let sleep = self.sleep.as_mut().filter(|_| self.timed);
        if sleep.is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) {
            self.timed = false;
            self.keep_time(lists)?;
        }
        let next = self.flush(cx, lists)?;
        if let Some(next) = next {
            self.set_timer(cx, next);
        }
        Ok(())
    }

    // ---- reading -------------------------------------------------------------------------------

    fn read_some(&mut self, cx: &mut Context<'_>, lists: &mut Lists) -> Result<(), End> {
        for _ in 0..READS_PER_TURN {
            // A peer that asks but does not read the answers is not read from either.
            self.held = self.stalled && self.channel.0.lock().connection.is_congested();
            if self.held {
                return Ok(());
            }
            self.channel.0.counters.add(Count::Read);
            let full = match self.read_once(cx, lists) {
                Poll::Pending => return Ok(()),
                Poll::Ready(result) => result?,
            };
            self.timers.read(clock::now());
            self.handle(lists)?;
            // After a short read the socket is known to be empty: this costs no system call, it
            // only asks to be woken.
            let stream: &TcpStream = self.read.as_ref();
            if !full && stream.poll_read_ready(cx).is_pending() {
                return Ok(());
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    /// Reads once; true when there may be more.
    fn read_once(&mut self, cx: &mut Context<'_>, lists: &mut Lists) -> Poll<Result<bool, End>> {
        if let Some(mut room) = self.inbound.straight() {
            let stream: &TcpStream = self.read.as_ref();
            std::task::ready!(stream.poll_read_ready(cx)).map_err(End::Io)?;
            return match stream.try_read_buf(&mut room) {
                Ok(0) => Poll::Ready(Err(End::ByPeer)),
                Ok(_) => {
                    self.inbound.filled(&mut lists.batch);
                    Poll::Ready(Ok(true))
                }
                // The readiness was stale: wait for the next one.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => match stream.poll_read_ready(cx) {
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(_) => Poll::Ready(Ok(true)),
                },
                Err(e) => Poll::Ready(Err(End::Io(e))),
            };
        }
        scratch::with(|buffer| {
            let kept = self.inbound.partial().len();
            buffer[..kept].copy_from_slice(self.inbound.partial());
            let mut room = ReadBuf::new(&mut buffer[kept..]);
            std::task::ready!(Pin::new(&mut self.read).poll_read(cx, &mut room)).map_err(End::Io)?;
            let (read, full) = (room.filled().len(), room.remaining() == 0);
            if read == 0 {
                return Poll::Ready(Err(End::ByPeer));
            }
            let taken = self.inbound.consume(&buffer[..kept + read], &mut lists.batch);
            Poll::Ready(taken.map(|()| full).map_err(End::Fault))
        })
    }

    /// Acts on the messages of one read.
    fn handle(&mut self, lists: &mut Lists) -> Result<(), End> {
        let Lists { batch, done, requests } = lists;
        if batch.is_empty() {
            return Ok(());
        }
        let shared = &self.channel.0;
        if !batch.responses.is_empty() || !batch.requests.is_empty() {
            let mut state = shared.lock();
            let late = state.connection.receive(&mut batch.responses, batch.requests.len(), done);
            // The answers of a batch leave with one write, at the end of this turn.
            if batch.requests.len() > 1 {
                state.connection.hold_flush();
            }
            drop(state);
            let wakes = wakes::Batch::begin();
            shared.notify(done);
            drop(wakes);
            if late > 0 {
                tracing::debug!(channel = %shared, late, "answers to calls that are over are dropped");
            }
        }
        if batch.has_rare() {
            self.handle_rare(batch);
        }
        if !batch.requests.is_empty() {
            let shared = &self.channel.0;
            // The answer to a call that came alone may be written on the spot.
            let _collecting = (batch.requests.len() > 1).then(|| Collecting::begin(shared));
            let calls = Arrivals::new(shared, batch, requests);
            match &shared.handler {
                Some(handler) => {
                    let _wakes = wakes::Batch::begin();
                    handler.arrived(&self.channel, calls);
                }
                None => drop(calls),
            }
            batch.groups.clear();
        }
        Ok(())
    }

    fn handle_rare(&self, batch: &mut Batch) {
        let shared = &self.channel.0;
        for (header, event, body) in batch.events.drain(..) {
            self.handle_event(&header, event, body.into());
        }
        for header in batch.overflows.drain(..) {
            let text = frame::too_large(u64::from(header.length), shared.payload(), &shared.to_string());
            let body = Body::text(&text);
            let answer = FrameHeader::response(
                header.id,
                body.serialization(),
                status::BAD_REQUEST,
                body.len() as u32,
            );
            tracing::warn!(channel = %shared, length = header.length, "an over-long request is skipped");
            shared.send_answer(&answer, &body.parts());
        }
        for line in batch.lines.drain(..) {
            let answer = shared.handler.as_ref().and_then(|handler| handler.telnet(&self.channel, &line));
            if let Some(answer) = answer {
                shared.send_raw(answer.as_bytes());
            }
        }
        if batch.dropped > 0 {
            tracing::warn!(channel = %shared, bytes = batch.dropped, "bytes that belong to no frame are dropped");
            batch.dropped = 0;
        }
    }

    /// Heartbeats are answered here, whatever the workers do.
    fn handle_event(&self, header: &FrameHeader, event: Event, body: Body) {
        let shared = &self.channel.0;
        match event {
            Event::Heartbeat if header.is_two_way() => {
                let (id, serialization) = (header.id, header.serialization());
                let answer = FrameHeader::response(id, serialization, status::OK, body.len() as u32).event();
                shared.send_answer(&answer, &body.parts());
            }
            Event::ReadOnly if shared.side == Side::Client => shared.set_read_only(true),
            Event::Writeable if shared.side == Side::Client => shared.set_read_only(false),
            _ => {}
        }
    }

    // ---- writing -------------------------------------------------------------------------------

    /// Writes what waits, and settles: says when something is due next.
    fn flush(&mut self, cx: &mut Context<'_>, lists: &mut Lists) -> Result<Option<Tick>, End> {
        let shared = self.channel.0.clone();
        let mut state = shared.lock();
        while self.is_writing() || self.may_flush(&mut state, cx) {
            drop(state);
            let written = self.write(cx)?;
            state = shared.lock();
            state.connection.confirm(written, self.stalled, clock::latest(), &mut lists.done);
            if self.stalled {
                break;
            }
        }
        let next = self.settle(&mut state, cx);
        let stale = state.register(cx.waker());
        drop(state);
        drop(stale);
        shared.notify(&mut lists.done);
        next
    }

    fn is_writing(&self) -> bool {
        self.writing.as_ref().is_some_and(|writing| !writing.is_done())
    }

    /// Takes what is to be written next; false when that is nothing, or when the others get a
    /// turn first.
    fn may_flush(&mut self, state: &mut State, cx: &mut Context<'_>) -> bool {
        if !state.connection.wants_flush() {
            return false;
        }
        let patient = self.channel.0.options.coalesce == Coalesce::Adaptive && !self.yielded;
        if patient && state.connection.others_may_add() {
            self.yielded = true;
            cx.waker().wake_by_ref();
            return false;
        }
        let more = state.connection.next_write(self.writing.get_or_insert_default());
        self.yielded &= more;
        more
    }

    /// Decides whether the connection ends, and when something is due next.
    fn settle(&mut self, state: &mut State, cx: &Context<'_>) -> Result<Option<Tick>, End> {
        // What was written since the last look was mostly written in this turn, right after its read.
        let written = state.connection.written();
        if written != std::mem::replace(&mut self.written, written) {
            self.timers.wrote(state.wrote_at.take().unwrap_or_else(clock::latest));
        }
        let flushed = state.connection.is_flushed();
        if state.closing == Closing::Now || state.closing == Closing::Flushed && flushed {
            return Err(End::ByUs);
        }
        if self.held && !state.connection.is_congested() {
            self.held = false;
            cx.waker().wake_by_ref();
        }
        let holds = self.writing.is_some() || state.connection.holds_memory();
        if self.release.is_none() && holds {
            self.release = Some(clock::latest().wrapping_add(RELEASE_AFTER));
        }
        let due = [state.connection.alarm(), self.timers.next(), self.release];
        let next = due.into_iter().flatten().reduce(clock::earlier);
        // Traffic moves deadlines away all the time. The timer is left alone then: it fires too early
        // once, and is set anew.
        let in_time =
            self.timed && state.armed.is_some_and(|armed| next.is_none_or(|n| clock::passed(armed, n)));
        if in_time {
            return Ok(None);
        }
        state.armed = next;
        Ok(next)
    }

    /// Writes until everything is out, or the socket has no room.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<usize, End> {
        let stream: &TcpStream = self.read.as_ref();
        let mut total = 0;
        self.stalled = false;
        let Some(writing) = self.writing.as_deref_mut() else { return Ok(0) };
        while !writing.is_done() {
            self.channel.0.counters.add(Count::Write);
            let result = match writing.single() {
                Some(bytes) => stream.try_write(bytes),
                None => {
                    let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                    let count = writing.slices(&mut slices);
                    stream.try_write_vectored(&slices[..count])
                }
            };
            match result {
                Ok(written) => {
                    writing.advance(written);
                    total += written;
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => match stream.poll_write_ready(cx) {
                    Poll::Pending => {
                        self.stalled = true;
                        return Ok(total);
                    }
                    Poll::Ready(ready) => ready.map_err(End::Io)?,
                },
                Err(e) => return Err(End::Io(e)),
            }
        }
        Ok(total)
    }

    // ---- time ----------------------------------------------------------------------------------

    fn keep_time(&mut self, lists: &mut Lists) -> Result<(), End> {
        let now = clock::now();
        let shared = &self.channel.0;
        let mut state = shared.lock();
        state.connection.expire(now, &mut lists.done);
        let (written, wrote_at) = (state.connection.written(), state.wrote_at.take());
        drop(state);
        shared.notify(&mut lists.done);
        if written != std::mem::replace(&mut self.written, written) {
            self.timers.wrote(wrote_at.unwrap_or(now));
        }
        match self.timers.due(now) {
            Due::Nothing => {}
            Due::Dead => return Err(End::Silence),
            Due::Heartbeat => {
                if shared.send_event(true, frame::HEARTBEAT_BODY).is_err() {
                    tracing::debug!(channel = %shared, "no heartbeat was sent: the connection is congested");
                }
            }
        }
        self.release_memory(now);
        Ok(())
    }

    fn release_memory(&mut self, now: Tick) {
        let Some(release) = self.release.filter(|&release| clock::passed(release, now)) else { return };
        self.release = None;
        let quiet_since = release.wrapping_sub(RELEASE_AFTER);
        if clock::passed(self.timers.last_read(), quiet_since) {
            self.writing.take_if(|writing| writing.is_done());
            self.channel.0.lock().connection.release_memory(fastrand::u64(..));
        }
    }

    /// Sets the one timer of this connection to the earliest moment at which something is due.
    fn set_timer(&mut self, cx: &mut Context<'_>, next: Tick) {
        let deadline = clock::instant(next, clock::now()).into();
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        sleep.as_mut().reset(deadline);
        self.timed = true;
        self.channel.0.counters.add(Count::Timer);
        if sleep.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

/// Runs the connection to its end.
impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut lists = LISTS.take().unwrap_or_default();
        // A handler that panics costs its connection, not the client that would connect anew.
        let turn = AssertUnwindSafe(|| self.turn(cx, &mut lists));
        let end = catch_unwind(turn).unwrap_or(Err(End::Panic));
        let Err(end) = end else {
            LISTS.set(Some(lists));
            return Poll::Pending;
        };
        // What is left in the lists belongs to this connection and must not be taken for another's. Calls among
        // it go after the connection, so that nothing is answered over it any more.
        self.channel.0.finish();
        drop(lists);
        match end {
            End::ByPeer | End::ByUs => {
                tracing::debug!(channel = %self.channel, cause = %end, "connection ended");
            }
            End::Silence | End::Fault(_) | End::Io(_) | End::Panic => {
                tracing::warn!(channel = %self.channel, cause = %end, "connection given up");
            }
        }
        Poll::Ready(())
    }
}

/// Ends the connection however its task ends, also when the runtime drops it, before it began even,
/// or a handler panics.
impl Drop for Driver {
    fn drop(&mut self) {
        let shared = &self.channel.0;
        shared.finish();
        if let Some(handler) = shared.handler.as_ref().filter(|_| self.begun) {
            handler.disconnected(&self.channel);
        }
    }
}
