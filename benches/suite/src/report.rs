//! The table for people and the file for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::figure::{Figure, Grade, Outcome, Points, Row};
use crate::layers;
use crate::machine::Machine;

/// A judged run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) date: String,
    pub(crate) command: String,
    pub(crate) machine: Machine,
    pub(crate) rows: Vec<Judged>,
    /// Configurations that could not be measured, and why.
    pub(crate) missing: BTreeMap<String, String>,
    pub(crate) points: Points,
}

/// A row and how it came out.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    #[serde(flatten)]
    pub(crate) row: Row,
    pub(crate) outcome: Outcome,
}

impl Report {
    /// How many rows missed their floor.
    pub(crate) fn below_floor(&self) -> usize {
        let is_below = |judged: &&Judged| {
            matches!(
                judged.outcome,
                Outcome::Measured { grade: Grade::BelowFloor, .. } | Outcome::Invalid { .. }
            )
        };
        self.rows.iter().filter(is_below).count()
    }

    /// Writes `<date>.json` and `<date>.md` into `folder`.
    pub(crate) fn write(&self, folder: &Path, pictures: &[String]) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(format!("{}.json", self.date)), serde_json::to_string_pretty(self)? + "\n")?;
        Ok(fs::write(folder.join(format!("{}.md", self.date)), self.page(pictures))?)
    }

    fn page(&self, pictures: &[String]) -> String {
        let mut page = format!("# Benchmark of {}\n\n", self.date);
        page.push_str(
            "Ratios taken side by side in one run; absolute figures are in the file of the same name.\n\n",
        );
        for line in self.machine.lines() {
            let _ = writeln!(page, "- {line}");
        }
        let _ = writeln!(page, "- made by `{}`\n", self.command);
        if self.rows.iter().any(|judged| judged.row.figure == Figure::CoreRate) {
            page.push_str(
                "The machine was not quiet: rows on one core compare answers in a second of CPU time.\n\n",
            );
        }
        page.push_str(&self.table());
        page.push_str(&layers::table(&self.points));
        page.push_str(&self.details());
        for picture in pictures {
            let _ = writeln!(page, "\n![{picture}]({picture})");
        }
        page
    }

    /// One line for each row.
    pub(crate) fn table(&self) -> String {
        let mut table =
            "| row | what | value | lowest .. highest round | target | goal | floor | verdict |\n".to_owned();
        table.push_str("|---|---|---:|---:|---:|---:|---:|---|\n");
        for Judged { row, outcome } in &self.rows {
            let show = |value: f64| number(row, value);
            let target = row.target.map_or_else(|| "-".to_owned(), show);
            let (value, spread, verdict) = match outcome {
                Outcome::Measured { value, low, high, grade } => (
                    show(*value),
                    format!("{} .. {}", show(*low), show(*high)),
                    grade_text(*grade).to_owned(),
                ),
                Outcome::Invalid { reason } => ("-".to_owned(), "-".to_owned(), format!("invalid: {reason}")),
                Outcome::NotRun { .. } => ("-".to_owned(), "-".to_owned(), "not run".to_owned()),
            };
            let (goal, floor) = (show(row.goal), show(row.floor));
            let _ = writeln!(
                table,
                "| {} | {} | {value} | {spread} | {target} | {goal} | {floor} | {verdict} |",
                row.id, row.what
            );
        }
        table
    }

    fn details(&self) -> String {
        let mut text = "\n## Every configuration\n\nMedian round by rate.\n\n".to_owned();
        text.push_str("| configuration | requests/s | client ns | server ns | p50 us | p99 us | else |\n");
        text.push_str("|---|---:|---:|---:|---:|---:|---|\n");
        for (name, points) in &self.points {
            let mut sorted: Vec<_> = points.iter().collect();
            sorted.sort_by(|a, b| a.rate.total_cmp(&b.rate));
            let Some(point) = sorted.get(sorted.len() / 2) else { continue };
            let latency = |pick: fn(&polydubbo_meter::LatencyReport) -> f64| {
                point
                    .latency
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), |latency| format!("{:.0}", pick(latency)))
            };
            let server = point.server_ns.map_or_else(|| "-".to_owned(), |ns| format!("{ns:.0}"));
            let (p50, p99) = (latency(|latency| latency.p50_us), latency(|latency| latency.p99_us));
            let extra: Vec<_> =
                point.extra.iter().map(|(name, value)| format!("{name} {value:.0}")).collect();
            let _ = writeln!(
                text,
                "| {name} | {:.0} | {:.0} | {server} | {p50} | {p99} | {} |",
                point.rate,
                point.client_ns,
                extra.join(", ")
            );
        }
        for (name, reason) in &self.missing {
            let _ = writeln!(text, "\nNot measured: {name}: {}", reason.lines().next().unwrap_or_default());
        }
        text
    }
}

fn grade_text(grade: Grade) -> &'static str {
    match grade {
        Grade::Target => "reaches the target",
        Grade::Goal => "reaches the goal",
        Grade::Floor => "above the floor",
        Grade::BelowFloor => "**below the floor**",
    }
}

/// A ratio below a third reads better as a fraction; plain values keep their size.
fn number(row: &Row, value: f64) -> String {
    match (&row.figure, row.others.is_empty()) {
        (_, true) => format!("{value:.0}"),
        (Figure::Rate | Figure::CoreRate, _) => format!("{value:.2}x"),
        (_, _) if value > 0.0 && value < 1.0 / 3.0 => format!("1/{:.1}", 1.0 / value),
        (_, _) => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Better;

    #[test]
    fn times_are_shown_as_fractions_and_rates_as_multiples() {
        let row = |figure, others: &[&str]| Row {
            id: "X",
            what: String::new(),
            figure,
            ours: String::new(),
            others: others.iter().map(|name| (*name).to_owned()).collect(),
            better: Better::Lower,
            target: None,
            goal: 1.0,
            floor: 1.0,
        };
        for (figure, others, value, want) in [
            (Figure::Rate, &["a"][..], 13.456, "13.46x"),
            (Figure::BothCpu, &["a"][..], 0.05, "1/20.0"),
            (Figure::ClientCpu, &["a"][..], 1.6, "1.60"),
            (Figure::Extra("bytes_per_call"), &[][..], 128.4, "128"),
        ] {
            assert_eq!(number(&row(figure, others), value), want);
        }
    }
}
