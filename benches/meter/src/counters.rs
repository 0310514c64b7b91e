//! Counters that each have one writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of answers one caller has seen. Alone on its cache line, written by one thread at a time, so that
/// counting is a plain load and store.
#[repr(align(128))]
#[derive(Debug, Default)]
pub struct Counter {
    good: AtomicU64,
    bad: AtomicU64,
}

impl Counter {
    /// One more good answer.
    pub fn good(&self) {
        self.add(1);
    }

    /// `n` more good answers.
    pub fn add(&self, n: u64) {
        self.good.store(self.good.load(Ordering::Relaxed) + n, Ordering::Relaxed);
    }

    /// One more answer that is not what was asked for.
    pub fn bad(&self) {
        self.bad.store(self.bad.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// One [`Counter`] for each caller; clones share them.
#[derive(Debug, Clone)]
pub struct Counters(Arc<[Counter]>);

impl Counters {
    /// Counters of `callers` callers.
    #[must_use]
    pub fn new(callers: usize) -> Self {
        Self((0..callers).map(|_| Counter::default()).collect())
    }

    /// Number of counters.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The counter of caller `index`.
    #[must_use]
    pub fn of(&self, index: usize) -> &Counter {
        &self.0[index]
    }

    /// Good answers of all callers.
    #[must_use]
    pub fn good(&self) -> u64 {
        self.0.iter().map(|counter| counter.good.load(Ordering::Relaxed)).sum()
    }

    /// Bad answers of all callers.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.0.iter().map(|counter| counter.bad.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_run_over_all_callers() {
        let counters = Counters::new(3);
        counters.of(0).good();
        counters.of(2).add(5);
        counters.of(1).bad();
        assert_eq!((counters.clone().good(), counters.bad()), (6, 1));
    }
}
