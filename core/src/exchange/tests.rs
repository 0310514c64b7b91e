//! Counted costs of calls over loopback, on one thread, where every count is exact.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::counters::Count;
use super::driver::RELEASE_AFTER;
use super::shared::Shared;
use super::{Body, Call, Channel, Client, ClientOptions, Handler, Request, ServerListener, ServerOptions};
use crate::codec::frame::status;

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
    assert!(locks <= calls + 8 * rounds, "server: {locks} locks for {calls} calls");
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
