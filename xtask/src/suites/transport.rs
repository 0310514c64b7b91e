//! The transport for Dubbo Java: its jars, as packed, are tested with each Dubbo version that it must fit.

use std::fs;

use test_support::{JAVA_VERSIONS, Result, root};

use super::jvm::{counts, maven, reports_in};
use crate::run::succeeds;
use crate::tally::Tally;

/// Runs the tests once for each version; the native library must be in its place.
pub(super) fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    for version in JAVA_VERSIONS {
        println!("the transport with Dubbo {version}");
        tally += with(version)?;
    }
    Ok(tally)
}

fn with(version: &str) -> Result<Tally> {
    let target = root().join("bindings-jvm/transport-it/target").join(version);
    for report in reports_in(&target)? {
        fs::remove_file(report)?;
    }
    let dubbo = format!("-Ddubbo.version={version}");
    let arguments = ["-P", "transport-it", "-pl", MODULES, &dubbo, "package"];
    let offline = [&["--offline"][..], &arguments].concat();
    // Without the network first: a build that has run once needs none.
    let mut succeeded = succeeds(maven(&offline));
    if !succeeded && reports_in(&target)?.is_empty() {
        succeeded = succeeds(maven(&arguments));
    }
    let mut tally = Tally::default();
    for report in reports_in(&target)? {
        tally += counts(&fs::read_to_string(report)?);
    }
    if tally.passed == 0 || (!succeeded && tally.failed == 0) {
        tally += Tally::one(false);
    }
    Ok(tally)
}

/// What the tests need, and they themselves.
const MODULES: &str = "native-core,transport,transport-dropin,transport-it";
