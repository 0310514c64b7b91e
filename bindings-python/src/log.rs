//! The core's log messages on their way to Python's `logging`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use polydubbo::api::Queue;
use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::wait;

/// Level (1 error to 5 trace), module, message with fields.
type Entry = (u8, String, String);

/// Beyond so many entries messages are dropped and counted: logging must not become a leak.
const MAX_WAITING: usize = 2048;
const MAX_BATCH: usize = 256;

static ENTRIES: LazyLock<ArcSwap<Queue<Entry>>> = LazyLock::new(|| ArcSwap::from_pointee(Queue::new(())));
static DROPPED: AtomicU64 = AtomicU64::new(0);
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Takes the events of the core; spans are not used.
struct Forward {
    level: Level,
}

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && metadata.target().starts_with("polydubbo")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let entries = ENTRIES.load();
        if entries.len() >= MAX_WAITING {
            DROPPED.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let entry = (number(*event.metadata().level()), event.metadata().target().to_owned(), text.finish());
        // After the stop nobody reads any more.
        drop(entries.push(entry));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// `message (key: value, ...)`.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match (field.name(), self.fields.is_empty()) {
            ("message", _) => write!(self.message, "{value:?}"),
            (name, true) => write!(self.fields, "{name}: {value:?}"),
            (name, false) => write!(self.fields, ", {name}: {value:?}"),
        };
    }
}

impl Text {
    fn finish(self) -> String {
        if self.fields.is_empty() { self.message } else { format!("{} ({})", self.message, self.fields) }
    }
}

fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// Starts to record messages down to a level; false when another subscriber is installed in this process.
#[pyfunction]
pub(crate) fn start_logging(level: u8) -> bool {
    if INSTALLED.load(Ordering::Acquire) {
        return true;
    }
    let level = match level {
        1 => Level::ERROR,
        2 => Level::WARN,
        3 => Level::INFO,
        4 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let installed = tracing::subscriber::set_global_default(Forward { level }).is_ok();
    INSTALLED.store(installed, Ordering::Release);
    installed
}

/// Blocks until there are messages and returns them; None after the stop.
#[pyfunction]
pub(crate) fn take_logs(py: Python<'_>) -> Option<Vec<Entry>> {
    let entries = ENTRIES.load_full();
    let mut batch = Vec::new();
    let open = wait::detached(py, || entries.wait(Duration::from_secs(3600), MAX_BATCH, &mut batch))
        .unwrap_or(false);
    let dropped = DROPPED.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        batch.push((2, "polydubbo".to_owned(), format!("{dropped} log messages were dropped")));
    }
    (open || !batch.is_empty()).then_some(batch)
}

/// Lets the thread in [`take_logs`] end.
#[pyfunction]
pub(crate) fn stop_logging() {
    ENTRIES.load().close();
}

/// In a forked child: a new queue, because a thread of the parent may have held the old one's lock.
pub(crate) fn forget() {
    let parents = ENTRIES.swap(Arc::new(Queue::new(())));
    std::mem::forget(parents);
}
