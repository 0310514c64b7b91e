//! `timeout`: says so when an answer is ready only after the caller stopped waiting.

use std::time::Instant;

use super::{Call, Filter, Outcome};

/// Logs calls whose announced deadline (`_TO`) had passed when they ended. The answer goes out unchanged: the
/// caller drops it by itself.
#[derive(Debug, Default)]
pub struct TimeoutLog;

impl Filter for TimeoutLog {
    fn after(&self, call: &mut Call, _: &mut Outcome) {
        let Some(late) = call.deadline.and_then(|deadline| Instant::now().checked_duration_since(deadline))
        else {
            return;
        };
        tracing::warn!(
            late_ms = late.as_millis() as u64,
            "invoke timed out. method: {} url is {}",
            call.method(),
            call.url
        );
    }
}
