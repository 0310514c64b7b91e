//! What the library logs, for a listener in JavaScript.
//!
//! Records go into one bounded buffer of the process; the first one wakes the environment that listens, which takes all of
//! them in one turn. Rust threads never wait for the listener: when the buffer is full, records are counted and dropped.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Status};
use napi_derive::napi;
use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::queue::WakeFunction;

/// Records kept for a listener that is slow.
const MAX_RECORDS: usize = 2048;

/// What nobody has taken yet, and who is to be woken.
static LOG: Mutex<Log> = Mutex::new(Log { records: VecDeque::new(), dropped: 0, listener: None });
/// Most detailed level that is wanted: 0 none, 1 errors, ... 5 traces. Read for each event, so not behind the lock.
static LEVEL: AtomicUsize = AtomicUsize::new(0);

struct Log {
    records: VecDeque<LogRecord>,
    dropped: u32,
    listener: Option<Arc<WakeFunction>>,
}

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
    let wake: WakeFunction =
        wake.build_threadsafe_function::<()>().callee_handled::<false>().weak::<true>().build()?;
    let wake = Arc::new(wake);
    env.add_env_cleanup_hook(Arc::clone(&wake), |wake| {
        let mut log = LOG.lock();
        if log.listener.as_ref().is_some_and(|listener| Arc::ptr_eq(listener, &wake)) {
            log.listener = None;
            LEVEL.store(0, Ordering::Relaxed);
        }
    })?;
    {
        let mut log = LOG.lock();
        // What the listener before has not taken is not for this one, and would keep it from being woken.
        log.records.clear();
        log.dropped = 0;
        log.listener = Some(wake);
    }
    LEVEL.store(level as usize, Ordering::Relaxed);
    let is_ours = tracing::dispatcher::has_been_set()
        .then(|| tracing::dispatcher::get_default(|dispatch| dispatch.is::<Collector>()));
    Ok(is_ours.unwrap_or_else(|| tracing::subscriber::set_global_default(Collector).is_ok()))
}

/// Takes what was logged.
#[napi(catch_unwind)]
pub(crate) fn take_log() -> LogBatch {
    let mut log = LOG.lock();
    LogBatch { records: log.records.drain(..).collect(), dropped: std::mem::take(&mut log.dropped) }
}

/// Collects events; spans mean nothing to it.
struct Collector;

fn number_of(level: &Level) -> usize {
    match *level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && number_of(metadata.level()) <= LEVEL.load(Ordering::Relaxed)
    }

    // The level may be raised later: nothing may be switched off for ever.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let record = LogRecord {
            level: event.metadata().level().as_str().to_ascii_lowercase(),
            target: event.metadata().target().to_owned(),
            message: text.message + &text.fields,
        };
        let mut log = LOG.lock();
        if log.records.len() >= MAX_RECORDS {
            log.dropped = log.dropped.saturating_add(1);
            return;
        }
        let was_empty = log.records.is_empty();
        log.records.push_back(record);
        let listener = if was_empty { log.listener.clone() } else { None };
        drop(log);
        if let Some(listener) = listener {
            let _: Status = listener.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message of an event, and its other fields as ` name=value`.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
