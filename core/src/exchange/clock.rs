//! Time in ticks: milliseconds since the process began to keep time, in 32 bits that wrap.
//!
//! Deadlines are kept in the slots of a connection, so a tick is small, and comparing two of them
//! needs no system call. The tick of the latest reading is kept for those who can do with it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Milliseconds; compare with [`passed`] only, because the counter wraps after 49 days.
pub(crate) type Tick = u32;

/// The longest span that can be told from the past: 12 days.
pub(crate) const MAX_SPAN: u32 = 1 << 30;

static LATEST: AtomicU32 = AtomicU32::new(0);

struct Epoch {
    instant: Instant,
    wall: SystemTime,
}

fn epoch() -> &'static Epoch {
    static EPOCH: OnceLock<Epoch> = OnceLock::new();
    EPOCH.get_or_init(|| Epoch { instant: Instant::now(), wall: SystemTime::now() })
}

/// Reads the clock.
pub(crate) fn now() -> Tick {
    let tick = epoch().instant.elapsed().as_millis() as Tick;
    LATEST.store(tick, Ordering::Relaxed);
    tick
}

/// The tick of the latest [`now`] of any thread.
pub(crate) fn latest() -> Tick {
    LATEST.load(Ordering::Relaxed)
}

/// True when `deadline` is not in the future.
pub(crate) const fn passed(deadline: Tick, now: Tick) -> bool {
    now.wrapping_sub(deadline) as i32 >= 0
}

/// The earlier of two ticks.
pub(crate) const fn earlier(a: Tick, b: Tick) -> Tick {
    if passed(a, b) { a } else { b }
}

/// A span as ticks, at most [`MAX_SPAN`], at least 1 so that no deadline has passed at once.
pub(crate) fn ticks(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(MAX_SPAN).clamp(1, MAX_SPAN)
}

/// The instant at which `tick` (not far from `now`) is reached.
pub(crate) fn instant(tick: Tick, now: Tick) -> Instant {
    Instant::now()
        + Duration::from_millis(u64::from(if passed(tick, now) { 0 } else { tick.wrapping_sub(now) }))
}

/// The wall clock at `tick`, a moment of the last days.
pub(crate) fn wall(tick: Tick) -> SystemTime {
    let elapsed = epoch().instant.elapsed();
    let ago = (elapsed.as_millis() as Tick).wrapping_sub(tick);
    epoch().wall + elapsed.saturating_sub(Duration::from_millis(u64::from(ago)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_work_across_the_wrap() {
        let before = u32::MAX - 5;
        let after = before.wrapping_add(10);
        assert!(passed(before, after));
        assert!(!passed(after, before));
        assert!(passed(after, after));
        assert_eq!(earlier(after, before), before);
    }

    #[test]
    fn spans_are_bounded_and_never_zero() {
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(ticks(Duration::from_millis(1000)), 1000);
        assert_eq!(ticks(Duration::MAX), MAX_SPAN);
    }
}
