//! The answer of a client program: one line of JSON.

use serde::{Deserialize, Serialize};

/// Percentiles in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyReport {
    /// How many calls were timed.
    pub samples: u64,
    /// Half of the calls were faster.
    pub p50_us: f64,
    /// Nine of ten.
    pub p90_us: f64,
    /// 99 of 100.
    pub p99_us: f64,
    /// 999 of 1000.
    pub p999_us: f64,
    /// All.
    pub max_us: f64,
}

/// One measured point. Every client program of the benchmark prints one for each measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Point {
    /// Good answers in the measured window.
    pub requests: u64,
    /// Bad answers; any of them makes the point invalid.
    pub errors: u64,
    /// Length of the window.
    pub seconds: f64,
    /// Good answers each second.
    pub rate: f64,
    /// CPU nanoseconds per request of the client process.
    pub client_ns: f64,
    /// CPU nanoseconds per request of the server process; absent when its id was not given.
    pub server_ns: Option<f64>,
    /// Waits (voluntary context switches) per request, client.
    pub client_waits: f64,
    /// Waits per request, server.
    pub server_waits: Option<f64>,
    /// Latencies, where they were taken.
    pub latency: Option<LatencyReport>,
    /// Whatever else a program counted: allocations, bytes of memory, requests not sent in time, ...
    pub extra: std::collections::BTreeMap<String, f64>,
}

impl Point {
    /// A point that has no calls, only figures of its own.
    #[must_use]
    pub fn of_extra<const N: usize>(extra: [(&str, f64); N]) -> Self {
        let extra = extra.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { extra, ..Self::default() }
    }

    /// Prints the point as one line on standard output.
    pub fn print(&self) {
        println!("{}", serde_json::to_string(self).expect("a point has only plain fields"));
    }
}
