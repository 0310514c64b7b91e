//! Framed connections for the Dubbo transport: the native methods of `TransportNative`.
//!
//! Java's pump does the I/O: a loop is a queue whose `poll` waits for the sockets and reads them.

use std::cell::RefCell;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jni::objects::{JByteArray, JClass, JLongArray, JString};
use jni::sys::{jboolean, jint, jlong};
use jni::{Env, NativeMethod, native_method};
use parking_lot::RwLock;
use polydubbo::api::polled::{
    BodyLimits, Connection, ConnectionOptions, EventLoop, Listener, Piece, PolledEvent,
};
use polydubbo::api::{Error, ErrorCode};
use rustc_hash::FxHashMap;

use crate::boundary::{Result, Throw};
use crate::frame::Packer;
use crate::handles::Handles;
use crate::queue::{self, Source};
use crate::record::{Batch, Record};

/// Whole frames have arrived; payload: the frames. Flag `TRUNCATED`: only a header, whose body is skipped.
const FRAMES: u16 = 3;
/// A connection is there; owner: who accepted or made it; payload: its addresses.
const CONNECTED: u16 = 4;
/// A connection has ended; payload: why, empty if one side closed it.
const DISCONNECTED: u16 = 5;
/// Nothing has happened on a connection for the time that was asked for.
const IDLE: u16 = 6;
/// Bytes that had to wait are written; token: the position behind them.
const WRITTEN: u16 = 7;
/// Bytes outside of any frame have arrived; payload: the bytes.
const RAW: u16 = 8;

const TRUNCATED: u16 = 1 << 2;

static LOOPS: Handles<EventLoop> = Handles::new();
static LISTENERS: Handles<Listener> = Handles::new();
/// Connections by their own numbers, which are never used twice, until Java has learnt of their end.
static CONNECTIONS: RwLock<Option<FxHashMap<u64, Connection>>> = RwLock::new(None);

pub(crate) const METHODS: &[NativeMethod<'static>] = &[
    native_method! { static fn open_loop() -> jlong, error_policy = Throw },
    native_method! { static fn loop_queue(event_loop: jlong) -> jlong, error_policy = Throw },
    native_method! { static fn close_loop(event_loop: jlong), error_policy = Throw },
    native_method! {
        static fn bind(loops: jlong[], host: JString, port: jint, request_limit: jint, response_limit: jint,
            keep_alive: jboolean, idle_millis: jint, owner: jlong) -> jlong,
        error_policy = Throw
    },
    native_method! { static fn close_listener(listener: jlong), error_policy = Throw },
    native_method! {
        static fn connect(event_loop: jlong, host: JString, port: jint, timeout_millis: jint, request_limit: jint,
            response_limit: jint, idle_millis: jint, owner: jlong) -> jlong,
        error_policy = Throw
    },
    native_method! { static fn addresses(connection: jlong) -> jbyte[], error_policy = Throw },
    native_method! { static fn start(connection: jlong), error_policy = Throw },
    native_method! {
        static fn send(connection: jlong, bytes: jbyte[], length: jint) -> jlong, error_policy = Throw
    },
    native_method! {
        static fn await_written(connection: jlong, position: jlong, timeout_millis: jint) -> jboolean,
        error_policy = Throw
    },
    native_method! { static fn close(connection: jlong), error_policy = Throw },
    native_method! { static fn connections() -> jint, error_policy = Throw },
];

/// Makes a loop; it lives from being polled through its queue.
fn open_loop<'local>(_: &mut Env<'local>, _: JClass<'local>) -> Result<jlong> {
    Ok(LOOPS.insert(EventLoop::new()?))
}

/// The queue through which a loop is polled, until [`close_loop`]. Called once.
fn loop_queue<'local>(_: &mut Env<'local>, _: JClass<'local>, event_loop: jlong) -> Result<jlong> {
    Ok(queue::publish(Arc::new(LOOPS.get(event_loop)?)))
}

/// Ends a loop: its connections are closed; when Java has learnt of their ends its queue has ended too.
fn close_loop<'local>(_: &mut Env<'local>, _: JClass<'local>, event_loop: jlong) -> Result<()> {
    if let Some(event_loop) = LOOPS.remove(event_loop) {
        event_loop.close();
    }
    Ok(())
}

/// Listens; connections are spread over the loops.
#[expect(clippy::too_many_arguments, reason = "a structure would have to be packed and unpacked")]
fn bind<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    loops: JLongArray<'local>,
    host: JString<'local>,
    port: jint,
    request_limit: jint,
    response_limit: jint,
    keep_alive: jboolean,
    idle_millis: jint,
    owner: jlong,
) -> Result<jlong> {
    let mut numbers = vec![0; loops.len(env)?];
    loops.get_region(env, 0, &mut numbers)?;
    let loops = numbers.into_iter().map(|number| LOOPS.get(number)).collect::<Result<Vec<_>, _>>()?;
    let options = ConnectionOptions {
        limits: limits(request_limit, response_limit),
        keep_alive,
        all_idle: millis(idle_millis),
        ..ConnectionOptions::default()
    };
    let address = address(&host.try_to_string(env)?, port)?;
    Ok(LISTENERS.insert(Listener::bind(&loops, address, options, owner as u64)?))
}

/// Frees a port; open connections stay.
fn close_listener<'local>(_: &mut Env<'local>, _: JClass<'local>, listener: jlong) -> Result<()> {
    drop(LISTENERS.remove(listener));
    Ok(())
}

/// Connects, blocking; the connection does nothing before [`start`].
#[expect(clippy::too_many_arguments, reason = "a structure would have to be packed and unpacked")]
fn connect<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    event_loop: jlong,
    host: JString<'local>,
    port: jint,
    timeout_millis: jint,
    request_limit: jint,
    response_limit: jint,
    idle_millis: jint,
    owner: jlong,
) -> Result<jlong> {
    let event_loop = LOOPS.get(event_loop)?;
    let options = ConnectionOptions {
        limits: limits(request_limit, response_limit),
        keep_alive: true,
        read_idle: millis(idle_millis),
        ..ConnectionOptions::default()
    };
    let host = host.try_to_string(env)?;
    let timeout = millis(timeout_millis);
    let connection =
        Connection::connect(&event_loop, &host, port_number(port)?, timeout, options, owner as u64)?;
    Ok(keep(connection))
}

/// Addresses of both ends, as in the payload of `CONNECTED`.
fn addresses<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    connection: jlong,
) -> Result<JByteArray<'local>> {
    Ok(env.byte_array_from_slice(&packed_addresses(&get(connection)?))?)
}

/// Hands a connection that Java made to its loop.
fn start<'local>(_: &mut Env<'local>, _: JClass<'local>, connection: jlong) -> Result<()> {
    let started = get(connection)?.start();
    if started.is_err() {
        forget(connection as u64);
    }
    Ok(started?)
}

/// Sends the first bytes of an array. Gives the position behind them in the outgoing stream, negative if they have to wait
/// for a peer that does not read.
fn send<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    connection: jlong,
    bytes: JByteArray<'local>,
    length: jint,
) -> Result<jlong> {
    thread_local! {
        static SCRATCH: RefCell<Vec<i8>> = const { RefCell::new(Vec::new()) };
    }
    let connection = get(connection)?;
    let length = usize::try_from(length).unwrap_or(0);
    let sent = SCRATCH.with_borrow_mut(|scratch| -> Result<_> {
        if scratch.len() < length {
            scratch.resize(length, 0);
        }
        bytes.get_region(env, 0, &mut scratch[..length])?;
        let sent = connection.send(unsigned(&scratch[..length]))?;
        if scratch.len() > KEPT {
            *scratch = Vec::new();
        }
        Ok(sent)
    })?;
    let position = sent.position as jlong;
    Ok(if sent.waits { -position } else { position })
}

/// A larger buffer is given back after use.
const KEPT: usize = 64 * 1024;

/// Java's bytes are signed.
fn unsigned(bytes: &[i8]) -> &[u8] {
    // SAFETY: both have the same size, alignment and valid values.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

/// Blocks until the outgoing stream is written up to a position; false if that did not happen.
fn await_written<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    connection: jlong,
    position: jlong,
    timeout_millis: jint,
) -> Result<jboolean> {
    Ok(get(connection)?.wait_written(position as u64, millis(timeout_millis)))
}

/// Ends a connection. Nothing happens if it has ended.
fn close<'local>(_: &mut Env<'local>, _: JClass<'local>, connection: jlong) -> Result<()> {
    if let Ok(connection) = get(connection) {
        connection.close();
    }
    Ok(())
}

/// Connections of whose end Java has not learnt; 0 when nothing leaks.
fn connections<'local>(_: &mut Env<'local>, _: JClass<'local>) -> Result<jint> {
    Ok(CONNECTIONS.read().as_ref().map_or(0, FxHashMap::len) as jint)
}

impl Source for EventLoop {
    fn poll(&self, timeout: Duration, max: usize, batch: &mut Batch<'_>) -> bool {
        let mut events = Vec::new();
        let is_open = Self::poll(self, timeout, max, &mut events);
        events.into_iter().for_each(|event| batch.push(record(event)));
        is_open
    }

    fn close(&self) {
        Self::close(self);
    }
}

fn record(event: PolledEvent) -> Record {
    match event {
        PolledEvent::Connected { connection, owner } => {
            let payload = packed_addresses(&connection);
            let connection = keep(connection) as u64;
            Record { kind: CONNECTED, owner, connection, payload, ..Record::default() }
        }
        PolledEvent::Received { connection, piece } => {
            let (kind, flags, payload) = match piece {
                Piece::Frames(bytes) => (FRAMES, 0, bytes),
                Piece::Truncated(bytes) => (FRAMES, TRUNCATED, bytes),
                Piece::Raw(bytes) => (RAW, 0, bytes),
            };
            Record { kind, flags, connection, payload, ..Record::default() }
        }
        PolledEvent::Written { connection, position } => {
            Record { kind: WRITTEN, connection, token: position, ..Record::default() }
        }
        PolledEvent::Idle { connection } => Record { kind: IDLE, connection, ..Record::default() },
        PolledEvent::Disconnected { connection, cause } => {
            forget(connection);
            let payload = cause.map(|cause| Bytes::from(cause.to_string())).unwrap_or_default();
            Record { kind: DISCONNECTED, connection, payload, ..Record::default() }
        }
    }
}

fn keep(connection: Connection) -> jlong {
    let id = connection.id();
    CONNECTIONS.write().get_or_insert_default().insert(id, connection);
    id as jlong
}

fn get(connection: jlong) -> Result<Connection> {
    let connections = CONNECTIONS.read();
    let connection = connections.as_ref().and_then(|connections| connections.get(&(connection as u64)));
    let closed = || Error::new(ErrorCode::Closed, "the connection has ended");
    connection.cloned().ok_or_else(|| closed().into())
}

fn forget(connection: u64) {
    let forgotten = CONNECTIONS.write().as_mut().and_then(|connections| connections.remove(&connection));
    // Dropped here, outside the lock.
    drop(forgotten);
}

fn packed_addresses(connection: &Connection) -> Bytes {
    let mut packer = Packer::default();
    for address in [connection.local_addr(), connection.remote_addr()] {
        packer.text(&address.ip().to_string());
        packer.int(address.port().into());
    }
    packer.finish()
}

/// The first address of a host, for listening.
fn address(host: &str, port: jint) -> Result<SocketAddr> {
    let unknown = |cause| {
        Error::new(ErrorCode::Network, format!("the host {host} has no address to listen on"))
            .caused_by(cause)
    };
    let mut addresses = (host, port_number(port)?).to_socket_addrs().map_err(unknown)?;
    let none = || Error::new(ErrorCode::Network, format!("the host {host} has no address to listen on"));
    Ok(addresses.next().ok_or_else(none)?)
}

fn port_number(port: jint) -> Result<u16> {
    let wrong = |_| Error::new(ErrorCode::InvalidArgument, format!("{port} is not a port"));
    Ok(u16::try_from(port).map_err(wrong)?)
}

/// Dubbo's limits: none if not positive.
fn limits(request: jint, response: jint) -> BodyLimits {
    let limit = |limit: jint| u32::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(u32::MAX);
    BodyLimits { request: limit(request), response: limit(response) }
}

fn millis(millis: jint) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
