//! What the library logs, for a listener in a host language.
//!
//! Records go into one bounded buffer of the process; the first one wakes the listener, which takes all of them in one
//! turn. I/O threads never wait for it: when the buffer is full, records are counted and dropped.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span, subscriber::Interest};

use super::Wake;

/// Records kept for a listener that is slow.
const MAX_RECORDS: usize = 2048;

/// What nobody has taken yet, and who is to be woken.
static LOG: Mutex<Log> = Mutex::new(Log { records: VecDeque::new(), dropped: 0, listener: None });
/// Most detailed level that is wanted: 0 none, 1 errors, ... 5 traces. Read for each event, so not behind the lock.
static LEVEL: AtomicU8 = AtomicU8::new(0);

struct Log {
    records: VecDeque<LogRecord>,
    dropped: u32,
    listener: Option<Arc<dyn Wake>>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// 1 error, 2 warning, 3 information, 4 debugging, 5 trace.
    pub level: u8,
    /// The part of the library that wrote it.
    pub target: String,
    /// The text, with its fields.
    pub message: String,
}

/// The records since the last time, and how many were lost before them.
#[derive(Debug, Default)]
pub struct LogBatch {
    /// In the order in which they were written.
    pub records: Vec<LogRecord>,
    /// Records that found the buffer full.
    pub dropped: u32,
}

/// Wakes `listener` when there are records up to a level (0 none to 5 traces); who calls this last gets them. False when
/// the program has a tracing subscriber of its own, which gets them instead.
pub fn listen_to_log(level: u8, listener: Arc<dyn Wake>) -> bool {
    let old = {
        let mut log = LOG.lock();
        // What the listener before has not taken is not for this one, and would keep it from being woken.
        log.records.clear();
        log.dropped = 0;
        log.listener.replace(listener)
    };
    drop(old);
    LEVEL.store(level, Ordering::Relaxed);
    let is_ours = tracing::dispatcher::has_been_set()
        .then(|| tracing::dispatcher::get_default(|dispatch| dispatch.is::<Collector>()));
    is_ours.unwrap_or_else(|| tracing::subscriber::set_global_default(Collector).is_ok())
}

/// Ends what [`listen_to_log`] began, unless somebody else listens now.
pub fn leave_log(listener: &Arc<dyn Wake>) {
    let mut log = LOG.lock();
    if log.listener.as_ref().is_some_and(|current| Arc::ptr_eq(current, listener)) {
        LEVEL.store(0, Ordering::Relaxed);
        let old = log.listener.take();
        drop(log);
        drop(old);
    }
}

/// Takes what was logged.
pub fn take_log() -> LogBatch {
    let mut log = LOG.lock();
    LogBatch { records: log.records.drain(..).collect(), dropped: std::mem::take(&mut log.dropped) }
}

/// Collects events; spans mean nothing to it.
struct Collector;

fn number_of(level: &Level) -> u8 {
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
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
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
            level: number_of(event.metadata().level()),
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
            listener.wake();
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
