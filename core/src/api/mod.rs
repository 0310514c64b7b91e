//! The facade that the language bindings share, and the only part of the crate that they use.
//!
//! Everything here is a handle that clones cheaply, is `Send + Sync + 'static` and has an explicit, idempotent
//! `close`. A call is *submitted* and never blocks; its outcome arrives exactly once at a [`CompletionSink`].
//! Rust threads never run code of the host language: sinks and service handlers only push events into a [`Queue`],
//! which the host drains on a thread of its own.

mod completion;
mod queue;

pub use crate::runtime::{Runtime, RuntimeOptions, mark_forked};
pub use completion::{Completion, CompletionSink};
pub use queue::{Queue, Wake};
