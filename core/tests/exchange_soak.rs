//! Many calls of random size over one connection whose bytes are cut and joined at random on their
//! way. `POLYDUBBO_SOAK_CALLS` sets the number of calls; the default is small enough for each run.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use polydubbo::codec::frame::status;
use polydubbo::exchange::{
    Body, Channel, Client, ClientOptions, Handler, Request, ServerListener, ServerOptions,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const LONG: Duration = Duration::from_secs(60);
const TASKS: u64 = 50;

/// Answers with the body turned round, some calls at once and some from another task.
#[derive(Default)]
struct Mirror {
    oneway: AtomicU64,
}

impl Handler for Mirror {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            if !request.two_way {
                self.oneway.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let answer: Vec<u8> = request.body.iter().rev().copied().collect();
            if answer.len().is_multiple_of(3) {
                tokio::spawn(async move { request.responder.respond(status::OK, answer.into()) });
            } else {
                request.responder.respond(status::OK, answer.into());
            }
        }
    }
}

/// Passes bytes on in pieces that have nothing to do with how they came.
async fn cut(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut buffer = Vec::new();
    loop {
        let room = 1 << random.u32(0..18);
        let mut limited = (&mut from).take(room);
        if !matches!(limited.read_buf(&mut buffer).await, Ok(1..)) {
            return;
        }
        // Sometimes keep bytes back, to be joined with the next ones.
        if random.u8(..) < 60 {
            let more = tokio::time::timeout(Duration::from_micros(200), from.read_buf(&mut buffer)).await;
            if matches!(more, Ok(Ok(0) | Err(_))) {
                return;
            }
        }
        let mut rest = &buffer[..];
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at(random.usize(1..=rest.len()));
            if to.write_all(piece).await.is_err() {
                return;
            }
            rest = tail;
        }
        buffer.clear();
    }
}

async fn proxy(target: SocketAddr, seed: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(target).await.expect("the server listens");
            near.set_nodelay(true).expect("a socket");
            far.set_nodelay(true).expect("a socket");
            let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
            tokio::spawn(cut(near_read, far_write, seed));
            tokio::spawn(cut(far_read, near_write, !seed));
        }
    });
    address
}

fn random_body(random: &mut fastrand::Rng) -> Vec<u8> {
    let size = match random.u8(..) {
        0..200 => random.usize(..300),
        200..250 => random.usize(..10_000),
        _ => random.usize(..200_000),
    };
    let first = random.u8(..);
    (0..size).map(|at| first.wrapping_add(at as u8)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_calls_over_a_connection_that_cuts_and_joins_are_all_answered_right() {
    let calls = std::env::var("POLYDUBBO_SOAK_CALLS").map_or(5_000, |text| text.parse().expect("a number"));
    let seed = fastrand::u64(..);
    println!("seed {seed}, {calls} calls");
    let mirror = Arc::new(Mirror::default());
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ServerListener::bind(ServerOptions::new(address), mirror.clone()).expect("a free port");
    let mut options = ClientOptions::to_address(proxy(server.local_addr(), seed).await);
    options.connection.heartbeat = Duration::from_millis(1);
    let client = Client::connect(options, None).await.expect("connects");

    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let client = client.clone();
            let mut random = fastrand::Rng::with_seed(seed.wrapping_add(task));
            tokio::spawn(async move {
                let mut oneway = 0;
                for _ in 0..calls / TASKS {
                    let body = random_body(&mut random);
                    if random.u8(..) < 20 {
                        // Congested: the peer of the test is slow, and a one-way call does not wait.
                        oneway += u64::from(client.oneway(&Body::from(body.clone()), None).await.is_ok());
                    }
                    let want: Vec<u8> = body.iter().rev().copied().collect();
                    let response = client.call(body.into(), LONG).await.expect("answered");
                    assert!(response.status == status::OK && response.body == want);
                }
                oneway
            })
        })
        .collect();
    let mut oneway = 0;
    for task in tasks {
        oneway += task.await.expect("no panic");
    }
    assert_eq!(client.in_flight(), 0, "a pending entry is left");
    assert_eq!(mirror.oneway.load(Ordering::Relaxed), oneway);
    assert_eq!((server.serving(), server.channels().len()), (0, 1), "one connection carried it all");
}
