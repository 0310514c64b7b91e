//! Closed loop: a fixed number of callers that each send the next request when the last one is answered.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use crate::{Counters, Latency, Measured, Meter, Point, Schedule};

/// Every so many calls one is timed: reading the clock twice for each of them would cost a tenth of the fastest.
const TIMED: u64 = 64;

/// How long callers may take to end once they were told to.
const GRACE: Duration = Duration::from_secs(10);

/// One caller: a task that makes one call after the other.
pub trait Caller: Send + 'static {
    /// Makes one call and tells whether the answer was good.
    fn call(&mut self) -> impl Future<Output = bool> + Send;
}

/// Runs `callers` until the schedule is through; each is a task of the current runtime.
///
/// Callers that do not end in time are counted as errors.
pub async fn closed<C: Caller>(schedule: Schedule, callers: Vec<C>) -> Point {
    let counters = Counters::new(counters_for(callers.len()));
    let phase = Arc::new(Phase::default());
    let mut tasks = JoinSet::new();
    for (index, caller) in callers.into_iter().enumerate() {
        tasks.spawn(run(caller, index as u64, counters.clone(), index % counters.len(), phase.clone()));
    }
    let measured = control(schedule, &counters, &phase).await;
    let ended = timeout(GRACE, async {
        while let Some(ended) = tasks.join_next().await {
            ended.expect("a caller panicked");
        }
    });
    let stuck = if ended.await.is_err() { tasks.len() as u64 } else { 0 };
    let latency = phase.latency.lock().unwrap_or_else(PoisonError::into_inner);
    measured.point(counters.bad() + stuck, Some(&latency))
}

/// A counter has one writer at a time. On one thread that is true of one for all callers, and 512 of them would measure
/// the cache.
fn counters_for(callers: usize) -> usize {
    let threads = tokio::runtime::Handle::current().metrics().num_workers();
    if threads == 1 { 1 } else { callers.max(1) }
}

#[derive(Debug, Default)]
struct Phase {
    measuring: AtomicBool,
    stop: AtomicBool,
    /// One for all callers: a histogram is half a megabyte, and 512 of them would measure the cache.
    latency: Mutex<Latency>,
}

async fn control(schedule: Schedule, counters: &Counters, phase: &Phase) -> Measured {
    let mut meter = Meter::new(schedule, Instant::now());
    loop {
        sleep_until(meter.window_end().into()).await;
        let measured = meter.observe(Instant::now(), counters.good());
        phase.measuring.store(meter.is_measuring(), Ordering::Relaxed);
        if let Some(measured) = measured {
            phase.stop.store(true, Ordering::Relaxed);
            return measured;
        }
    }
}

async fn run<C: Caller>(
    mut caller: C,
    mut calls: u64,
    counters: Counters,
    counter: usize,
    phase: Arc<Phase>,
) {
    while !phase.stop.load(Ordering::Relaxed) {
        calls += 1;
        let sent =
            (calls.is_multiple_of(TIMED) && phase.measuring.load(Ordering::Relaxed)).then(Instant::now);
        let good = caller.call().await;
        if good {
            counters.of(counter).good()
        } else {
            counters.of(counter).bad()
        }
        if let Some(sent) = sent {
            let took = sent.elapsed();
            phase.latency.lock().unwrap_or_else(PoisonError::into_inner).record(took);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Yields(u32);

    impl Caller for Yields {
        async fn call(&mut self) -> bool {
            tokio::task::yield_now().await;
            self.0 += 1;
            self.0 % 10 != 0
        }
    }

    #[test]
    fn callers_run_until_the_schedule_ends_and_bad_answers_are_told() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let schedule = Schedule { warmup: 0.01, warmup_windows: 2, seconds: 0.05, peer_pid: None };
        let point = runtime.block_on(closed(schedule, (0..4).map(|_| Yields(0)).collect()));
        assert!(point.requests > 100, "{point:?}");
        assert!(point.errors > point.requests / 20, "{point:?}");
        assert!(point.latency.unwrap().samples > 0);
    }
}
