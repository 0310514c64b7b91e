//! A runtime that a thread of the host drives, and the thread that stands in for it.
//!
//! The host may be kept elsewhere: by a slow handler, or a debugger. Heartbeats, deadlines and sessions of registries
//! must not depend on that, so after a while a thread of our own does the work until the host is back. Under load it looks
//! from time to time whether the host still comes; while nothing happens it sleeps.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::Notify;

/// Who drives a runtime at present: see the module.
pub(crate) struct Seat {
    /// Absent after the end.
    runtime: RwLock<Option<tokio::runtime::Runtime>>,
    /// Counts how often the host came and went; odd while it is there. The order of this and the two flags below between
    /// threads matters, so all of them are sequentially consistent.
    moves: AtomicU64,
    /// The stand-in is there.
    is_taken: AtomicBool,
    /// The stand-in sleeps until the host goes.
    rests: AtomicBool,
    stand_in: OnceLock<Thread>,
    stopped: AtomicBool,
    /// The host is back.
    back: Notify,
}

/// The stand-in comes when the host was away for this time, or twice of it at the latest.
const PATIENCE: Duration = Duration::from_millis(50);

impl Seat {
    pub(super) fn new(runtime: tokio::runtime::Runtime) -> Self {
        Self {
            runtime: RwLock::new(Some(runtime)),
            moves: AtomicU64::new(0),
            is_taken: AtomicBool::new(false),
            rests: AtomicBool::new(false),
            stand_in: OnceLock::new(),
            stopped: AtomicBool::new(false),
            back: Notify::new(),
        }
    }

    /// Runs `future` on this thread of the host, and what else the runtime has to do, until the future is done. `None` when
    /// the runtime has ended.
    pub(crate) fn drive<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let runtime = self.runtime.read();
        let runtime = runtime.as_ref().filter(|_| !self.stopped.load(Ordering::Relaxed))?;
        let _stay = Stay::begin(self);
        Some(runtime.block_on(future))
    }

    /// Ends the runtime as soon as the host leaves it.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.back.notify_one();
        self.wake_stand_in();
    }

    fn wake_stand_in(&self) {
        if let Some(thread) = self.stand_in.get() {
            thread.unpark();
        }
    }

    // ---- the stand-in --------------------------------------------------------------------------

    /// What the thread does that stands in for the host.
    pub(super) fn stand_in(&self) {
        let _ = self.stand_in.set(thread::current());
        while !self.stopped.load(Ordering::SeqCst) {
            let seen = self.moves.load(Ordering::SeqCst);
            thread::park_timeout(PATIENCE);
            if self.moves.load(Ordering::SeqCst) != seen {
                continue;
            }
            if seen % 2 == 1 {
                self.rest(seen);
            } else {
                self.take_over(seen);
            }
        }
        if let Some(runtime) = self.runtime.write().take() {
            runtime.shutdown_background();
        }
    }

    /// Sleeps until the host goes.
    fn rest(&self, seen: u64) {
        self.rests.store(true, Ordering::SeqCst);
        if self.is_still(seen) {
            thread::park();
        }
        self.rests.store(false, Ordering::SeqCst);
    }

    /// Drives the runtime until the host comes.
    fn take_over(&self, seen: u64) {
        self.is_taken.store(true, Ordering::SeqCst);
        if self.is_still(seen)
            && let Some(runtime) = &*self.runtime.read()
        {
            runtime.block_on(self.back.notified());
        }
        self.is_taken.store(false, Ordering::SeqCst);
    }

    fn is_still(&self, seen: u64) -> bool {
        self.moves.load(Ordering::SeqCst) == seen && !self.stopped.load(Ordering::SeqCst)
    }
}

/// The time for which the host is there, however it ends.
struct Stay<'a>(&'a Seat);

impl<'a> Stay<'a> {
    fn begin(seat: &'a Seat) -> Self {
        seat.moves.fetch_add(1, Ordering::SeqCst);
        if seat.is_taken.load(Ordering::SeqCst) {
            seat.back.notify_one();
        }
        Self(seat)
    }
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.moves.fetch_add(1, Ordering::SeqCst);
        if self.0.rests.load(Ordering::SeqCst) {
            self.0.wake_stand_in();
        }
    }
}
