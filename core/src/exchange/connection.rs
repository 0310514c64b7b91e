//! The shared state of one connection, without socket, clock or runtime.
//!
//! Callers, the task that owns the socket and the workers that answer all meet here, under one
//! mutex: calls that wait, bytes that wait to be written, and the rules of flushing. Nothing in
//! here blocks or calls out; whom to tell is *returned*, so that it happens after the lock is
//! released. `W` is whom to tell: a waker or a sink in the product, a number in tests.

use super::body::Parts;
use super::clock::{self, MAX_SPAN, Tick};
use super::outbound::{Outbound, Writing};
use super::outcome::{Failure, Outcome};
use super::slots::{IdFormat, SlotTable};
use crate::codec::frame::{FrameHeader, HEADER_LENGTH};

/// Whom to tell about the end of a call.
pub(crate) trait Notify {
    /// True when the outcome stays in the slot until it is fetched, false when it is delivered
    /// together with the notification.
    fn fetches(&self) -> bool;
}

/// Whom to tell, after the lock is released.
#[derive(Debug)]
pub(crate) struct Done<W> {
    /// Those who look for themselves then.
    pub(crate) told: Vec<W>,
    /// Those who get the end of their call, and its id.
    pub(crate) delivered: Vec<(W, i64, Outcome)>,
}

impl<W> Default for Done<W> {
    fn default() -> Self {
        Self { told: Vec::new(), delivered: Vec::new() }
    }
}

impl<W> Done<W> {
    /// How many are told.
    pub(crate) fn len(&self) -> usize {
        self.told.len() + self.delivered.len()
    }
}

/// Why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The connection is closed, or drains before it closes.
    Closed,
    /// Too many calls wait for an answer.
    InFlight,
    /// Too many bytes wait to be written.
    Congested,
}

/// Bounds of one connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Calls that may wait for an answer.
    pub(crate) max_in_flight: u32,
    /// Unwritten bytes above which nothing more is accepted.
    pub(crate) congested: u64,
    /// Unwritten bytes below which messages are accepted again.
    pub(crate) relieved: u64,
}

/// Frames from this size on are never written by the caller.
const INLINE: usize = 16 * 1024;
/// Spans below this are watched to the millisecond, longer ones in steps of [`STEP`].
const FINE: u32 = 30;
/// Least time between two scans of the deadlines.
const STEP: u32 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Draining,
    Closed,
}

/// A stretch of the outgoing stream for which the socket had no room at once.
#[derive(Debug, Clone, Copy, Default)]
struct Stall {
    from: u64,
    to: u64,
    ended: Tick,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Connection<W> {
    slots: SlotTable<W>,
    out: Outbound,
    bounds: Bounds,
    phase: Phase,
    /// The task that owns the socket has been told to flush, or is flushing.
    flushing: bool,
    /// That task waits for room in the socket.
    stalled: bool,
    /// Some call in flight has a short timeout.
    fine: bool,
    /// Calls of the peer that are being served.
    serving: u32,
    /// Messages in the latest read: what tells a lonely caller from the first of many.
    last_batch: u32,
    /// Bytes of the outgoing stream, accepted and written.
    appended: u64,
    written: u64,
    stall: Stall,
    /// When the deadlines are looked at next.
    alarm: Option<Tick>,
    /// Callers that wait for less congestion.
    blocked: Vec<W>,
    /// Callers that wait until the stream is written up to a position.
    unsent: Vec<(u64, W)>,
}

impl<W: Notify> Connection<W> {
    pub(crate) const fn new(format: IdFormat, bounds: Bounds) -> Self {
        Self {
            slots: SlotTable::new(format),
            out: Outbound::new(),
            bounds,
            phase: Phase::Open,
            flushing: false,
            stalled: false,
            fine: false,
            serving: 0,
            last_batch: 0,
            appended: 0,
            written: 0,
            stall: Stall { from: 0, to: 0, ended: 0 },
            alarm: None,
            blocked: Vec::new(),
            unsent: Vec::new(),
        }
    }

    // ---- sending -------------------------------------------------------------------------------

    /// Accepts a call and returns its id; its frame must follow with the lock still held, through
    /// [`Self::wrote`], before which the caller may write it itself when [`Self::alone`].
    #[inline]
    pub(crate) fn begin_call(
        &mut self,
        length: usize,
        notify: impl Into<W>,
        timeout: u32,
        now: Tick,
    ) -> Result<i64, Refused> {
        self.admit()?;
        let timeout = timeout.min(MAX_SPAN);
        let deadline = now.wrapping_add(timeout);
        let end = self.appended + (HEADER_LENGTH + length) as u64;
        let id = self.slots.insert(notify, deadline, timeout, end).ok_or(Refused::InFlight)?;
        self.fine |= timeout < FINE;
        self.alarm = Some(self.alarm.map_or(deadline, |alarm| clock::earlier(alarm, deadline)));
        Ok(id)
    }

    /// An id for a message without an answer.
    pub(crate) fn begin_oneway(&mut self) -> Result<i64, Refused> {
        if self.phase == Phase::Closed {
            return Err(Refused::Closed);
        }
        if self.is_congested() {
            return Err(Refused::Congested);
        }
        self.slots.pass().ok_or(Refused::InFlight)
    }

    /// True when nobody else uses the connection, so that the caller writes its frame itself.
    pub(crate) fn alone(&self, length: usize) -> bool {
        !self.flushing
            && self.out.is_empty()
            && self.slots.count() + self.serving <= 1
            && self.last_batch <= 1
            && HEADER_LENGTH + length < INLINE
    }

    /// Notes that the caller itself wrote the first `written` bytes of a frame; the rest is
    /// appended. Returns true when the flushing task must be woken.
    pub(crate) fn wrote(&mut self, header: &FrameHeader, body: &Parts<'_>, written: usize) -> bool {
        let total = HEADER_LENGTH + body.len();
        self.appended += total as u64;
        self.written += written as u64;
        if written == total {
            return false;
        }
        self.out.append_from(&header.encode(), body, written);
        self.kick()
    }

    /// Appends the answers of calls of the peer, which are over. Returns true when the flushing task must be woken.
    pub(crate) fn served_together(&mut self, answers: &mut Outbound, calls: u32) -> bool {
        self.serving = self.serving.saturating_sub(calls);
        if !self.is_open() || answers.is_empty() {
            return false;
        }
        self.appended += self.out.append_all(answers) as u64;
        self.kick()
    }

    /// Appends bytes outside of any frame. Returns true when the flushing task must be woken.
    pub(crate) fn append_raw(&mut self, bytes: &[u8]) -> bool {
        self.appended += bytes.len() as u64;
        self.out.append_raw(bytes);
        self.kick()
    }

    /// True when the tick of the latest reading of the clock is not older than one pass of the
    /// flushing task.
    pub(crate) const fn clock_is_fresh(&self) -> bool {
        self.flushing && !self.stalled
    }

    /// Announces a flush by the caller itself, so that nobody who appends wakes the flushing task.
    pub(crate) const fn hold_flush(&mut self) {
        self.flushing = true;
    }

    /// The position in the outgoing stream behind everything accepted so far.
    pub(crate) const fn position(&self) -> u64 {
        self.appended
    }

    /// Registers whom to tell when the stream is written up to `position`.
    pub(crate) fn when_sent(&mut self, position: u64, notify: W) {
        self.unsent.push((position, notify));
    }

    /// Registers whom to tell when messages are accepted again.
    pub(crate) fn when_relieved(&mut self, notify: W) {
        self.blocked.push(notify);
    }

    /// True when the stream is written up to `position`.
    pub(crate) const fn is_sent(&self, position: u64) -> bool {
        self.written >= position
    }

    fn admit(&self) -> Result<(), Refused> {
        if self.phase != Phase::Open {
            return Err(Refused::Closed);
        }
        if self.slots.count() >= self.bounds.max_in_flight {
            return Err(Refused::InFlight);
        }
        if self.is_congested() { Err(Refused::Congested) } else { Ok(()) }
    }

    /// True when so much waits to be written that nothing may be added.
    pub(crate) const fn is_congested(&self) -> bool {
        self.appended - self.written > self.bounds.congested
    }

    fn kick(&mut self) -> bool {
        !std::mem::replace(&mut self.flushing, true)
    }

    // ---- flushing ------------------------------------------------------------------------------

    /// True when there is something to flush.
    pub(crate) const fn wants_flush(&self) -> bool {
        self.flushing
    }

    /// True when others are likely to add to the buffer if they are given a turn first.
    pub(crate) fn others_may_add(&self) -> bool {
        self.slots.count() + self.serving > 1
    }

    /// Hands what is to be written to the flushing task; false, and the flush is over, when
    /// nothing is left.
    pub(crate) fn next_write(&mut self, writing: &mut Writing) -> bool {
        if self.out.is_empty() {
            self.flushing = false;
            self.out.reuse(writing);
            return false;
        }
        self.out.take(writing);
        true
    }

    /// Notes that the flushing task wrote `written` more bytes, and whether it waits for room.
    pub(crate) fn confirm(&mut self, written: usize, stalled: bool, now: Tick, done: &mut Done<W>) {
        let before = self.written;
        self.written += written as u64;
        if self.stalled {
            let from = if self.stall.to == before { self.stall.from } else { before };
            self.stall = Stall { from, to: self.written, ended: now };
        }
        self.stalled = stalled;
        if self.appended - self.written < self.bounds.relieved {
            done.told.append(&mut self.blocked);
        }
        if !self.unsent.is_empty() {
            let position = self.written;
            let sent = self.unsent.extract_if(.., |(end, _)| *end <= position);
            done.told.extend(sent.map(|(_, notify)| notify));
        }
    }

    // ---- receiving -----------------------------------------------------------------------------

    /// Takes the responses of one read and counts its requests. Returns the number of responses to
    /// calls that are over, which are dropped.
    pub(crate) fn receive(
        &mut self,
        responses: &mut Vec<(i64, Outcome)>,
        requests: usize,
        done: &mut Done<W>,
    ) -> usize {
        self.last_batch = (responses.len() + requests) as u32;
        self.serving += requests as u32;
        let (all, told) = (responses.len(), done.len());
        for (id, outcome) in responses.drain(..) {
            self.complete(id, outcome, done);
        }
        all - (done.len() - told)
    }

    /// Takes the outcome of a call; `None` while it waits.
    pub(crate) fn take(&mut self, id: i64) -> Option<Outcome> {
        self.slots.take(id)
    }

    /// Whom to tell about call `id`, while it waits.
    pub(crate) fn notify_mut(&mut self, id: i64) -> Option<&mut W> {
        self.slots.notify_mut(id)
    }

    /// Forgets a call in whatever state it is; an answer that still comes is dropped.
    pub(crate) fn forget(&mut self, id: i64) -> Option<W> {
        if self.slots.take(id).is_some() {
            return None;
        }
        self.slots.remove(id)
    }

    /// A call of the peer has been answered or dropped.
    pub(crate) const fn served(&mut self) {
        self.serving = self.serving.saturating_sub(1);
    }

    fn complete(&mut self, id: i64, outcome: Outcome, done: &mut Done<W>) {
        let Some(notify) = self.slots.notify_mut(id) else { return };
        if notify.fetches() {
            done.told.extend(self.slots.finish(id, outcome));
        } else if let Some(notify) = self.slots.remove(id) {
            done.delivered.push((notify, id, outcome));
        }
    }

    // ---- time and end --------------------------------------------------------------------------

    /// When [`Self::expire`] must be called next, if any call waits.
    pub(crate) const fn alarm(&self) -> Option<Tick> {
        self.alarm
    }

    /// Fails the calls whose deadline has passed, if it is time to look at them.
    pub(crate) fn expire(&mut self, now: Tick, done: &mut Done<W>) {
        if !self.alarm.is_some_and(|alarm| clock::passed(alarm, now)) {
            return;
        }
        let mut overdue = Vec::new();
        let earliest = self.slots.overdue(now, &mut overdue);
        for id in overdue {
            let Some(failure) = self.slots.waiting(id).map(|w| (w.deadline, w.timeout, w.end)) else {
                continue;
            };
            let (deadline, timeout, end) = failure;
            let start = deadline.wrapping_sub(timeout);
            let sent = (self.written >= end).then(|| self.sent_at(end, start));
            let failure = Failure::Timeout { start, sent, end: now, timeout };
            self.complete(id, Err(failure), done);
        }
        self.fine &= earliest.is_some();
        let soonest = now.wrapping_add(if self.fine { 1 } else { STEP });
        self.alarm = earliest.map(|e| if clock::passed(e, soonest) { soonest } else { e });
    }

    /// When the byte before `end` was written: at once, unless the socket had no room.
    const fn sent_at(&self, end: u64, start: Tick) -> Tick {
        let delayed = end > self.stall.from && end <= self.stall.to;
        if delayed { self.stall.ended } else { start }
    }

    /// Accepts no more calls; those in flight go on.
    pub(crate) fn drain(&mut self) {
        if self.phase == Phase::Open {
            self.phase = Phase::Draining;
        }
    }

    /// Ends the connection: all calls fail, nothing is accepted or written any more.
    pub(crate) fn close(&mut self, done: &mut Done<W>) {
        self.phase = Phase::Closed;
        self.alarm = None;
        for id in self.slots.waiting_ids() {
            self.complete(id, Err(Failure::Inactive), done);
        }
        done.told.append(&mut self.blocked);
        done.told.extend(self.unsent.drain(..).map(|(_, notify)| notify));
        self.out = Outbound::new();
    }

    /// True until [`Self::close`].
    pub(crate) fn is_open(&self) -> bool {
        self.phase != Phase::Closed
    }

    /// Calls of this side that wait for an answer.
    pub(crate) const fn in_flight(&self) -> u32 {
        self.slots.count()
    }

    /// Calls of the peer that are being served.
    pub(crate) const fn serving(&self) -> u32 {
        self.serving
    }

    /// Bytes written since the beginning.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// True when all that was accepted is written.
    pub(crate) const fn is_flushed(&self) -> bool {
        self.written == self.appended
    }

    /// True when memory is held that an idle connection does not need.
    pub(crate) fn holds_memory(&self) -> bool {
        self.out.capacity() > 0 || self.slots.capacity() > 0
    }

    /// Gives memory back as far as nothing is in flight. `salt` starts a new series of ids.
    pub(crate) fn release_memory(&mut self, salt: u64) {
        self.out.release();
        self.slots.shrink(salt);
        self.blocked.shrink_to_fit();
        self.unsent.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests;
