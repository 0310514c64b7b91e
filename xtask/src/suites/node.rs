//! The npm package: built, tested in its source tree, then packed and tested as a user would install it.

use test_support::{Failure, Result, root};

use crate::run::{command, lines, succeeds};
use crate::tally::Tally;

/// Builds everything and counts the tests.
pub(super) fn run() -> Result<Tally> {
    install()?;
    must(&["run", "--silent", "build:test"])?;
    let mut tally = counted(&["run", "--silent", "test:run"])?;
    tally += counted(&["run", "--silent", "test:package"])?;
    Ok(tally)
}

/// Builds the package in its source tree, which is where the matrix peer looks for it.
pub(crate) fn install() -> Result<()> {
    must(&["ci", "--silent"])?;
    must(&["run", "--silent", "build"])
}

fn counted(arguments: &[&str]) -> Result<Tally> {
    let mut tally = Tally::default();
    let succeeded = lines(npm(arguments), |line| count(line, &mut tally))?;
    let is_silent = tally.passed + tally.failed == 0;
    if is_silent || (!succeeded && tally.failed == 0) {
        tally += Tally::one(false);
    }
    Ok(tally)
}

/// Reads a line of the summary of Node's test runner: `ℹ pass 120`.
fn count(line: &str, tally: &mut Tally) {
    let Some((what, count)) = line.strip_prefix("ℹ ").and_then(|rest| rest.split_once(' ')) else { return };
    let Ok(count) = count.parse::<u64>() else { return };
    match what {
        "pass" => tally.passed += count,
        "fail" | "cancelled" => tally.failed += count,
        "skipped" | "todo" => tally.skipped += count,
        _ => {}
    }
}

fn must(arguments: &[&str]) -> Result<()> {
    if succeeds(npm(arguments)) {
        return Ok(());
    }
    Err(Failure::new(format!("npm {} failed", arguments.join(" "))))
}

fn npm(arguments: &[&str]) -> std::process::Command {
    let mut npm = command("npm", arguments);
    npm.current_dir(root().join("bindings-node"));
    npm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_summary_of_the_runner() {
        let mut tally = Tally::default();
        for line in
            ["ℹ tests 9", "ℹ pass 5", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 2", "ℹ todo 0", "✔ pass 7"]
        {
            count(line, &mut tally);
        }
        assert_eq!(tally, Tally { passed: 5, failed: 2, skipped: 2 });
    }
}
