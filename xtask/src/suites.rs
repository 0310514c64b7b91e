//! Every test of the project, suite by suite, in one count.

pub(crate) mod c;
mod cargo;
mod examples;
mod interop;
pub(crate) mod jvm;
pub(crate) mod node;
pub(crate) mod python;
mod transport;

use std::time::Instant;

use test_support::{Kind, Result};

use crate::tally::Tally;

/// Which suites.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these suites; default: all.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// A suite prints what it does and counts its tests. One that cannot run at all counts as a failure.
struct Suite {
    name: &'static str,
    run: fn() -> Result<Tally>,
}

/// In the order in which they run. A new language adds its line.
const SUITES: &[Suite] = &[
    Suite { name: "format", run: cargo::format },
    Suite { name: "rust", run: cargo::test },
    Suite { name: "python", run: python::run },
    Suite { name: "demo", run: demo },
    Suite { name: "node", run: node::run },
    Suite { name: "c", run: c::run },
    Suite { name: "jvm", run: jvm::run },
    Suite { name: "examples", run: examples::run },
    Suite { name: "faults", run: crate::faults::suite },
    Suite { name: "leaks", run: crate::leaks::suite },
    Suite { name: "matrix", run: interop::matrix },
];

/// Installs what programs of these kinds run. Those in Rust, and Java on Dubbo's own transport, are built as they start.
pub(crate) fn install(kinds: &[&Kind]) -> Result<()> {
    let any = |wanted: fn(&str) -> bool| kinds.iter().any(|kind| wanted(kind.name));
    if any(|name| name.starts_with("python-")) {
        python::install()?;
    }
    if any(|name| name == "node") {
        node::install()?;
    }
    if any(|name| name == "jvm" || name.ends_with("-native") || name.ends_with("-dropin")) {
        jvm::install()?;
    }
    if any(|name| name == "c") {
        c::install()?;
    }
    Ok(())
}

/// Runs the suites; the last line printed is the total. True if nothing failed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let mut total = Tally::default();
    let mut summary = Vec::new();
    for suite in SUITES {
        if !options.only.is_empty() && !options.only.iter().any(|name| name == suite.name) {
            continue;
        }
        println!("\n=== {} ===", suite.name);
        let start = Instant::now();
        let tally = (suite.run)().unwrap_or_else(|failure| {
            println!("{failure}");
            Tally::one(false)
        });
        summary.push(format!(
            "{:<8} {tally}, {} skipped ({:.0} s)",
            suite.name,
            tally.skipped,
            start.elapsed().as_secs_f32()
        ));
        total += tally;
    }
    println!("\n=== summary ===\n{}", summary.join("\n"));
    println!("{total}");
    Ok(total.failed == 0 && total.passed > 0)
}

/// The other of the two commands, as one test.
fn demo() -> Result<Tally> {
    crate::demo::run().map(Tally::one)
}
