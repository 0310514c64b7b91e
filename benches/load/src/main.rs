//! Load generator of the benchmark, and the servers it is compared against.
//!
//! `polydubbo-load serve` runs one server; `polydubbo-load run` measures one point and prints it as a line of
//! JSON (see `polydubbo_meter::Point`). `cargo xtask bench` plays many of them against each other.

#![forbid(unsafe_code)]

mod body;
mod client;
mod frame;
mod link;
mod poll;
mod server;

use anyhow::Result;
use clap::Parser;

#[cfg(feature = "count-alloc")]
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

/// Measures one point, or serves.
#[derive(Debug, Parser)]
#[command(version, about)]
enum Command {
    /// Runs a server until the process is ended.
    Serve(server::ServeArgs),
    /// Measures one point against a server.
    Run(Box<client::RunArgs>),
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Serve(args) => server::serve(&args),
        Command::Run(args) => client::run(&args),
    }
}
