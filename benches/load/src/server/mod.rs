//! The servers of the benchmark: two yardsticks, and ours on every level.

mod raw;
mod tokio_raw;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

/// Which server to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerKind {
    /// epoll, one thread, echoes frames.
    Raw,
    /// The same loop on tokio's `current_thread` runtime.
    TokioRaw,
    /// Accepts and reads, never answers: callers stay pending.
    Hole,
}

/// Arguments of `serve`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// What answers.
    #[arg(long, value_enum)]
    server: ServerKind,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Core to run on; without it the system decides.
    #[arg(long)]
    pin: Option<usize>,
    /// Microseconds of work that the handler does for each request.
    #[arg(long, default_value_t = 0)]
    work_us: u64,
}

/// What a handler does before it answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work(Duration);

impl Work {
    /// Burns the configured time.
    pub(crate) fn spin(self) {
        if !self.0.is_zero() {
            let end = Instant::now() + self.0;
            while Instant::now() < end {
                std::hint::spin_loop();
            }
        }
    }
}

/// Runs a server until the process is ended; prints `READY port=<port>` once it accepts connections.
pub(crate) fn serve(args: &ServeArgs) -> Result<()> {
    if let Some(core) = args.pin {
        polydubbo_meter::pin_to(core).context("cannot pin the server")?;
    }
    let work = Work(Duration::from_micros(args.work_us));
    let listener = TcpListener::bind(("127.0.0.1", args.port))?;
    println!("READY port={}", listener.local_addr()?.port());
    match args.server {
        ServerKind::Raw => raw::serve(listener, work),
        ServerKind::TokioRaw => tokio_raw::serve(listener, work),
        ServerKind::Hole => hole(&listener),
    }
}

fn hole(listener: &TcpListener) -> Result<()> {
    loop {
        let (mut stream, _) = listener.accept()?;
        std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    }
}
