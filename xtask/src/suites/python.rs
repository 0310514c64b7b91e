//! The Python package: built as a wheel, installed into a fresh environment, tested from there.

use std::path::PathBuf;
use std::{fs, io};

use test_support::{Failure, Launch, Result, Role, ZooKeeper, kind, root};

use crate::run::{command, lines, succeeds};
use crate::tally::Tally;

/// Builds, installs and tests the package.
pub(super) fn run() -> Result<Tally> {
    let wheel = install()?;
    must(&tool("pip"), &["install", "--quiet", &format!("{wheel}[test]")])?;
    pytest()
}

/// Builds the wheel and puts it into `target/venv`; gives its path.
pub(crate) fn install() -> Result<String> {
    let venv = venv();
    if !venv.join("bin/pip").exists()
        && !succeeds(command("python3", &["-m", "venv", &venv.to_string_lossy()]))
    {
        return Err(Failure::new(
            "no virtual environment could be made: install Python 3.10 or newer with its venv module (python3-venv)",
        ));
    }
    let wheels = root().join("target/wheels");
    match fs::remove_dir_all(&wheels) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    must(&tool("pip"), &["install", "--quiet", "maturin>=1.14,<2"])?;
    let wheels = wheels.to_string_lossy().into_owned();
    must(
        &tool("maturin"),
        &["build", "--quiet", "--manifest-path", "bindings-python/Cargo.toml", "--out", &wheels],
    )?;
    let wheel = fs::read_dir(&wheels)?.next().ok_or_else(|| Failure::new("maturin made no wheel"))??.path();
    let wheel = wheel.to_string_lossy().into_owned();
    // The version does not change between builds, so pip must be told to take the new wheel.
    must(&tool("pip"), &["install", "--quiet", "--force-reinstall", "--no-deps", &wheel])?;
    Ok(wheel)
}

/// Runs the tests with a real registry and a Java provider at hand.
fn pytest() -> Result<Tally> {
    let zookeeper = ZooKeeper::start()?;
    let _java = Launch::new(kind("java-2.7.23")?, Role::Provider).registry(&zookeeper.url()).start()?;
    let mut tally = Tally::default();
    let mut counted = false;
    let arguments = [
        "-q",
        "-ra",
        "-p",
        "no:cacheprovider",
        "-c",
        "bindings-python/pyproject.toml",
        "bindings-python/tests",
    ];
    let mut pytest = command(&tool("pytest"), &arguments);
    pytest.env("POLYDUBBO_TEST_REGISTRY", zookeeper.url());
    let succeeded = lines(pytest, |line| {
        if let Some(counts) = counts(line) {
            counted = true;
            tally += counts;
        }
    })?;
    if !counted || (!succeeded && tally.failed == 0) {
        tally += Tally::one(false);
    }
    Ok(tally)
}

/// Reads pytest's last line: `3 failed, 120 passed, 2 skipped, 1 warning in 4.20s`.
fn counts(line: &str) -> Option<Tally> {
    let (body, time) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    if !time.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let mut tally = Tally::default();
    for part in body.split(", ") {
        let (count, what) = part.split_once(' ')?;
        let count: u64 = count.parse().ok()?;
        match what {
            "passed" | "xfailed" => tally.passed += count,
            "failed" | "error" | "errors" | "xpassed" => tally.failed += count,
            "skipped" | "deselected" => tally.skipped += count,
            _ => {}
        }
    }
    Some(tally)
}

fn must(program: &str, arguments: &[&str]) -> Result<()> {
    if succeeds(command(program, arguments)) {
        return Ok(());
    }
    Err(Failure::new(format!("{program} failed")))
}

pub(crate) fn venv() -> PathBuf {
    root().join("target/venv")
}

fn tool(name: &str) -> String {
    venv().join("bin").join(name).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_last_line_of_pytest() {
        for (line, passed, failed, skipped) in [
            ("120 passed in 4.20s", 120, 0, 0),
            ("=== 3 failed, 120 passed, 2 skipped, 1 warning, 1 error in 64.20s (0:01:04) ===", 120, 4, 2),
        ] {
            assert_eq!(counts(line), Some(Tally { passed, failed, skipped }), "{line}");
        }
        assert_eq!(counts("the cat sat in 4 boxes"), None);
    }
}
