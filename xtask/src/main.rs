//! The project's own commands: `cargo xtask <command>`.

mod bench;
mod c;
mod demo;
#[cfg(test)]
mod facade;
mod faults;
mod leaks;
mod matrix;
mod peer;
mod report;
mod rolling;
mod run;
mod suites;
mod tally;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
enum Command {
    /// Shows a registry, a Python provider and consumers in Rust and Python; nothing to install.
    Demo,
    /// Runs every test in every language; the last line is `N passed, N failed`.
    Test(suites::Options),
    /// Runs every client against every server through ZooKeeper.
    Matrix(matrix::Options),
    /// Provokes the same faults in every language and compares the errors.
    Faults(faults::Options),
    /// Measures the core against the machine and against its peers.
    Bench(bench::Options),
    /// Builds the C library and installs it: libraries, header, pkg-config file and CMake package.
    InstallC(c::InstallOptions),
    /// Makes bindings-c/include/polydubbo.h of the sources.
    Header(c::HeaderOptions),
    /// Carries out a long proof and writes its report.
    #[command(subcommand)]
    Report(Report),
    /// Builds the Java peers and fetches ZooKeeper.
    #[command(subcommand)]
    Build(Build),
    /// Runs a ZooKeeper server in the foreground.
    Zookeeper,
    /// Runs one peer program in the foreground: cargo xtask peer java-2.7.23 --role provider ...
    Peer(peer::Options),
}

#[derive(Subcommand)]
enum Report {
    /// Makes a million calls in every language and watches the memory: docs/reports/leaks.md.
    Leaks(leaks::Options),
    /// Restarts providers gracefully under load, again and again: docs/reports/rolling-restart.md.
    RollingRestart(rolling::Options),
}

#[derive(Subcommand)]
enum Build {
    /// The Java peers of all Dubbo versions.
    Java,
    /// The jars of `bindings-jvm` with the native library of this machine.
    Jvm,
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Demo => demo::run(),
        Command::Test(options) => suites::run(&options),
        Command::Matrix(options) => matrix::run(&options),
        Command::Faults(options) => faults::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::InstallC(options) => c::install(&options),
        Command::Header(options) => c::write(&options),
        Command::Report(Report::Leaks(options)) => leaks::run(&options),
        Command::Report(Report::RollingRestart(options)) => rolling::run(&options),
        Command::Build(Build::Java) => test_support::prepare_java(None).map(|()| true),
        Command::Build(Build::Jvm) => suites::jvm::install().map(|()| true),
        Command::Zookeeper => peer::zookeeper(),
        Command::Peer(options) => peer::run(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
