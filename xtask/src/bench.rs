//! `cargo xtask bench`: hands over to the program in `benches/suite`, so that the other commands need not compile it.

use std::ffi::OsString;
use std::process::Command;

use test_support::{Result, root};

/// Everything behind `bench` goes to the suite; `cargo xtask bench -- --help` lists it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// `--full`, `--only C1,J3`, `--instructions`, `--gate`, ...
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Builds the suite and runs it; false when it says that something is wrong.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "bench-suite", "--"]).args(&options.arguments);
    Ok(command.current_dir(root()).status()?.success())
}
