use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// Jobs that run until they are told to end, and report their number when they begin.
struct Blockers {
    began: (Sender<usize>, Receiver<usize>),
    release: Arc<(Mutex<bool>, Condvar)>,
}

impl Blockers {
    fn new() -> Self {
        Self { began: channel(), release: Arc::default() }
    }

    fn jobs(&self, numbers: std::ops::Range<usize>) -> Vec<Job> {
        numbers.map(|number| self.job(number)).collect()
    }

    fn job(&self, number: usize) -> Job {
        let (began, release) = (self.began.0.clone(), self.release.clone());
        Box::new(move || {
            began.send(number).expect("the test listens");
            let mut released = release.0.lock();
            while !*released {
                release.1.wait(&mut released);
            }
        })
    }

    fn await_begun(&self, count: usize) -> Vec<usize> {
        (0..count).map(|_| self.began.1.recv_timeout(Duration::from_secs(20)).expect("begins")).collect()
    }

    fn release(&self) {
        *self.release.0.lock() = true;
        self.release.1.notify_all();
    }
}

fn options(kind: PoolKind, threads: u32, queues: i32) -> PoolOptions {
    PoolOptions { threads, queues, ..PoolOptions::new(kind, "DubboServerHandler-127.0.0.1:20990") }
}

#[test]
fn each_kind_takes_exactly_as_many_blocked_jobs_as_java() {
    for (kind, threads, core, queues, taken, running) in [
        (PoolKind::Fixed, 3, 0, 0, 3, 3),
        (PoolKind::Fixed, 3, 0, 2, 5, 3),
        (PoolKind::Fixed, 3, 0, -1, 10, 3),
        (PoolKind::Cached, 3, 0, 0, 3, 3),
        (PoolKind::Cached, 3, 0, 2, 5, 3),
        (PoolKind::Cached, 3, 0, -1, 10, 1),
        (PoolKind::Cached, 3, 2, -1, 10, 2),
        (PoolKind::Limited, 2, 0, 0, 2, 2),
        (PoolKind::Limited, 2, 1, 4, 6, 2),
        (PoolKind::Eager, 3, 0, 0, 4, 3),
        (PoolKind::Eager, 3, 0, 4, 7, 3),
        (PoolKind::Eager, 3, 0, -1, 10, 3),
    ] {
        let pool = WorkerPool::new(PoolOptions { core_threads: core, ..options(kind, threads, queues) });
        let blockers = Blockers::new();
        let mut jobs = blockers.jobs(0..10);
        pool.submit(&mut jobs);
        let label = format!("{kind:?} threads {threads} core {core} queues {queues}");
        assert_eq!(10 - jobs.len(), taken, "{label}");
        blockers.await_begun(running);
        assert_eq!(pool.0.state.lock().threads, running as u32, "{label}");
        blockers.release();
        blockers.await_begun(taken - running);
        assert!(pool.shutdown(Duration::from_secs(20)), "{label}");
        assert_eq!(pool.0.state.lock().completed, taken as u64, "{label}");
    }
}

#[test]
fn one_batch_and_single_jobs_are_bounded_alike() {
    let pool = WorkerPool::new(options(PoolKind::Fixed, 4, 0));
    let blockers = Blockers::new();
    for number in 0..4 {
        let mut jobs = blockers.jobs(number..number + 1);
        pool.submit(&mut jobs);
        assert!(jobs.is_empty(), "{number}");
        blockers.await_begun(1);
    }
    let mut jobs = blockers.jobs(4..6);
    pool.submit(&mut jobs);
    assert_eq!(jobs.len(), 2);
    blockers.release();
    assert!(pool.shutdown(Duration::from_secs(20)));
}

#[test]
fn jobs_of_a_batch_start_in_order_on_one_worker() {
    let pool = WorkerPool::new(options(PoolKind::Fixed, 1, -1));
    let blockers = Blockers::new();
    blockers.release();
    pool.submit(&mut blockers.jobs(0..50));
    assert_eq!(blockers.await_begun(50), (0..50).collect::<Vec<_>>());
    assert!(pool.shutdown(Duration::from_secs(20)));
}

#[test]
fn refusals_are_explained_in_the_words_of_dubbo() {
    let pool = WorkerPool::new(options(PoolKind::Fixed, 1, 0));
    let blockers = Blockers::new();
    pool.submit(&mut blockers.jobs(0..1));
    blockers.await_begun(1);
    let mut refused = blockers.jobs(1..2);
    pool.submit(&mut refused);
    assert_eq!(refused.len(), 1);
    pool.0.state.lock().completed = 15;
    // The text of vector V32, captured from 2.7.8.
    assert_eq!(
        pool.exhausted_text("127.0.0.1", 20990),
        "Server side(127.0.0.1,20990) thread pool is exhausted, detail msg:Thread pool is EXHAUSTED! Thread \
         Name: DubboServerHandler-127.0.0.1:20990, Pool Size: 1 (active: 1, core: 1, max: 1, largest: 1), Task: \
         16 (completed: 15), Executor status:(isShutdown:false, isTerminated:false, isTerminating:false), in \
         dubbo://127.0.0.1:20990!"
    );
    blockers.release();
    assert!(pool.shutdown(Duration::from_secs(20)));
}

#[test]
fn idle_workers_of_a_cached_pool_end_and_those_of_a_limited_pool_stay() {
    for (kind, left) in [(PoolKind::Cached, 0), (PoolKind::Limited, 2), (PoolKind::Eager, 0)] {
        let alive = Duration::from_millis(1);
        let pool = WorkerPool::new(PoolOptions { alive, ..options(kind, 2, 0) });
        let blockers = Blockers::new();
        pool.submit(&mut blockers.jobs(0..2));
        blockers.await_begun(2);
        blockers.release();
        let mut state = pool.0.state.lock();
        while state.threads > left || state.completed < 2 {
            pool.0.left.wait_for(&mut state, Duration::from_millis(5));
        }
        drop(state);
        assert_eq!(pool.0.state.lock().threads, left, "{kind:?}");
        assert!(pool.shutdown(Duration::from_secs(20)));
    }
}

#[test]
fn a_panic_ends_the_job_and_not_the_worker() {
    let pool = WorkerPool::new(options(PoolKind::Fixed, 1, -1));
    let blockers = Blockers::new();
    blockers.release();
    let mut jobs: Vec<Job> = vec![Box::new(|| panic!("expected by the test")), blockers.job(7)];
    pool.submit(&mut jobs);
    assert_eq!(blockers.await_begun(1), [7]);
    assert!(pool.shutdown(Duration::from_secs(20)));
}

#[test]
fn workers_of_a_dropped_pool_finish_their_jobs_and_end() {
    let pool = WorkerPool::new(options(PoolKind::Fixed, 1, -1));
    let blockers = Blockers::new();
    pool.submit(&mut blockers.jobs(0..3));
    let inner = Arc::clone(&pool.0.0);
    drop(pool);
    blockers.release();
    assert_eq!(blockers.await_begun(3), [0, 1, 2]);
    let mut state = inner.state.lock();
    while state.threads > 0 {
        inner.left.wait_for(&mut state, Duration::from_millis(5));
    }
    assert_eq!(state.completed, 3);
}

#[test]
fn after_the_shutdown_everything_is_refused() {
    let pool = WorkerPool::new(options(PoolKind::Fixed, 1, -1));
    assert!(pool.shutdown(Duration::ZERO));
    let mut jobs: Vec<Job> = vec![Box::new(|| {})];
    pool.submit(&mut jobs);
    assert_eq!(jobs.len(), 1);
    assert!(pool.is_shut_down() && pool.exhausted_text("h", 1).contains("isTerminated:true"));
}
