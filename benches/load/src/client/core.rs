//! Our exchange client: futures in a closed loop, and calls that stay pending.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use polydubbo::ErrorCode;
use polydubbo::exchange::{Body, Client, ClientOptions, Complete, Response};
use polydubbo_meter::{Caller, Point, closed, resident_bytes};

use crate::client::{Task, runtime};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Tasks that each wait for their answer, on one or several connections.
pub(crate) fn run(task: &Task) -> Result<Point> {
    runtime(task.args.threads)?.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..task.args.connections {
            clients.push(connect(task).await?);
        }
        // The same bytes for all, as the yardsticks send them: copies would measure the cache.
        let body = Bytes::copy_from_slice(task.body.bytes());
        let subject = Arc::new(task.body.clone());
        let callers = (0..task.args.in_flight).map(|index| CoreCaller {
            client: clients[index % clients.len()].clone(),
            body: body.clone(),
            subject: subject.clone(),
        });
        Ok(closed(task.args.schedule.clone(), callers.collect()).await)
    })
}

async fn connect(task: &Task) -> Result<Client> {
    let mut options = ClientOptions::to_address(task.address);
    options.connection.max_in_flight =
        u32::try_from(task.args.in_flight)?.max(options.connection.max_in_flight);
    Ok(Client::connect(options, None).await?)
}

struct CoreCaller {
    client: Client,
    body: Bytes,
    subject: Arc<crate::body::Body>,
}

impl Caller for CoreCaller {
    async fn call(&mut self) -> bool {
        let answer = self.client.call(Body::from(self.body.clone()), TIMEOUT).await;
        answer.is_ok_and(|response| self.subject.is_answered_with(response.status, &response.body))
    }
}

/// Submits calls that are never answered and tells by how much this process has grown for each.
pub(crate) fn pending(task: &Task) -> Result<Point> {
    runtime(0)?.block_on(async {
        let client = connect(task).await?;
        let sink: Arc<dyn Complete> = Arc::new(Ignore);
        let pid = std::process::id();
        let before = resident_bytes(pid);
        for token in 0..task.args.in_flight as u64 {
            while let Err(error) = client.submit(empty(), Duration::from_secs(600), &sink, token) {
                if error.code() != ErrorCode::LimitExceeded {
                    return Err(error.into());
                }
                // The buffer is full: let the owner of the socket write.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        if client.in_flight() as usize != task.args.in_flight {
            bail!("only {} calls are pending", client.in_flight());
        }
        // What is not written yet is no cost of a pending call.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let grown = resident_bytes(pid).saturating_sub(before) as f64;
        let calls = task.args.in_flight as f64;
        Ok(Point::of_extra([("bytes_per_call", grown / calls), ("calls", calls)]))
    })
}

fn empty() -> Body {
    Body::from_segments([Bytes::from_static(b"N")])
}

struct Ignore;

impl Complete for Ignore {
    fn complete(&self, _: u64, _: polydubbo::Result<Response>) {}
}
