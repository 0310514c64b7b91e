//! Rolling restarts lose no call. The long form is `cargo xtask report rolling-restart`.

use std::time::Duration;
use test_support::{RollingRestart, kind};

/// Three restarts at 200 calls a second, without retries.
fn restart(consumer: &str, provider: &str) {
    let rolling = RollingRestart {
        consumer: kind(consumer).unwrap(),
        provider: kind(provider).unwrap(),
        restarts: 3,
        rate: 200,
        parameters: &[],
    };
    let seen = rolling.run().unwrap();
    assert_eq!(seen.failed, 0, "{seen:?}");
    let due = seen.took.as_secs() * u64::from(rolling.rate);
    assert!(seen.calls >= due, "{} of {due} calls were made", seen.calls);
    assert!(seen.slowest_stop < Duration::from_secs(20), "{seen:?}");
}

#[test]
fn a_java_consumer_does_not_notice_restarts_of_our_providers() {
    restart("java-2.7.23", "rust");
}
