//! What the library logs, for a listener in JavaScript.
//!
//! The core keeps the records; the first one wakes the environment that listens, which takes all of them in one turn.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use polydubbo::api::{self, Wake};

use crate::queue::LoopWake;

/// One record.
#[napi(object)]
pub(crate) struct LogRecord {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
    /// The part of the library that wrote it.
    pub target: String,
    /// The text, with its fields.
    pub message: String,
}

/// The records since the last time, and how many were lost before them.
#[napi(object)]
pub(crate) struct LogBatch {
    /// In the order in which they were written.
    pub records: Vec<LogRecord>,
    /// Records that found the buffer full.
    pub dropped: u32,
}

/// Wakes `wake` when there are records up to a level (0 none to 5 traces); the environment that calls this last gets
/// them. False when the program has a tracing subscriber of its own already.
#[napi(catch_unwind)]
pub(crate) fn listen_to_log(env: Env, level: u32, wake: Function<'_, (), ()>) -> napi::Result<bool> {
    let listener: Arc<dyn Wake> = Arc::new(LoopWake::new(&wake)?);
    env.add_env_cleanup_hook(Arc::clone(&listener), |listener| api::leave_log(&listener))?;
    Ok(api::listen_to_log(level.min(5) as u8, listener))
}

/// Takes what was logged.
#[napi(catch_unwind)]
pub(crate) fn take_log() -> LogBatch {
    let batch = api::take_log();
    let record = |record: api::LogRecord| LogRecord {
        level: NAMES.get(usize::from(record.level)).copied().unwrap_or("trace").to_owned(),
        target: record.target,
        message: record.message,
    };
    LogBatch { records: batch.records.into_iter().map(record).collect(), dropped: batch.dropped }
}

const NAMES: [&str; 6] = ["none", "error", "warn", "info", "debug", "trace"];
