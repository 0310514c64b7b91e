//! The worker threads of a port, for services that block.

use std::time::Duration;

use crate::config::Parameters;
use crate::exchange::dispatch::{Dispatcher, PoolKind, PoolOptions, WorkerPool};
use crate::url::keys;

/// The pool that the settings of a server describe; none with `dispatcher=direct`, which keeps calls on the I/O threads.
/// No thread is started before a call needs it.
pub(super) fn pool(parameters: &Parameters, host: &str, port: u16) -> Option<WorkerPool> {
    let dispatcher = parameters.get(keys::DISPATCHER).and_then(Dispatcher::by_name).unwrap_or_default();
    let name = format!("DubboServerHandler-{host}:{port}");
    dispatcher.calls_use_workers().then(|| WorkerPool::new(options(parameters, name)))
}

fn options(parameters: &Parameters, name: String) -> PoolOptions {
    let number = |key: &str| parameters.get(key).and_then(|text| text.parse::<i64>().ok());
    let count = |key: &str| number(key).map(|count| u32::try_from(count).unwrap_or_default());
    let kind = parameters.get(keys::THREADPOOL).and_then(PoolKind::by_name).unwrap_or_default();
    let defaults = PoolOptions::new(kind, name);
    PoolOptions {
        // Java's executors refuse to be made without a thread.
        threads: count(keys::THREADS).unwrap_or(defaults.threads).max(1),
        core_threads: count(keys::CORE_THREADS).unwrap_or(defaults.core_threads),
        queues: number(keys::QUEUES).map_or(defaults.queues, |count| {
            i32::try_from(count).unwrap_or(if count < 0 { -1 } else { i32::MAX })
        }),
        alive: count(keys::ALIVE).map_or(defaults.alive, |ms| Duration::from_millis(ms.into())),
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let mut parameters = Parameters::default();
        pairs.iter().for_each(|(key, value)| parameters.set(key, value).expect("a setting"));
        parameters
    }

    #[test]
    fn the_settings_of_the_pool_are_those_of_dubbo() {
        let PoolOptions { kind, threads, core_threads, queues, alive, .. } =
            options(&Parameters::default(), String::new());
        assert_eq!((kind, threads, core_threads, queues, alive.as_secs()), (PoolKind::Fixed, 200, 0, 0, 60));
        let set = [
            ("threadpool", "eager"),
            ("threads", "7"),
            ("corethreads", "2"),
            ("queues", "-9999999999"),
            ("alive", "500"),
        ];
        let PoolOptions { kind, threads, core_threads, queues, alive, .. } =
            options(&parameters(&set), String::new());
        assert_eq!(
            (kind, threads, core_threads, queues, alive.as_millis()),
            (PoolKind::Eager, 7, 2, -1, 500)
        );
        assert_eq!(options(&parameters(&[("threads", "0")]), String::new()).threads, 1);
    }

    #[test]
    fn with_the_direct_dispatcher_there_are_no_workers() {
        assert!(pool(&parameters(&[("dispatcher", "direct")]), "h", 1).is_none());
        assert!(pool(&parameters(&[("dispatcher", "message")]), "h", 1).is_some());
    }
}
