//! tarpc over TCP with bincode.

use anyhow::Result;
use futures::StreamExt;
use polydubbo_meter::{Caller, Point, closed};
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, context, serde_transport};

use crate::{RunArgs, payload};

#[tarpc::service]
trait Echo {
    async fn echo(bytes: Vec<u8>) -> Vec<u8>;
}

#[derive(Clone)]
struct Server;

impl Echo for Server {
    async fn echo(self, _: context::Context, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
}

pub async fn serve() -> Result<()> {
    let mut listener = serde_transport::tcp::listen("127.0.0.1:0", Bincode::default).await?;
    println!("READY port={}", listener.local_addr().port());
    while let Some(Ok(transport)) = listener.next().await {
        transport.get_ref().set_nodelay(true)?;
        let answers = BaseChannel::with_defaults(transport).execute(Server.serve());
        tokio::spawn(answers.for_each(|answer| async {
            tokio::spawn(answer);
        }));
    }
    Ok(())
}

pub async fn run(args: &RunArgs) -> Result<Point> {
    let transport = serde_transport::tcp::connect(args.target, Bincode::default).await?;
    transport.get_ref().set_nodelay(true)?;
    let mut config = client::Config::default();
    config.max_in_flight_requests = 2 * args.in_flight.max(1000);
    config.pending_request_buffer = config.max_in_flight_requests;
    let client = EchoClient::new(config, transport).spawn();
    let bytes = payload(args.payload);
    let callers = (0..args.in_flight).map(|_| TarpcCaller { client: client.clone(), bytes: bytes.clone() });
    Ok(closed(args.schedule.clone(), callers.collect()).await)
}

struct TarpcCaller {
    client: EchoClient,
    bytes: Vec<u8>,
}

impl Caller for TarpcCaller {
    async fn call(&mut self) -> bool {
        let answer = self.client.echo(context::current(), self.bytes.clone()).await;
        answer.is_ok_and(|bytes| bytes.len() == self.bytes.len())
    }
}
