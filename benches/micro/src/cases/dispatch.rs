//! Handing calls to those who run them: a host language's queue, the threads of a worker pool.

use std::hint::black_box;
use std::sync::mpsc;

use anyhow::Result;
use polydubbo::api::Queue;
use polydubbo::exchange::dispatch::{Job, PoolKind, PoolOptions, WorkerPool};

use super::Step;

/// A batch of events into the queue of a host, and out of it with one drain.
pub(super) fn queue(count: usize) -> Result<Step> {
    let queue = Queue::new(());
    let mut out = Vec::with_capacity(count);
    Ok(Box::new(move || {
        for event in 0..count {
            queue.push(black_box(event)).expect("an open queue");
        }
        assert!(!queue.drain(count, &mut out) && out.len() == count);
        out.clear();
    }))
}

/// A batch of jobs that two threads run, until the last of them is done.
pub(super) fn pool(count: usize) -> Result<Step> {
    let options = PoolOptions { threads: 2, queues: -1, ..PoolOptions::new(PoolKind::Fixed, "bench") };
    let pool = WorkerPool::new(options);
    let (done, all) = mpsc::sync_channel(count);
    let mut jobs: Vec<Job> = Vec::with_capacity(count);
    Ok(Box::new(move || {
        let job = |_| {
            let done = done.clone();
            Box::new(move || done.send(()).expect("somebody waits")) as Job
        };
        jobs.extend((0..count).map(job));
        pool.submit(&mut jobs);
        assert!(jobs.is_empty(), "a pool without a limit refuses nothing");
        for _ in 0..count {
            all.recv().expect("the pool lives");
        }
    }))
}
