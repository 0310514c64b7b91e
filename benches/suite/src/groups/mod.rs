//! The rows of `performance.md` 1, one file for each kind of peer.

mod c;
mod core;
mod hessian;
mod java;
mod memory;
mod node;
mod python;
mod rpc;

use crate::figure::{Better, Figure, Row};
use crate::plan::{Client, Config, Group, Server};
use crate::programs::{Programs, argv};

/// How long everything takes.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Rounds of the groups on one core; half of it, at least three, for the others.
    pub(crate) rounds: usize,
    /// Seconds of a measured window.
    pub(crate) seconds: f64,
    /// Seconds of warm-up of a Java program at the measured concurrency.
    pub(crate) java_warm_up: f64,
    /// The whole matrix.
    pub(crate) full: bool,
}

/// Rows whose two sides share one core, so that a rate and CPU time say the same on a quiet machine.
pub(crate) const ONE_CORE: [&str; 7] = ["C1", "C2", "C3", "Q1", "Q2", "R1", "R2"];

/// The core that both sides share in the placement `same`, and the server's core in `cross`.
const SERVER_CORE: &str = "1";

/// All groups, in the order in which they are played.
pub(crate) fn all(programs: &Programs, pace: &Pace) -> Vec<Group> {
    vec![
        core::group(programs, pace),
        rpc::group(programs, pace),
        c::group(programs, pace),
        memory::group(programs, pace),
        hessian::group(programs, pace),
        python::group(programs, pace),
        node::group(programs, pace),
        java::group(programs, pace),
    ]
}

/// A server of our own generator.
fn load_server(programs: &Programs, name: &str, words: &str) -> Server {
    Server { name: name.to_owned(), argv: argv(&programs.load, &format!("serve {words}")) }
}

/// A configuration whose client is our own generator.
fn load_config(programs: &Programs, pace: &Pace, name: &str, server: &str, words: &str) -> Config {
    let words =
        format!("run --target 127.0.0.1:{{port}} --peer-pid {{pid}} --seconds {} {words}", pace.seconds);
    Config {
        name: name.to_owned(),
        server: Some(server.to_owned()),
        client: Client::Once(argv(&programs.load, &words)),
        warm_up: None,
    }
}

/// A configuration whose client is another program.
fn foreign_config(name: &str, server: Option<&str>, argv: Vec<String>) -> Config {
    Config {
        name: name.to_owned(),
        server: server.map(str::to_owned),
        client: Client::Once(argv),
        warm_up: None,
    }
}

/// A row with everything but the bounds; see [`RowExt`].
fn row(id: &'static str, what: &str, figure: Figure, ours: &str, others: &[&str]) -> Row {
    let better = match figure {
        Figure::Rate => Better::Higher,
        _ => Better::Lower,
    };
    Row {
        id,
        what: what.to_owned(),
        figure,
        ours: ours.to_owned(),
        others: others.iter().map(|name| (*name).to_owned()).collect(),
        better,
        target: None,
        goal: f64::NAN,
        floor: f64::NAN,
    }
}

/// Bounds of a row.
trait RowExt {
    /// Goal and floor.
    fn bounds(self, goal: f64, floor: f64) -> Self;
    /// What the issue asks for.
    fn target(self, target: f64) -> Self;
}

impl RowExt for Row {
    fn bounds(self, goal: f64, floor: f64) -> Self {
        Self { goal, floor, ..self }
    }

    fn target(self, target: f64) -> Self {
        Self { target: Some(target), ..self }
    }
}
