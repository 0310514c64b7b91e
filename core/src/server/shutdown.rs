//! How a server stops without losing a call.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Inner;

/// Consumers have noticed when none of them has called for this long.
const QUIET: Duration = Duration::from_secs(1);
/// How often a condition of the shutdown is looked at.
const POLL: Duration = Duration::from_millis(10);

/// How a shutdown went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShutdownReport {
    /// Calls that were still running when the time was up; their consumers see a closed connection.
    pub forced_calls: usize,
    /// Time that the shutdown took.
    pub elapsed: Duration,
}

impl ShutdownReport {
    /// True when every call was answered.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.forced_calls == 0
    }
}

/// The steps of `close`, in Dubbo's order. The lock on the publication lets one caller run them; others wait for it
/// and find nothing left to do.
pub(super) async fn run(server: &Inner) -> ShutdownReport {
    let start = Instant::now();
    let deadline = start + server.config.shutdown_wait;
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut publication = server.publication.lock().await;
    if server.closing.swap(true, Ordering::AcqRel) {
        return ShutdownReport { forced_calls: server.port.load().running(), elapsed: start.elapsed() };
    }
    let had_registry = publication.is_registered();
    if let Err(error) = publication.offline().await {
        tracing::warn!(%error, "could not withdraw from the registry");
    }
    server.port.listener().send_readonly();
    wait_until_unnoticed(server, had_registry, deadline).await;

    server.port.refuse_calls();
    server.port.listener().stop_accepting();
    let idle = || server.port.load().running() == 0;
    while !idle() && Instant::now() < deadline {
        sleep(POLL.min(left())).await;
    }
    let forced_calls = server.port.load().running();
    if forced_calls > 0 {
        tracing::warn!(forced_calls, "the time for the shutdown is up; calls that still run are cut off");
    }
    server.port.listener().close(left().max(Duration::from_millis(100))).await;
    publication.end(Duration::from_secs(1)).await;
    ShutdownReport { forced_calls, elapsed: start.elapsed() }
}

/// Serves on until consumers have had the notice period and none has called for a while. Without connections there is
/// nobody to wait for, unless the registry still leads somebody here.
async fn wait_until_unnoticed(server: &Inner, had_registry: bool, deadline: Instant) {
    let notice = Instant::now() + server.config.shutdown_notice;
    let mut arrived = server.port.load().arrived();
    let mut last_call = Instant::now();
    loop {
        let now = Instant::now();
        let connected = !server.port.listener().channels().is_empty();
        let noticed = now >= notice && now >= last_call + QUIET.min(server.config.shutdown_notice);
        if now >= deadline || noticed || !(connected || had_registry) {
            return;
        }
        sleep(POLL).await;
        let latest = server.port.load().arrived();
        if latest != arrived {
            (arrived, last_call) = (latest, Instant::now());
        }
    }
}
