//! The list of steps.

mod codec;
mod connection;
mod dispatch;
mod selection;

use anyhow::{Context, Result};

/// A step that is ready to be repeated.
pub type Step = Box<dyn FnMut()>;

/// Prepares a step.
type Make = fn() -> Result<Step>;

/// Names of all steps with what makes them.
const CASES: &[(&str, Make)] = &[
    ("codec/pojo-encode", codec::pojo_encode),
    ("codec/pojo-decode", codec::pojo_decode),
    ("codec/generic-encode", codec::generic_encode),
    ("codec/generic-decode", codec::generic_decode),
    ("codec/request-encode", codec::request_encode),
    ("codec/request-decode", codec::request_decode),
    ("codec/response-encode", codec::response_encode),
    ("codec/response-decode", codec::response_decode),
    ("codec/string-ascii-8", || codec::string('a', 8)),
    ("codec/string-ascii-1k", || codec::string('a', 1024)),
    ("codec/string-ascii-64k", || codec::string('a', 65_536)),
    ("codec/string-cjk-1k", || codec::string('\u{5317}', 341)),
    ("codec/string-emoji-1k", || codec::string('\u{1f600}', 256)),
    ("codec/reject-depth", codec::reject_depth),
    ("codec/reject-length", codec::reject_length),
    ("connection/call-1", || connection::calls(1)),
    ("connection/call-16", || connection::calls(16)),
    ("connection/call-256", || connection::calls(256)),
    ("connection/cancel", connection::cancel),
    ("connection/scan-1k", || connection::scan(1000)),
    ("connection/scan-100k", || connection::scan(100_000)),
    ("selection/random-3", || selection::pick(3, false)),
    ("selection/random-100", || selection::pick(100, false)),
    ("selection/weighted-100", || selection::pick(100, true)),
    ("selection/weighted-1000", || selection::pick(1000, true)),
    ("filters/5", || selection::filters(5)),
    ("filters/10", || selection::filters(10)),
    ("filters/20", || selection::filters(20)),
    ("directory/refresh-100", || selection::refresh(100)),
    ("queue/events-1", || dispatch::queue(1)),
    ("queue/events-64", || dispatch::queue(64)),
    ("pool/jobs-1", || dispatch::pool(1)),
    ("pool/jobs-64", || dispatch::pool(64)),
];

/// The names of all steps.
pub fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(name, _)| *name)
}

/// The names of the steps that take the same instructions each time: those of one thread.
pub fn countable() -> impl Iterator<Item = &'static str> {
    names().filter(|name| !name.starts_with("pool/"))
}

/// How many calls one run of a step makes; figures are divided by it.
#[must_use]
pub fn calls_of(name: &str) -> u32 {
    let count = ["connection/call-", "queue/events-", "pool/jobs-"]
        .iter()
        .find_map(|batch| name.strip_prefix(batch))
        .and_then(|count| count.parse().ok());
    count.unwrap_or(1)
}

/// Prepares one step.
///
/// # Errors
/// An unknown name, or a step that cannot be prepared.
pub fn step(name: &str) -> Result<Step> {
    let (_, make) =
        CASES.iter().find(|(known, _)| *known == name).with_context(|| format!("no step {name}"))?;
    make().with_context(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_can_be_repeated() {
        for name in names() {
            let mut step = step(name).unwrap();
            (0..3).for_each(|_| step());
        }
    }

    #[test]
    fn calls_are_counted_by_name() {
        assert_eq!((calls_of("connection/call-256"), calls_of("codec/pojo-encode")), (256, 1));
        assert_eq!((calls_of("queue/events-64"), calls_of("filters/20")), (64, 1));
        assert!(step("codec/nothing").is_err());
    }
}
