//! Where calls that arrive are run: on the task that owns the socket, or on workers.

mod pool;

pub use pool::{Job, PoolKind, PoolOptions, WorkerPool};

/// Which messages leave the I/O task; the `dispatcher` parameter.
///
/// Heartbeats are answered on the I/O task under each of them. Responses of a consumer wake their
/// callers directly, so for us the names differ in calls and in connection events only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dispatcher {
    /// Calls and connection events go to the workers.
    #[default]
    All,
    /// Calls go to the workers.
    Message,
    /// Calls go to the workers.
    Execution,
    /// Nothing goes to the workers.
    Direct,
    /// Calls go to the workers, connection events are handled one after the other.
    Connection,
}

impl Dispatcher {
    /// Finds a dispatcher by its name in Dubbo.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "message" => Self::Message,
            "execution" => Self::Execution,
            "direct" => Self::Direct,
            "connection" => Self::Connection,
            _ => return None,
        })
    }

    /// True when calls are run by workers.
    #[must_use]
    pub const fn calls_use_workers(self) -> bool {
        !matches!(self, Self::Direct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_direct_keeps_calls_on_the_io_task() {
        for (name, workers) in
            [("all", true), ("message", true), ("execution", true), ("connection", true), ("direct", false)]
        {
            assert_eq!(Dispatcher::by_name(name).map(Dispatcher::calls_use_workers), Some(workers), "{name}");
        }
        assert_eq!(Dispatcher::by_name("All"), None);
    }
}
