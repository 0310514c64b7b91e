//! Client and listener against each other over loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use polydubbo::ErrorCode;
use polydubbo::codec::frame::status;
use polydubbo::exchange::{
    Body, Channel, Client, ClientOptions, Handler, Request, Responder, ServerListener, ServerOptions,
};

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(20);

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Answers each call with its own body.
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
    arrived: tokio::sync::Notify,
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

fn listen(handler: Arc<dyn Handler>) -> ServerListener {
    ServerListener::bind(ServerOptions::new(any_port()), handler).expect("a free port")
}

async fn connect(server: &ServerListener) -> Client {
    Client::connect(ClientOptions::to_address(server.local_addr()), None).await.expect("connects")
}

#[tokio::test]
async fn a_call_is_answered_with_its_own_bytes() {
    let server = listen(Arc::new(Echo));
    let client = connect(&server).await;
    for size in [0, 1, 255, 4095, 4096, 70_000, 3_000_000] {
        let body = Bytes::from(vec![size as u8; size]);
        let response = client
            .call(body.clone().into(), SECOND * 3)
            .await
            .unwrap_or_else(|e| panic!("{size} bytes: {e}"));
        assert_eq!((response.status, response.serialization), (status::OK, 2));
        assert!(response.body == body, "{size} bytes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_of_many_tasks_each_get_their_own_answer() {
    let server = listen(Arc::new(Echo));
    let client = connect(&server).await;
    let tasks = (0..200u32).map(|task| {
        let client = client.clone();
        tokio::spawn(async move {
            for round in 0..50u32 {
                let size = (task * 37 + round * 101) as usize % 9000;
                let mut bytes = vec![round as u8; size];
                bytes.extend(task.to_be_bytes());
                let response = client.call(bytes.clone().into(), LONG).await.expect("answered");
                assert!(response.body == bytes, "task {task} round {round}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn the_provider_calls_back_over_the_same_connection() {
    let server = listen(Arc::new(Echo));
    let options = ClientOptions::to_address(server.local_addr());
    let client = Client::connect(options, Some(Arc::new(Echo))).await.expect("connects");
    client.call(Body::new(), LONG).await.expect("the connection is accepted");
    let channel = server.channels().pop().expect("one connection");
    let response = channel.request(Body::text("hi"), LONG).await.expect("answered");
    assert_eq!(response.body, &b"\x02hi"[..]);
}

#[tokio::test]
async fn a_dropped_responder_answers_status_70() {
    let keep = Arc::new(Keep::default());
    let server = listen(keep.clone());
    let client = connect(&server).await;
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    keep.wait_for(1).await;
    keep.kept.lock().clear();
    let response = call.await.expect("no panic").expect("answered");
    assert_eq!(response.status, status::SERVICE_ERROR);
}

#[tokio::test]
async fn a_call_without_an_answer_times_out_and_its_late_answer_is_dropped() {
    let keep = Arc::new(Keep::default());
    let server = listen(keep.clone());
    let client = connect(&server).await;
    let error = client.call(Body::text("x"), Duration::from_millis(40)).await.expect_err("no answer");
    assert_eq!(error.code(), ErrorCode::StatusServerTimeout);
    assert!(error.message().starts_with("Waiting server-side response timeout by scan timer."), "{error}");
    assert_eq!(client.in_flight(), 0);
    keep.wait_for(1).await;
    let late = keep.kept.lock().pop().expect("kept");
    let call = tokio::spawn(client.call(Body::text("y"), LONG));
    keep.wait_for(1).await;
    late.respond(status::OK, Body::text("late"));
    keep.kept.lock().pop().expect("kept").respond(status::OK, Body::text("right"));
    let response = call.await.expect("no panic").expect("answered");
    assert_eq!(response.body, &b"\x05right"[..]);
}

#[tokio::test]
async fn lost_connections_fail_pending_calls_at_once_and_are_made_again() {
    let keep = Arc::new(Keep::default());
    let server = listen(keep.clone());
    let address = server.local_addr();
    let client = connect(&server).await;
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    keep.wait_for(1).await;
    server.close(Duration::ZERO).await;
    let error = call.await.expect("no panic").expect_err("lost");
    assert_eq!(error.code(), ErrorCode::StatusChannelInactive);
    assert!(error.message().contains("is inactive. Directly return the unFinished request : "), "{error}");
    drop(server);
    let again = ServerListener::bind(ServerOptions::new(address), Arc::new(Echo)).expect("the same port");
    let response = client.call(Body::text("back"), LONG).await.expect("answered over a new connection");
    assert_eq!(response.body, &b"\x04back"[..]);
    again.close(SECOND).await;
}

#[tokio::test]
async fn closing_lets_pending_calls_finish_and_refuses_new_ones() {
    let keep = Arc::new(Keep::default());
    let server = listen(keep.clone());
    let client = connect(&server).await;
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    keep.wait_for(1).await;
    let closing = tokio::spawn({
        let client = client.clone();
        async move { client.close(LONG).await }
    });
    while client.is_connected() {
        tokio::task::yield_now().await;
    }
    let refused = client.call(Body::text("y"), LONG).await.expect_err("closing");
    assert_eq!(refused.code(), ErrorCode::Network);
    keep.kept.lock().pop().expect("kept").respond(status::OK, Body::text("in time"));
    assert_eq!(call.await.expect("no panic").expect("answered").status, status::OK);
    closing.await.expect("no panic");
}

#[tokio::test]
async fn closing_without_patience_fails_pending_calls() {
    let keep = Arc::new(Keep::default());
    let server = listen(keep.clone());
    let client = connect(&server).await;
    let call = tokio::spawn(client.call(Body::text("x"), LONG));
    keep.wait_for(1).await;
    client.close(Duration::ZERO).await;
    let error = call.await.expect("no panic").expect_err("closed");
    assert_eq!(error.code(), ErrorCode::StatusChannelInactive);
}
