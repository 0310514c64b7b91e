//! What the tests count: the costs that decide about speed. Nothing outside of tests.

#[cfg(test)]
use std::sync::atomic::{AtomicU64, Ordering};

/// A cost.
#[derive(Debug, Clone, Copy)]
pub(super) enum Count {
    /// The state of a connection was locked.
    Lock,
    /// A system call tried to write.
    Write,
    /// A read was tried; a system call only when the socket is known to be readable.
    Read,
    /// The task that owns the socket was woken by a caller.
    Wake,
    /// A timer of the runtime was set.
    Timer,
}

/// The costs of one connection.
#[derive(Debug, Default)]
pub(super) struct Counters {
    #[cfg(test)]
    counts: [AtomicU64; 5],
}

impl Counters {
    pub(super) fn add(&self, _what: Count) {
        #[cfg(test)]
        self.counts[_what as usize].fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn get(&self, what: Count) -> u64 {
        self.counts[what as usize].load(Ordering::Relaxed)
    }
}
