//! The clients of the benchmark, one file for each way to produce load.

mod core;
mod full;
mod idle;
mod open;
mod sync;
mod window_raw;
mod window_tokio;

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use polydubbo_meter::{Point, Schedule};

pub(crate) use crate::server::runtime;

use crate::body::{self, Body, Shape};

/// How load is produced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Raw pipelined frames, a fixed number in flight, no tasks: the limit, and the capacity of a provider.
    Window,
    /// Requests at a fixed rate; latency counts from the time a request should have been sent.
    Open,
    /// Threads that each wait for their answer.
    Sync,
    /// Tasks that each wait for their answer.
    Closed,
    /// Connections that do nothing: memory of the server for each.
    Idle,
    /// Calls that are never answered: memory of the client for each.
    Pending,
}

/// Which program part produces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientKind {
    /// epoll and blocking sockets of the system.
    Raw,
    /// The same loop on tokio's `current_thread` runtime.
    TokioRaw,
    /// Our exchange layer: frames, futures, one connection shared by all callers.
    Core,
    /// The layer above: real calls to one provider, encoded and decoded.
    Invoker,
    /// A reference with everything.
    Full,
}

/// Spacing of an open loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arrivals {
    /// Equal distances.
    Uniform,
    /// Exponential distances, as independent users make them.
    Poisson,
}

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// How load is produced.
    #[arg(long, value_enum)]
    pub(crate) mode: Mode,
    /// Which client.
    #[arg(long, value_enum, default_value = "raw")]
    pub(crate) client: ClientKind,
    /// `host:port` or `dubbo://host:port/...`.
    #[arg(long)]
    target: String,
    /// Shape of the requests.
    #[arg(long, value_enum, default_value = "frame")]
    pub(crate) shape: Shape,
    /// Bytes of user data in a request.
    #[arg(long, default_value_t = 256)]
    pub(crate) payload: usize,
    /// Requests in flight, over all connections.
    #[arg(long, default_value_t = 1)]
    pub(crate) in_flight: usize,
    /// Number of connections.
    #[arg(long, default_value_t = 1)]
    pub(crate) connections: usize,
    /// Requests each second, for `open`.
    #[arg(long, default_value_t = 1000.0)]
    pub(crate) rate: f64,
    /// Spacing of the requests, for `open`.
    #[arg(long, value_enum, default_value = "poisson")]
    pub(crate) arrivals: Arrivals,
    /// Seed of random arrivals.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads of the tokio runtime; 0 for a runtime inside the main thread.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Core to run on; without it the system decides.
    #[arg(long)]
    pin: Option<usize>,
    /// Warm-up and length.
    #[command(flatten)]
    pub(crate) schedule: Schedule,
}

/// The resolved subject of one run.
pub(crate) struct Task {
    pub(crate) address: SocketAddr,
    pub(crate) body: Body,
    pub(crate) args: RunArgs,
}

impl Task {
    /// How many of the requests in flight connection `index` carries.
    pub(crate) fn window_of(&self, index: usize) -> usize {
        let (each, rest) =
            (self.args.in_flight / self.args.connections, self.args.in_flight % self.args.connections);
        each + usize::from(index < rest)
    }
}

/// Measures one point and prints it.
pub(crate) fn run(args: &RunArgs) -> Result<()> {
    if let Some(core) = args.pin {
        polydubbo_meter::pin_to(core).context("cannot pin the client")?;
    }
    if args.connections == 0 || (args.mode != Mode::Idle && args.in_flight < args.connections) {
        bail!("every connection needs at least one request in flight");
    }
    let address = body::address(&args.target)?;
    let task = Task { address, body: Body::new(args.shape, args.payload), args: args.clone() };
    point(&task)?.print();
    Ok(())
}

fn point(task: &Task) -> Result<Point> {
    if task.args.mode == Mode::Closed && task.args.shape == Shape::Oneway {
        bail!("one-way calls are measured with --mode window, open or sync");
    }
    match (task.args.mode, task.args.client) {
        (Mode::Window, ClientKind::Raw) => window_raw::run(task),
        (Mode::Window, ClientKind::TokioRaw) => window_tokio::run(task),
        (Mode::Open, ClientKind::Raw) => open::run(task),
        (Mode::Sync, ClientKind::Raw) => sync::run(task),
        (Mode::Idle, ClientKind::Raw) => idle::run(task),
        (Mode::Closed, ClientKind::Core) => core::run(task),
        (Mode::Closed, ClientKind::Invoker) => full::invoker(task),
        (Mode::Closed, ClientKind::Full) => full::run(task),
        (Mode::Pending, ClientKind::Core) => core::pending(task),
        (mode, client) => bail!("client {client:?} has no mode {mode:?}"),
    }
}
