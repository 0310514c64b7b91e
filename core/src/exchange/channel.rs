//! One TCP connection, as callers and handlers hold it.

use std::any::{Any, TypeId};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::body::Body;
use super::call::Call;
use super::connection::Bounds;
use super::shared::{Closing, Shared};
use super::slots::IdFormat;
use crate::codec::frame;
use crate::error::Result;

/// Whether callers wait for one another before bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coalesce {
    /// While several calls are in flight, the others get one turn of the scheduler to add their
    /// frames to the same write.
    #[default]
    Adaptive,
    /// Write as soon as the task that owns the socket runs; for runtimes with long-running tasks.
    Off,
}

/// What both ends of a connection can choose.
#[derive(Debug, Clone)]
pub struct ConnectionOptions {
    /// Largest body in either direction, in bytes; Dubbo's `payload`.
    pub payload: u32,
    /// The client asks for a sign of life when nothing was read for this long; zero: never.
    pub heartbeat: Duration,
    /// The client reconnects when nothing was read, the server closes when nothing was read or
    /// written for this long; zero: never.
    pub idle_timeout: Duration,
    /// See [`Coalesce`].
    pub coalesce: Coalesce,
    /// Calls that may wait for an answer at the same time on one connection.
    pub max_in_flight: u32,
    /// Keep ids below 2^31, for peers that do not keep more bits.
    pub narrow_ids: bool,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            payload: frame::DEFAULT_PAYLOAD,
            heartbeat: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(180),
            coalesce: Coalesce::Adaptive,
            max_in_flight: 4096,
            narrow_ids: false,
        }
    }
}

impl ConnectionOptions {
    pub(super) const fn bounds(&self) -> Bounds {
        const MIB: u64 = 1024 * 1024;
        Bounds { max_in_flight: self.max_in_flight, congested: 4 * MIB, relieved: MIB }
    }

    pub(super) fn id_format(&self) -> IdFormat {
        let salt = fastrand::u64(..);
        if self.narrow_ids { IdFormat::narrow(salt) } else { IdFormat::wide(salt) }
    }
}

/// One TCP connection of a client or a listener. Clones are the same connection.
#[derive(Clone)]
pub struct Channel(pub(super) Arc<Shared>);

impl Channel {
    /// A number that no other connection of this process has.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The address of this end.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.ends.local
    }

    /// The address of the peer.
    #[must_use]
    pub fn remote_addr(&self) -> SocketAddr {
        self.0.ends.remote
    }

    /// True until the connection ends.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// True when the peer announced that it will stop and prefers new calls to go elsewhere.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.0.is_read_only()
    }

    /// Calls the peer; also a provider may call its consumer, which is how callbacks work. The
    /// request is sent when the future is first polled; dropping the future cancels the call.
    pub fn request(&self, body: Body, timeout: Duration) -> Call {
        Call::on_channel(self.0.clone(), body, timeout)
    }

    /// Sends a call without an answer.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Network`] when the connection has ended or the body is too large,
    /// [`ErrorCode::LimitExceeded`] when too much waits to be written.
    ///
    /// [`ErrorCode::Network`]: crate::error::ErrorCode::Network
    /// [`ErrorCode::LimitExceeded`]: crate::error::ErrorCode::LimitExceeded
    pub fn oneway(&self, body: &Body) -> Result<()> {
        self.0.send_oneway(&body.parts()).map(drop)
    }

    /// Data of type `T` that belongs to this connection, made by `make` at the first use.
    pub fn extension<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.0.extensions.get_or_insert(make)
    }

    /// Data of type `T` that belongs to this connection, if there is any.
    #[must_use]
    pub fn find_extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.extensions.get()
    }

    /// Ends the connection as soon as everything accepted so far is written. Calls in flight fail.
    pub fn close(&self) {
        self.0.close(Closing::Flushed);
    }
}

impl PartialEq for Channel {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Channel {}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Channel {
    /// As Dubbo prints a channel in its error texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

/// Typed data of one connection: a handful at most, so a vector does.
#[derive(Default)]
pub(super) struct Extensions(Mutex<Vec<(TypeId, Arc<dyn Any + Send + Sync>)>>);

impl Extensions {
    fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let all = self.0.lock();
        let (_, found) = all.iter().find(|(key, _)| *key == TypeId::of::<T>())?;
        found.clone().downcast().ok()
    }

    fn get_or_insert<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        if let Some(found) = self.get() {
            return found;
        }
        // Made without the lock, since it is foreign code; whoever is first stays.
        let made = Arc::new(make());
        let mut all = self.0.lock();
        let key = TypeId::of::<T>();
        let found = all.iter().find(|(k, _)| *k == key).and_then(|(_, any)| any.clone().downcast().ok());
        found.unwrap_or_else(|| {
            all.push((key, made.clone()));
            made
        })
    }
}
