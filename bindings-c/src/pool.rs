//! The callback pool: the only threads of the library that run code of the program.
//!
//! Everything that C gave a function for comes here: the completion of an asynchronous call, a call of a service, a
//! message of the log, and the destroy function of what is not needed any more. The threads start with the first job.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use polydubbo::api::{Error, ErrorCode, Queue, Result};

use crate::boundary::{fallible, invalid};
use crate::errors::dubbo_error;

/// What a thread of the pool runs.
type Job = Box<dyn FnOnce() + Send>;

type Pool = Queue<Job>;

static POOL: ArcSwapOption<Pool> = ArcSwapOption::const_empty();
/// Held while the pool starts, so that it starts once.
static START: Mutex<()> = Mutex::new(());
static THREADS: AtomicU32 = AtomicU32::new(4);
static STARTED: AtomicBool = AtomicBool::new(false);

const MAX_THREADS: u32 = 1024;
/// A waiting thread looks up so often, for no reason but that a wait needs a limit.
const LONG: Duration = Duration::from_secs(3600);

/// Sets the number of threads that run the functions given to the library: completions, services, log. The default is 4.
/// Only before the first of them is needed.
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_callback_threads(
    count: u32,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        if !(1..=MAX_THREADS).contains(&count) {
            return Err(invalid(format!("count must be 1 to {MAX_THREADS}, not {count}")));
        }
        if STARTED.load(Ordering::Acquire) {
            let text = "the callback threads run already: set their number before the first call";
            return Err(invalid(text));
        }
        THREADS.store(count, Ordering::Release);
        Ok(())
    })
}

/// Starts the pool if it does not run, so that what needs it can fail early.
pub(crate) fn ensure() -> Result<()> {
    pool().map(drop)
}

/// Runs a job on a thread of the pool, later.
pub(crate) fn run(job: impl FnOnce() + Send + 'static) {
    if let Ok(pool) = pool() {
        // Never refused: the pool is not closed.
        drop(pool.push(Box::new(job)));
    }
}

/// In a forked child: the threads are not there.
pub(crate) fn forget() {
    std::mem::forget(POOL.swap(None));
}

fn pool() -> Result<Arc<Pool>> {
    if let Some(pool) = &*POOL.load() {
        return Ok(Arc::clone(pool));
    }
    let _start = START.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = &*POOL.load() {
        return Ok(Arc::clone(pool));
    }
    STARTED.store(true, Ordering::Release);
    let pool: Arc<Pool> = Arc::new(Queue::new(()));
    for index in 0..THREADS.load(Ordering::Acquire) {
        let pool = Arc::clone(&pool);
        let thread = std::thread::Builder::new().name(format!("polydubbo-cb-{index}"));
        thread.spawn(move || work(&pool)).map_err(|error| {
            Error::new(ErrorCode::Internal, "cannot start a callback thread").caused_by(error)
        })?;
    }
    POOL.store(Some(Arc::clone(&pool)));
    Ok(pool)
}

fn work(pool: &Pool) {
    let mut jobs = Vec::with_capacity(1);
    while pool.wait(LONG, 1, &mut jobs) {
        for job in jobs.drain(..) {
            // A panic here is a fault of this library; the thread must live on.
            drop(catch_unwind(AssertUnwindSafe(job)));
        }
    }
}
