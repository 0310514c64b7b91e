//! `docs/reports/leaks.md`: the memory of consumers and providers over a million calls.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use serde_json::Value as Json;
use test_support::{Failure, KINDS, Kind, Launch, Peer, Result, Role, kind, root};

use crate::report::machine;
use crate::run::output;
use crate::suites;
use crate::tally::Tally;

/// Programs that know the count mode, `--calls`. A new one adds its name.
const PROGRAMS: &[&str] = &["rust", "python-aio", "python-sync", "node", "jvm", "c"];

/// What a run of the tests makes. It cannot tell a slope from the noise of a collector's heap, but a leak of some twenty
/// bytes in each call.
const SHORT: u64 = 200_000;

/// MiB that the short version may add after its warm-up.
const SHORT_LIMIT: f64 = 3.0;

/// MiB for each million calls that count as no leak.
const LIMIT: f64 = 1.0;

/// Keeps heaps with a collector small: they otherwise grow to what they are allowed before they collect.
const HEAPS: &[(&str, &str)] = &[
    ("NODE_OPTIONS", "--max-old-space-size=32 --max-semi-space-size=1"),
    ("JAVA_TOOL_OPTIONS", "-Xmx48m -Xms48m -XX:+AlwaysPreTouch"),
];

/// Share of the calls that warm caches, pools and heaps up.
const WARM_UP: f64 = 0.5;

/// Which programs, and how many calls.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Programs, by kind; each calls itself. Default: all.
    #[arg(value_delimiter = ',')]
    kinds: Vec<String>,
    /// Calls that each program makes.
    #[arg(long, default_value_t = 2_000_000)]
    calls: u64,
    /// Takes the packages as they are installed.
    #[arg(long)]
    built: bool,
    /// Leaves docs/reports/leaks.md as it is.
    #[arg(long)]
    no_report: bool,
}

/// One process over a run.
struct Memory {
    /// MiB of resident memory for each million calls, by the method of least squares.
    slope: f64,
    /// Resident MiB after the warm-up and at the end.
    resident: (f64, f64),
    /// Open files after the warm-up and at the end.
    files: (usize, usize),
}

impl Memory {
    fn of(samples: &[Sample]) -> Self {
        let first = ((samples.len() as f64 * WARM_UP) as usize).min(samples.len() - 1);
        let warm = &samples[first..];
        let (start, end) = (&warm[0], &warm[warm.len() - 1]);
        Self { slope: slope(warm), resident: (start.mib, end.mib), files: (start.files, end.files) }
    }

    /// A leak shows in the slope and in the sum; the first alone may be one step of an allocator.
    fn is_flat(&self) -> bool {
        (self.slope < LIMIT || self.resident.1 - self.resident.0 < LIMIT) && self.files.1 <= self.files.0 + 2
    }
}

struct Sample {
    calls: f64,
    mib: f64,
    files: usize,
}

/// True if the memory of all stays flat.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let kinds: Result<Vec<&Kind>> = match options.kinds.is_empty() {
        true => Ok(all().collect()),
        false => options.kinds.iter().map(|name| kind(name)).collect(),
    };
    let kinds = kinds?;
    if !options.built {
        suites::install(&kinds)?;
    }
    let mut rows = String::new();
    let mut flat = true;
    for kind in kinds {
        let (consumer, provider) = measure(kind, options.calls)?;
        let row = row(kind, &consumer, &provider);
        print!("{row}");
        rows.push_str(&row);
        flat &= consumer.is_flat() && provider.is_flat();
    }
    if !options.no_report {
        write(options, &rows)?;
    }
    Ok(flat)
}

/// The short version, in every run of the tests.
pub(crate) fn suite() -> Result<Tally> {
    let mut tally = Tally::default();
    for kind in all() {
        match measure(kind, SHORT) {
            Ok((consumer, provider)) => {
                print!("{}", row(kind, &consumer, &provider));
                for Memory { resident, files, .. } in [consumer, provider] {
                    tally += Tally::one(resident.1 - resident.0 < SHORT_LIMIT && files.1 <= files.0 + 2);
                }
            }
            Err(failure) => {
                println!("{}: {failure}", kind.name);
                tally += Tally::one(false);
            }
        }
    }
    Ok(tally)
}

fn all() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| PROGRAMS.contains(&kind.name))
}

/// A program calls itself; consumer and provider are processes of their own.
fn measure(kind: &'static Kind, calls: u64) -> Result<(Memory, Memory)> {
    let launch = |role| {
        HEAPS.iter().fold(Launch::new(kind, role), |launch, (name, value)| launch.variable(name, value))
    };
    let provider = launch(Role::Provider).option("host", "127.0.0.1").start()?;
    let consumer = launch(Role::Consumer).url(&provider.url()).option("calls", &calls.to_string()).start()?;
    let (mut callers, mut servers) = (Vec::new(), Vec::new());
    loop {
        let line = consumer.line(Duration::from_secs(300))?;
        let line = line.ok_or_else(|| consumer.failure("ended before it was done"))?;
        let said: Json =
            serde_json::from_str(&line).map_err(|error| Failure::new(format!("{line}: {error}")))?;
        if let Some(done) = said["calls"].as_f64() {
            callers.push(sample(&consumer, done)?);
            servers.push(sample(&provider, done)?);
        } else if said["done"] == true && said["failed"] == 0 && callers.len() > 10 {
            return Ok((Memory::of(&callers), Memory::of(&servers)));
        } else {
            return Err(consumer.failure(&format!("printed {line}")));
        }
    }
}

/// What the system knows about a process.
fn sample(peer: &Peer, calls: f64) -> Result<Sample> {
    let proc = format!("/proc/{}", peer.id());
    let statm = fs::read_to_string(format!("{proc}/statm"))?;
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    Ok(Sample { calls, mib: pages * PAGE / MIB, files: fs::read_dir(format!("{proc}/fd"))?.count() })
}

const PAGE: f64 = 4096.0;
const MIB: f64 = 1_048_576.0;

/// MiB for each million calls.
fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let mean = |value: fn(&Sample) -> f64| samples.iter().map(value).sum::<f64>() / count;
    let (calls, mib) = (mean(|sample| sample.calls), mean(|sample| sample.mib));
    let above: f64 = samples.iter().map(|sample| (sample.calls - calls) * (sample.mib - mib)).sum();
    let below: f64 = samples.iter().map(|sample| (sample.calls - calls).powi(2)).sum();
    above / below.max(f64::MIN_POSITIVE) * 1e6
}

fn row(kind: &Kind, consumer: &Memory, provider: &Memory) -> String {
    let cells = |memory: &Memory| {
        let Memory { slope, resident, files } = memory;
        format!("{slope:+.2} | {:.1} → {:.1} | {} → {}", resident.0, resident.1, files.0, files.1)
    };
    format!("| {} | {} | {} |\n", kind.name, cells(consumer), cells(provider))
}

fn write(options: &Options, rows: &str) -> Result<()> {
    let mut text = format!(
        "# Memory over many calls\n\n\
         Each program calls itself, consumer and provider in processes of their own: {} calls, 32 at a time (32 threads in \
         `python-sync`), every tenth throws an exception. The system is asked for resident memory and open files fifty times; \
         the first {:.0} % of the calls are warm-up. The slope is a line through the rest by least squares, in MiB for each \
         million calls; less than {LIMIT} is flat.\n\n\
         Made on {} at commit {} with `cargo xtask report leaks`, on {}.\n\n",
        options.calls,
        WARM_UP * 100.0,
        output("date", &["-u", "+%Y-%m-%d"]),
        output("git", &["rev-parse", "--short", "HEAD"]),
        machine(),
    );
    text.push_str("| program | consumer: slope | MiB | files | provider: slope | MiB | files |\n|---|---|---|---|---|---|---|\n");
    let _ = write!(text, "{rows}");
    Ok(fs::write(root().join("docs/reports/leaks.md"), text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mib: impl Fn(f64) -> f64) -> Vec<Sample> {
        let sample = |index: u32| {
            let calls = f64::from(index) * 20_000.0;
            Sample { calls, mib: mib(calls), files: 10 }
        };
        (1..=50).map(sample).collect()
    }

    #[test]
    fn a_leak_is_told_from_noise_and_from_warming_up() {
        let leaking = Memory::of(&line(|calls| 50.0 + calls * 3e-6));
        assert!((leaking.slope - 3.0).abs() < 0.01 && !leaking.is_flat(), "{}", leaking.slope);
        let noisy = Memory::of(&line(|calls| 50.0 + if calls % 40_000.0 == 0.0 { 0.2 } else { 0.0 }));
        assert!(noisy.slope.abs() < 0.2 && noisy.is_flat());
        let warming = Memory::of(&line(|calls| if calls < 250_000.0 { 10.0 + calls * 1e-4 } else { 40.0 }));
        assert!(warming.slope.abs() < 0.01 && warming.is_flat(), "{}", warming.slope);
    }
}
