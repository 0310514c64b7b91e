//! Accepts connections on one port.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::channel::{Channel, ConnectionOptions};
use super::driver::{self, Driver};
use super::inbound::Side;
use super::port::{self, Choice, PortProtocol};
use super::request::Handler;
use super::shared::{Closing, Shared};
use crate::codec::frame::{READONLY_BODY, WRITEABLE_BODY};
use crate::error::{Error, ErrorCode, Result};
use crate::transport::tcp;

/// How a listener accepts.
#[derive(Clone)]
pub struct ServerOptions {
    /// Where to listen; port 0 takes any free port.
    pub address: SocketAddr,
    /// Connections open at the same time; 0 for any number. One more is closed at once.
    pub accepts: usize,
    /// What both sides of a connection can choose.
    pub connection: ConnectionOptions,
    /// Runtimes over which the connections are spread, each new one to that with the fewest; the
    /// runtime of the caller when empty.
    pub io: Vec<Handle>,
    /// Other protocols on the same port. With any of them the first bytes decide, and telnet is not
    /// understood.
    pub protocols: Vec<Arc<dyn PortProtocol>>,
}

impl ServerOptions {
    /// The defaults of Dubbo for this address.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            accepts: 0,
            connection: ConnectionOptions::default(),
            io: Vec::new(),
            protocols: Vec::new(),
        }
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocols: Vec<_> = self.protocols.iter().map(|protocol| protocol.name()).collect();
        f.debug_struct("ServerOptions")
            .field("address", &self.address)
            .field("accepts", &self.accepts)
            .field("connection", &self.connection)
            .field("io", &self.io.len())
            .field("protocols", &protocols)
            .finish()
    }
}

/// A port on which calls arrive. Clones are the same port; it is closed with
/// [`ServerListener::close`] or when the last clone is dropped.
#[derive(Clone)]
pub struct ServerListener(Arc<Owner>);

/// Closes the port when nobody holds it any more. The tasks hold [`Core`] only.
struct Owner(Arc<Core>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.accepting.send_replace(false);
        self.0.each(|shared| shared.close(Closing::Now));
    }
}

struct Core {
    options: ServerOptions,
    connection_options: Arc<ConnectionOptions>,
    local: SocketAddr,
    handler: Arc<dyn Handler>,
    connections: Mutex<HashMap<u64, Arc<Shared>>>,
    /// Connections that were accepted and not recognised yet.
    undecided: AtomicUsize,
    /// Where connections live, and how many in each.
    io: Vec<(Handle, AtomicUsize)>,
    accepting: watch::Sender<bool>,
    /// False when the port is free again.
    listening: watch::Sender<bool>,
    /// The number of open connections, for those who wait for the last one.
    open: watch::Sender<usize>,
}

impl ServerListener {
    /// Listens, on the runtime of the caller.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Network`] when the address cannot be taken.
    pub fn bind(options: ServerOptions, handler: Arc<dyn Handler>) -> Result<Self> {
        let address = options.address;
        let failed = |cause| {
            Error::new(ErrorCode::Network, format!("Failed to bind {address}, cause: {cause}"))
                .caused_by(cause)
        };
        let listener = tcp::listen(address).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let io = if options.io.is_empty() { vec![Handle::current()] } else { options.io.clone() };
        let core = Arc::new(Core {
            io: io.into_iter().map(|handle| (handle, AtomicUsize::new(0))).collect(),
            connection_options: Arc::new(options.connection.clone()),
            options,
            local,
            handler,
            connections: Mutex::new(HashMap::new()),
            undecided: AtomicUsize::new(0),
            accepting: watch::Sender::new(true),
            listening: watch::Sender::new(true),
            open: watch::Sender::new(0),
        });
        tokio::spawn(accept_all(Port { core: core.clone(), listener: Some(listener) }));
        Ok(Self(Arc::new(Owner(core))))
    }

    /// The address on which connections are accepted.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.0.local
    }

    /// The connections that are open.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        self.0.0.connections.lock().values().cloned().map(Channel).collect()
    }

    /// Calls that arrived and are not answered yet.
    #[must_use]
    pub fn serving(&self) -> u32 {
        self.channels().iter().map(|channel| channel.0.in_flight().1).sum()
    }

    /// Tells all consumers to send new calls elsewhere. Calls that come nevertheless are served.
    pub fn send_readonly(&self) {
        self.0.0.each(|shared| shared.announce(READONLY_BODY));
    }

    /// Takes [`ServerListener::send_readonly`] back; understood by consumers of 3.2.1 and later.
    pub fn send_writeable(&self) {
        self.0.0.each(|shared| shared.announce(WRITEABLE_BODY));
    }

    /// Frees the port. Connections that are open stay; connections that still come are refused.
    pub fn stop_accepting(&self) {
        self.0.0.accepting.send_replace(false);
    }

    /// Stops accepting and ends all connections as soon as what was answered is written; after
    /// `timeout` also without. Idempotent.
    pub async fn close(&self, timeout: Duration) {
        let core = &self.0.0;
        let deadline = Instant::now() + timeout;
        self.stop_accepting();
        // The senders live in `core`, so waiting cannot fail.
        let _ = core.listening.subscribe().wait_for(|listening| !listening).await;
        let mut open = core.open.subscribe();
        core.each(|shared| shared.close(Closing::Flushed));
        let all_closed = tokio::time::timeout_at(deadline, open.wait_for(|open| *open == 0)).await.is_ok();
        if !all_closed {
            core.each(|shared| shared.close(Closing::Now));
            let _ = open.wait_for(|open| *open == 0).await;
        }
    }
}

impl fmt::Debug for ServerListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerListener").field("local", &self.0.0.local).finish_non_exhaustive()
    }
}

impl Core {
    fn each(&self, act: impl Fn(&Shared)) {
        let all: Vec<_> = self.connections.lock().values().cloned().collect();
        all.iter().for_each(|shared| act(shared));
    }

    fn is_accepting(&self) -> bool {
        *self.accepting.borrow()
    }
}

/// The listening socket; tells when it is closed, however its task ends.
struct Port {
    core: Arc<Core>,
    listener: Option<TcpListener>,
}

impl Drop for Port {
    fn drop(&mut self) {
        drop(self.listener.take());
        self.core.listening.send_replace(false);
    }
}

async fn accept_all(port: Port) {
    let (core, Some(listener)) = (&port.core, &port.listener) else { return };
    let mut accepting = core.accepting.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = accepting.wait_for(|accepting| !accepting) => return,
        };
        match accepted {
            Ok((stream, _)) => accept(core, stream),
            Err(error) => {
                // Most likely no file descriptor is left; trying again at once would spin.
                tracing::warn!(address = %core.local, %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Hands a new connection to the runtime with the fewest. Not by hash: consumers keep one
/// connection per process, and a handful of hashes is lopsided.
fn accept(core: &Arc<Core>, stream: TcpStream) {
    let load = |(_, load): &&(Handle, AtomicUsize)| load.load(Ordering::Relaxed);
    let Some((place, (runtime, _))) = core.io.iter().enumerate().min_by_key(|(_, io)| load(io)) else {
        return;
    };
    let begun = match core.io.len() {
        1 => begin(core, stream, place),
        // A socket belongs to the runtime in which it was registered.
        _ => stream.into_std().and_then(|stream| {
            let _inside = runtime.enter();
            begin(core, TcpStream::from_std(stream)?, place)
        }),
    };
    if let Err(error) = begun {
        tracing::debug!(%error, "a connection ended before it began");
    }
}

fn begin(core: &Arc<Core>, stream: TcpStream, place: usize) -> io::Result<()> {
    tcp::accepted(&stream)?;
    if core.options.protocols.is_empty() {
        return begin_dubbo(core, stream, place, Vec::new());
    }
    if let Some(undecided) = Undecided::new(core) {
        tokio::spawn(undecided.decide(stream, place));
    }
    Ok(())
}

fn begin_dubbo(core: &Arc<Core>, stream: TcpStream, place: usize, first: Vec<u8>) -> io::Result<()> {
    let handler = Some(core.handler.clone());
    let (shared, driver) =
        driver::open(Side::Server, stream, &core.connection_options, handler, Weak::new())?;
    if let Some(entry) = Entry::new(core, &shared, place) {
        tokio::spawn(Serving { driver: driver.after(first), _entry: entry });
    }
    Ok(())
}

/// A connection of which nobody knows yet what it speaks; it counts as one of those accepted.
struct Undecided(Arc<Core>);

impl Undecided {
    fn new(core: &Arc<Core>) -> Option<Self> {
        let this = Self(core.clone());
        let undecided = core.undecided.fetch_add(1, Ordering::Relaxed) + 1;
        let (max, open) = (core.options.accepts, core.connections.lock().len());
        (max == 0 || open + undecided <= max).then_some(this)
    }

    async fn decide(self, mut stream: TcpStream, place: usize) {
        let core = &self.0;
        let options = &core.options;
        let mut accepting = core.accepting.subscribe();
        let choice = tokio::select! {
            choice = port::choose(&mut stream, &options.protocols, options.connection.idle_timeout) => choice,
            _ = accepting.wait_for(|accepting| !accepting) => return,
        };
        let begun = match choice {
            Ok(Choice::Dubbo(first)) => {
                let core = self.0.clone();
                drop(self);
                begin_dubbo(&core, stream, place, first)
            }
            Ok(Choice::Other(protocol, first)) => {
                protocol.serve(stream, first.into());
                Ok(())
            }
            Ok(Choice::Nobody) => {
                tracing::warn!(address = %core.local, "Can not recognize protocol from downstream={:?}", stream.peer_addr());
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = begun {
            tracing::debug!(%error, "a connection ended before it was recognised");
        }
    }
}

impl Drop for Undecided {
    fn drop(&mut self) {
        self.0.undecided.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The task of an accepted connection.
struct Serving {
    driver: Driver,
    _entry: Entry,
}

impl Future for Serving {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.driver).poll(cx)
    }
}

/// The place of a connection in the table of its listener.
struct Entry {
    core: Arc<Core>,
    id: u64,
    /// Which runtime carries it.
    place: usize,
}

impl Entry {
    /// `None` when the listener has connections enough, or accepts no more.
    fn new(core: &Arc<Core>, shared: &Arc<Shared>, place: usize) -> Option<Self> {
        let mut connections = core.connections.lock();
        let (max, open) = (core.options.accepts, connections.len());
        let full = max > 0 && open >= max;
        // Under the lock: whoever closes all connections afterwards finds this one too.
        let taken = !full && core.is_accepting();
        if taken {
            connections.insert(shared.id, shared.clone());
            core.open.send_replace(connections.len());
        }
        drop(connections);
        if full {
            tracing::warn!(
                "Close channel {shared}, cause: The server {} connections greater than max config {max}",
                core.local
            );
        }
        if !taken {
            return None;
        }
        core.io[place].1.fetch_add(1, Ordering::Relaxed);
        Some(Self { core: core.clone(), id: shared.id, place })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.core.io[self.place].1.fetch_sub(1, Ordering::Relaxed);
        let mut connections = self.core.connections.lock();
        connections.remove(&self.id);
        self.core.open.send_replace(connections.len());
    }
}
