//! Plays the programs of the benchmark against each other and tells ratios.
//!
//! Run it as `cargo xtask bench`. It builds everything, starts every peer that can be started, measures all
//! configurations of a group in turn, several rounds of them, and judges each row of the design's table against its
//! floor, its goal and the target of the issue. A missing peer makes a row "not run"; an error makes it invalid;
//! neither is ever a pass.

#![forbid(unsafe_code)]

mod chart;
mod figure;
mod groups;
mod instructions;
mod layers;
mod machine;
mod plan;
mod play;
mod programs;
mod report;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use test_support::root;

use crate::figure::Figure;
use crate::groups::Pace;
use crate::machine::Machine;
use crate::report::{Judged, Report};

/// Measures the core against the machine and against its peers.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", version, about)]
struct Args {
    /// The whole matrix instead of the six-minute one.
    #[arg(long)]
    full: bool,
    /// Only these rows, such as `C1,J3`; the result goes to `target/bench` instead of `benches/results`.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds instead of the usual number.
    #[arg(long)]
    rounds: Option<usize>,
    /// Seconds of a window instead of the usual length.
    #[arg(long)]
    seconds: Option<f64>,
    /// Others use the machine: judges rows on one core by CPU time, which they disturb less than the clock.
    #[arg(long)]
    noisy: bool,
    /// Counts instructions of small steps with callgrind instead of measuring time.
    #[arg(long)]
    instructions: bool,
    /// With `--instructions`: keeps the counts as the new baseline.
    #[arg(long, requires = "instructions")]
    save_baseline: bool,
    /// Ends with a failure when a row is below its floor.
    #[arg(long)]
    gate: bool,
}

impl Args {
    /// True when a row of a kind, such as `J`, is to be measured.
    fn wants(&self, kind: char) -> bool {
        self.only.is_empty() || self.only.iter().any(|id| id.to_ascii_uppercase().starts_with(kind))
    }

    fn pace(&self) -> Pace {
        let (rounds, seconds, java_warm_up) = if self.full { (7, 2.0, 20.0) } else { (5, 0.5, 12.0) };
        Pace {
            rounds: self.rounds.unwrap_or(rounds),
            seconds: self.seconds.unwrap_or(seconds),
            java_warm_up,
            full: self.full,
        }
    }
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if args.instructions {
        let good = instructions::run(&programs::micro()?, args.save_baseline)?;
        return Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let programs = programs::Programs::build(|id| args.wants(id))?;
    let mut machine = Machine::describe();
    let mut groups = groups::all(&programs, &args.pace());
    if !args.only.is_empty() {
        groups.iter_mut().for_each(|group| group.retain(&args.only));
    }
    if args.noisy {
        let rows = groups.iter_mut().flat_map(|group| &mut group.rows);
        rows.filter(|row| groups::ONE_CORE.contains(&row.id)).for_each(|row| row.figure = Figure::CoreRate);
    }
    let (mut points, mut missing) = (BTreeMap::new(), BTreeMap::new());
    for (peer, reason) in programs.missing() {
        eprintln!("{peer} cannot be started: {reason}");
        missing.insert(peer.to_owned(), reason.to_owned());
    }
    for group in &groups {
        play::play(group, &mut points, &mut missing);
    }
    machine.load_after = machine::load();
    let rows = groups
        .into_iter()
        .flat_map(|group| group.rows)
        .map(|row| Judged { outcome: row.judge(&points), row })
        .collect();
    let report = Report { date: machine::today(), command: command(), machine, rows, missing, points };
    let folder = root().join(if args.only.is_empty() { "benches/results" } else { "target/bench" });
    std::fs::create_dir_all(&folder)?;
    let pictures = chart::draw(&report.points, &folder, &report.date)?;
    report.write(&folder, &pictures)?;
    println!("{}", report.table());
    println!("{}/{}.md", folder.display(), report.date);
    let failed = args.gate && report.below_floor() > 0;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// How this run was started, for the report.
fn command() -> String {
    std::iter::once("cargo xtask bench".to_owned())
        .chain(std::env::args().skip(1))
        .collect::<Vec<_>>()
        .join(" ")
}
