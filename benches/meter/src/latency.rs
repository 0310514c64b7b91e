//! Latency histograms.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::LatencyReport;

/// Latencies from a nanosecond to a minute with three significant digits.
#[derive(Debug, Clone)]
pub struct Latency(Histogram<u64>);

impl Latency {
    /// The longest time that is told apart; longer ones count as this one.
    const MAX_NS: u64 = 60_000_000_000;

    /// An empty histogram.
    #[must_use]
    pub fn new() -> Self {
        Self(Histogram::new_with_bounds(1, Self::MAX_NS, 3).expect("the bounds are constants that are valid"))
    }

    /// Adds one latency.
    pub fn record(&mut self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(ns);
    }

    /// Adds all latencies of `other`.
    pub fn merge(&mut self, other: &Self) {
        // Bounds are the same in every histogram of this type, so the sum always fits.
        let _ = self.0.add(&other.0);
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// The usual percentiles, or nothing when nothing was recorded.
    #[must_use]
    pub fn report(&self) -> Option<LatencyReport> {
        if self.0.is_empty() {
            return None;
        }
        let us = |quantile: f64| self.0.value_at_quantile(quantile) as f64 / 1000.0;
        Some(LatencyReport {
            samples: self.0.len(),
            p50_us: us(0.5),
            p90_us: us(0.9),
            p99_us: us(0.99),
            p999_us: us(0.999),
            max_us: us(1.0),
        })
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_all_merged_histograms() {
        let (mut low, mut high) = (Latency::new(), Latency::new());
        (0..99).for_each(|_| low.record(Duration::from_micros(10)));
        high.record(Duration::from_millis(5));
        low.merge(&high);
        let report = low.report().unwrap();
        assert_eq!(report.samples, 100);
        assert!((report.p50_us - 10.0).abs() < 0.1, "{report:?}");
        assert!((report.max_us - 5000.0).abs() < 10.0, "{report:?}");
    }

    #[test]
    fn an_empty_histogram_reports_nothing_instead_of_zero() {
        assert_eq!(Latency::new().report(), None);
        let mut latency = Latency::new();
        latency.record(Duration::from_secs(3600));
        assert!(latency.report().unwrap().max_us <= 60_100_000.0, "an hour counts as the longest time");
        latency.reset();
        assert_eq!(latency.report(), None);
    }
}
