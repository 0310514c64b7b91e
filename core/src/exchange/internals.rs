//! The shared state of a connection without its socket, so that it can be measured from outside.
//!
//! Not part of the API: only the benchmarks switch the feature `internals` on.

use bytes::Bytes;

use super::body::Body;
use super::connection::{Bounds, Connection, Done, Notify};
use super::outbound::Writing;
use super::outcome::{Outcome, Response};
use super::slots::IdFormat;
use crate::codec::frame::{FrameHeader, status};

/// Whom to tell: nobody, but somebody who fetches the outcome.
struct Nobody;

impl Notify for Nobody {
    fn fetches(&self) -> bool {
        true
    }
}

/// See the module.
pub struct ConnectionState {
    connection: Connection<Nobody>,
    writing: Writing,
    responses: Vec<(i64, Outcome)>,
    done: Done<Nobody>,
}

impl Default for ConnectionState {
    fn default() -> Self {
        let bounds = Bounds { max_in_flight: u32::MAX, congested: u64::MAX, relieved: u64::MAX };
        Self {
            connection: Connection::new(IdFormat::wide(7), bounds),
            writing: Writing::default(),
            responses: Vec::new(),
            done: Done::default(),
        }
    }
}

impl ConnectionState {
    /// Accepts a call at `now`, with a timeout in ticks, and appends its frame. `None` when no slot is free.
    pub fn submit(&mut self, body: &Body, timeout: u32, now: u32) -> Option<i64> {
        let length = body.len();
        let id = self.connection.begin_call(length, Nobody, timeout, now).ok()?;
        let length = u32::try_from(length).ok()?;
        self.connection.wrote(
            &FrameHeader::request(id, body.serialization(), true, length),
            &body.parts(),
            0,
        );
        Some(id)
    }

    /// Takes everything that waits to be written and forgets it.
    pub fn flush(&mut self, now: u32) {
        while self.connection.next_write(&mut self.writing) {
            let length = self.writing.single().map_or(0, <[u8]>::len);
            self.writing.advance(length);
            self.connection.confirm(length, false, now, &mut self.done);
        }
    }

    /// Takes the responses of one read; tells how many callers would be woken.
    pub fn receive(&mut self, ids: &[i64], body: &Bytes) -> usize {
        let response = || Response { status: status::OK, serialization: 2, body: body.clone() };
        self.responses.extend(ids.iter().map(|id| (*id, Ok(response()))));
        self.connection.receive(&mut self.responses, 0, &mut self.done);
        let woken = self.done.len();
        self.done.told.clear();
        woken
    }

    /// Fetches the outcome of a call; true when there was one.
    pub fn take(&mut self, id: i64) -> bool {
        self.connection.take(id).is_some()
    }

    /// Cancels a call.
    pub fn cancel(&mut self, id: i64) {
        let _ = self.connection.forget(id);
    }

    /// Looks for calls whose deadline has passed; tells how many.
    pub fn expire(&mut self, now: u32) -> usize {
        self.connection.expire(now, &mut self.done);
        let expired = self.done.len();
        self.done.told.clear();
        expired
    }
}
