//! The programs of this folder, run together as their heads say.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Starts a program that serves until its input ends, and gives what it says behind `READY `.
fn serve(program: &str, argument: &str) -> (Child, String) {
    let mut child = Command::new(program)
        .arg(argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("built by cargo");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it speaks");
    let said = line.trim().strip_prefix("READY ").expect("ready").to_owned();
    (child, said)
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn the_shop_sells_to_its_customer() {
    let (registry, port) = serve(env!("CARGO_BIN_EXE_registry"), "0");
    let address = port.replace("port=", "dubbo://127.0.0.1:");
    let (shop, _) = serve(env!("CARGO_BIN_EXE_shop_provider"), &address);
    let customer = Command::new(env!("CARGO_BIN_EXE_shop_consumer")).arg(&address).output().expect("it runs");
    let told = String::from_utf8(customer.stdout).expect("text");
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "greet(\"Rust\")        -> Hello Rust, Rust at your service",
            "order(3 x tea)       -> receipt 1 over 7.50",
            "order(1 x gold)      -> com.acme.SoldOutException: no gold today",
            "100 calls at a time  -> 100 answers on one connection",
        ]
    );
    end(shop);
    end(registry);
}
