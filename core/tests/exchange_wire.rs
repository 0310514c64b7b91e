//! One side against raw bytes: what goes over the wire, and what hostile bytes do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use polydubbo::ErrorCode;
use polydubbo::codec::frame::{
    self, Decoded, FrameHeader, HEADER_LENGTH, HEARTBEAT_BODY, HESSIAN2, READONLY_BODY, UNLIMITED_PAYLOAD,
    WRITEABLE_BODY, status,
};
use polydubbo::exchange::{
    Body, Channel, Client, ClientOptions, Handler, PortProtocol, Recognition, Request, ServerListener,
    ServerOptions,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

/// Answers each call with its own body and each telnet line with its length.
#[derive(Default)]
struct Echo {
    served: Mutex<Vec<(bool, u8, usize)>>,
}

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            self.served.lock().push((request.two_way, request.serialization, request.body.len()));
            let body = Body::from(request.body).with_serialization(request.serialization);
            request.responder.respond(status::OK, body);
        }
    }

    fn telnet(&self, _: &Channel, line: &str) -> Option<String> {
        Some(format!("{} letters\r\ndubbo>", line.len()))
    }
}

fn server_options() -> ServerOptions {
    ServerOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
}

fn listen(options: ServerOptions) -> (ServerListener, Arc<Echo>) {
    let echo = Arc::new(Echo::default());
    (ServerListener::bind(options, echo.clone()).expect("a free port"), echo)
}

/// A raw peer. Every wait of it is bounded.
struct Peer {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Peer {
    async fn connect(server: &ServerListener) -> Self {
        Self::new(TcpStream::connect(server.local_addr()).await.expect("connects"))
    }

    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::new() }
    }

    async fn accept(listener: &TcpListener) -> Self {
        let accepted = tokio::time::timeout(LONG, listener.accept()).await.expect("in time");
        Self::new(accepted.expect("accepts").0)
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("written");
    }

    /// Reads until `length` bytes are there; false at the end of the stream.
    async fn fill(&mut self, length: usize) -> bool {
        while self.buffer.len() < length {
            let read = self.stream.read_buf(&mut self.buffer);
            match tokio::time::timeout(LONG, read).await.expect("in time") {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
        }
        true
    }

    async fn frame(&mut self) -> (FrameHeader, Vec<u8>) {
        let mut length = HEADER_LENGTH;
        loop {
            assert!(self.fill(length).await, "the stream ended");
            match frame::decode(&self.buffer, UNLIMITED_PAYLOAD) {
                Decoded::Frame(header) => {
                    let rest = self.buffer.split_off(HEADER_LENGTH + header.length as usize);
                    let frame = std::mem::replace(&mut self.buffer, rest);
                    return (header, frame[HEADER_LENGTH..].to_vec());
                }
                Decoded::Partial(header) => length = HEADER_LENGTH + header.length as usize,
                other => panic!("not a frame: {other:?}"),
            }
        }
    }

    async fn raw(&mut self, length: usize) -> Vec<u8> {
        assert!(self.fill(length).await, "the stream ended");
        let rest = self.buffer.split_off(length);
        std::mem::replace(&mut self.buffer, rest)
    }

    async fn assert_closed(&mut self) {
        assert!(!self.fill(self.buffer.len() + 1).await, "more bytes: {:x?}", self.buffer);
    }

    /// Proves that nothing was sent for what came before: the next answer is that of this call.
    async fn assert_next_is_the_answer_to(&mut self, id: i64) {
        self.send(&request(id, b"probe")).await;
        let (header, body) = self.frame().await;
        assert_eq!((header.id, &body[..]), (id, &b"probe"[..]));
    }
}

fn with_header(header: FrameHeader, body: &[u8]) -> Vec<u8> {
    [&header.encode(), body].concat()
}

fn request(id: i64, body: &[u8]) -> Vec<u8> {
    with_header(FrameHeader::request(id, HESSIAN2, true, body.len() as u32), body)
}

fn event(id: i64, two_way: bool, body: &[u8]) -> Vec<u8> {
    with_header(FrameHeader::request(id, HESSIAN2, two_way, body.len() as u32).event(), body)
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn vector(name: &str) -> Vec<u8> {
    let text = include_str!("../../tests/vectors/frames.json");
    let all: Vec<serde_json::Value> = serde_json::from_str(text).expect("JSON");
    let found = all.iter().find(|vector| vector["name"] == name).expect("a vector of that name");
    unhex(found["hex"].as_str().expect("hex"))
}

/// The text of an error answer, which is short enough for the two short forms.
fn text(body: &[u8]) -> String {
    let start = if body[0] < 0x20 { 1 } else { 2 };
    String::from_utf8(body[start..].to_vec()).expect("ASCII")
}

// ---- the server ----------------------------------------------------------------------------------

#[tokio::test]
async fn a_heartbeat_of_java_is_answered_as_java_answers_it() {
    let (server, _) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    peer.send(&vector("V21")).await;
    assert_eq!(peer.raw(17).await, vector("V22"));
    let foreign = FrameHeader { flags: 0xE0 | 23, status: 0, id: i64::MIN, length: 5 };
    peer.send(&with_header(foreign, b"\x00\x00\x00\x01\xAF")).await;
    let (header, body) = peer.frame().await;
    assert_eq!(header, FrameHeader { flags: 0x20 | 23, status: status::OK, id: i64::MIN, length: 5 });
    assert_eq!(body, b"\x00\x00\x00\x01\xAF");
}

#[tokio::test]
async fn other_events_get_no_answer() {
    let (server, _) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    peer.send(&event(1, false, HEARTBEAT_BODY)).await;
    peer.send(&event(2, true, READONLY_BODY)).await;
    peer.send(&event(3, true, WRITEABLE_BODY)).await;
    peer.send(&event(4, true, b"\x01X")).await;
    peer.send(&event(5, true, &[b'x'; 100])).await;
    peer.send(&with_header(FrameHeader::response(6, HESSIAN2, status::OK, 1), b"\x94")).await;
    peer.assert_next_is_the_answer_to(7).await;
}

#[tokio::test]
async fn all_bits_of_an_id_and_the_serialization_are_echoed() {
    let (server, echo) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    for (id, serialization) in [(0, 2), (-1, 2), (i64::MIN, 29), (i64::MAX, 0), (0x0123_4567_89ab_cdef, 31)] {
        peer.send(&with_header(FrameHeader::request(id, serialization, true, 1), b"N")).await;
        let (header, _) = peer.frame().await;
        assert_eq!(header, FrameHeader::response(id, serialization, status::OK, 1));
    }
    assert_eq!(echo.served.lock()[2], (true, 29, 1));
}

#[tokio::test]
async fn one_way_calls_are_served_and_never_answered() {
    let (server, echo) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    peer.send(&with_header(FrameHeader::request(1, HESSIAN2, false, 3), b"abc")).await;
    peer.assert_next_is_the_answer_to(2).await;
    assert_eq!(echo.served.lock()[0], (false, 2, 3));
    assert_eq!(server.serving(), 0);
}

#[tokio::test]
async fn a_request_cut_at_every_byte_is_served_once_and_a_lost_one_never() {
    let (server, echo) = listen(server_options());
    let frame = vector("V1");
    for cut in 1..frame.len() {
        let mut peer = Peer::connect(&server).await;
        peer.send(&frame[..cut]).await;
        if cut % 2 == 0 {
            tokio::task::yield_now().await;
            peer.send(&frame[cut..]).await;
            assert_eq!(peer.frame().await.1, frame[HEADER_LENGTH..], "cut at {cut}");
        }
    }
    let mut peer = Peer::connect(&server).await;
    for byte in &frame {
        peer.send(&[*byte]).await;
    }
    peer.frame().await;
    assert_eq!(echo.served.lock().len(), (frame.len() - 1) / 2 + 1);
}

#[tokio::test]
async fn an_over_long_request_is_refused_before_its_body_arrives() {
    let mut options = server_options();
    options.connection.payload = 1000;
    let (server, _) = listen(options);
    let mut peer = Peer::connect(&server).await;
    peer.send(&FrameHeader::request(5, HESSIAN2, true, 100_000).encode()).await;
    let (header, body) = peer.frame().await;
    assert_eq!((header.id, header.status), (5, status::BAD_REQUEST));
    assert!(
        text(&body).starts_with("Data length too large: 100000, max payload: 1000, channel: "),
        "{}",
        text(&body)
    );
    peer.send(&[0xDA; 100_000]).await;
    peer.assert_next_is_the_answer_to(6).await;
    // One-way: skipped without a word.
    peer.send(&with_header(FrameHeader::request(7, HESSIAN2, false, 1001), &[0; 1001])).await;
    peer.assert_next_is_the_answer_to(8).await;
}

#[tokio::test]
async fn an_over_long_response_becomes_status_50() {
    /// Answers with more than is allowed.
    struct Large;
    impl Handler for Large {
        fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
            for request in batch.drain(..) {
                request.responder.respond(status::OK, vec![0; 1001].into());
            }
        }
    }
    let mut options = server_options();
    options.connection.payload = 1000;
    let server = ServerListener::bind(options, Arc::new(Large)).expect("a free port");
    let mut peer = Peer::connect(&server).await;
    peer.send(&request(1, b"")).await;
    let (header, body) = peer.frame().await;
    assert_eq!(header.status, status::BAD_RESPONSE);
    assert!(
        text(&body).starts_with("Data length too large: 1001, max payload: 1000, channel: NettyChannel ")
    );
}

#[tokio::test]
async fn streams_that_cannot_be_followed_are_closed() {
    let (server, _) = listen(server_options());
    let mut negative = request(1, b"");
    negative[12] = 0xFF;
    for bytes in [negative, vec![b'a'; 70_000], vec![3], b"\xFF\xF4\xFF\xFD\x06".to_vec()] {
        let mut peer = Peer::connect(&server).await;
        peer.send(&bytes).await;
        peer.assert_closed().await;
    }
}

#[tokio::test]
async fn what_came_before_a_broken_frame_never_reaches_another_connection() {
    let (server, _) = listen(server_options());
    let mut other = Peer::connect(&server).await;
    other.assert_next_is_the_answer_to(1).await;
    let mut negative = request(8, b"");
    negative[12] = 0xFF;
    let mut broken = Peer::connect(&server).await;
    broken.send(&[request(7, b"lost"), negative].concat()).await;
    broken.assert_closed().await;
    other.assert_next_is_the_answer_to(2).await;
}

#[tokio::test]
async fn messages_of_one_read_keep_their_order_and_their_bytes_whatever_their_sizes() {
    let (server, echo) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    let sizes = [0, 1, 300, 0, 1023, 1024, 5000, 3, 900, 900, 900, 900, 900, 0, 70_000, 2, 2];
    let body = |at: usize| vec![at as u8; sizes[at]];
    let mut all = Vec::new();
    for at in 0..sizes.len() {
        all.extend(request(at as i64, &body(at)));
        if at % 4 == 1 {
            all.extend(event(100 + at as i64, false, b"N"));
        }
    }
    peer.send(&all).await;
    for at in 0..sizes.len() {
        let (header, answer) = peer.frame().await;
        assert_eq!((header.id, answer), (at as i64, body(at)));
    }
    let served: Vec<_> = echo.served.lock().iter().map(|(_, _, length)| *length).collect();
    assert_eq!(served, sizes);
}

#[tokio::test]
async fn telnet_lines_are_answered_between_frames() {
    let (server, _) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    peer.send(&[b"hello\r\n", &request(1, b"x")[..]].concat()).await;
    let want = [&b"5 letters\r\ndubbo>"[..], &with_header(FrameHeader::response(1, 2, 20, 1), b"x")].concat();
    assert_eq!(peer.raw(want.len()).await, want);
    peer.send(&[b"no line end", &request(2, b"x")[..]].concat()).await;
    assert_eq!(peer.frame().await.0.id, 2);
}

#[tokio::test]
async fn readonly_is_announced_to_every_consumer() {
    let (server, _) = listen(server_options());
    let mut peers = [Peer::connect(&server).await, Peer::connect(&server).await];
    for peer in &mut peers {
        peer.assert_next_is_the_answer_to(1).await;
    }
    server.send_readonly();
    for peer in &mut peers {
        let frame = peer.raw(18).await;
        assert_eq!((&frame[..4], &frame[12..]), (&vector("V23")[..4], &vector("V23")[12..]));
        peer.assert_next_is_the_answer_to(2).await;
    }
}

#[tokio::test]
async fn a_silent_connection_is_closed_by_the_server() {
    let mut options = server_options();
    options.connection.idle_timeout = SHORT * 10;
    let (server, _) = listen(options);
    let mut peer = Peer::connect(&server).await;
    peer.assert_next_is_the_answer_to(1).await;
    peer.assert_closed().await;
    while !server.channels().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once() {
    let options = ServerOptions { accepts: 1, ..server_options() };
    let (server, _) = listen(options);
    let mut first = Peer::connect(&server).await;
    first.assert_next_is_the_answer_to(1).await;
    Peer::connect(&server).await.assert_closed().await;
    first.assert_next_is_the_answer_to(2).await;
}

#[tokio::test]
async fn a_listener_that_stopped_accepting_still_serves() {
    let (server, _) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    peer.assert_next_is_the_answer_to(1).await;
    server.stop_accepting();
    while let Ok(stream) = TcpStream::connect(server.local_addr()).await {
        // Until the port is free the newcomer is closed without a word.
        Peer::new(stream).assert_closed().await;
    }
    peer.assert_next_is_the_answer_to(2).await;
    server.close(LONG).await;
    peer.assert_closed().await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_its_answers_is_not_read_from() {
    let (server, echo) = listen(server_options());
    let mut peer = Peer::connect(&server).await;
    let frame = request(1, &[7; 60_000]);
    let (mut sent, mut refused) = (0, 0);
    // 64 MiB would have to be kept if the server went on reading.
    while sent < 64 << 20 && refused < 20 {
        match tokio::time::timeout(SHORT, peer.stream.write_all(&frame)).await {
            Ok(written) => {
                written.expect("the connection is open");
                sent += frame.len();
                refused = 0;
            }
            Err(_) => refused = 20,
        }
    }
    assert!(refused > 0, "the server read {sent} bytes");
    let served = echo.served.lock().len() * frame.len();
    assert!(served < 40 << 20, "{served} bytes are kept");
}

#[tokio::test]
async fn other_protocols_share_the_port_when_asked_to() {
    /// Answers a connection that begins with `PING` and closes it.
    struct Ping;
    impl PortProtocol for Ping {
        fn name(&self) -> &'static str {
            "ping"
        }
        fn recognise(&self, first: &[u8]) -> Recognition {
            match first {
                [b'P', b'I', b'N', b'G', ..] => Recognition::Yes,
                _ if b"PING".starts_with(first) => Recognition::More,
                _ => Recognition::No,
            }
        }
        fn serve(&self, mut stream: TcpStream, first: Bytes) {
            tokio::spawn(async move {
                stream.write_all(&[&b"PONG "[..], &first].concat()).await.expect("written");
            });
        }
    }
    let protocols: Vec<Arc<dyn PortProtocol>> = vec![Arc::new(Ping)];
    let (server, _) = listen(ServerOptions { protocols, ..server_options() });

    let mut peer = Peer::connect(&server).await;
    peer.send(b"PI").await;
    tokio::task::yield_now().await;
    peer.send(b"NG").await;
    assert_eq!(peer.raw(9).await, b"PONG PING");
    peer.assert_closed().await;

    let mut peer = Peer::connect(&server).await;
    for piece in vector("V21").chunks(1) {
        peer.send(piece).await;
    }
    assert_eq!(peer.raw(17).await, vector("V22"));
    peer.assert_next_is_the_answer_to(1).await;
    let mut whole = Peer::connect(&server).await;
    whole.assert_next_is_the_answer_to(2).await;

    let mut peer = Peer::connect(&server).await;
    peer.send(b"ls\r\n").await;
    peer.assert_closed().await;

    let mut silent = Peer::connect(&server).await;
    server.close(LONG).await;
    silent.assert_closed().await;
}

// ---- the client ----------------------------------------------------------------------------------

async fn raw_server() -> (TcpListener, ClientOptions) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let options = ClientOptions::to_address(listener.local_addr().expect("bound"));
    (listener, options)
}

async fn client_and_peer(options: ClientOptions, listener: &TcpListener) -> (Client, Peer) {
    let client = Client::connect(options, None).await.expect("connects");
    (client, Peer::accept(listener).await)
}

#[tokio::test]
async fn ids_fit_into_a_floating_point_number_or_into_31_bits() {
    for (narrow, bits) in [(false, 53), (true, 31)] {
        let (listener, mut options) = raw_server().await;
        options.connection.narrow_ids = narrow;
        let (client, mut peer) = client_and_peer(options, &listener).await;
        let mut seen = std::collections::HashSet::new();
        for _ in 0..20 {
            client.oneway(&Body::text("x"), None).await.expect("sent");
            let (header, body) = peer.frame().await;
            assert_eq!((header.flags, &body[..]), (0x82, &b"\x01x"[..]));
            assert!(header.id >= 0 && header.id < 1 << bits && seen.insert(header.id));
        }
    }
}

#[tokio::test]
async fn garbage_and_foreign_answers_do_not_disturb_a_call() {
    let (listener, options) = raw_server().await;
    let (client, mut peer) = client_and_peer(options, &listener).await;
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    let (header, _) = peer.frame().await;
    let answer = |id: i64| with_header(FrameHeader::response(id, HESSIAN2, status::OK, 1), b"\x95");
    let heartbeat = with_header(FrameHeader::response(header.id, HESSIAN2, status::OK, 1).event(), b"N");
    for foreign in [b"garbage\r\n".to_vec(), answer(header.id + 1), answer(-header.id), heartbeat, vec![0xDA]]
    {
        peer.send(&foreign).await;
    }
    peer.send(&answer(header.id)).await;
    // The lone DA above makes the next magic a garbage byte away.
    let response = call.await.expect("no panic").expect("answered");
    assert_eq!(response.body, &b"\x95"[..]);
}

#[tokio::test]
async fn an_over_long_response_fails_its_call_at_once() {
    let (listener, mut options) = raw_server().await;
    options.connection.payload = 100;
    let (client, mut peer) = client_and_peer(options, &listener).await;
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    let (header, _) = peer.frame().await;
    peer.send(&FrameHeader::response(header.id, HESSIAN2, status::OK, 101).encode()).await;
    let error = call.await.expect("no panic").expect_err("too large");
    assert_eq!(error.code(), ErrorCode::StatusClientError);
    assert!(
        error.message().starts_with("Data length too large: 101, max payload: 100, channel: "),
        "{error}"
    );
    peer.send(&[0; 101]).await;
    let call = tokio::spawn(client.call(Body::text("y"), LONG));
    let (header, _) = peer.frame().await;
    peer.send(&with_header(FrameHeader::response(header.id, HESSIAN2, 70, 0), b"")).await;
    assert_eq!(call.await.expect("no panic").expect("answered").status, 70);
}

#[tokio::test]
async fn an_over_long_request_fails_without_a_byte_on_the_wire() {
    let (listener, mut options) = raw_server().await;
    options.connection.payload = 100;
    let (client, mut peer) = client_and_peer(options, &listener).await;
    let error = client.call(vec![0; 101].into(), LONG).await.expect_err("too large");
    assert_eq!(error.code(), ErrorCode::Network);
    assert!(error.message().contains("Data length too large: 101, max payload: 100, channel: "), "{error}");
    client.oneway(&vec![1; 101].into(), None).await.expect_err("too large");
    client.oneway(&vec![2; 100].into(), None).await.expect("sent");
    assert_eq!(peer.frame().await.1, [2; 100]);
}

#[tokio::test]
async fn a_silent_provider_is_asked_and_then_connected_anew() {
    let (listener, mut options) = raw_server().await;
    options.connection.heartbeat = SHORT;
    options.connection.idle_timeout = SHORT * 20;
    let (client, mut peer) = client_and_peer(options, &listener).await;
    let want = vector("V21");
    for _ in 0..25 {
        // Answered: the connection stays, longer than the idle time.
        let (header, body) = peer.frame().await;
        assert_eq!((header.encode()[..4].to_vec(), body), (want[..4].to_vec(), HEARTBEAT_BODY.to_vec()));
        let answer = FrameHeader::response(header.id, HESSIAN2, status::OK, 1).event();
        peer.send(&with_header(answer, HEARTBEAT_BODY)).await;
    }
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    let mut second = Peer::accept(&listener).await;
    let error = call.await.expect("no panic").expect_err("given up");
    assert_eq!(error.code(), ErrorCode::StatusChannelInactive);
    assert_eq!(second.frame().await.0.flags, 0xE2);
}

#[tokio::test]
async fn the_readonly_mark_belongs_to_one_connection() {
    let (listener, options) = raw_server().await;
    let (client, mut peer) = client_and_peer(options, &listener).await;
    let probe = |client: &Client| tokio::spawn(client.call(Body::new(), LONG));
    for (event_body, want) in [(READONLY_BODY, true), (WRITEABLE_BODY, false), (READONLY_BODY, true)] {
        let call = probe(&client);
        let (header, _) = peer.frame().await;
        peer.send(&event(9, false, event_body)).await;
        peer.send(&with_header(FrameHeader::response(header.id, HESSIAN2, status::OK, 0), b"")).await;
        call.await.expect("no panic").expect("a read-only connection still carries calls");
        assert_eq!(client.is_read_only(), want);
    }
    drop(peer);
    let mut peer = Peer::accept(&listener).await;
    let call = probe(&client);
    let (header, _) = peer.frame().await;
    peer.send(&with_header(FrameHeader::response(header.id, HESSIAN2, status::OK, 0), b"")).await;
    call.await.expect("no panic").expect("answered");
    assert!(!client.is_read_only());
}

#[tokio::test]
async fn a_call_that_cannot_be_written_times_out_in_the_client() {
    let (listener, options) = raw_server().await;
    let (client, _peer) = client_and_peer(options, &listener).await;
    // The peer does not read: the buffers fill up, and then the connection is congested.
    let calls: Vec<_> = (0..30).map(|_| tokio::spawn(client.call(vec![0; 1 << 20].into(), SHORT))).collect();
    let mut client_side = 0;
    for call in calls {
        let error = call.await.expect("no panic").expect_err("no answer");
        match error.code() {
            ErrorCode::StatusClientTimeout => client_side += 1,
            ErrorCode::StatusServerTimeout => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(client_side > 10, "{client_side}");
    let error = client.oneway(&Body::text("x"), None).await.expect_err("congested");
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
}

#[tokio::test]
async fn a_one_way_call_can_wait_until_it_is_written() {
    let (listener, options) = raw_server().await;
    let (client, mut peer) = client_and_peer(options, &listener).await;
    client.oneway(&Body::text("x"), Some(LONG)).await.expect("written");
    assert_eq!(peer.frame().await.1, b"\x01x");
    let large = Body::from(vec![0; 8 << 20]);
    let error = client.oneway(&large, Some(SHORT)).await.expect_err("the peer does not read");
    assert_eq!(error.code(), ErrorCode::Network);
    assert!(error.message().ends_with("in timeout(50ms) limit"), "{error}");
}
