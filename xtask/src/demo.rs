//! One registry, one provider and two consumers in different languages, with nothing to install.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use test_support::{Failure, Process, Result, root};

use crate::run::command;
use crate::suites::python;

/// Builds what is needed, runs the programs of `examples/` and prints what they say.
pub(crate) fn run() -> Result<bool> {
    println!("Building the Rust programs and the Python package (the first time takes a few minutes)");
    build()?;

    println!("\n1. The embedded registry starts: a Rust program, all in memory");
    let registry = Process::spawn("registry", rust("registry", "0"))?;
    let port = registry.wait_for("READY port=", PATIENCE)?;
    let url = format!("dubbo://127.0.0.1:{port}");
    println!("   {url}");

    println!("\n2. A Python program offers com.acme.Shop and registers it");
    let shop = Process::spawn("shop", python_program("shop_provider.py", &url))?;
    println!("   serving at {}", shop.wait_for("READY ", PATIENCE)?);

    println!("\n3. A Rust program looks the shop up and calls it");
    let rust = show("rust customer", rust("shop_consumer", &url))?;

    println!("\n4. So does another Python program");
    let python = show("python customer", python_program("shop_consumer.py", &url))?;

    println!(
        "\nAll of this is the protocol of Apache Dubbo, byte for byte: put a Java program in any place."
    );
    println!("The programs are in examples/.");
    Ok(rust && python)
}

fn build() -> Result<()> {
    let built = command("cargo", &["build", "--quiet", "--package", "examples"]).status()?;
    if !built.success() {
        return Err(Failure::new("the Rust examples do not build"));
    }
    python::install().map(drop)
}

/// Prints the lines of a program; true if it succeeds.
fn show(name: &str, command: Command) -> Result<bool> {
    let mut program = Process::spawn(name, command)?;
    while let Some(line) = program.line(PATIENCE)? {
        println!("   {line}");
    }
    let ended = program.wait(PATIENCE)?;
    if !ended.success() {
        println!("   ended with {ended}; see {}", program.log().display());
    }
    Ok(ended.success())
}

fn rust(program: &str, argument: &str) -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let mut command = Command::new(target.join("debug").join(program));
    command.arg(argument);
    command
}

fn python_program(program: &str, argument: &str) -> Command {
    let mut command = Command::new(python::venv().join("bin/python"));
    command.arg(root().join(Path::new("examples/python")).join(program)).arg(argument);
    command
}

const PATIENCE: Duration = Duration::from_secs(60);
