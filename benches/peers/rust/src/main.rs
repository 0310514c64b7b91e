//! tonic and tarpc echoing 256 bytes, measured by the same meter as our own client.
//!
//! Both get their best simple set-up: one connection, one single-threaded runtime on each side, no TLS, raw bytes
//! as messages (tonic without Protobuf, tarpc with bincode), `TCP_NODELAY`.

#![forbid(unsafe_code)]

mod rpc_tarpc;
mod rpc_tonic;

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::{Args, Parser, ValueEnum};
use polydubbo_meter::{Schedule, pin_to};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Peer {
    Tonic,
    Tarpc,
}

#[derive(Debug, Parser)]
enum Command {
    /// Serves until the process is ended; prints `READY port=<port>`.
    Serve(ServeArgs),
    /// Measures one point.
    Run(RunArgs),
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[arg(long, value_enum)]
    server: Peer,
    #[arg(long)]
    pin: Option<usize>,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[arg(long, value_enum)]
    client: Peer,
    #[arg(long)]
    target: SocketAddr,
    #[arg(long, default_value_t = 1)]
    in_flight: usize,
    #[arg(long, default_value_t = 256)]
    payload: usize,
    #[arg(long)]
    pin: Option<usize>,
    #[command(flatten)]
    schedule: Schedule,
}

fn main() -> Result<()> {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    match Command::parse() {
        Command::Serve(args) => {
            pin(args.pin)?;
            runtime()?.block_on(async {
                match args.server {
                    Peer::Tonic => rpc_tonic::serve().await,
                    Peer::Tarpc => rpc_tarpc::serve().await,
                }
            })
        }
        Command::Run(args) => {
            pin(args.pin)?;
            let point = runtime()?.block_on(async {
                match args.client {
                    Peer::Tonic => rpc_tonic::run(&args).await,
                    Peer::Tarpc => rpc_tarpc::run(&args).await,
                }
            })?;
            point.print();
            Ok(())
        }
    }
}

fn pin(core: Option<usize>) -> Result<()> {
    core.map_or(Ok(()), |core| pin_to(core).context("cannot pin"))
}

/// The bytes that are echoed.
fn payload(length: usize) -> Vec<u8> {
    (0..length).map(|index| b'a' + (index % 26) as u8).collect()
}
