//! Real sockets on the loopback interface. The peer is a plain blocking socket, or a connection of a second loop.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::*;
use crate::codec::frame::{FrameHeader, HESSIAN2};
use crate::error::ErrorCode;

/// A host: a thread that polls a loop and hands the events over.
struct Host {
    event_loop: EventLoop,
    events: Receiver<PolledEvent>,
    thread: Option<JoinHandle<()>>,
}

const LONG: Duration = Duration::from_secs(20);

impl Host {
    fn start() -> Self {
        let (sender, events) = channel();
        let event_loop = EventLoop::new().expect("a loop");
        let thread = std::thread::spawn({
            let event_loop = event_loop.clone();
            move || drain(&event_loop, &sender)
        });
        Self { event_loop, events, thread: Some(thread) }
    }

    fn listen(&self, options: ConnectionOptions) -> Listener {
        Listener::bind(std::slice::from_ref(&self.event_loop), any_port(), options, 7).expect("a port")
    }

    fn connect(&self, port: u16) -> Connection {
        let options = ConnectionOptions::default();
        let connection = Connection::connect(&self.event_loop, "127.0.0.1", port, LONG, options, 8);
        let connection = connection.expect("connected");
        connection.start().expect("the loop is open");
        connection
    }

    fn next(&self) -> PolledEvent {
        self.events.recv_timeout(LONG).expect("an event")
    }

    fn connected(&self) -> Connection {
        match self.next() {
            PolledEvent::Connected { connection, .. } => connection,
            other => panic!("{other:?}"),
        }
    }

    fn piece(&self) -> Piece {
        match self.next() {
            PolledEvent::Received { piece, .. } => piece,
            other => panic!("{other:?}"),
        }
    }

    fn disconnected(&self) -> Option<Error> {
        match self.next() {
            PolledEvent::Disconnected { cause, .. } => cause,
            other => panic!("{other:?}"),
        }
    }

    /// Whole frames, however they were cut, until there are so many bytes.
    fn frames(&self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            match self.piece() {
                Piece::Frames(frames) => bytes.extend_from_slice(&frames),
                other => panic!("{other:?}"),
            }
        }
        bytes
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.event_loop.close();
        self.thread.take().map(JoinHandle::join);
    }
}

fn drain(event_loop: &EventLoop, sender: &Sender<PolledEvent>) {
    let mut events = Vec::new();
    while event_loop.poll(LONG, 3, &mut events) {
        assert!(events.len() <= 3, "never more than asked for");
        for event in events.drain(..) {
            // Nobody listens any more at the end of a test.
            let _ = sender.send(event);
        }
    }
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn frame(id: i64, length: usize) -> Vec<u8> {
    let header = FrameHeader::request(id, HESSIAN2, true, length as u32);
    [&header.encode()[..], &vec![id as u8; length]].concat()
}

/// A server host with one plain client.
fn served(options: ConnectionOptions) -> (Host, TcpStream, Connection) {
    let host = Host::start();
    let listener = host.listen(options);
    let client = TcpStream::connect(listener.local_addr()).expect("connected");
    let connection = host.connected();
    (host, client, connection)
}

fn read_exactly(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).expect("bytes");
    bytes
}

#[test]
fn frames_travel_both_ways_and_both_sides_learn_of_the_end() {
    let (server, client) = (Host::start(), Host::start());
    let listener = server.listen(ConnectionOptions::default());
    let out = client.connect(listener.local_addr().port());
    assert_eq!(client.connected().id(), out.id());
    let accepted = server.connected();
    assert_eq!(accepted.remote_addr(), out.local_addr());
    let request = frame(1, 300);
    let sent = out.send(&request).expect("sent");
    assert_eq!(sent, Sent { position: 316, waits: false });
    assert_eq!(server.frames(316), request);
    accepted.send(&frame(2, 5)).expect("sent");
    assert_eq!(client.frames(21), frame(2, 5));
    out.close();
    assert!(client.disconnected().is_none());
    assert!(server.disconnected().is_none());
    assert!(!out.is_open() && !accepted.is_open());
    assert_eq!(out.send(&request).unwrap_err().code(), ErrorCode::Closed);
    assert_eq!((server.event_loop.connections(), client.event_loop.connections()), (0, 0));
}

#[test]
fn many_senders_never_mix_their_frames() {
    const SENDERS: usize = 8;
    const FRAMES: usize = 300;
    let (server, client) = (Host::start(), Host::start());
    let listener = server.listen(ConnectionOptions::default());
    let connection = client.connect(listener.local_addr().port());
    server.connected();
    let sizes = [0, 1, 100, 5000, 70_000];
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let connection = &connection;
            scope.spawn(move || {
                for turn in 0..FRAMES {
                    connection.send(&frame(sender as i64, sizes[turn % sizes.len()])).expect("sent");
                }
            });
        }
    });
    let per_sender: usize = (0..FRAMES).map(|turn| 16 + sizes[turn % sizes.len()]).sum();
    let bytes = server.frames(SENDERS * per_sender);
    let mut turns = [0; SENDERS];
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let sender = rest[11] as usize;
        let length = sizes[turns[sender] % sizes.len()];
        assert_eq!(rest[..16 + length], frame(sender as i64, length), "in order for each sender");
        turns[sender] += 1;
        rest = &rest[16 + length..];
    }
    assert_eq!(turns, [FRAMES; SENDERS]);
}

#[test]
fn what_is_sent_before_the_loop_knows_the_connection_is_written_later() {
    let server = Host::start();
    let listener = server.listen(ConnectionOptions::default());
    let client = Host::start();
    let port = listener.local_addr().port();
    let options = ConnectionOptions::default();
    let connection = Connection::connect(&client.event_loop, "127.0.0.1", port, LONG, options, 8).unwrap();
    let sent = connection.send(&frame(1, 10)).expect("accepted");
    assert!(!connection.wait_written(sent.position, Duration::ZERO));
    connection.start().unwrap();
    connection.start().expect("the second time does nothing");
    assert!(connection.wait_written(sent.position, LONG));
    server.connected();
    assert_eq!(server.frames(26), frame(1, 10));
}

#[test]
fn who_sends_to_a_peer_that_does_not_read_learns_when_it_is_written() {
    let (host, mut client, connection) = served(ConnectionOptions::default());
    let large = frame(1, 1_000_000);
    let mut sent = connection.send(&large).expect("sent");
    let mut count = 1;
    while !sent.waits {
        sent = connection.send(&large).expect("sent");
        count += 1;
    }
    assert!(!connection.wait_written(sent.position, Duration::from_millis(1)));
    for _ in 0..count {
        assert!(read_exactly(&mut client, large.len()) == large);
    }
    assert!(connection.wait_written(sent.position, LONG));
    loop {
        match host.next() {
            PolledEvent::Written { position, .. } if position >= sent.position => break,
            PolledEvent::Written { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn too_much_for_a_peer_that_does_not_read_is_refused() {
    let (_host, _client, connection) = served(ConnectionOptions::default());
    let large = vec![0; 1 << 20];
    let refused = (0..100).find_map(|_| connection.send(&large).err());
    assert_eq!(refused.expect("not more than 64 MiB").code(), ErrorCode::LimitExceeded);
    connection.close();
}

#[test]
fn nothing_is_read_while_the_host_does_not_poll() {
    let event_loop = EventLoop::new().unwrap();
    let listener =
        Listener::bind(std::slice::from_ref(&event_loop), any_port(), ConnectionOptions::default(), 7)
            .unwrap();
    let mut client = TcpStream::connect(listener.local_addr()).unwrap();
    let mut events = Vec::new();
    while events.is_empty() {
        event_loop.poll(LONG, 1, &mut events);
    }
    client.set_nonblocking(true).unwrap();
    let flood = frame(1, 100_000);
    let mut written = 0;
    // Ends when the buffers of the system are full: nobody takes anything out of them.
    while let Ok(count) = client.write(&flood[written % flood.len()..]) {
        written += count;
    }
    events.clear();
    event_loop.poll(LONG, 100, &mut events);
    let held: usize = events
        .iter()
        .map(|event| match event {
            PolledEvent::Received { piece, .. } => piece.len(),
            other => panic!("{other:?}"),
        })
        .sum();
    assert!(held > 0 && held <= 2 * TURN_LIMIT, "{held}");
}

/// One read of one connection.
const TURN_LIMIT: usize = crate::transport::scratch::READ;

#[test]
fn a_body_over_the_limit_is_skipped_and_text_is_passed_on() {
    let limits = BodyLimits { request: 100, response: 100 };
    let options = ConnectionOptions { limits, ..ConnectionOptions::default() };
    let (host, mut client, connection) = served(options);
    let long = frame(3, 1_000_000);
    client.write_all(&[&long[..], &frame(4, 4)].concat()).unwrap();
    assert_eq!(host.piece(), Piece::Truncated(long[..16].to_vec().into()));
    assert_eq!(host.piece(), Piece::Frames(frame(4, 4).into()));
    client.write_all(b"ls\r\n").unwrap();
    assert_eq!(host.piece(), Piece::Raw("ls\r\n".into()));
    connection.send(b"dubbo>").unwrap();
    assert_eq!(read_exactly(&mut client, 6), b"dubbo>");
}

#[test]
fn a_negative_length_ends_the_connection() {
    let (host, mut client, _) = served(ConnectionOptions::default());
    let mut bad = frame(1, 0);
    bad[12..].copy_from_slice(&(-1i32).to_be_bytes());
    client.write_all(&bad).unwrap();
    assert_eq!(host.disconnected().expect("a cause").code(), ErrorCode::Network);
    assert_eq!(client.read(&mut [0; 1]).unwrap_or(0), 0, "closed");
}

#[test]
fn what_was_sent_before_the_close_arrives() {
    let (host, mut client, connection) = served(ConnectionOptions::default());
    client.write_all(&frame(1, 50)).unwrap();
    assert_eq!(host.frames(66), frame(1, 50));
    connection.send(&frame(2, 60)).unwrap();
    connection.close();
    connection.close();
    let mut all = Vec::new();
    client.read_to_end(&mut all).unwrap();
    assert_eq!(all, frame(2, 60));
    assert!(host.disconnected().is_none());
}

#[test]
fn what_the_peer_sent_before_its_end_is_told_before_the_end() {
    let (host, mut client, _) = served(ConnectionOptions::default());
    let flood: Vec<u8> = (0..40).flat_map(|id| frame(id, 50_000)).collect();
    client.write_all(&flood).unwrap();
    drop(client);
    assert!(host.frames(flood.len()) == flood);
    assert!(host.disconnected().is_none());
}

#[test]
fn a_connection_that_is_idle_is_told_of_again_and_again() {
    let options = ConnectionOptions { read_idle: Duration::from_millis(30), ..ConnectionOptions::default() };
    let (host, _client, connection) = served(options);
    for _ in 0..3 {
        let PolledEvent::Idle { connection: id } = host.next() else { panic!("idle") };
        assert_eq!(id, connection.id());
        // Writing does not matter.
        connection.send(b"x").unwrap();
    }
}

#[test]
fn a_port_is_free_as_soon_as_it_is_closed_and_connections_stay() {
    let (host, mut client, connection) = served(ConnectionOptions::default());
    let listener = host.listen(ConnectionOptions::default());
    let address = listener.local_addr();
    listener.close();
    assert!(TcpStream::connect(address).is_err());
    let again =
        Listener::bind(std::slice::from_ref(&host.event_loop), address, ConnectionOptions::default(), 9)
            .expect("free");
    let _other = TcpStream::connect(again.local_addr()).expect("connected");
    let PolledEvent::Connected { owner: 9, .. } = host.next() else { panic!("of the new owner") };
    connection.send(b"still here").unwrap();
    assert_eq!(read_exactly(&mut client, 10), b"still here");
}

#[test]
fn a_taken_port_and_a_silent_host_are_errors() {
    let host = Host::start();
    let listener = host.listen(ConnectionOptions::default());
    let address = listener.local_addr();
    let taken =
        Listener::bind(std::slice::from_ref(&host.event_loop), address, ConnectionOptions::default(), 1);
    let taken = taken.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::Network);
    assert!(taken.message().ends_with("cause: Address already in use"), "{taken}");
    listener.close();
    let options = ConnectionOptions::default();
    let refused =
        Connection::connect(&host.event_loop, "127.0.0.1", address.port(), LONG, options, 1).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Network);
    assert!(refused.message().starts_with("Connection refused"), "{refused}");
}

#[test]
fn connections_are_spread_over_the_loops() {
    let hosts = [Host::start(), Host::start()];
    let loops = [hosts[0].event_loop.clone(), hosts[1].event_loop.clone()];
    let listener = Listener::bind(&loops, any_port(), ConnectionOptions::default(), 7).unwrap();
    let mut clients: Vec<_> =
        (0..6).map(|_| TcpStream::connect(listener.local_addr()).expect("connected")).collect();
    for host in &hosts {
        let accepted: Vec<_> = (0..3).map(|_| host.connected()).collect();
        assert_eq!((accepted.len(), host.event_loop.connections()), (3, 3));
    }
    for (id, client) in clients.iter_mut().enumerate() {
        client.write_all(&frame(id as i64, 9)).unwrap();
    }
    let mut all = [hosts[0].frames(75), hosts[1].frames(75)].concat();
    let mut ids: Vec<_> = all.chunks_mut(25).map(|frame| frame[11]).collect();
    ids.sort_unstable();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn closing_a_loop_ends_its_connections_and_then_its_events() {
    let (host, mut client, connection) = served(ConnectionOptions::default());
    host.event_loop.close();
    assert!(host.disconnected().is_none());
    assert!(host.events.recv_timeout(LONG).is_err(), "the thread has ended");
    assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
    assert_eq!(connection.send(b"x").unwrap_err().code(), ErrorCode::Closed);
    let late =
        Listener::bind(std::slice::from_ref(&host.event_loop), any_port(), ConnectionOptions::default(), 1);
    assert_eq!(late.unwrap_err().code(), ErrorCode::Closed);
}

#[test]
fn a_loop_that_is_dropped_takes_its_sockets_along() {
    let event_loop = EventLoop::new().unwrap();
    let listener =
        Listener::bind(std::slice::from_ref(&event_loop), any_port(), ConnectionOptions::default(), 7)
            .unwrap();
    let mut client = TcpStream::connect(listener.local_addr()).unwrap();
    let mut events = Vec::new();
    while events.is_empty() {
        event_loop.poll(LONG, 10, &mut events);
    }
    let PolledEvent::Connected { connection, .. } = events.remove(0) else { panic!("connected") };
    drop((event_loop, listener));
    assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
    assert!(!connection.is_open());
}
