//! The matrix as a table, for people and for `docs/reports/matrix.md`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use test_support::{KINDS, Result, root};

use crate::matrix::{Outcomes, tally};
use crate::run::output;

/// Markdown: a row for each client, a column for each server, passed and all cases in each cell.
pub(crate) fn table(outcomes: &Outcomes) -> String {
    let clients = order(outcomes.keys().map(|(client, _)| client.as_str()).collect());
    let servers = order(outcomes.keys().map(|(_, server)| server.as_str()).collect());
    let mut text =
        format!("| client \\ server | {} |\n|---|{}\n", servers.join(" | "), "---|".repeat(servers.len()));
    for client in clients {
        let cells: Vec<String> = servers.iter().map(|server| cell(outcomes, client, server)).collect();
        let _ = writeln!(text, "| {client} | {} |", cells.join(" | "));
    }
    text
}

/// What failed, pair by pair; empty if nothing did.
pub(crate) fn failures(outcomes: &Outcomes) -> String {
    let mut text = String::new();
    for ((client, server), outcome) in outcomes {
        for failure in &outcome.failures {
            let first = failure.lines().next().unwrap_or_default();
            let _ = writeln!(text, "* {client} -> {server}: {}", shortened(first));
        }
    }
    text
}

/// Writes the report with everything that is needed to make it again.
pub(crate) fn write(outcomes: &Outcomes) -> Result<()> {
    let folder = root().join("docs/reports");
    fs::create_dir_all(&folder)?;
    let failures = failures(outcomes);
    let text = format!(
        "# Every client against every server\n\n\
         {} Each cell is the number of cases of `tests/matrix/scenarios.json` that passed, of all; every pair met through \
         a real ZooKeeper 3.8.4. Java peers are unmodified Dubbo of the version in their name.\n\n\
         Made on {} at commit {} with `cargo xtask matrix`, on {}.\n\n{}{}",
        format_args!("{}.", tally(outcomes)),
        output("date", &["-u", "+%Y-%m-%d"]),
        output("git", &["rev-parse", "--short", "HEAD"]),
        machine(),
        table(outcomes),
        if failures.is_empty() { String::new() } else { format!("\n## Failures\n\n{failures}") }
    );
    Ok(fs::write(folder.join("matrix.md"), text)?)
}

/// Beginning and end: Dubbo puts what was called first and the cause last, and whole URLs between them.
fn shortened(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= 2 * EXCERPT {
        return text.to_owned();
    }
    let part = |range: &[char]| range.iter().collect::<String>();
    format!("{} ... {}", part(&letters[..EXCERPT]), part(&letters[letters.len() - EXCERPT..]))
}

const EXCERPT: usize = 200;

/// In the order of the list of kinds.
fn order(names: BTreeSet<&str>) -> Vec<&str> {
    KINDS.iter().map(|kind| kind.name).filter(|name| names.contains(name)).collect()
}

fn cell(outcomes: &Outcomes, client: &str, server: &str) -> String {
    let Some(outcome) = outcomes.get(&(client.to_owned(), server.to_owned())) else { return "-".to_owned() };
    let all = outcome.passed + outcome.failures.len() as u64;
    if outcome.failures.is_empty() { all.to_string() } else { format!("**{} of {all}**", outcome.passed) }
}

/// The machine and the tools that a report was made with.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let java = output("sh", &["-c", "java -version 2>&1 | head -n 1"]);
    format!("{cores} cores, {}, {}, {java}", output("uname", &["-srm"]), output("rustc", &["--version"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Outcome;

    #[test]
    fn table_shows_pairs_in_the_order_of_kinds_and_counts_failures() {
        let mut outcomes = Outcomes::new();
        let fine = Outcome { passed: 3, failures: vec![] };
        let bad = Outcome { passed: 2, failures: vec!["echo/x: got 1\nmore".to_owned()] };
        outcomes.insert(("rust".to_owned(), "java-2.7.8".to_owned()), fine);
        outcomes.insert(("java-2.7.8".to_owned(), "rust".to_owned()), bad);
        let want = "| client \\ server | java-2.7.8 | rust |\n|---|---|---|\n\
                    | java-2.7.8 | - | **2 of 3** |\n| rust | 3 | - |\n";
        assert_eq!(table(&outcomes), want);
        assert_eq!(failures(&outcomes), "* java-2.7.8 -> rust: echo/x: got 1\n");
    }
}
