//! The shop of `examples/`: every language's consumer at every language's provider, through the embedded registry.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use test_support::{Failure, Process, Result, root};

use crate::run::command;
use crate::suites::{jvm, python};
use crate::tally::Tally;

/// One language's programs. Each takes the address of the registry.
struct Shop {
    language: &'static str,
    provider: fn() -> Command,
    consumer: fn() -> Command,
}

/// A new language adds its line.
const SHOPS: &[Shop] = &[
    Shop { language: "Rust", provider: || rust("shop_provider"), consumer: || rust("shop_consumer") },
    Shop {
        language: "Python",
        provider: || python("shop_provider.py"),
        consumer: || python("shop_consumer.py"),
    },
    Shop { language: "Node", provider: || node("shop_provider.mjs"), consumer: || node("shop_consumer.mjs") },
    Shop {
        language: "Java",
        provider: || jvm::example("com.acme.ShopProvider"),
        consumer: || jvm::example("com.acme.ShopConsumer"),
    },
];

/// Each pair is one test: the consumer says what the story says.
pub(super) fn run() -> Result<Tally> {
    if !command("cargo", &["build", "--quiet", "--package", "examples"]).status()?.success() {
        return Err(Failure::new("the Rust examples do not build"));
    }
    link_node_package()?;
    jvm::install()?;
    let mut tally = Tally::default();
    for provider in SHOPS {
        let served = serve(provider);
        for consumer in SHOPS {
            let told = match &served {
                Ok((address, _)) => tell(provider, consumer, address),
                Err(failure) => Err(Failure::new(failure.to_string())),
            };
            if let Err(failure) = &told {
                println!("{} calls {}: {failure}", consumer.language, provider.language);
            }
            tally += Tally::one(told.is_ok());
        }
    }
    Ok(tally)
}

/// A registry with one provider: its address, and the programs.
fn serve(provider: &Shop) -> Result<(String, [Process; 2])> {
    let mut registry = rust("registry");
    registry.arg("0");
    let registry = Process::spawn("registry", registry)?;
    let address = format!("dubbo://127.0.0.1:{}", registry.wait_for("READY port=", PATIENCE)?);
    let mut program = (provider.provider)();
    program.arg(&address);
    let served = Process::spawn("shop", program)?;
    served.wait_for("READY ", PATIENCE)?;
    Ok((address, [registry, served]))
}

fn tell(provider: &Shop, consumer: &Shop, address: &str) -> Result<()> {
    let mut program = (consumer.consumer)();
    program.arg(address);
    let mut customer = Process::spawn("customer", program)?;
    let mut said = Vec::new();
    while let Some(line) = customer.line(PATIENCE)? {
        said.push(plain(&line));
    }
    let want = story(consumer.language, provider.language);
    if customer.wait(PATIENCE)?.success() && said == want {
        return Ok(());
    }
    Err(customer.failure(&format!("said {said:#?}, want {want:#?}")))
}

/// The line with single blanks, and without the number of the receipt.
fn plain(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = words.iter().position(|word| *word == "receipt").map_or(usize::MAX, |at| at + 1);
    let words = words.iter().enumerate().map(|(at, word)| if at == number { "no." } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn story(consumer: &str, provider: &str) -> Vec<String> {
    vec![
        format!("greet(\"{consumer}\") -> Hello {consumer}, {provider} at your service"),
        "order(3 x tea) -> receipt no. over 7.50".to_owned(),
        "order(1 x gold) -> com.acme.SoldOutException: no gold today".to_owned(),
        "100 calls at a time -> 100 answers on one connection".to_owned(),
    ]
}

fn rust(program: &str) -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    Command::new(target.join("debug").join(program))
}

fn python(program: &str) -> Command {
    let mut command = Command::new(python::venv().join("bin/python"));
    command.arg(root().join("examples/python").join(program));
    command
}

fn node(program: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(root().join("examples/node").join(program));
    command
}

/// Lets the examples find the package of the source tree under its name, as `npm install` would.
fn link_node_package() -> Result<()> {
    let modules = root().join("examples/node/node_modules");
    let link = modules.join("polydubbo");
    if !link.exists() {
        std::fs::create_dir_all(&modules)?;
        std::os::unix::fs::symlink(Path::new("../../../bindings-node"), &link)?;
    }
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(60);
