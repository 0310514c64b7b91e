//! What cargo itself tests: formatting, and all Rust tests, those against Java peers included.

use test_support::{Result, prepare_java};

use crate::run::{command, lines, succeeds};
use crate::tally::Tally;

/// Formatting counts as one test.
pub(super) fn format() -> Result<Tally> {
    Ok(Tally::one(succeeds(command("cargo", &["fmt", "--all", "--check"]))))
}

/// All Rust tests and examples of documentation.
pub(super) fn test() -> Result<Tally> {
    prepare_java(None)?;
    let mut tally = Tally::default();
    let mut harness_failed = false;
    let succeeded = lines(command("cargo", &["test", "--workspace", "--no-fail-fast"]), |line| {
        if let Some(counts) = counts(line) {
            harness_failed |= counts.failed > 0;
            tally += counts;
        }
    })?;
    // Something that did not compile, or a test program that crashed, prints no counts.
    if !succeeded && !harness_failed {
        tally += Tally::one(false);
    }
    Ok(tally)
}

/// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; ...`.
fn counts(line: &str) -> Option<Tally> {
    let rest = line.strip_prefix("test result: ")?;
    let count = |what: &str| {
        let words: Vec<&str> = rest.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok())
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_result_line() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(counts(line), Some(Tally { passed: 5, failed: 2, skipped: 1 }));
        assert_eq!(counts("running 5 tests"), None);
    }
}
