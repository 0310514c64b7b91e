//! Connections that carry whole frames for a host which brings its own codec and a thread of its own.
//!
//! An [`EventLoop`] does nothing by itself: a thread of the host calls [`EventLoop::poll`] over and over, which waits for
//! the sockets, reads them, cuts what came into runs of whole frames, and returns that as events. So there is no queue
//! between the socket and the host: while the host is busy nothing is read, and what a peer can make this side hold is one
//! read per connection and one unfinished frame. A connection stays with its loop, and its events keep their order.
//!
//! Any thread may send. It writes to the socket itself if the loop sleeps, so that nobody need be woken for it; if the
//! loop is awake, or somebody else is writing, the bytes are appended to what will be written next, with one system call
//! for many senders.

mod connection;
mod desk;
mod entry;
mod event_loop;
mod listener;
mod outgoing;

use std::time::Duration;

use crate::error::Error;

pub use crate::codec::frames::{BodyLimits, Piece};
pub use connection::{Connection, Sent};
pub use event_loop::EventLoop;
pub use listener::Listener;

/// How a connection behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConnectionOptions {
    /// The longest bodies that are accepted.
    pub limits: BodyLimits,
    /// The system probes the peer of a silent connection.
    pub keep_alive: bool,
    /// [`PolledEvent::Idle`] comes whenever nothing was read for this long; never if zero.
    pub read_idle: Duration,
    /// [`PolledEvent::Idle`] comes whenever nothing was read or written for this long; never if zero.
    pub all_idle: Duration,
}

/// Something that happened to a connection.
#[derive(Debug)]
pub enum PolledEvent {
    /// It is there: the first event of every connection.
    Connected {
        /// The connection.
        connection: Connection,
        /// The number of the listener that accepted it, or of the client that made it.
        owner: u64,
    },
    /// Bytes have arrived.
    Received {
        /// Number of the connection.
        connection: u64,
        /// The bytes.
        piece: Piece,
    },
    /// Bytes that had to wait for the peer are written. Comes only if a sender was told that it has to wait.
    Written {
        /// Number of the connection.
        connection: u64,
        /// Everything before this position of the outgoing stream is written.
        position: u64,
    },
    /// Nothing has happened for the time that was asked for.
    Idle {
        /// Number of the connection.
        connection: u64,
    },
    /// It has ended: the last event of every connection.
    Disconnected {
        /// Number of the connection.
        connection: u64,
        /// Why, unless one of both sides has closed it.
        cause: Option<Error>,
    },
}

#[cfg(test)]
mod tests;
