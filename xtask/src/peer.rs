//! Runs the real things in the foreground, for people.

use std::time::Duration;

use test_support::{Launch, Result, Role, ZooKeeper, kind};

/// Which peer program, and its command line.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A kind of peer: java-2.7.8, java-3.3.6, rust, python-aio, ...
    kind: String,
    /// The side it plays.
    #[arg(long, value_parser = ["provider", "consumer"])]
    role: String,
    /// The remaining options of the program, `--name value`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Prints the lines of the peer until it ends.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let role = if options.role == "provider" { Role::Provider } else { Role::Consumer };
    let launch =
        options.rest.chunks_exact(2).fold(Launch::new(kind(&options.kind)?, role), |launch, pair| {
            launch.option(pair[0].trim_start_matches('-'), &pair[1])
        });
    let mut peer = launch.start()?;
    if role == Role::Provider {
        println!("READY port={}", peer.port());
    }
    while let Some(line) = peer.line(FOREVER)? {
        println!("{line}");
    }
    let ended = peer.wait(FOREVER)?;
    if !ended.success() {
        eprintln!("ended with {ended}; see {}", peer.log().display());
    }
    Ok(ended.success())
}

/// Serves until this program is interrupted.
pub(crate) fn zookeeper() -> Result<bool> {
    let mut server = ZooKeeper::start()?;
    println!("{}", server.url());
    Ok(server.process().wait(FOREVER)?.success())
}

const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);
