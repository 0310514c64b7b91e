//! Allocations of a call and memory of connections, counted by an allocator of its own. One test,
//! so that nothing else allocates meanwhile.

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use polydubbo::codec::frame::{FrameHeader, HESSIAN2, status};
use polydubbo::exchange::{
    Body, Call, Channel, Client, ClientOptions, Complete, Handler, Request, Responder, Response,
    ServerListener, ServerOptions,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        LIVE.fetch_add(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LONG: Duration = Duration::from_secs(60);
const BODY: &[u8] = &[7; 256];

struct Echo;

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            request.responder.respond(status::OK, request.body.into());
        }
    }
}

fn listen(handler: Arc<dyn Handler>) -> ServerListener {
    let options = ServerOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    ServerListener::bind(options, handler).expect("a free port")
}

/// Runs calls at a depth without a task for each, and returns the allocations of both ends.
async fn allocations(client: &Client, calls: &mut Vec<Call>, rounds: usize, depth: usize) -> u64 {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..rounds {
        calls.extend((0..depth).map(|_| client.call(Body::from(BODY), LONG)));
        poll_fn(|cx| {
            calls.retain_mut(|call| match Pin::new(call).poll(cx) {
                Poll::Ready(response) => {
                    assert_eq!(response.expect("answered").body, BODY);
                    false
                }
                Poll::Pending => true,
            });
            if calls.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

async fn a_call_allocates_the_two_bodies_that_arrive() {
    let server = listen(Arc::new(Echo));
    let client =
        Client::connect(ClientOptions::to_address(server.local_addr()), None).await.expect("connects");
    let mut calls = Vec::with_capacity(512);
    for depth in [1, 8, 64, 512] {
        allocations(&client, &mut calls, 20, depth).await;
        let rounds = 2000 / depth;
        let counted = allocations(&client, &mut calls, rounds, depth).await;
        let total = (rounds * depth) as u64;
        println!("depth {depth}: {counted} allocations for {total} calls, both ends");
        // One body in the server, one in the client; a few for buffers that still grow.
        assert!(counted <= 2 * total + 40, "depth {depth}: {counted} allocations for {total} calls");
    }
}

async fn an_idle_connection_keeps_little() {
    const CONNECTIONS: usize = 1000;
    let server = listen(Arc::new(Echo));
    let mut peers: Vec<TcpStream> = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        peers.push(TcpStream::connect(server.local_addr()).await.expect("connects"));
    }
    while server.channels().len() < CONNECTIONS {
        tokio::task::yield_now().await;
    }
    // What the peers of the test cost is measured by the same number of connections without us.
    let ours = LIVE.load(Ordering::Relaxed);
    let frame = [&FrameHeader::request(1, HESSIAN2, true, BODY.len() as u32).encode()[..], BODY].concat();
    let mut answer = vec![0; frame.len()];
    for peer in &mut peers {
        peer.write_all(&frame).await.expect("written");
        peer.read_exact(&mut answer).await.expect("answered");
    }
    let after_use = LIVE.load(Ordering::Relaxed);
    let grown = (after_use - ours) / CONNECTIONS as i64;
    println!("a connection keeps {grown} bytes more after its first exchange");
    assert!(grown < 64, "{grown} bytes per connection are kept after an exchange");
    server.close(LONG).await;
    let without = LIVE.load(Ordering::Relaxed);
    let each = (after_use - without) / CONNECTIONS as i64;
    println!("an idle server connection keeps {each} bytes");
    assert!(each <= 1300, "{each} bytes per idle connection");
}

/// Keeps all calls; counts the ends.
#[derive(Default)]
struct Keep(parking_lot::Mutex<Vec<Responder>>);

impl Handler for Keep {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        self.0.lock().extend(batch.drain(..).map(|request| request.responder));
    }
}

#[derive(Default)]
struct Ends(AtomicU64);

impl Complete for Ends {
    fn complete(&self, _: u64, result: polydubbo::Result<Response>) {
        assert!(result.is_ok());
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

async fn a_pending_call_keeps_little_and_all_is_given_back() {
    const CALLS: u64 = 100_000;
    let keep = Arc::new(Keep::default());
    keep.0.lock().reserve_exact(CALLS as usize);
    let server = listen(keep.clone());
    let mut options = ClientOptions::to_address(server.local_addr());
    options.connection.max_in_flight = CALLS as u32;
    let client = Client::connect(options, None).await.expect("connects");
    let ends = Arc::new(Ends::default());
    let sink: Arc<dyn Complete> = ends.clone();
    let before = LIVE.load(Ordering::Relaxed);
    for token in 0..CALLS {
        while client.submit(Body::new(), LONG, &sink, token).is_err() {
            tokio::task::yield_now().await;
        }
    }
    while (keep.0.lock().len() as u64) < CALLS {
        tokio::task::yield_now().await;
    }
    let each = (LIVE.load(Ordering::Relaxed) - before) / CALLS as i64;
    println!("a pending call keeps {each} bytes, buffers of both ends included");
    assert!(each <= 160, "{each} bytes per pending call");
    for responder in std::mem::take(&mut *keep.0.lock()) {
        responder.respond(status::OK, Body::new());
    }
    while ends.0.load(Ordering::Relaxed) < CALLS {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn calls_and_connections_stay_within_their_budgets() {
    a_call_allocates_the_two_bodies_that_arrive().await;
    an_idle_connection_keeps_little().await;
    a_pending_call_keeps_little_and_all_is_given_back().await;
}
