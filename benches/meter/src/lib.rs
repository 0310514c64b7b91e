//! What every program of the benchmark needs to tell a figure honestly: a warm-up that ends when the rate is
//! stable, a measured window, the CPU time of *both* sides in that window, pinning, latency histograms, and one
//! line of JSON as the answer.
//!
//! It knows nothing of Dubbo and is used by the load generator and by the foreign peers alike, so that a
//! difference between two rows never comes from the way they were measured.

#![forbid(unsafe_code)]

mod closed;
mod counters;
mod cpu;
mod latency;
mod meter;
mod pin;
mod point;

pub use closed::{Caller, closed};
pub use counters::{Counter, Counters};
pub use cpu::{Usage, resident_bytes, usage_of, usage_of_self};
pub use latency::Latency;
pub use meter::{Measured, Meter, Schedule};
pub use pin::pin_to;
pub use point::{LatencyReport, Point};
