//! The Java artifacts: the native library is compiled and packed, then the finished jars are tested.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::{Failure, Result, root};

use super::transport;
use crate::run::{command, succeeds};
use crate::tally::Tally;

/// Builds everything and counts the tests.
pub(super) fn run() -> Result<Tally> {
    install()?;
    let reports = reports()?;
    for report in &reports {
        fs::remove_file(report)?;
    }
    let succeeded = succeeds(maven(&["--offline", "--fail-at-end", "package"]));
    let mut tally = Tally::default();
    for report in self::reports()? {
        tally += counts(&fs::read_to_string(report)?);
    }
    if tally.passed == 0 || (!succeeded && tally.failed == 0) {
        tally += Tally::one(false);
    }
    tally += transport::run()?;
    Ok(tally)
}

/// What the test runner has written about every class of tests, in all modules.
fn reports() -> Result<Vec<PathBuf>> {
    let mut reports = Vec::new();
    for module in fs::read_dir(root().join("bindings-jvm"))? {
        reports.extend(reports_in(&module?.path().join("target"))?);
    }
    Ok(reports)
}

/// The same of one module.
pub(super) fn reports_in(target: &Path) -> Result<Vec<PathBuf>> {
    let mut reports = Vec::new();
    let Ok(files) = fs::read_dir(target.join("surefire-reports")) else { return Ok(reports) };
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            reports.push(path);
        }
    }
    Ok(reports)
}

/// Reads the numbers in the first element of a report: `<testsuite ... tests="15" errors="0" skipped="0" failures="2">`.
pub(super) fn counts(report: &str) -> Tally {
    let head = report
        .split_once("<testsuite ")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or("", |(head, _)| head);
    let number = |name: &str| {
        let value = head.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
        value.and_then(|(value, _)| value.parse::<u64>().ok()).unwrap_or(0)
    };
    let (failed, skipped) = (number("errors") + number("failures"), number("skipped"));
    Tally { passed: number("tests").saturating_sub(failed + skipped), failed, skipped }
}

/// Compiles the native library and packs all jars.
pub(crate) fn install() -> Result<()> {
    if !succeeds(command("cargo", &["build", "--quiet", "--package", "polydubbo-jvm"])) {
        return Err(Failure::new("cargo build --package polydubbo-jvm failed"));
    }
    place_library()?;
    // Without the network first: a build that has run once needs none.
    if succeeds(maven(&["--offline", "-DskipTests", "package"]))
        || succeeds(maven(&["-DskipTests", "package"]))
    {
        return Ok(());
    }
    Err(Failure::new("mvn package failed"))
}

/// A program of `examples/jvm`, which is compiled beside the tests.
pub(crate) fn example(class: &str) -> Command {
    let folder = root().join("bindings-jvm");
    let libraries = fs::read_to_string(folder.join("peer/target/classpath.txt")).unwrap_or_default();
    let path = format!("{}:{}", folder.join("it/target/test-classes").display(), libraries.trim());
    let mut java = command("java", &["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", &path, class]);
    packed_library_only(&mut java);
    java
}

/// Cargo lets its children find the libraries of `target/debug`, where Java would take ours from instead of the jar.
fn packed_library_only(command: &mut Command) {
    command.env_remove("LD_LIBRARY_PATH");
}

/// Puts the library where `native-core` packs it from.
fn place_library() -> Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let name = format!("{}polydubbo_jvm{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let folder = root().join("bindings-jvm/native-core/target/native/META-INF/native").join(classifier());
    fs::create_dir_all(&folder)?;
    fs::copy(target.join("debug").join(&name), folder.join(&name))?;
    Ok(())
}

/// The platform as `io.polydubbo.internal.Platform` names it.
fn classifier() -> String {
    let os = match std::env::consts::OS {
        "macos" => "osx",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "aarch_64",
        other => other,
    };
    format!("{os}-{architecture}{}", if cfg!(target_env = "musl") { "-musl" } else { "" })
}

pub(super) fn maven(arguments: &[&str]) -> Command {
    let classifier = format!("-Dnative.classifier={}", classifier());
    let mut maven = command("mvn", &["-q", "-B", "-ntp", "-Dstyle.color=never", &classifier]);
    maven.args(arguments).current_dir(root().join("bindings-jvm"));
    packed_library_only(&mut maven);
    maven
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_head_of_a_report() {
        let report = "<?xml version=\"1.0\"?>\n<testsuite xmlns:xsi=\"x\" name=\"A\" time=\"11.0\" tests=\"15\" errors=\"1\" \
                      skipped=\"2\" failures=\"3\">\n<testcase name=\"tests\"/></testsuite>";
        assert_eq!(counts(report), Tally { passed: 9, failed: 4, skipped: 2 });
        assert_eq!(counts(""), Tally::default());
    }
}
