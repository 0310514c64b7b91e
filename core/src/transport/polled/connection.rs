//! One connection, as all threads see it: sending and closing.

use std::fmt;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use parking_lot::{Condvar, Mutex, MutexGuard};
use socket2::SockRef;

use super::desk::{Desk, Letter};
use super::outgoing::{Outgoing, Run};
use super::{ConnectionOptions, EventLoop};
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::clock::{self, Tick};

/// A connection of an [`EventLoop`]. Clones are the same connection; it ends when one side closes it, not when it is
/// dropped.
#[derive(Clone)]
pub struct Connection(pub(super) Arc<Shared>);

/// How far bytes have come that were accepted for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The position in the outgoing stream behind them.
    pub position: u64,
    /// The peer does not read: they wait until it does. [`PolledEvent::Written`](super::PolledEvent::Written) tells when
    /// they are written. Otherwise they are written, or about to be.
    pub waits: bool,
}

pub(super) struct Shared {
    pub(super) id: u64,
    local: SocketAddr,
    remote: SocketAddr,
    pub(super) desk: Arc<Desk>,
    state: Mutex<State>,
    /// Told when bytes were written, and at the end.
    progress: Condvar,
}

/// Who writes to the socket; the others append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    Nobody,
    /// A thread that sends.
    Sender,
    /// The thread of the loop, now or soon.
    Loop,
}

struct State {
    /// Absent until the loop knows it, and after the end, so that the socket closes although connections are held.
    socket: Option<Arc<TcpStream>>,
    /// What a new connection brings along for its loop.
    arriving: Option<(TcpStream, ConnectionOptions, u64)>,
    writer: Writer,
    /// The socket has no room.
    stalled: bool,
    closing: bool,
    ended: bool,
    failure: Option<io::Error>,
    out: Outgoing,
    /// The last position of which a sender was told that it waits, and the last one that was reported as written.
    watched: u64,
    told: u64,
    wrote_at: Tick,
}

/// What the loop finds when it has flushed.
pub(super) enum Flushed {
    /// The connection goes on; the position to be reported.
    Goes(Option<u64>),
    /// The connection ends, by this side or by an error.
    Ends(Option<io::Error>),
}

/// Buffers that one sender writes for others before the loop must do it.
const ROUNDS: usize = 2;

impl Connection {
    /// Connects to the first address of a host that answers, blocking for at most `timeout`. The connection does nothing
    /// before [`Connection::start`].
    ///
    /// # Errors
    /// [`ErrorCode::Network`], with `timeout_ms` in its context if nobody answered in time.
    pub fn connect(
        event_loop: &EventLoop,
        host: &str,
        port: u16,
        timeout: Duration,
        options: ConnectionOptions,
        owner: u64,
    ) -> Result<Self> {
        let stream = dial(host, port, timeout).map_err(|cause| {
            let text = format!("{}: {host}:{port}", reason(&cause));
            let error = Error::new(ErrorCode::Network, text);
            let is_late = cause.kind() == io::ErrorKind::TimedOut;
            let error = if is_late { error.with("timeout_ms", timeout.as_millis()) } else { error };
            error.caused_by(cause)
        })?;
        let unusable =
            |cause| Error::new(ErrorCode::Network, "the new connection cannot be used").caused_by(cause);
        stream.set_nonblocking(true).map_err(unusable)?;
        Self::new(event_loop.desk(), TcpStream::from_std(stream), options, owner).map_err(unusable)
    }

    pub(super) fn new(
        desk: &Arc<Desk>,
        socket: TcpStream,
        options: ConnectionOptions,
        owner: u64,
    ) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(FIRST_ID);
        socket.set_nodelay(true)?;
        SockRef::from(&socket).set_keepalive(options.keep_alive)?;
        let (local, remote) = (socket.local_addr()?, socket.peer_addr()?);
        let state = State {
            socket: None,
            arriving: Some((socket, options, owner)),
            writer: Writer::Loop,
            stalled: false,
            closing: false,
            ended: false,
            failure: None,
            out: Outgoing::default(),
            watched: 0,
            told: 0,
            wrote_at: clock::now(),
        };
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let desk = Arc::clone(desk);
        Ok(Self(Arc::new(Shared {
            id,
            local,
            remote,
            desk,
            state: Mutex::new(state),
            progress: Condvar::new(),
        })))
    }

    /// Hands the connection to its loop. What was sent before is written then. Does nothing the second time.
    ///
    /// # Errors
    /// [`ErrorCode::Closed`] when the loop is closed; the socket is closed then.
    pub fn start(&self) -> Result<()> {
        let Some((socket, options, owner)) = self.lock().arriving.take() else { return Ok(()) };
        self.0.desk.joined();
        let letter = Letter::Open { connection: self.clone(), socket, options, owner };
        self.0.desk.leave(letter).map_err(|_| {
            self.0.desk.left();
            self.finish();
            Error::new(ErrorCode::Closed, "the event loop of the connection is closed")
        })
    }

    /// A number that no other connection of the process has.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The address of this side.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// The address of the peer.
    #[must_use]
    pub fn remote_addr(&self) -> SocketAddr {
        self.0.remote
    }

    /// Sends bytes, mostly a whole frame: bytes of different calls never mix. Does not block.
    ///
    /// # Errors
    /// [`ErrorCode::Closed`] after the end; [`ErrorCode::Network`] when the socket fails;
    /// [`ErrorCode::LimitExceeded`] while more than 64 MiB wait for a peer that does not read.
    pub fn send(&self, bytes: &[u8]) -> Result<Sent> {
        let mut state = self.lock();
        self.admit(&state)?;
        let position = state.out.accept(bytes.len());
        if state.writer == Writer::Nobody && !self.0.desk.will_look_soon() {
            self.write_alone(&mut state, bytes)?;
        } else {
            state.out.append(bytes);
            if state.writer == Writer::Nobody {
                self.hand_over(&mut state);
            }
        }
        let waits = state.stalled && state.out.written() < position;
        if waits {
            state.watched = position;
        }
        Ok(Sent { position, waits })
    }

    /// Blocks until the outgoing stream is written up to `position`; false when that did not happen within `timeout`, or
    /// the connection has ended before. Never call it on the thread of the loop.
    #[must_use]
    pub fn wait_written(&self, position: u64, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        while state.out.written() < position && !state.ended {
            if self.0.progress.wait_until(&mut state, deadline).timed_out() {
                break;
            }
        }
        state.out.written() >= position
    }

    /// Ends the connection once what was sent is written, as far as the peer reads it. Does not wait for that. Idempotent.
    pub fn close(&self) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.closing, true) {
            return;
        }
        let never_started = state.arriving.take().is_some();
        drop(state);
        if never_started {
            self.finish();
        } else {
            self.call_loop();
        }
    }

    /// False once this side has closed it or the loop knows that it has ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let state = self.lock();
        !state.closing && !state.ended
    }

    fn admit(&self, state: &State) -> Result<()> {
        if state.closing || state.ended {
            return Err(Error::new(ErrorCode::Closed, format!("Channel closed. channel: {self}")));
        }
        if state.out.is_congested() {
            let text = format!("the peer does not read, too much waits to be written. channel: {self}");
            return Err(Error::new(ErrorCode::LimitExceeded, text));
        }
        Ok(())
    }

    /// Writes bytes that were accepted but not appended, and then what others have appended meanwhile.
    fn write_alone(&self, state: &mut MutexGuard<'_, State>, bytes: &[u8]) -> Result<()> {
        let Some(socket) = state.socket.clone() else {
            state.out.append(bytes);
            self.hand_over(state);
            return Ok(());
        };
        state.writer = Writer::Sender;
        let mut done = self.write(state, &socket, bytes);
        if let Some(&written) = done.as_ref().ok().filter(|written| **written < bytes.len()) {
            state.out.give_back(Run::from(&bytes[written..]));
        }
        for _ in 0..ROUNDS {
            if done.is_err() || state.stalled {
                break;
            }
            let Some(run) = state.out.take() else { break };
            done = self.write_run(state, &socket, run);
        }
        if let Err(error) = done {
            let text = reason(&error);
            state.failure = Some(error);
            self.hand_over(state);
            return Err(Error::new(ErrorCode::Network, text));
        }
        if state.out.is_empty() && !state.closing {
            state.writer = Writer::Nobody;
        } else {
            self.hand_over(state);
        }
        Ok(())
    }

    /// Writes with the lock released, until the socket has no room; gives the number of bytes.
    fn write(
        &self,
        state: &mut MutexGuard<'_, State>,
        socket: &TcpStream,
        bytes: &[u8],
    ) -> io::Result<usize> {
        let (written, result) = MutexGuard::unlocked(state, || write_some(socket, bytes));
        state.out.wrote(written);
        state.wrote_at = clock::now();
        state.stalled = written < bytes.len();
        self.0.progress.notify_all();
        result.map(|()| written)
    }

    fn write_run(
        &self,
        state: &mut MutexGuard<'_, State>,
        socket: &TcpStream,
        mut run: Run,
    ) -> io::Result<usize> {
        let written = self.write(state, socket, run.left())?;
        run.advance(written);
        state.out.give_back(run);
        Ok(written)
    }

    fn hand_over(&self, state: &mut State) {
        state.writer = Writer::Loop;
        self.call_loop();
    }

    fn call_loop(&self) {
        // A closed loop ends its connections by itself.
        drop(self.0.desk.leave(Letter::Look(self.clone())));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock()
    }

    // ---- for the thread of the loop ------------------------------------------------------------

    /// Lets senders use the socket.
    pub(super) fn joined(&self, socket: &Arc<TcpStream>) {
        self.lock().socket = Some(Arc::clone(socket));
    }

    /// Writes what waits until the socket has no room, unless a sender is about to.
    pub(super) fn flush(&self) -> Flushed {
        let mut state = self.lock();
        if state.writer == Writer::Sender {
            // It calls again when it cannot finish, or finds that the connection is to end.
            return Flushed::Goes(None);
        }
        if let Some(failure) = state.failure.take() {
            return Flushed::Ends(Some(failure));
        }
        let Some(socket) = state.socket.clone() else { return Flushed::Goes(None) };
        state.writer = Writer::Loop;
        state.stalled = false;
        while !state.stalled {
            let Some(run) = state.out.take() else { break };
            if let Err(error) = self.write_run(&mut state, &socket, run) {
                return Flushed::Ends(Some(error));
            }
        }
        if !state.stalled {
            state.writer = Writer::Nobody;
        }
        if state.closing {
            return Flushed::Ends(None);
        }
        let (written, told) = (state.out.written(), state.told);
        let news = state.watched > told && written > told;
        if news {
            state.told = written;
        }
        Flushed::Goes(news.then_some(written))
    }

    /// True when the socket had no room at the latest attempt of the loop.
    pub(super) fn is_stalled(&self) -> bool {
        self.lock().stalled
    }

    /// When something was written last.
    pub(super) fn wrote_at(&self) -> Tick {
        self.lock().wrote_at
    }

    /// Notes the end and releases whoever waits.
    pub(super) fn finish(&self) {
        let mut state = self.lock();
        state.ended = true;
        let socket = state.socket.take();
        state.out = Outgoing::default();
        drop(state);
        self.0.progress.notify_all();
        if let Some(socket) = socket {
            // A sender may still hold the socket for the time of a write.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.0.local, self.0.remote)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({} {self})", self.0.id)
    }
}

/// Small numbers are those of ports and of the waker of a loop.
const FIRST_ID: u64 = 1 << 20;

fn dial(host: &str, port: u16, timeout: Duration) -> io::Result<std::net::TcpStream> {
    let deadline = Instant::now() + timeout;
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match std::net::TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Writes until the socket has no room; how much, and whether that went well.
fn write_some(mut socket: &TcpStream, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match socket.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// The text of a system error without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
