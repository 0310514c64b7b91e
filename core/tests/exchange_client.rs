//! How a client connects, stays connected, and delivers the ends of submitted calls.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use polydubbo::codec::frame::status;
use polydubbo::exchange::{
    Body, CallId, Channel, Client, ClientOptions, Coalesce, Complete, Handler, Request, Responder, Response,
    ServerListener, ServerOptions,
};
use polydubbo::{ErrorCode, Result};
use tokio::sync::Notify;

const LONG: Duration = Duration::from_secs(30);

struct Echo;

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            request.responder.respond(status::OK, request.body.into());
        }
    }
}

/// Keeps the calls that arrive until the test answers them.
#[derive(Default)]
struct Keep {
    kept: Mutex<Vec<Responder>>,
    arrived: Notify,
}

impl Keep {
    async fn wait_for(&self, count: usize) {
        while self.kept.lock().len() < count {
            self.arrived.notified().await;
        }
    }
}

impl Handler for Keep {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        self.kept.lock().extend(batch.drain(..).map(|request| request.responder));
        self.arrived.notify_one();
    }
}

/// Counts how often each token is completed, and how.
struct Sink {
    ends: Vec<AtomicU32>,
    results: Mutex<Vec<(u64, Result<Response>)>>,
    told: Notify,
}

impl Sink {
    fn new(tokens: usize) -> Arc<Self> {
        let ends = (0..tokens).map(|_| AtomicU32::new(0)).collect();
        Arc::new(Self { ends, results: Mutex::default(), told: Notify::new() })
    }

    async fn wait_for(&self, count: usize) {
        while self.results.lock().len() < count {
            self.told.notified().await;
        }
    }

    fn code(&self, token: u64) -> Option<ErrorCode> {
        let results = self.results.lock();
        let (_, result) = results.iter().find(|(t, _)| *t == token).expect("the call has ended");
        result.as_ref().err().map(polydubbo::Error::code)
    }

    fn assert_each_ended_once(&self) {
        assert!(self.ends.iter().all(|count| count.load(Ordering::SeqCst) == 1));
    }
}

impl Complete for Sink {
    fn complete(&self, token: u64, result: Result<Response>) {
        self.ends[token as usize].fetch_add(1, Ordering::SeqCst);
        self.results.lock().push((token, result));
        self.told.notify_one();
    }
}

fn any_port() -> ServerOptions {
    ServerOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
}

fn listen(options: ServerOptions, handler: Arc<dyn Handler>) -> ServerListener {
    ServerListener::bind(options, handler).expect("a free port")
}

/// An address at which nobody listens at the moment, but somebody may later.
async fn unused_address() -> SocketAddr {
    let server = listen(any_port(), Arc::new(Echo));
    server.close(LONG).await;
    server.local_addr()
}

fn submit(client: &Client, sink: &Arc<Sink>, token: u64) -> Result<CallId> {
    let sink: Arc<dyn Complete> = sink.clone();
    client.submit(Body::text("x"), LONG, &sink, token)
}

#[tokio::test]
async fn an_eager_client_fails_when_nobody_listens() {
    let address = unused_address().await;
    let error = Client::connect(ClientOptions::to_address(address), None).await.expect_err("nobody listens");
    assert_eq!(error.code(), ErrorCode::Network);
    let want =
        format!("client(url: dubbo://{address}) failed to connect to server /{address}, error message is:");
    assert!(error.message().starts_with(&want), "{error}");
}

#[tokio::test]
async fn an_unchecked_client_connects_when_the_provider_appears() {
    let address = unused_address().await;
    let options = ClientOptions { check: false, ..ClientOptions::to_address(address) };
    let client = Client::connect(options, None).await.expect("not checked");
    assert!(!client.is_connected());
    let error = client.call(Body::new(), LONG).await.expect_err("nobody listens");
    assert_eq!(error.code(), ErrorCode::Network);
    let _server = listen(ServerOptions::new(address), Arc::new(Echo));
    client.call(Body::new(), LONG).await.expect("the call itself connects");
}

#[tokio::test]
async fn the_connection_comes_back_without_any_call() {
    let server = listen(any_port(), Arc::new(Echo));
    let address = server.local_addr();
    let client = Client::connect(ClientOptions::to_address(address), None).await.expect("connects");
    server.close(LONG).await;
    drop(server);
    let server = listen(ServerOptions::new(address), Arc::new(Echo));
    let back = async {
        while !(client.is_connected() && server.channels().len() == 1) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, back).await.expect("reconnects");
}

/// A listener whose queue of connections is full, so that nobody gets an answer.
#[cfg(target_os = "linux")]
fn deaf_listener() -> (socket2::Socket, Vec<socket2::Socket>, SocketAddr) {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    listener.listen(0).expect("listens");
    let address = listener.local_addr().expect("bound");
    let fill = || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_nonblocking(true).expect("a socket");
        // In progress, or queued: either way nobody accepts it.
        let _ = socket.connect(&address);
        socket
    };
    let fillers = (0..8).map(|_| fill()).collect();
    (listener, fillers, address.as_socket().expect("an address"))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_time_to_connect_is_limited_and_closing_does_not_wait_for_it() {
    let (_listener, _fillers, address) = deaf_listener();
    let limit = Duration::from_millis(100);
    let options = ClientOptions { connect_timeout: limit, ..ClientOptions::to_address(address) };
    let error = Client::connect(options, None).await.expect_err("no answer");
    assert_eq!(error.code(), ErrorCode::Network);
    assert!(error.message().contains("client-side timeout 100ms (elapsed: "), "{error}");

    let options = ClientOptions { connect_timeout: LONG * 10, ..ClientOptions::to_address(address) };
    let client = Client::start(options, None);
    let timeout = client.call(Body::new(), Duration::from_millis(50)).await.expect_err("no connection");
    assert_eq!(timeout.code(), ErrorCode::StatusClientTimeout);
    tokio::time::timeout(LONG, client.close(Duration::ZERO)).await.expect("does not wait for the attempt");
}

#[tokio::test]
async fn a_handler_that_panics_costs_its_connection_and_not_its_client() {
    /// Panics on each call.
    struct Panics;
    impl Handler for Panics {
        fn requests(&self, _: &Channel, _: &mut Vec<Request>) {
            panic!("expected by the test");
        }
    }
    let server = listen(any_port(), Arc::new(Echo));
    let options = ClientOptions::to_address(server.local_addr());
    let client = Client::connect(options, Some(Arc::new(Panics))).await.expect("connects");
    client.call(Body::new(), LONG).await.expect("answered");
    let channel = server.channels().pop().expect("connected");
    channel.request(Body::new(), LONG).await.expect_err("the connection ends");
    client.call(Body::new(), LONG).await.expect("answered over a new connection");
}

#[tokio::test]
async fn calls_also_work_without_coalescing() {
    let server = listen(any_port(), Arc::new(Echo));
    let mut options = ClientOptions::to_address(server.local_addr());
    options.connection.coalesce = Coalesce::Off;
    let client = Client::connect(options, None).await.expect("connects");
    let calls: Vec<_> = (0..100).map(|_| tokio::spawn(client.call(Body::text("x"), LONG))).collect();
    for call in calls {
        assert_eq!(call.await.expect("no panic").expect("answered").body, &b"\x01x"[..]);
    }
}

#[tokio::test]
async fn without_send_reconnect_a_call_fails_at_once() {
    let address = unused_address().await;
    let options = ClientOptions {
        check: false,
        send_reconnect: false,
        reconnect: false,
        ..ClientOptions::to_address(address)
    };
    let client = Client::connect(options, None).await.expect("not checked");
    let error = client.call(Body::new(), LONG).await.expect_err("not connected");
    assert_eq!(error.code(), ErrorCode::Network);
    assert_eq!(
        error.message(),
        format!("message can not send, because channel is closed . url:dubbo://{address}")
    );
}

#[tokio::test]
async fn a_lazy_client_connects_at_its_first_call() {
    let server = listen(any_port(), Arc::new(Echo));
    for (initial, send_reconnect) in [(true, true), (false, false)] {
        let options = ClientOptions {
            lazy: true,
            lazy_initial_state: initial,
            send_reconnect,
            ..ClientOptions::to_address(server.local_addr())
        };
        let client = Client::connect(options, None).await.expect("nothing to do yet");
        assert_eq!(client.is_connected(), initial);
        assert!(client.channel().is_none());
        client.call(Body::new(), LONG).await.expect("answered");
        assert!(client.is_connected() && client.channel().is_some());
        client.close(LONG).await;
        assert!(!client.is_connected());
    }
}

#[tokio::test]
async fn a_lazy_client_that_was_never_used_can_be_closed() {
    let address = unused_address().await;
    let options = ClientOptions { lazy: true, ..ClientOptions::to_address(address) };
    let client = Client::connect(options, None).await.expect("nothing to do yet");
    client.close(LONG).await;
    client.close(LONG).await;
    let error = client.call(Body::new(), LONG).await.expect_err("closed");
    assert_eq!(error.code(), ErrorCode::Network);
}

#[tokio::test]
async fn a_dropped_client_disconnects() {
    let server = listen(any_port(), Arc::new(Echo));
    let client =
        Client::connect(ClientOptions::to_address(server.local_addr()), None).await.expect("connects");
    client.call(Body::new(), LONG).await.expect("answered");
    let call = client.call(Body::new(), LONG);
    drop(client.clone());
    call.await.expect("another handle is left");
    drop(client);
    while !server.channels().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn dropping_the_future_cancels_the_call() {
    let keep = Arc::new(Keep::default());
    let server = listen(any_port(), keep.clone());
    let client =
        Client::connect(ClientOptions::to_address(server.local_addr()), None).await.expect("connects");
    let call = tokio::spawn(client.call(Body::new(), LONG));
    keep.wait_for(1).await;
    assert_eq!((client.in_flight(), server.serving()), (1, 1));
    call.abort();
    assert!(call.await.is_err());
    assert_eq!(client.in_flight(), 0);
    keep.kept.lock().clear();
    assert_eq!(server.serving(), 0);
}

#[tokio::test]
async fn one_call_too_many_is_refused_at_once() {
    let keep = Arc::new(Keep::default());
    let server = listen(any_port(), keep.clone());
    let mut options = ClientOptions::to_address(server.local_addr());
    options.connection.max_in_flight = 2;
    let client = Client::connect(options, None).await.expect("connects");
    let sink = Sink::new(3);
    submit(&client, &sink, 0).expect("accepted");
    submit(&client, &sink, 1).expect("accepted");
    assert_eq!(submit(&client, &sink, 2).expect_err("too many").code(), ErrorCode::InFlightLimit);
    let error = client.call(Body::new(), LONG).await.expect_err("too many");
    assert_eq!(error.code(), ErrorCode::InFlightLimit);
    keep.wait_for(2).await;
    keep.kept.lock().clear();
    sink.wait_for(2).await;
    submit(&client, &sink, 2).expect("accepted again");
}

#[tokio::test]
async fn submitted_calls_end_exactly_once_by_answer_cancel_timeout_and_loss() {
    let keep = Arc::new(Keep::default());
    let server = listen(any_port(), keep.clone());
    let client =
        Client::connect(ClientOptions::to_address(server.local_addr()), None).await.expect("connects");
    let sink = Sink::new(4);
    let answered = submit(&client, &sink, 0).expect("accepted");
    keep.wait_for(1).await;
    keep.kept.lock().pop().expect("kept").respond(status::OK, Body::new());
    sink.wait_for(1).await;
    client.cancel(answered);
    let cancelled = submit(&client, &sink, 1).expect("accepted");
    client.cancel(cancelled);
    client.cancel(cancelled);
    let dyn_sink: Arc<dyn Complete> = sink.clone();
    client.submit(Body::new(), Duration::from_millis(20), &dyn_sink, 2).expect("accepted");
    sink.wait_for(3).await;
    submit(&client, &sink, 3).expect("accepted");
    keep.wait_for(3).await;
    server.close(Duration::ZERO).await;
    sink.wait_for(4).await;
    sink.assert_each_ended_once();
    let codes = [0, 1, 2, 3].map(|token| sink.code(token));
    assert_eq!(codes[0], None);
    assert_eq!(codes[1], Some(ErrorCode::Cancelled));
    assert_eq!(codes[2], Some(ErrorCode::StatusServerTimeout));
    assert_eq!(codes[3], Some(ErrorCode::StatusChannelInactive));
}

#[tokio::test]
async fn a_call_submitted_without_a_connection_ends_exactly_once_too() {
    let server = listen(any_port(), Arc::new(Echo));
    let address = server.local_addr();
    let sink = Sink::new(3);
    let options = ClientOptions { lazy: true, ..ClientOptions::to_address(address) };
    let client = Client::connect(options, None).await.expect("nothing to do yet");
    submit(&client, &sink, 0).expect("accepted");
    sink.wait_for(1).await;
    assert_eq!(sink.code(0), None);

    let options = ClientOptions { lazy: true, ..ClientOptions::to_address(unused_address().await) };
    let client = Client::connect(options, None).await.expect("nothing to do yet");
    let call = submit(&client, &sink, 1).expect("accepted");
    client.cancel(call);
    sink.wait_for(2).await;
    assert_eq!(sink.code(1), Some(ErrorCode::Cancelled));
    submit(&client, &sink, 2).expect("accepted");
    sink.wait_for(3).await;
    assert_eq!(sink.code(2), Some(ErrorCode::Network));
    sink.assert_each_ended_once();
}

#[test]
fn calls_end_when_their_runtime_is_shut_down() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let keep = Arc::new(Keep::default());
    let sink = Sink::new(1);
    let (server, client) = runtime.block_on(async {
        let server = listen(any_port(), keep.clone());
        let options = ClientOptions::to_address(server.local_addr());
        let client = Client::connect(options, None).await.expect("connects");
        submit(&client, &sink, 0).expect("accepted");
        keep.wait_for(1).await;
        (server, client)
    });
    runtime.shutdown_timeout(LONG);
    sink.assert_each_ended_once();
    assert_eq!(sink.code(0), Some(ErrorCode::StatusChannelInactive));
    assert!(!client.is_connected() && server.channels().is_empty());
}

#[test]
fn a_client_whose_runtime_ended_before_its_task_began_refuses_calls() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("threads");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let options = ClientOptions::to_address(listener.local_addr().expect("bound"));
    let client = runtime.block_on(Client::connect(options, None)).expect("connects");
    drop(runtime);
    assert!(!client.is_connected() && client.channel().is_none());
}

#[tokio::test]
async fn a_hundred_thousand_calls_can_wait_on_one_connection() {
    const CALLS: usize = 100_000;
    let keep = Arc::new(Keep::default());
    let server = listen(any_port(), keep.clone());
    let mut options = ClientOptions::to_address(server.local_addr());
    options.connection.max_in_flight = CALLS as u32;
    let client = Client::connect(options, None).await.expect("connects");
    let sink = Sink::new(CALLS);
    for token in 0..CALLS as u64 {
        while let Err(error) = submit(&client, &sink, token) {
            assert_eq!(error.code(), ErrorCode::LimitExceeded);
            tokio::task::yield_now().await;
        }
    }
    keep.wait_for(CALLS).await;
    assert_eq!(client.in_flight() as usize, CALLS);
    for responder in std::mem::take(&mut *keep.kept.lock()) {
        responder.respond(status::OK, Body::new());
    }
    sink.wait_for(CALLS).await;
    sink.assert_each_ended_once();
    assert!(sink.results.lock().iter().all(|(_, result)| result.is_ok()));
    assert_eq!(client.in_flight(), 0);
}

#[test]
fn connections_are_spread_over_the_given_runtimes() {
    let build = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads")
    };
    /// Notes the threads that serve.
    #[derive(Default)]
    struct Threads(Mutex<std::collections::HashSet<std::thread::ThreadId>>);
    impl Handler for Threads {
        fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
            self.0.lock().insert(std::thread::current().id());
            batch.clear();
        }
    }
    let (main, first, second) = (build(), build(), build());
    let threads = Arc::new(Threads::default());
    main.block_on(async {
        let io = vec![first.handle().clone(), second.handle().clone()];
        let server = listen(ServerOptions { io, ..any_port() }, threads.clone());
        let options = ClientOptions::to_address(server.local_addr());
        let mut clients = Vec::new();
        for _ in 0..4 {
            let client = Client::connect(options.clone(), None).await.expect("connects");
            client.call(Body::new(), LONG).await.expect("answered");
            clients.push(client);
        }
    });
    assert_eq!(threads.0.lock().len(), 2);
}

#[tokio::test]
async fn a_callback_comes_while_its_call_waits_and_channels_carry_data() {
    /// Calls the caller back before it answers.
    struct CallsBack;
    impl Handler for CallsBack {
        fn requests(&self, channel: &Channel, batch: &mut Vec<Request>) {
            for request in batch.drain(..) {
                let channel = channel.clone();
                channel.extension(|| AtomicU32::new(0)).fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let back = channel.request(request.body.into(), LONG).await.expect("answered");
                    let count = channel.find_extension::<AtomicU32>().expect("set").load(Ordering::SeqCst);
                    assert_eq!(count, 1);
                    request.responder.respond(status::OK, back.body.into());
                });
            }
        }
    }
    let server = listen(any_port(), Arc::new(CallsBack));
    let options = ClientOptions::to_address(server.local_addr());
    for _ in 0..2 {
        let client = Client::connect(options.clone(), Some(Arc::new(Echo))).await.expect("connects");
        let response = client.call(Body::text("there and back"), LONG).await.expect("answered");
        assert_eq!(&response.body[1..], b"there and back");
    }
}
