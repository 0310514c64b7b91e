//! Connections shared between references.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use polydubbo::codec::frame::status;
use polydubbo::exchange::{
    Body, Channel, ClientOptions, ClientPool, ConnectionCount, Handler, Request, ServerListener,
    ServerOptions,
};

const LONG: Duration = Duration::from_secs(20);

struct Echo;

impl Handler for Echo {
    fn requests(&self, _: &Channel, batch: &mut Vec<Request>) {
        for request in batch.drain(..) {
            request.responder.respond(status::OK, request.body.into());
        }
    }
}

fn listen() -> ServerListener {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    ServerListener::bind(ServerOptions::new(address), Arc::new(Echo)).expect("a free port")
}

fn shared(share_connections: u32) -> ConnectionCount {
    ConnectionCount { connections: 0, share_connections }
}

#[tokio::test]
async fn references_share_connections_until_the_last_one_is_released() {
    let server = listen();
    let pool = ClientPool::new();
    let options = ClientOptions::to_address(server.local_addr());
    let first = pool.acquire(&options, shared(2), None).await.expect("connects");
    let second = pool.acquire(&options, shared(5), None).await.expect("shares");
    assert_eq!((first.clients().len(), second.clients().len()), (2, 2));
    for connections in [&first, &second, &first, &second] {
        connections.next().call(Body::new(), LONG).await.expect("answered");
    }
    assert_eq!(server.channels().len(), 2);

    first.close(LONG).await;
    assert!(second.is_available());
    second.next().call(Body::new(), LONG).await.expect("still answered");
    let client = second.next().clone();
    second.close(LONG).await;
    assert!(!client.is_connected());

    let third = pool.acquire(&options, shared(1), None).await.expect("connects anew");
    assert_eq!(third.clients().len(), 1);
    assert!(third.is_available());
}

#[tokio::test]
async fn exclusive_connections_are_not_shared() {
    let server = listen();
    let pool = ClientPool::new();
    let options = ClientOptions::to_address(server.local_addr());
    let count = ConnectionCount { connections: 3, share_connections: 1 };
    let mine = pool.acquire(&options, count, None).await.expect("connects");
    let other = pool.acquire(&options, shared(1), None).await.expect("connects");
    for client in mine.clients().iter().chain(other.clients()) {
        client.call(Body::new(), LONG).await.expect("answered");
    }
    assert_eq!(server.channels().len(), 4);
    mine.close(LONG).await;
    assert!(other.is_available());
}

#[tokio::test]
async fn a_failed_first_reference_leaves_nothing_behind() {
    let server = listen();
    let options = ClientOptions::to_address(server.local_addr());
    server.close(LONG).await;
    drop(server);
    let pool = ClientPool::new();
    let error = pool.acquire(&options, shared(1), None).await.expect_err("nobody listens");
    assert!(error.message().contains("failed to connect to server"), "{error}");
    assert_eq!(format!("{pool:?}"), "ClientPool { addresses: 0 }");
}

#[tokio::test]
async fn dropped_connections_disconnect() {
    let server = listen();
    let pool = ClientPool::new();
    let options = ClientOptions::to_address(server.local_addr());
    let connections = pool.acquire(&options, shared(1), None).await.expect("connects");
    connections.next().call(Body::new(), LONG).await.expect("answered");
    drop(connections);
    while !server.channels().is_empty() {
        tokio::task::yield_now().await;
    }
}
