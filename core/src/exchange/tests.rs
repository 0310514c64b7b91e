//! Counted costs of calls over loopback, on one thread, where every count is exact.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::counters::Count;
use super::driver::RELEASE_AFTER;
use super::shared::Shared;
use super::{Body, Call, Channel, Client, ClientOptions, Handler, Request, ServerListener, ServerOptions};
use crate::codec::frame::{FrameHeader, HEADER_LENGTH, HESSIAN2, status};

const LONG: Duration = Duration::from_secs(60);

struct Echo;

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            request.responder.respond(status::OK, request.body.into());
        }
    }
}

struct Pair {
    client: Client,
    server: ServerListener,
    near: Arc<Shared>,
    far: Arc<Shared>,
}

async fn pair() -> Pair {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ServerListener::bind(ServerOptions::new(address), Arc::new(Echo)).expect("a free port");
    let options = ClientOptions::to_address(server.local_addr());
    let client = Client::connect(options, None).await.expect("connects");
    client.call(Body::text("warm"), LONG).await.expect("answered");
    let near = client.channel().expect("connected").0;
    let far = server.channels().pop().expect("connected").0;
    Pair { client, server, near, far }
}

impl Pair {
    /// Locks, writes, wakes and timers of one end.
    fn costs(shared: &Shared) -> [u64; 4] {
        [Count::Lock, Count::Write, Count::Wake, Count::Timer].map(|count| shared.counters.get(count))
    }

    /// Runs `rounds` times `depth` calls at once, and returns the costs of both ends. Timers that are
    /// set because time passes, not because calls are made, are left out.
    async fn run(&self, rounds: usize, depth: usize) -> ([u64; 4], [u64; 4]) {
        let began = Instant::now();
        let (near, far) = (Self::costs(&self.near), Self::costs(&self.far));
        for _ in 0..rounds {
            let tasks: Vec<_> =
                (0..depth).map(|_| tokio::spawn(self.client.call(Body::text("x"), LONG))).collect();
            for task in tasks {
                task.await.expect("no panic").expect("answered");
            }
        }
        let by_time = began.elapsed().as_millis() as u64 / u64::from(RELEASE_AFTER);
        let spent = |before: [u64; 4], shared| {
            let now = Self::costs(shared);
            let mut spent: [u64; 4] = std::array::from_fn(|index| now[index] - before[index]);
            spent[3] = spent[3].saturating_sub(by_time);
            spent
        };
        (spent(near, &self.near), spent(far, &self.far))
    }
}

#[tokio::test]
async fn many_calls_at_once_share_one_write_one_wake_and_a_few_locks() {
    let pair = pair().await;
    pair.run(2, 64).await;
    let (rounds, depth) = (50, 64);
    let (near, far) = pair.run(rounds, depth).await;
    let rounds = rounds as u64;
    let calls = rounds * depth as u64;
    let [locks, writes, wakes, timers] = near;
    assert!(locks <= 2 * calls + 8 * rounds, "client: {locks} locks for {calls} calls");
    assert!(writes <= rounds + 2, "client: {writes} writes for {rounds} batches");
    assert!(wakes <= rounds + 2, "client: {wakes} wakes for {rounds} batches");
    assert!(timers <= 4, "client: {timers} timers for {calls} calls");
    let [locks, writes, wakes, timers] = far;
    assert!(locks <= 8 * rounds, "server: {locks} locks for {rounds} batches");
    assert!(writes <= rounds + 2, "server: {writes} writes for {rounds} batches");
    assert!(wakes == 0 && timers <= 1, "server: {wakes} wakes, {timers} timers");
    drop(pair.server);
}

#[tokio::test]
async fn a_lonely_caller_writes_itself_and_wakes_nobody() {
    let pair = pair().await;
    pair.run(2, 1).await;
    let (near, far) = pair.run(100, 1).await;
    let [locks, writes, wakes, timers] = near;
    assert!(locks <= 100 * 5, "client: {locks} locks");
    assert_eq!(writes, 100, "client");
    assert!(wakes <= 1 && timers <= 2, "client: {wakes} wakes, {timers} timers");
    let [_, writes, wakes, timers] = far;
    assert_eq!((writes, wakes), (100, 0), "server");
    assert!(timers <= 1, "server: {timers} timers");
}

#[tokio::test]
async fn a_flush_under_load_is_one_wake_for_all_callers() {
    let pair = pair().await;
    let before = pair.near.counters.get(Count::Wake);
    let mut calls: Vec<Call> = (0..100).map(|_| pair.client.call(Body::text("x"), LONG)).collect();
    poll_fn(|cx| {
        for call in &mut calls {
            assert!(Pin::new(call).poll(cx).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    // The first caller is alone and writes itself; the second wakes the task, the others nobody.
    let wakes = pair.near.counters.get(Count::Wake) - before;
    assert!(wakes <= 2, "{wakes} wakes for 100 calls");
    for call in calls {
        call.await.expect("answered");
    }
}

#[tokio::test]
async fn an_idle_connection_gives_its_buffers_back() {
    let pair = pair().await;
    pair.run(1, 200).await;
    for shared in [&pair.near, &pair.far] {
        while shared.lock().connection.holds_memory() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    pair.run(1, 200).await;
}

/// Answers small and large bodies, drops every third call, and panics at a call that asks for it.
#[derive(Default)]
struct Mixed {
    answered: AtomicUsize,
}

impl Handler for Mixed {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            match request.body.len() % 3 {
                _ if request.body.is_empty() => panic!("a bug of the handler"),
                0 => drop(request),
                1 => request.responder.respond(status::OK, request.body.into()),
                _ => request.responder.respond(status::OK, vec![7; 10 * request.body.len()].into()),
            }
        }
    }

    fn answered(&self, calls: usize) {
        self.answered.fetch_add(calls, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn answers_of_one_read_keep_their_order_and_are_counted() {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let handler = Arc::new(Mixed::default());
    let server = ServerListener::bind(ServerOptions::new(address), handler.clone()).expect("a free port");
    let mut peer = TcpStream::connect(server.local_addr()).await.expect("connects");
    let sizes = [1, 2, 3, 500, 501, 502, 1000, 4];
    let mut frames = Vec::new();
    for (id, size) in (0..).zip(sizes) {
        frames.extend(FrameHeader::request(id, HESSIAN2, true, size as u32).encode());
        frames.extend(vec![5; size]);
    }
    // A call without an answer is counted too.
    frames.extend(FrameHeader::request(100, HESSIAN2, false, 1).encode());
    frames.push(5);
    for round in 1..=3 {
        peer.write_all(&frames).await.expect("written");
        for (id, size) in (0..).zip(sizes) {
            let mut header = [0; HEADER_LENGTH];
            peer.read_exact(&mut header).await.expect("answered");
            let mut body =
                vec![0; u32::from_be_bytes([header[12], header[13], header[14], header[15]]) as usize];
            peer.read_exact(&mut body).await.expect("answered");
            assert_eq!(header[4..12], i64::to_be_bytes(id), "round {round}");
            match size % 3 {
                0 => assert_eq!(header[3], status::SERVICE_ERROR),
                1 => assert_eq!((header[3], body), (status::OK, vec![5; size])),
                _ => assert_eq!((header[3], body), (status::OK, vec![7; 10 * size])),
            }
        }
        while handler.answered.load(Ordering::Relaxed) < round * (sizes.len() + 1) {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.serving(), 0);
}

#[tokio::test]
async fn calls_of_a_read_in_which_the_handler_panics_are_counted_as_over() {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let handler = Arc::new(Mixed::default());
    let server = ServerListener::bind(ServerOptions::new(address), handler.clone()).expect("a free port");
    for round in 1..=2 {
        let mut peer = TcpStream::connect(server.local_addr()).await.expect("connects");
        let mut frames = Vec::new();
        for (id, size) in [1, 2, 0, 1].into_iter().enumerate() {
            frames.extend(FrameHeader::request(id as i64, HESSIAN2, true, size).encode());
            frames.extend(vec![5; size as usize]);
        }
        peer.write_all(&frames).await.expect("written");
        while peer.read_u8().await.is_ok() {}
        while handler.answered.load(Ordering::Relaxed) < 4 * round {
            tokio::task::yield_now().await;
        }
    }
}
