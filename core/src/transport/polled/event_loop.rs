//! The loop: waits for sockets, reads them, flushes, and tells what happened.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::connection::{Connection, Flushed};
use super::desk::{Desk, Letter};
use super::entry::{Entry, Found, broken};
use super::listener::{Accepted, Port};
use super::{ConnectionOptions, PolledEvent};
use crate::codec::frames::Piece;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::clock::{self, Tick};

/// Reads and writes the sockets of some connections on the thread that calls [`EventLoop::poll`]. Clones are the same
/// loop.
#[derive(Clone)]
pub struct EventLoop(Arc<Inner>);

struct Inner {
    desk: Arc<Desk>,
    reactor: Mutex<Reactor>,
}

/// What only the polling thread uses.
struct Reactor {
    desk: Arc<Desk>,
    poll: Poll,
    events: Events,
    entries: FxHashMap<u64, Entry>,
    ports: FxHashMap<usize, Arc<Port>>,
    /// Connections that may have something to read.
    readable: VecDeque<u64>,
    /// Ports that the system did not let accept, and when to try again.
    refused: Vec<(Tick, usize)>,
    /// What could not be handed out yet; nothing is read meanwhile.
    told: VecDeque<PolledEvent>,
    /// When idle connections are looked for next.
    look_at: Option<Tick>,
    letters: Vec<Letter>,
    pieces: Vec<Piece>,
    is_open: bool,
}

const WAKER: Token = Token(0);
/// Sockets that are told of by one call of the system.
const EVENTS: usize = 256;
/// Bytes that are read before the host gets its turn, about.
const TURN: usize = 4 * 1024 * 1024;
/// Ticks before a port that could not accept tries again.
const ACCEPT_PAUSE: u32 = 50;
/// Least number of ticks between two looks for idle connections.
const IDLE_STEP: u32 = 10;

impl EventLoop {
    /// A loop without connections.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when the system gives no more of what a loop needs.
    pub fn new() -> Result<Self> {
        let failed = |cause| Error::new(ErrorCode::Internal, "cannot make an event loop").caused_by(cause);
        let poll = Poll::new().map_err(failed)?;
        let waker = Waker::new(poll.registry(), WAKER).map_err(failed)?;
        let desk = Arc::new(Desk::new(waker));
        let reactor = Reactor {
            desk: Arc::clone(&desk),
            poll,
            events: Events::with_capacity(EVENTS),
            entries: FxHashMap::default(),
            ports: FxHashMap::default(),
            readable: VecDeque::new(),
            refused: Vec::new(),
            told: VecDeque::new(),
            look_at: None,
            letters: Vec::new(),
            pieces: Vec::new(),
            is_open: true,
        };
        Ok(Self(Arc::new(Inner { desk, reactor: Mutex::new(reactor) })))
    }

    /// Does the work of the loop until something has happened, for at most `timeout`; moves at most `max` events to the
    /// end of `out`. Returns false when the loop is closed and has nothing more to tell.
    ///
    /// Must be called again soon, also while nothing happens: the connections live from it.
    pub fn poll(&self, timeout: Duration, max: usize, out: &mut Vec<PolledEvent>) -> bool {
        let mut reactor = self.0.reactor.lock();
        let deadline = Instant::now() + timeout;
        while reactor.told.is_empty() && reactor.is_open {
            let left = deadline.saturating_duration_since(Instant::now());
            reactor.turn(left);
            if left.is_zero() {
                break;
            }
        }
        let count = reactor.told.len().min(max);
        out.extend(reactor.told.drain(..count));
        count > 0 || reactor.is_open
    }

    /// Ends all connections, after writing what their peers read at once. [`EventLoop::poll`] tells of each end. Idempotent.
    pub fn close(&self) {
        self.0.desk.close();
    }

    /// Number of connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.desk.load()
    }

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.0.desk
    }
}

/// A loop that nobody polls any more takes its sockets along.
impl Drop for Inner {
    fn drop(&mut self) {
        self.desk.clear();
        for entry in self.reactor.get_mut().entries.values() {
            entry.connection.finish();
        }
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl Reactor {
    /// One turn: letters, sockets, reading, idle connections.
    fn turn(&mut self, timeout: Duration) {
        self.read_letters();
        self.wait(timeout);
        self.read_sockets();
        self.accept_again();
        self.look_for_idle();
        self.read_letters();
    }

    fn wait(&mut self, timeout: Duration) {
        let busy = !self.told.is_empty() || !self.readable.is_empty();
        let timeout = if busy { Duration::ZERO } else { self.shorten(timeout) };
        let sleeps = !timeout.is_zero() && self.desk.go_to_sleep();
        let result = self.poll.poll(&mut self.events, Some(if sleeps { timeout } else { Duration::ZERO }));
        self.desk.woke_up();
        if let Err(error) = result
            && error.kind() != io::ErrorKind::Interrupted
        {
            tracing::error!(%error, "an event loop cannot wait for its sockets");
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            let Token(token) = event.token();
            let (readable, writable) = (event.is_readable(), event.is_writable());
            self.heed(token, readable || event.is_error(), event.is_read_closed(), writable);
        }
        self.events = events;
    }

    /// The time until something is due.
    fn shorten(&self, timeout: Duration) -> Duration {
        let due = self.refused.iter().map(|(tick, _)| *tick).chain(self.look_at);
        let Some(due) = due.reduce(clock::earlier) else { return timeout };
        let now = clock::now();
        let left = if clock::passed(due, now) { 0 } else { due.wrapping_sub(now) };
        timeout.min(Duration::from_millis(left.into()))
    }

    fn heed(&mut self, token: usize, readable: bool, closed: bool, writable: bool) {
        if let Some(port) = self.ports.get(&token) {
            self.accept(&Arc::clone(port));
            return;
        }
        let id = token as u64;
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.is_ending |= closed;
        if (readable || closed) && !std::mem::replace(&mut entry.is_listed, true) {
            self.readable.push_back(id);
        }
        let connection = entry.connection.clone();
        if writable && connection.is_stalled() {
            self.look(&connection);
        }
    }

    // ---- letters -------------------------------------------------------------------------------

    fn read_letters(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        let is_open = self.desk.collect(&mut letters);
        for letter in letters.drain(..) {
            match letter {
                Letter::Open { connection, socket, options, owner } => {
                    self.open(connection, socket, &options, owner);
                }
                Letter::Listen(port) => self.listen(port),
                Letter::Look(connection) => self.look(&connection),
            }
        }
        self.letters = letters;
        if !is_open {
            self.close();
        }
    }

    fn open(
        &mut self,
        connection: Connection,
        mut socket: mio::net::TcpStream,
        options: &ConnectionOptions,
        owner: u64,
    ) {
        let (id, interest) = (connection.id(), Interest::READABLE | Interest::WRITABLE);
        let registered = self.poll.registry().register(&mut socket, Token(id as usize), interest);
        let socket = Arc::new(socket);
        connection.joined(&socket);
        let mut entry = Entry::new(connection.clone(), socket, options);
        let (_, due) = entry.idle(clock::now());
        self.look_at = [self.look_at, due].into_iter().flatten().reduce(clock::earlier);
        self.entries.insert(id, entry);
        self.told.push_back(PolledEvent::Connected { connection: connection.clone(), owner });
        match registered {
            Ok(()) => self.look(&connection),
            Err(error) => self.end(id, Some(broken(error))),
        }
    }

    fn listen(&mut self, port: Arc<Port>) {
        let registered = match &mut *port.socket.lock() {
            Some(socket) => self.poll.registry().register(socket, Token(port.id), Interest::READABLE),
            None => return,
        };
        match registered {
            Ok(()) => {
                self.ports.insert(port.id, Arc::clone(&port));
                self.accept(&port);
            }
            Err(error) => tracing::error!(%error, "an event loop cannot listen"),
        }
    }

    /// Flushes a connection, and ends it if that is due.
    fn look(&mut self, connection: &Connection) {
        let id = connection.id();
        if !self.entries.contains_key(&id) {
            return;
        }
        match connection.flush() {
            Flushed::Goes(None) => {}
            Flushed::Goes(Some(position)) => {
                self.told.push_back(PolledEvent::Written { connection: id, position });
            }
            Flushed::Ends(failure) => self.end(id, failure.map(broken)),
        }
    }

    fn end(&mut self, id: u64, cause: Option<Error>) {
        let Some(entry) = self.entries.remove(&id) else { return };
        entry.connection.finish();
        self.desk.left();
        self.told.push_back(PolledEvent::Disconnected { connection: id, cause });
    }

    fn close(&mut self) {
        self.ports.clear();
        let all: Vec<_> = self.entries.values().map(|entry| entry.connection.clone()).collect();
        for connection in all {
            connection.close();
            self.look(&connection);
            self.end(connection.id(), None);
        }
        self.is_open = false;
    }

    // ---- sockets -------------------------------------------------------------------------------

    /// Reads every connection that is ready once, unless that becomes too much for one turn.
    fn read_sockets(&mut self) {
        let mut read = 0;
        for _ in 0..self.readable.len() {
            if read > TURN {
                return;
            }
            let Some(id) = self.readable.pop_front() else { return };
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            entry.is_listed = false;
            let found = entry.read(&mut self.pieces);
            read += self.pieces.iter().map(Piece::len).sum::<usize>();
            let received = self.pieces.drain(..);
            self.told.extend(received.map(|piece| PolledEvent::Received { connection: id, piece }));
            match found {
                Found::Nothing => {}
                Found::More => {
                    entry.is_listed = true;
                    self.readable.push_back(id);
                }
                Found::End(cause) => self.end(id, cause),
            }
        }
    }

    fn accept(&mut self, port: &Arc<Port>) {
        match port.accept() {
            Accepted::All => {}
            Accepted::Closed => {
                self.ports.remove(&port.id);
            }
            Accepted::Refused => self.refused.push((clock::now().wrapping_add(ACCEPT_PAUSE), port.id)),
        }
    }

    fn accept_again(&mut self) {
        if self.refused.is_empty() {
            return;
        }
        let now = clock::now();
        let due: Vec<_> = self.refused.extract_if(.., |(tick, _)| clock::passed(*tick, now)).collect();
        for (_, id) in due {
            if let Some(port) = self.ports.get(&id) {
                self.accept(&Arc::clone(port));
            }
        }
    }

    fn look_for_idle(&mut self) {
        let now = clock::latest();
        if !self.look_at.is_some_and(|tick| clock::passed(tick, now)) {
            return;
        }
        let mut next = None;
        for entry in self.entries.values_mut() {
            let (event, due) = entry.idle(now);
            self.told.extend(event);
            next = [next, due].into_iter().flatten().reduce(clock::earlier);
        }
        let soonest = now.wrapping_add(IDLE_STEP);
        self.look_at = next.map(|due| if clock::passed(due, soonest) { soonest } else { due });
    }
}
