//! The servers of the benchmark: two yardsticks, and ours on every level.

mod core;
mod full;
mod pool;
mod raw;
mod tokio_raw;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use self::full::Slow;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tokio::runtime::{Builder, Runtime};

/// Which server to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerKind {
    /// epoll, one thread, echoes frames.
    Raw,
    /// The same loop on tokio's `current_thread` runtime.
    TokioRaw,
    /// Our exchange layer, echoes frames on the task that owns the socket.
    Core,
    /// The same, answers by the threads of a worker pool.
    CorePool,
    /// A provider with everything.
    Full,
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
    /// Threads of the tokio runtime; 0 for a runtime inside the main thread. Only for our own servers.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Core to run on; without it the system decides.
    #[arg(long)]
    pin: Option<usize>,
    /// Microseconds of work that the handler does for each request.
    #[arg(long, default_value_t = 0)]
    work_us: u64,
    /// Share of calls that wait, and how long, as `1%:5ms`; only for `full`.
    #[arg(long)]
    slow: Option<String>,
}

impl ServeArgs {
    fn slow(&self) -> Result<Slow> {
        match &self.slow {
            Some(text) => Slow::parse(text).with_context(|| format!("--slow {text} is not like 1%:5ms")),
            None => Ok(Slow::NONE),
        }
    }

    fn work(&self) -> Work {
        Work(Duration::from_micros(self.work_us))
    }
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
    match args.server {
        ServerKind::Core => return core::serve(args),
        ServerKind::CorePool => return pool::serve(args),
        ServerKind::Full => return full::serve(args),
        ServerKind::Raw | ServerKind::TokioRaw | ServerKind::Hole => {}
    }
    let listener = TcpListener::bind(("127.0.0.1", args.port))?;
    announce(listener.local_addr()?.port());
    match args.server {
        ServerKind::TokioRaw => tokio_raw::serve(listener, args.work()),
        ServerKind::Hole => hole(&listener),
        _ => raw::serve(listener, args.work()),
    }
}

/// A runtime inside the calling thread, or one with this many threads.
pub(crate) fn runtime(threads: usize) -> Result<Runtime> {
    let mut builder = if threads == 0 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if threads > 0 {
        builder.worker_threads(threads);
    }
    Ok(builder.enable_all().build()?)
}

/// Tells whoever started us that connections are accepted.
fn announce(port: u16) {
    println!("READY port={port}");
}

fn hole(listener: &TcpListener) -> Result<()> {
    loop {
        let (mut stream, _) = listener.accept()?;
        std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    }
}
