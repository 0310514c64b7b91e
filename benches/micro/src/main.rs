//! Runs steps of the core for other tools: times two of them for the H rows, repeats one for callgrind.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use polydubbo_meter::Point;
use polydubbo_micro::{cases, user};

/// Small steps of the core.
#[derive(Debug, Parser)]
#[command(version, about)]
enum Command {
    /// Names the steps whose instructions can be counted.
    List,
    /// Repeats one step this often and ends; callgrind counts.
    Repeat {
        /// Its name.
        name: String,
        /// How often.
        times: u64,
    },
    /// Times writing and reading the benchmark's object, and prints a point.
    Hessian {
        /// Seconds for each of the two.
        #[arg(long, default_value_t = 0.5)]
        seconds: f64,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::List => cases::countable().for_each(|name| println!("{name} {}", cases::calls_of(name))),
        Command::Repeat { name, times } => {
            let mut step = cases::step(&name)?;
            (0..times).for_each(|_| step());
        }
        Command::Hessian { seconds } => {
            let point = Point::of_extra([
                ("encode_ns", best("codec/pojo-encode", seconds)?),
                ("decode_ns", best("codec/pojo-decode", seconds)?),
                ("bytes", user::JAVA_BYTES.len() as f64),
            ]);
            point.print();
        }
    }
    Ok(())
}

/// The best of five windows, as the Java program does it.
fn best(name: &str, seconds: f64) -> Result<f64> {
    const WINDOWS: u32 = 5;
    let mut step = cases::step(name)?;
    let window = Duration::from_secs_f64(seconds / f64::from(WINDOWS));
    time(&mut step, window);
    Ok((0..WINDOWS).map(|_| time(&mut step, window)).fold(f64::INFINITY, f64::min))
}

fn time(step: &mut cases::Step, window: Duration) -> f64 {
    let (start, mut steps) = (Instant::now(), 0_u32);
    while start.elapsed() < window {
        (0..100).for_each(|_| step());
        steps += 100;
    }
    start.elapsed().as_nanos() as f64 / f64::from(steps)
}
