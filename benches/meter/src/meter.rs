//! Warm-up and the measured window.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::Args;

use crate::{Latency, Point, Usage, usage_of, usage_of_self};

/// How long to warm up and to measure.
#[derive(Debug, Clone, Args)]
pub struct Schedule {
    /// Length of one warm-up window in seconds; warm-up lasts at least two of them.
    #[arg(long, default_value_t = 0.15)]
    pub warmup: f64,
    /// Most warm-up windows; warm-up ends earlier once two windows in a row agree within 5 %.
    #[arg(long, default_value_t = 6)]
    pub warmup_windows: u32,
    /// Length of the measured window in seconds.
    #[arg(long, default_value_t = 1.0)]
    pub seconds: f64,
    /// Process id of the server, to account its CPU time.
    #[arg(long)]
    pub peer_pid: Option<u32>,
}

/// What happened inside the measured window.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Good answers.
    pub requests: u64,
    /// Length of the window.
    pub elapsed: Duration,
    /// Usage of this process.
    pub client: Usage,
    /// Usage of the server, when its process id is known.
    pub server: Option<Usage>,
}

impl Measured {
    /// The point to print; `errors` counts bad answers of the whole run, warm-up included.
    #[must_use]
    pub fn point(&self, errors: u64, latency: Option<&Latency>) -> Point {
        let requests = self.requests.max(1) as f64;
        let ns = |usage: Usage| usage.cpu.as_nanos() as f64 / requests;
        Point {
            requests: self.requests,
            errors,
            seconds: self.elapsed.as_secs_f64(),
            rate: self.requests as f64 / self.elapsed.as_secs_f64(),
            client_ns: ns(self.client),
            server_ns: self.server.map(ns),
            client_waits: self.client.waits as f64 / requests,
            server_waits: self.server.map(|usage| usage.waits as f64 / requests),
            latency: latency.and_then(Latency::report),
            extra: BTreeMap::new(),
        }
    }
}

/// Follows a running total of good answers through warm-up and measurement.
///
/// The generator calls [`Meter::observe`] as often as it likes, with the time and its total; between the ends
/// of windows that is two comparisons.
#[derive(Debug)]
pub struct Meter {
    schedule: Schedule,
    phase: Phase,
    window_start: Instant,
    window_end: Instant,
    total_at_start: u64,
    usage_at_start: (Usage, Option<Usage>),
}

#[derive(Debug)]
enum Phase {
    WarmUp { windows: u32, last_rate: f64 },
    Measuring,
}

impl Meter {
    /// Starts the warm-up at `now`.
    #[must_use]
    pub fn new(schedule: Schedule, now: Instant) -> Self {
        let window = Duration::from_secs_f64(schedule.warmup);
        Self {
            schedule,
            phase: Phase::WarmUp { windows: 0, last_rate: 0.0 },
            window_start: now,
            window_end: now + window,
            total_at_start: 0,
            usage_at_start: Default::default(),
        }
    }

    /// True while the window that counts is running.
    #[must_use]
    pub fn is_measuring(&self) -> bool {
        matches!(self.phase, Phase::Measuring)
    }

    /// When the next call of [`Meter::observe`] matters.
    #[must_use]
    pub fn window_end(&self) -> Instant {
        self.window_end
    }

    /// The result, once the measured window is over.
    pub fn observe(&mut self, now: Instant, total: u64) -> Option<Measured> {
        if now < self.window_end {
            return None;
        }
        match self.phase {
            Phase::WarmUp { windows, last_rate } => {
                self.end_warm_up_window(now, total, windows + 1, last_rate);
                None
            }
            Phase::Measuring => Some(self.measured(now, total)),
        }
    }

    fn end_warm_up_window(&mut self, now: Instant, total: u64, windows: u32, last_rate: f64) {
        let rate = (total - self.total_at_start) as f64 / (now - self.window_start).as_secs_f64();
        let stable = windows > 1 && (rate - last_rate).abs() <= 0.05 * last_rate;
        let seconds = if stable || windows >= self.schedule.warmup_windows {
            self.phase = Phase::Measuring;
            self.usage_at_start = self.usage();
            self.schedule.seconds
        } else {
            self.phase = Phase::WarmUp { windows, last_rate: rate };
            self.schedule.warmup
        };
        self.window_start = now;
        self.window_end = now + Duration::from_secs_f64(seconds);
        self.total_at_start = total;
    }

    fn measured(&self, now: Instant, total: u64) -> Measured {
        let (client, server) = self.usage();
        Measured {
            requests: total - self.total_at_start,
            elapsed: now - self.window_start,
            client: client.since(self.usage_at_start.0),
            server: server.map(|usage| usage.since(self.usage_at_start.1.unwrap_or_default())),
        }
    }

    fn usage(&self) -> (Usage, Option<Usage>) {
        (usage_of_self(), self.schedule.peer_pid.map(usage_of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        Schedule { warmup: 0.1, warmup_windows: 4, seconds: 1.0, peer_pid: None }
    }

    /// Plays totals at the ends of windows and tells how many windows passed before measuring began.
    fn windows_until_measuring(rates: &[u64]) -> usize {
        let start = Instant::now();
        let mut meter = Meter::new(schedule(), start);
        let mut total = 0;
        for (index, rate) in rates.iter().enumerate() {
            total += rate;
            assert!(meter.observe(start + Duration::from_millis(100) * (index as u32 + 1), total).is_none());
            if meter.is_measuring() {
                return index + 1;
            }
        }
        usize::MAX
    }

    #[test]
    fn warm_up_ends_when_two_windows_agree_or_patience_ends() {
        assert_eq!(windows_until_measuring(&[100, 101, 500]), 2);
        assert_eq!(windows_until_measuring(&[10, 100, 1000, 1010]), 4);
        assert_eq!(windows_until_measuring(&[1, 10, 100, 1000, 9]), 4, "the limit is four windows");
    }

    #[test]
    fn only_the_measured_window_counts() {
        let start = Instant::now();
        let mut meter = Meter::new(schedule(), start);
        let at = |ms| start + Duration::from_millis(ms);
        assert!(meter.observe(at(50), 40).is_none());
        assert!(meter.observe(at(100), 100).is_none());
        assert!(meter.observe(at(200), 200).is_none());
        assert!(meter.is_measuring());
        assert!(meter.observe(at(1199), 1200).is_none());
        let measured = meter.observe(at(1200), 1300).unwrap();
        assert_eq!((measured.requests, measured.elapsed), (1100, Duration::from_secs(1)));
        let point = measured.point(2, None);
        assert!((point.rate - 1100.0).abs() < 1e-6);
        assert_eq!((point.errors, point.server_ns, point.latency), (2, None, None));
    }
}
