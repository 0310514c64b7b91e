//! `docs/reports/rolling-restart.md`: providers are restarted gracefully, again and again, under a steady load.

use std::fmt::Write;
use std::fs;

use clap::Args;
use test_support::{Restarted, Result, RollingRestart, kind, root};

use crate::report::machine;
use crate::run::output;
use crate::suites::python;

#[derive(Args)]
pub(crate) struct Options {
    /// Restarts in each part.
    #[arg(long, default_value_t = 20)]
    restarts: u32,
    /// Calls per second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// One part, `consumer:provider`; may come several times. Without it, all parts of the report.
    #[arg(long = "part")]
    parts: Vec<String>,
}

/// Who calls, and who is restarted.
const PARTS: &[&str] = &[
    "java-2.7.23:python-aio",
    "java-3.3.6:python-aio",
    "java-2.7.23:rust",
    "python-aio:java-2.7.23",
    "python-aio:java-3.3.6",
    "rust:java-2.7.23",
];

/// True if no call failed in any part in which our providers are restarted.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let given: Vec<&str> = options.parts.iter().map(String::as_str).collect();
    let parts = if given.is_empty() { PARTS } else { &given };
    if parts.iter().any(|part| part.contains("python")) && std::env::var_os("POLYDUBBO_PYTHON").is_none() {
        python::install()?;
    }
    let mut outcomes = Vec::new();
    for part in parts {
        let (consumer, provider) = part.split_once(':').unwrap_or((part, part));
        println!("{consumer} calls while {provider} is restarted {} times", options.restarts);
        let rolling = RollingRestart {
            consumer: kind(consumer)?,
            provider: kind(provider)?,
            restarts: options.restarts,
            rate: options.rate,
            parameters: &[],
        };
        let seen = rolling.run()?;
        println!("{}", row(&rolling, &seen));
        outcomes.push((rolling, seen));
    }
    write(options, &outcomes)?;
    Ok(outcomes.iter().all(|(_, seen)| seen.failed == 0))
}

fn write(options: &Options, outcomes: &[(RollingRestart, Restarted)]) -> Result<()> {
    let mut text = format!(
        "# Rolling restarts\n\n\
         A consumer with `retries=0` makes {} calls a second to two providers that it finds through a real ZooKeeper \
         3.8.4. One provider gets SIGTERM, ends, and a new one starts on another port; a second later (ten for consumers \
         of Dubbo 3, which take up one change of the list every five seconds, and a restart makes two) it is the turn of \
         the other one, {} times in all. Java peers are unmodified Dubbo of the version in their name; their \
         providers are configured with `dubbo.service.shutdown.wait=5000`. Our programs are debug builds: the times only show \
         that nothing hung. Every failed call counts.\n\n\
         Made on {} at commit {} with `cargo xtask report rolling-restart{}`, on {}.\n\n{HEAD}",
        options.rate,
        options.restarts,
        output("date", &["-u", "+%Y-%m-%d"]),
        output("git", &["rev-parse", "--short", "HEAD"]),
        arguments(options),
        machine(),
    );
    for (rolling, seen) in outcomes {
        let _ = writeln!(text, "{}", row(rolling, seen));
    }
    for (rolling, seen) in outcomes.iter().filter(|(_, seen)| seen.failed > 0) {
        let _ = writeln!(
            text,
            "\nFirst failures of {} calling {}:\n",
            rolling.consumer.name, rolling.provider.name
        );
        for failure in seen.failures.iter().take(5) {
            let _ = writeln!(text, "* {}", failure.lines().next().unwrap_or_default());
        }
    }
    let folder = root().join("docs/reports");
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join("rolling-restart.md"), text)?)
}

/// What differs from the plain command.
fn arguments(options: &Options) -> String {
    let mut text = String::new();
    if options.restarts != 20 {
        let _ = write!(text, " --restarts {}", options.restarts);
    }
    if options.rate != 200 {
        let _ = write!(text, " --rate {}", options.rate);
    }
    for part in &options.parts {
        let _ = write!(text, " --part {part}");
    }
    text
}

fn row(rolling: &RollingRestart, seen: &Restarted) -> String {
    format!(
        "| {} | {} | {} | {} | **{}** | {:.1} | {:.0} | {:.1} | {:.0} |",
        rolling.consumer.name,
        rolling.provider.name,
        rolling.restarts,
        seen.calls,
        seen.failed,
        seen.p99_us as f64 / 1000.0,
        seen.max_us as f64 / 1000.0,
        seen.slowest_stop.as_secs_f64(),
        seen.took.as_secs_f64(),
    )
}

const HEAD: &str = "| consumer | providers | restarts | calls | failed | p99 ms | slowest ms | slowest stop s | all restarts s |\n\
                    |---|---|---|---|---|---|---|---|---|\n";
