//! Instructions of each small step, counted by callgrind: a figure that other processes do not disturb.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use test_support::root;

/// A count may differ by this share from its baseline: the allocator and hashing are not the same in every run.
const TOLERANCE: f64 = 0.03;
/// How often a step is repeated in the two runs whose difference counts.
const REPEATS: [u64; 2] = [50, 250];

/// Counts of all steps, by name.
type Counts = BTreeMap<String, u64>;

/// Counts every step, compares with the committed baseline and prints a table; true when no step became dearer.
///
/// # Errors
/// When callgrind is missing or a step fails.
pub(crate) fn run(micro: &str, save: bool) -> Result<bool> {
    let file = baseline_file();
    let mut baselines: BTreeMap<String, Counts> = match fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| file.display().to_string())?,
        Err(_) => BTreeMap::new(),
    };
    let baseline = baselines.get(std::env::consts::ARCH).cloned().unwrap_or_default();
    let mut counts = Counts::new();
    let mut good = true;
    println!("| step | instructions | baseline | change |\n|---|---:|---:|---:|");
    for (name, calls) in steps(micro)? {
        let count = count(micro, &name)? / calls;
        let verdict = compare(count, baseline.get(&name).copied());
        good &= verdict.is_good();
        println!("| {name} | {count} | {} |", verdict.cells());
        counts.insert(name, count);
    }
    if save {
        baselines.insert(std::env::consts::ARCH.to_owned(), counts);
        fs::write(&file, serde_json::to_string_pretty(&baselines)? + "\n")?;
    }
    Ok(good || save)
}

fn baseline_file() -> PathBuf {
    root().join("benches/micro/instructions.json")
}

/// Names of the steps and how many calls each run of one makes.
fn steps(micro: &str) -> Result<Vec<(String, u64)>> {
    let output = Command::new(micro).arg("list").output()?;
    let text = String::from_utf8(output.stdout)?;
    let parse = |line: &str| {
        let (name, calls) = line.split_once(' ')?;
        Some((name.to_owned(), calls.parse().ok()?))
    };
    text.lines().map(|line| parse(line).with_context(|| format!("not a step: {line}"))).collect()
}

/// Instructions of one run of a step: the difference of two programs that repeat it differently often.
fn count(micro: &str, name: &str) -> Result<u64> {
    let [few, many] = REPEATS;
    let difference = total(micro, name, many)?.saturating_sub(total(micro, name, few)?);
    Ok(difference / (many - few))
}

fn total(micro: &str, name: &str, times: u64) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args([
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        micro,
        "repeat",
        name,
        &times.to_string(),
    ]);
    let output = command.output().context("cannot start valgrind (is it installed?)")?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    collected(&String::from_utf8_lossy(&output.stderr)).context("callgrind printed no total")
}

/// The number in `==1234== Collected : 56789`.
fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[derive(Debug, PartialEq)]
enum Verdict {
    /// There is no baseline for it.
    New,
    /// Baseline and relative change.
    Same(u64, f64),
    Cheaper(u64, f64),
    Dearer(u64, f64),
}

fn compare(count: u64, baseline: Option<u64>) -> Verdict {
    let Some(baseline) = baseline else { return Verdict::New };
    let change = count as f64 / baseline.max(1) as f64 - 1.0;
    // Steps of a few instructions may move by a few.
    let slack = TOLERANCE.max(8.0 / baseline.max(1) as f64);
    match change {
        change if change > slack => Verdict::Dearer(baseline, change),
        change if change < -slack => Verdict::Cheaper(baseline, change),
        change => Verdict::Same(baseline, change),
    }
}

impl Verdict {
    const fn is_good(&self) -> bool {
        !matches!(self, Self::Dearer(..))
    }

    fn cells(&self) -> String {
        match self {
            Self::New => "- | new".to_owned(),
            Self::Same(baseline, change) => format!("{baseline} | {:+.1} %", change * 100.0),
            Self::Cheaper(baseline, change) => format!("{baseline} | **cheaper** {:+.1} %", change * 100.0),
            Self::Dearer(baseline, change) => format!("{baseline} | **dearer** {:+.1} %", change * 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_in_what_callgrind_prints() {
        let text = "==7== Events    : Ir\n==7== Collected : 155537053\n==7==\n";
        assert_eq!(collected(text), Some(155_537_053));
        assert_eq!(collected("nothing"), None);
    }

    #[test]
    fn only_a_step_that_became_dearer_is_bad() {
        for (count, baseline, good) in [
            (1000, None, true),
            (1029, Some(1000), true),
            (1031, Some(1000), false),
            (900, Some(1000), true),
            (27, Some(20), true),
            (29, Some(20), false),
        ] {
            assert_eq!(compare(count, baseline).is_good(), good, "{count} {baseline:?}");
        }
    }
}
