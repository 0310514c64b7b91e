//! Where other threads leave work for the thread of an event loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use mio::Waker;
use mio::net::TcpStream;
use parking_lot::Mutex;

use super::ConnectionOptions;
use super::connection::Connection;
use super::listener::Port;
use crate::exchange::clock::{self, Tick};

/// Work for the thread of an event loop.
pub(super) enum Letter {
    /// A new connection.
    Open { connection: Connection, socket: TcpStream, options: ConnectionOptions, owner: u64 },
    /// A new port.
    Listen(Arc<Port>),
    /// Something waits to be written, or the connection is to end.
    Look(Connection),
}

/// See the module. Connections keep the desk of their loop, not the loop itself.
pub(super) struct Desk {
    waker: Waker,
    letters: Mutex<Letters>,
    /// The thread sleeps until something happens.
    sleeps: AtomicBool,
    /// When it woke up, and began to be busy.
    awake_since: AtomicU32,
    connections: AtomicUsize,
}

#[derive(Default)]
struct Letters {
    letters: Vec<Letter>,
    closed: bool,
}

/// A loop that was busy for longer than this many ticks is not waited for.
const PATIENCE: Tick = 1;

impl Desk {
    pub(super) fn new(waker: Waker) -> Self {
        Self {
            waker,
            letters: Mutex::default(),
            sleeps: AtomicBool::new(false),
            awake_since: AtomicU32::new(0),
            connections: AtomicUsize::new(0),
        }
    }

    /// Leaves work, and wakes the thread if it sleeps. Gives the letter back when the loop is closed.
    pub(super) fn leave(&self, letter: Letter) -> Result<(), Letter> {
        let mut letters = self.letters.lock();
        if letters.closed {
            return Err(letter);
        }
        letters.letters.push(letter);
        let sleeps = self.sleeps.load(Ordering::Relaxed);
        drop(letters);
        if sleeps {
            self.wake();
        }
        Ok(())
    }

    /// Takes all letters; false when the loop is to end.
    pub(super) fn collect(&self, into: &mut Vec<Letter>) -> bool {
        let mut letters = self.letters.lock();
        into.append(&mut letters.letters);
        !letters.closed
    }

    /// Announces that the thread will sleep; false when there is work instead.
    pub(super) fn go_to_sleep(&self) -> bool {
        let letters = self.letters.lock();
        let sleeps = letters.letters.is_empty() && !letters.closed;
        self.sleeps.store(sleeps, Ordering::Relaxed);
        sleeps
    }

    /// Announces that the thread is awake.
    pub(super) fn woke_up(&self) {
        self.awake_since.store(clock::now(), Ordering::Relaxed);
        self.sleeps.store(false, Ordering::Relaxed);
    }

    /// True when the thread is awake and will soon look at its letters without being woken.
    pub(super) fn will_look_soon(&self) -> bool {
        if self.sleeps.load(Ordering::Relaxed) {
            return false;
        }
        clock::now().wrapping_sub(self.awake_since.load(Ordering::Relaxed)) <= PATIENCE
    }

    /// Ends the loop.
    pub(super) fn close(&self) {
        self.letters.lock().closed = true;
        self.wake();
    }

    /// Forgets letters that nobody will read.
    pub(super) fn clear(&self) {
        let letters = {
            let mut letters = self.letters.lock();
            letters.closed = true;
            std::mem::take(&mut letters.letters)
        };
        drop(letters);
    }

    pub(super) fn joined(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn left(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Connections of the loop.
    pub(super) fn load(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the thread of an event loop cannot be woken");
        }
    }
}
