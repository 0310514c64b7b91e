//! The answers that the calls of one read get while they are handed over.
//!
//! Most calls are answered on the spot, by the thread that has read them. Their answers are collected here and reach
//! the connection together: one lock and one count for all of them. An answer from another thread, or to a call of
//! another read, goes to the connection by itself.

use std::cell::Cell;
use std::sync::Arc;

use super::body::Parts;
use super::outbound::Outbound;
use super::shared::Shared;
use crate::codec::frame::FrameHeader;

/// A buffer beyond this is not kept for the next read.
const KEPT: usize = 256 * 1024;

thread_local! {
    static CURRENT: Cell<Option<Box<Replies>>> = const { Cell::new(None) };
}

/// What is collected; owned by the thread.
#[derive(Default)]
pub(super) struct Replies {
    /// Number of the connection, 0 while nothing is collected.
    connection: u64,
    out: Outbound,
    /// Calls that are over, those without an answer included.
    calls: u32,
    /// A share in the connection that the next call can have.
    pub(super) spare: Option<Arc<Shared>>,
}

impl Replies {
    /// Adds an answer.
    pub(super) fn add(&mut self, header: &FrameHeader, body: &Parts<'_>) {
        self.out.append_from(&header.encode(), body, 0);
        self.calls += 1;
    }

    /// Counts a call that needs no answer.
    pub(super) fn skip(&mut self) {
        self.calls += 1;
    }
}

/// Lends what this thread collects for a connection; `None` when it collects nothing for it.
pub(super) fn with<R>(connection: u64, use_it: impl FnOnce(&mut Replies) -> R) -> Option<R> {
    let lend = |current: &Cell<Option<Box<Replies>>>| {
        let mut replies = current.take();
        let mine = replies.as_deref_mut().filter(|replies| replies.connection == connection);
        let result = mine.map(use_it);
        current.set(replies);
        result
    };
    // A thread that is ending collects nothing.
    CURRENT.try_with(lend).ok().flatten()
}

/// Adds an answer that is one small piece, and keeps the share in the connection for the next call; gives the share
/// back when nothing is collected for the connection.
pub(super) fn add_slice(shared: Arc<Shared>, header: FrameHeader, body: &[u8]) -> Option<Arc<Shared>> {
    let mut shared = Some(shared);
    let connection = shared.as_ref().map_or(0, |shared| shared.id);
    with(connection, |replies| {
        replies.out.append_slice(&header.encode(), body);
        replies.calls += 1;
        replies.spare = shared.take();
    });
    shared
}

/// Collects from now on until it is dropped, however that comes; then hands everything to the connection.
pub(super) struct Collecting<'a> {
    shared: &'a Arc<Shared>,
    /// What this thread was already collecting for another connection.
    outer: Option<Box<Replies>>,
}

impl<'a> Collecting<'a> {
    pub(super) fn begin(shared: &'a Arc<Shared>) -> Self {
        let mut outer = CURRENT.take();
        let mut replies = outer.take_if(|replies| replies.connection == 0).unwrap_or_default();
        replies.connection = shared.id;
        CURRENT.set(Some(replies));
        Self { shared, outer }
    }
}

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        let Some(mut replies) = CURRENT.replace(self.outer.take()) else { return };
        self.shared.served_together(&mut replies.out, replies.calls);
        if let Some(handler) = self.shared.handler.as_ref().filter(|_| replies.calls > 0) {
            handler.answered(replies.calls as usize);
        }
        (replies.connection, replies.calls, replies.spare) = (0, 0, None);
        replies.out.clear(KEPT);
        // Nothing is collected outside of this one: the buffers wait for the next read.
        let outer = CURRENT.take();
        CURRENT.set(Some(outer.unwrap_or(replies)));
    }
}
