//! Accepting connections on one port.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mio::net::{TcpListener, TcpStream};
use parking_lot::Mutex;

use super::connection::{Connection, reason};
use super::desk::{Desk, Letter};
use super::{ConnectionOptions, EventLoop};
use crate::error::{Error, ErrorCode, Result};
use crate::transport::tcp;

/// A port whose connections are spread over event loops, each new one to that with the fewest. It is closed with
/// [`Listener::close`] or when it is dropped; connections that are open stay.
pub struct Listener(Arc<Port>);

/// What the loop that accepts knows of a port.
pub(super) struct Port {
    pub(super) id: usize,
    local: SocketAddr,
    /// Absent after the end, so that the port is free at once, whatever the loop does.
    pub(super) socket: Mutex<Option<TcpListener>>,
    owner: u64,
    options: ConnectionOptions,
    desks: Vec<Arc<Desk>>,
}

impl Listener {
    /// Listens; the first of `loops` accepts. Port 0 takes any free port.
    ///
    /// # Errors
    /// [`ErrorCode::Network`] when the address cannot be taken, [`ErrorCode::Closed`] when the first loop is closed,
    /// [`ErrorCode::InvalidArgument`] without any loop.
    pub fn bind(
        loops: &[EventLoop],
        address: SocketAddr,
        options: ConnectionOptions,
        owner: u64,
    ) -> Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let failed = |cause: io::Error| {
            Error::new(ErrorCode::Network, format!("Failed to bind {address}, cause: {}", reason(&cause)))
                .caused_by(cause)
        };
        let desks: Vec<_> = loops.iter().map(|event_loop| Arc::clone(event_loop.desk())).collect();
        let Some(first) = desks.first().cloned() else {
            return Err(Error::new(ErrorCode::InvalidArgument, "a port needs at least one event loop"));
        };
        let listener = tcp::listen_std(address).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let port = Arc::new(Port {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            local,
            socket: Mutex::new(Some(TcpListener::from_std(listener))),
            owner,
            options,
            desks,
        });
        let closed = |_| Error::new(ErrorCode::Closed, "the event loop of the port is closed");
        first.leave(Letter::Listen(Arc::clone(&port))).map_err(closed)?;
        Ok(Self(port))
    }

    /// The address on which connections are accepted.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// Frees the port.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("local", &self.0.local).finish_non_exhaustive()
    }
}

/// What became of accepting.
pub(super) enum Accepted {
    /// Everybody who waited is in.
    All,
    /// The port is closed.
    Closed,
    /// The system refuses for the moment.
    Refused,
}

impl Port {
    fn close(&self) {
        drop(self.socket.lock().take());
    }

    /// Accepts all that wait. Runs on the thread of the first loop.
    pub(super) fn accept(&self) -> Accepted {
        let socket = self.socket.lock();
        let Some(listener) = &*socket else { return Accepted::Closed };
        loop {
            match listener.accept() {
                Ok((stream, _)) => self.begin(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Accepted::All,
                // The peer that gave up, or a signal: the next one may be there.
                Err(error) if is_passing(error.kind()) => {}
                Err(error) => {
                    tracing::warn!(address = %self.local, %error, "a connection could not be accepted");
                    return Accepted::Refused;
                }
            }
        }
    }

    fn begin(&self, stream: TcpStream) {
        let Some(desk) = self.desks.iter().min_by_key(|desk| desk.load()) else { return };
        let begun = Connection::new(desk, stream, self.options, self.owner);
        let started = begun.map(|connection| connection.start());
        if !matches!(started, Ok(Ok(()))) {
            tracing::debug!(address = %self.local, "a connection ended before it began");
        }
    }
}

fn is_passing(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
