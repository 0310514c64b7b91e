//! The Rust program of the matrix: a provider or a consumer, as `tests/matrix/README.md` describes them all.

mod call;
mod calls;
mod case;
mod compare;
mod consumer;
mod expect;
mod faults;
mod load;
mod options;
mod provider;
mod services;
mod tagged;

use std::process::ExitCode;

use crate::options::Options;

/// Whatever goes wrong in the program itself ends it with a text.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    match run().await {
        // Not a return: the runtime would wait for the blocking read of standard input.
        Ok(true) => std::process::exit(0),
        Ok(false) => std::process::exit(1),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1)
        }
    }
}

/// True unless a case or a call failed.
async fn run() -> Result<bool> {
    let options = Options::parse(std::env::args().skip(1))?;
    match options.require("role")? {
        "provider" => provider::run(&options).await.map(|()| true),
        "consumer" if options.get("load").is_some() => load::run(&options).await,
        "consumer" if options.get("calls").is_some() => calls::run(&options).await,
        "consumer" => consumer::run(&options).await,
        "faults" => faults::run(&options).await,
        other => Err(format!("unknown role {other}").into()),
    }
}

/// Returns when whoever started this program closes its standard input, or dies.
async fn end_of_input() {
    use tokio::io::AsyncReadExt;
    let mut buffer = [0; 64];
    while matches!(tokio::io::stdin().read(&mut buffer).await, Ok(1..)) {}
}
