//! Worker threads with the bounds of Dubbo's four thread pools.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// Work for a worker. It may block.
pub type Job = Box<dyn FnOnce() + Send>;

/// The `threadpool` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PoolKind {
    /// Up to `threads` workers, which stay.
    #[default]
    Fixed,
    /// Workers as needed, up to `threads`; those without work for `alive` end.
    Cached,
    /// Workers as needed, up to `threads`; none ends.
    Limited,
    /// Like cached, but starts workers before it queues.
    Eager,
}

impl PoolKind {
    /// Finds a kind by its name in Dubbo.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "fixed" => Self::Fixed,
            "cached" => Self::Cached,
            "limited" => Self::Limited,
            "eager" => Self::Eager,
            _ => return None,
        })
    }

    /// Dubbo's default of `threads`; the pools that grow on demand have none.
    #[must_use]
    pub const fn default_threads(self) -> u32 {
        match self {
            Self::Fixed | Self::Limited => 200,
            Self::Cached | Self::Eager => UNLIMITED,
        }
    }
}

/// Java's largest number of threads.
const UNLIMITED: u32 = i32::MAX as u32;

/// The bounds of a pool, with Dubbo's parameters.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// `threadpool`
    pub kind: PoolKind,
    /// Name of the threads, and part of the text when the pool is exhausted; in Dubbo
    /// `DubboServerHandler-<host>:<port>`.
    pub name: String,
    /// `threads`: most workers.
    pub threads: u32,
    /// `corethreads`: workers that are started before anything is queued, and that stay. A fixed
    /// pool has `threads` of them.
    pub core_threads: u32,
    /// `queues`: jobs that may wait for a worker; 0: none, negative: any number.
    pub queues: i32,
    /// `alive`: a worker beyond the core ends after so long without work.
    pub alive: Duration,
}

impl PoolOptions {
    /// Dubbo's defaults for a kind.
    pub fn new(kind: PoolKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            threads: kind.default_threads(),
            core_threads: 0,
            queues: 0,
            alive: Duration::from_secs(60),
        }
    }

    const fn core(&self) -> u32 {
        match self.kind {
            PoolKind::Fixed => self.threads,
            _ => self.core_threads,
        }
    }

    const fn queue_capacity(&self) -> usize {
        match (self.kind, self.queues) {
            (_, ..0) => usize::MAX,
            (PoolKind::Eager, 0) => 1,
            (_, capacity) => capacity as usize,
        }
    }

    /// How long a worker without work waits; `None` for ever.
    fn patience(&self, threads: u32) -> Option<Duration> {
        let stays = matches!(self.kind, PoolKind::Fixed | PoolKind::Limited) || threads <= self.core();
        (!stays).then_some(self.alive)
    }
}

/// A pool of worker threads, bounded exactly as Dubbo bounds it: what it cannot take is refused at
/// once and answered with status 100. Clones are the same pool.
///
/// Unlike Java's executor it prefers an idle worker to starting another one of the core.
#[derive(Clone)]
pub struct WorkerPool(Arc<Owner>);

/// Lets the workers end when nobody holds the pool any more. The workers hold [`Inner`] only.
struct Owner(Arc<Inner>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.state.lock().stopping = true;
        self.0.work.notify_all();
    }
}

impl std::ops::Deref for Owner {
    type Target = Arc<Inner>;

    fn deref(&self) -> &Arc<Inner> {
        &self.0
    }
}

struct Inner {
    options: PoolOptions,
    state: Mutex<State>,
    work: Condvar,
    /// Told when a worker ends.
    left: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: u32,
    /// Workers that wait, and those that were woken but did not run yet.
    idle: u32,
    largest: u32,
    started: u64,
    completed: u64,
    stopping: bool,
}

impl WorkerPool {
    /// Creates a pool; no thread starts before there is work.
    #[must_use]
    pub fn new(options: PoolOptions) -> Self {
        let state = Mutex::new(State::default());
        let inner = Inner { options, state, work: Condvar::new(), left: Condvar::new() };
        Self(Arc::new(Owner(Arc::new(inner))))
    }

    /// Hands jobs over, in order and under one lock. What is left in `jobs` was refused.
    pub fn submit(&self, jobs: &mut Vec<Job>) {
        let mut state = self.0.state.lock();
        let waiting = (state.idle as usize).saturating_sub(state.queue.len());
        let (mut taken, mut started) = (0, 0);
        while taken < jobs.len() {
            match self.0.place(&state) {
                Place::Refused => break,
                Place::Queue => {}
                Place::NewWorker => {
                    state.threads += 1;
                    state.idle += 1;
                    started += 1;
                }
            }
            let Some(job) = jobs.get_mut(taken) else { break };
            state.queue.push_back(std::mem::replace(job, Box::new(|| {})));
            taken += 1;
        }
        jobs.drain(..taken);
        state.largest = state.largest.max(state.threads);
        let failures = (0..started).filter_map(|_| self.start_worker(&mut state, jobs).err()).last();
        drop(state);
        if let Some(error) = failures {
            tracing::error!(%error, pool = self.0.options.name, "no thread could be started");
        }
        for _ in 0..taken.min(waiting) {
            self.0.work.notify_one();
        }
    }

    /// The text with which Dubbo answers a refused call, together with status 100. `host` and
    /// `port` are those of the server.
    #[must_use]
    pub fn exhausted_text(&self, host: &str, port: u16) -> String {
        let (options, state) = (&self.0.options, self.0.state.lock());
        let State { threads, idle, largest, completed, stopping, .. } = *state;
        let active = threads.saturating_sub(idle);
        let tasks = completed + u64::from(active) + state.queue.len() as u64;
        let terminated = stopping && threads == 0;
        format!(
            "Server side({host},{port}) thread pool is exhausted, detail msg:Thread pool is EXHAUSTED! \
             Thread Name: {}, Pool Size: {threads} (active: {active}, core: {}, max: {}, largest: {largest}), \
             Task: {tasks} (completed: {completed}), Executor status:(isShutdown:{stopping}, \
             isTerminated:{terminated}, isTerminating:{}), in dubbo://{host}:{port}!",
            options.name,
            options.core(),
            options.threads,
            stopping && !terminated,
        )
    }

    /// True after [`WorkerPool::shutdown`]: every job is refused.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.0.state.lock().stopping
    }

    /// Refuses new jobs, and waits at most `timeout` for those that were taken; blocks the thread.
    /// Returns false when some are left: their threads go on, and end with their jobs.
    pub fn shutdown(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.0.state.lock();
        state.stopping = true;
        self.0.work.notify_all();
        while state.threads > 0 {
            if self.0.left.wait_until(&mut state, deadline).timed_out() {
                return state.threads == 0;
            }
        }
        true
    }

    /// Starts a worker for a job at the end of the queue; when the system refuses a thread, the
    /// job goes back to `refused`.
    fn start_worker(&self, state: &mut State, refused: &mut Vec<Job>) -> io::Result<()> {
        state.started += 1;
        let name = format!("{}-thread-{}", self.0.options.name, state.started);
        let inner = Arc::clone(&self.0.0);
        let spawned = thread::Builder::new().name(name).spawn(move || inner.work());
        if spawned.is_err() {
            state.threads -= 1;
            state.idle -= 1;
            if let Some(job) = state.queue.pop_back() {
                refused.insert(0, job);
            }
        }
        spawned.map(drop)
    }
}

impl fmt::Debug for WorkerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerPool").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// What happens to the next job.
enum Place {
    /// It is queued: an idle worker will take it, or it waits.
    Queue,
    /// It is queued for a worker that is about to be started.
    NewWorker,
    Refused,
}

impl Inner {
    fn place(&self, state: &State) -> Place {
        let options = &self.options;
        if state.stopping {
            return Place::Refused;
        }
        let may_grow = state.threads < options.threads;
        let waiting = state.queue.len().saturating_sub(state.idle as usize);
        if state.queue.len() < state.idle as usize {
            return Place::Queue;
        }
        let grows_first = state.threads < options.core() || options.kind == PoolKind::Eager;
        if may_grow && (grows_first || state.threads == 0) {
            return Place::NewWorker;
        }
        if waiting < options.queue_capacity() {
            return Place::Queue;
        }
        if may_grow { Place::NewWorker } else { Place::Refused }
    }

    /// The life of a worker, which was counted as idle when it was started.
    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                state.idle -= 1;
                MutexGuard::unlocked(&mut state, || run(job));
                state.idle += 1;
                state.completed += 1;
            } else if state.stopping || !self.wait(&mut state) {
                break;
            }
        }
        state.idle -= 1;
        state.threads -= 1;
        self.left.notify_all();
    }

    /// Waits for work; false when the worker has waited long enough and is not needed.
    fn wait(&self, state: &mut MutexGuard<'_, State>) -> bool {
        let Some(patience) = self.options.patience(state.threads) else {
            self.work.wait(state);
            return true;
        };
        let timed_out = self.work.wait_for(state, patience).timed_out();
        !(timed_out && state.queue.is_empty())
    }
}

/// A panic ends the job, not the worker.
fn run(job: Job) {
    if catch_unwind(AssertUnwindSafe(job)).is_err() {
        tracing::error!("a job of a worker pool panicked");
    }
}

#[cfg(test)]
mod tests;
