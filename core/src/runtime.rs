//! The threads that move bytes for a host language.
//!
//! Rust programs need none of this: their calls run on the tokio runtime that they already have. A
//! binding owns one [`Runtime`]: a few threads, each a single-threaded tokio runtime, so that a
//! connection never migrates between threads and a batch of responses costs one wake-up.
//!
//! A runtime does not survive `fork`. A binding reports the fork with [`mark_forked`]; from then on every
//! handle made before it answers [`ErrorCode::Forked`] in the child instead of hanging.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

use crate::error::{Error, ErrorCode, Result};
use crate::registry::leave_all;

mod hosted;

pub(crate) use hosted::Seat;

/// How many times this process is a forked child of a process that had loaded the library.
static FORK_GENERATION: AtomicU32 = AtomicU32::new(0);

/// The runtime that [`Runtime::shared`] hands out.
static SHARED: Mutex<Option<Runtime>> = Mutex::new(None);

/// Tells the library that this process is a forked child. Called in the child, before anything else.
///
/// Every runtime and handle made before keeps its memory but becomes unusable: dropping it properly would
/// wait for threads that do not exist in the child.
pub fn mark_forked() {
    FORK_GENERATION.fetch_add(1, Ordering::Relaxed);
    if let Some(runtime) = SHARED.lock().take() {
        std::mem::forget(runtime);
    }
}

/// How a [`Runtime`] is built.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// Number of I/O threads; connections are spread over them. 1 by default: one thread carries several
    /// hundred thousand calls per second, and more threads cost more wake-ups per call.
    pub io_threads: usize,
    /// Prefix of the thread names.
    pub thread_name: String,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self { io_threads: 1, thread_name: "polydubbo-io".to_owned() }
    }
}

/// A set of I/O threads; clones share it.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    handles: Vec<Handle>,
    next: AtomicUsize,
    stop: watch::Sender<bool>,
    stopped: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Of a runtime that a thread of the host drives.
    seat: Option<Arc<Seat>>,
    fork_generation: u32,
}

impl Runtime {
    /// Starts the I/O threads.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidArgument`] for no or more than 64 threads, [`ErrorCode::Internal`] when the system refuses a thread.
    pub fn new(options: &RuntimeOptions) -> Result<Self> {
        if !(1..=64).contains(&options.io_threads) {
            return Err(Error::new(ErrorCode::InvalidArgument, "io_threads must be 1 to 64")
                .with("io_threads", options.io_threads));
        }
        let (stop, stopped) = watch::channel(false);
        let mut handles = Vec::new();
        let mut threads = Vec::new();
        for index in 0..options.io_threads {
            let runtime = single_threaded()?;
            handles.push(runtime.handle().clone());
            let mut stopped = stopped.clone();
            let run = move || {
                // The sender lives in `Inner`; its loss means stop as well.
                let _ = runtime.block_on(stopped.wait_for(|stop| *stop));
                runtime.shutdown_background();
            };
            let name = format!("{}-{index}", options.thread_name);
            threads.push(std::thread::Builder::new().name(name).spawn(run).map_err(thread_error)?);
        }
        Ok(Self::of(handles, threads, stop, None))
    }

    /// A runtime that whoever sits on the seat drives.
    fn hosted() -> Result<(Self, Arc<Seat>)> {
        let runtime = single_threaded()?;
        let handles = vec![runtime.handle().clone()];
        let seat = Arc::new(Seat::new(runtime));
        let stand_in = Arc::clone(&seat);
        let name = format!("{}-0", RuntimeOptions::default().thread_name);
        let thread = std::thread::Builder::new().name(name).spawn(move || stand_in.stand_in());
        let threads = vec![thread.map_err(thread_error)?];
        let (stop, _) = watch::channel(false);
        Ok((Self::of(handles, threads, stop, Some(Arc::clone(&seat))), seat))
    }

    fn of(
        handles: Vec<Handle>,
        threads: Vec<JoinHandle<()>>,
        stop: watch::Sender<bool>,
        seat: Option<Arc<Seat>>,
    ) -> Self {
        Self(Arc::new(Inner {
            handles,
            next: AtomicUsize::new(0),
            stop,
            stopped: AtomicBool::new(false),
            threads: Mutex::new(threads),
            seat,
            fork_generation: FORK_GENERATION.load(Ordering::Relaxed),
        }))
    }

    /// The process-wide default runtime, started at the first use.
    ///
    /// # Errors
    /// As [`Runtime::new`].
    pub fn shared() -> Result<Self> {
        let mut shared = SHARED.lock();
        match &*shared {
            Some(runtime) if !runtime.0.stopped.load(Ordering::Relaxed) => Ok(runtime.clone()),
            _ => {
                let runtime = Self::new(&RuntimeOptions::default())?;
                *shared = Some(runtime.clone());
                Ok(runtime)
            }
        }
    }

    /// Makes the process-wide default runtime one that a thread of the host drives.
    pub(crate) fn share_hosted() -> Result<Arc<Seat>> {
        let mut shared = SHARED.lock();
        if shared.as_ref().is_some_and(|runtime| !runtime.0.stopped.load(Ordering::Relaxed)) {
            return Err(Error::new(
                ErrorCode::InvalidArgument,
                "the I/O threads of this process run already",
            ));
        }
        let (runtime, seat) = Self::hosted()?;
        *shared = Some(runtime);
        Ok(seat)
    }

    /// Fails in a forked child and after [`Runtime::shutdown`]. One relaxed load; called on every entry.
    ///
    /// # Errors
    /// [`ErrorCode::Forked`] or [`ErrorCode::Closed`].
    pub fn check(&self) -> Result<()> {
        if self.0.fork_generation != FORK_GENERATION.load(Ordering::Relaxed) {
            return Err(Error::new(
                ErrorCode::Forked,
                "this object was created before fork(): create references and servers after the fork, or start \
                 the worker with the spawn or forkserver method",
            ));
        }
        if self.0.stopped.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorCode::Closed, "the runtime has been shut down"));
        }
        Ok(())
    }

    /// The tokio handle for the next connection or server; I/O threads take turns.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        let turn = self.0.next.fetch_add(1, Ordering::Relaxed);
        &self.0.handles[turn % self.0.handles.len()]
    }

    /// Runs `task` on an I/O thread.
    ///
    /// # Errors
    /// As [`Runtime::check`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.check()?;
        drop(self.handle().spawn(task));
        Ok(())
    }

    /// Runs `task` on an I/O thread and blocks until it is done. Never call it on an I/O thread.
    ///
    /// # Errors
    /// As [`Runtime::check`]; [`ErrorCode::InvalidArgument`] on a thread of a tokio runtime, which it would block;
    /// [`ErrorCode::Closed`] when the runtime stops meanwhile.
    pub fn wait<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> Result<T> {
        if Handle::try_current().is_ok() {
            let text =
                "a blocking call on a thread that runs I/O would wait for itself; use the asynchronous form";
            return Err(Error::new(ErrorCode::InvalidArgument, text));
        }
        let (done, result) = std::sync::mpsc::sync_channel(1);
        self.spawn(async move { drop(done.send(task.await)) })?;
        result.recv().map_err(|_| Error::new(ErrorCode::Closed, "the runtime has been shut down"))
    }

    /// Stops the I/O threads and waits at most `timeout` for them. Idempotent.
    ///
    /// Close references and servers first: what still runs is dropped, after half of `timeout` at most was spent on
    /// withdrawing it from registries, so that nobody looks for this process until its session times out. Returns
    /// false when a thread was still busy after `timeout`; it is then left to end by itself.
    pub fn shutdown(&self, timeout: Duration) -> bool {
        if self.0.fork_generation != FORK_GENERATION.load(Ordering::Relaxed) {
            return true;
        }
        let start = Instant::now();
        let deadline = start + timeout;
        if !self.0.stopped.swap(true, Ordering::Relaxed) {
            let left = || (timeout / 2).saturating_sub(start.elapsed());
            self.0.handles.iter().for_each(|handle| leave_all(handle, left()));
        }
        self.0.stop.send_replace(true);
        if let Some(seat) = &self.0.seat {
            seat.stop();
        }
        let threads = std::mem::take(&mut *self.0.threads.lock());
        while threads.iter().any(|thread| !thread.is_finished()) {
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }
}

fn single_threaded() -> Result<tokio::runtime::Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build().map_err(thread_error)
}

fn thread_error(error: std::io::Error) -> Error {
    Error::new(ErrorCode::Internal, "cannot start an I/O thread").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_run_until_shutdown_and_fail_afterwards() {
        let runtime = Runtime::new(&RuntimeOptions { io_threads: 2, ..RuntimeOptions::default() }).unwrap();
        let (done, wait) = std::sync::mpsc::channel();
        for _ in 0..4 {
            let done = done.clone();
            runtime.spawn(async move { done.send(std::thread::current().id()).unwrap() }).unwrap();
        }
        let threads: std::collections::HashSet<_> = (0..4).map(|_| wait.recv().unwrap()).collect();
        assert_eq!(threads.len(), 2, "tasks are spread over both threads");
        assert!(runtime.shutdown(Duration::from_secs(5)));
        assert_eq!(runtime.spawn(async {}).unwrap_err().code(), ErrorCode::Closed);
    }

    #[test]
    fn zero_threads_are_refused() {
        let options = RuntimeOptions { io_threads: 0, ..RuntimeOptions::default() };
        assert_eq!(Runtime::new(&options).err().map(|e| e.code()), Some(ErrorCode::InvalidArgument));
    }
}
