//! Decides whether a method may run on the I/O thread.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

/// A first poll that takes longer on average delays every other call of its connections.
const SLOW_NS: u32 = 50_000;
/// A method that was too slow returns to the I/O thread below this.
const FAST_NS: u32 = 20_000;
/// One call in this many is timed, so that the clock costs nothing on the others.
const SAMPLE: u32 = 16;

/// The moving average of how long a method's first poll takes.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    calls: AtomicU32,
    average_ns: AtomicU32,
    slow: AtomicBool,
}

impl Pace {
    /// True while the method should be polled on the I/O thread.
    pub(crate) fn is_fast(&self) -> bool {
        !self.slow.load(Ordering::Relaxed)
    }

    /// Runs `poll`, timing it now and then.
    pub(crate) fn measure<R>(&self, poll: impl FnOnce() -> R) -> R {
        let began = self.begin();
        let result = poll();
        self.end(began);
        result
    }

    /// The time, if this poll is one of those that are timed.
    pub(super) fn begin(&self) -> Option<Instant> {
        // A count that is lost to another thread now and then does no harm; an atomic addition costs as much as the
        // rest of this function.
        let calls = self.calls.load(Ordering::Relaxed);
        self.calls.store(calls.wrapping_add(1), Ordering::Relaxed);
        calls.is_multiple_of(SAMPLE).then(Instant::now)
    }

    pub(super) fn end(&self, began: Option<Instant>) {
        if let Some(began) = began {
            self.record(u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
    }

    /// Adds a sample: a quarter new, three quarters old.
    fn record(&self, sample: u32) {
        let old = self.average_ns.load(Ordering::Relaxed);
        let average = if old == 0 { sample } else { old / 4 * 3 + sample / 4 };
        self.average_ns.store(average, Ordering::Relaxed);
        if average > SLOW_NS {
            self.slow.store(true, Ordering::Relaxed);
        } else if average < FAST_NS {
            self.slow.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_method_leaves_the_io_thread_until_it_is_fast_again() {
        let pace = Pace::default();
        assert!(pace.is_fast());
        pace.record(60_000);
        assert!(!pace.is_fast(), "above the upper mark");
        pace.record(10_000);
        assert!(!pace.is_fast(), "between the marks the mode stays");
        for _ in 0..10 {
            pace.record(1_000);
        }
        assert!(pace.is_fast(), "below the lower mark");
    }

    #[test]
    fn only_samples_are_timed() {
        let pace = Pace::default();
        for _ in 0..SAMPLE * 3 {
            pace.measure(|| ());
        }
        assert_eq!(pace.calls.load(Ordering::Relaxed), SAMPLE * 3);
    }
}
