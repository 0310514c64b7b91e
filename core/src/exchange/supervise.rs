//! The task of a client: runs one TCP connection after the other.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::driver::Driver;
use super::link::{Core, First};

/// Tells those who wait for the end of the client, however its task ends, before it began even.
pub(super) struct Supervisor(Arc<Core>);

impl Supervisor {
    pub(super) const fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Runs until the client is shut.
    pub(super) async fn run(self, first: First) {
        let core = &self.0;
        let mut next = match first {
            First::Connected(driver) => Some(*driver),
            First::Soon => connect_soon(core).await,
            First::Retry => connect_again(core, 1).await,
            First::OnDemand => connect_on_demand(core).await,
        };
        while let Some(driver) = next {
            driver.await;
            core.disconnected();
            next = connect_again(core, 0).await;
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.0.disconnected();
        self.0.end();
    }
}

/// Tries until it succeeds or the client is shut. `failures` is the number of attempts that have
/// failed already.
async fn connect_again(core: &Core, mut failures: u32) -> Option<Driver> {
    loop {
        if core.is_shut() {
            return None;
        }
        if core.options.reconnect {
            // A call that wants a connection does not wait for the end of the pause.
            unless_wanted(core, tokio::time::sleep(pause(failures))).await;
        } else {
            core.wanted.notified().await;
        }
        if core.is_shut() {
            return None;
        }
        if let Some(driver) = attempt(core, "reconnect failed").await {
            return Some(driver);
        }
        failures += 1;
    }
}

async fn connect_soon(core: &Core) -> Option<Driver> {
    match attempt(core, "no connection yet (check == false), retry later").await {
        Some(driver) => Some(driver),
        None => connect_again(core, 1).await,
    }
}

/// Tries once; given up when the client is shut.
async fn attempt(core: &Core, failure: &'static str) -> Option<Driver> {
    let attempted = tokio::select! {
        attempted = core.attempt() => attempted,
        () = core.until_shut() => return None,
    };
    match attempted {
        Ok((_, driver)) => Some(driver),
        Err(error) => {
            tracing::warn!(url = core.options.url, %error, "{failure}");
            None
        }
    }
}

async fn connect_on_demand(core: &Core) -> Option<Driver> {
    core.wanted.notified().await;
    connect_again(core, 0).await
}

async fn unless_wanted(core: &Core, pause: impl Future<Output = ()>) {
    tokio::select! {
        () = pause => {}
        () = core.wanted.notified() => {}
    }
}

/// At once, then 1 s doubling to 60 s; a random quarter less, so that the consumers of a provider
/// that comes back do not all arrive in the same moment.
fn pause(failures: u32) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let full = 1000_u64.checked_shl(failures - 1).map_or(LONGEST, |ms| ms.min(LONGEST));
    Duration::from_millis(full - fastrand::u64(0..=full / 4))
}

/// Longest pause between two attempts, in milliseconds.
const LONGEST: u64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        for (failures, full) in [(0, 0), (1, 1000), (2, 2000), (5, 16_000), (7, 60_000), (200, 60_000)] {
            let full = Duration::from_millis(full);
            for _ in 0..100 {
                let pause = pause(failures);
                assert!(pause <= full && pause >= full * 3 / 4, "{failures}: {pause:?}");
            }
        }
    }
}
