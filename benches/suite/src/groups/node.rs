//! Rows N: our Node package against grpc-js and hessian.js, unpinned.

use super::{Pace, RowExt, foreign_config, load_server, row};
use crate::figure::Figure;
use crate::plan::{Group, Server};
use crate::programs::{Programs, argv};

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group = Group { name: "Node", rounds: 3, ..Group::default() };
    if programs.node.is_ok() {
        fill(&mut group, programs, pace);
    }
    group.rows.extend([
        row(
            "N1",
            "client CPU, 256-character string, 64 in flight, against grpc-js",
            Figure::ClientCpu,
            "node-client",
            &["grpc-js"],
        )
        .bounds(1.0 / 35.0, 1.0 / 15.0),
        row(
            "N2",
            "decode time of the object against hessian.js",
            Figure::Extra("decode_ns"),
            "node-decode",
            &["hessian-js"],
        )
        .bounds(1.0 / 5.0, 1.0 / 3.0),
    ]);
    group
}

fn fill(group: &mut Group, programs: &Programs, pace: &Pace) {
    let script = |file: &str, words: &str| argv("node", &format!("benches/peers/node/{file} {words}"));
    group.servers.push(load_server(programs, "rust", "--server full"));
    group.servers.push(Server { name: "grpc-js".to_owned(), argv: script("grpc.js", "serve") });
    let seconds = pace.seconds.max(1.0);
    let run = format!(
        "run --target 127.0.0.1:{{port}} --peer-pid {{pid}} --in-flight 64 --warmup 1 --seconds {seconds}"
    );
    group.configs.extend([
        foreign_config("node-client", Some("rust"), script("polydubbo.js", &run)),
        foreign_config("grpc-js", Some("grpc-js"), script("grpc.js", &run)),
        foreign_config("node-decode", None, script("polydubbo.js", &format!("codec {}", pace.seconds))),
        foreign_config("hessian-js", None, script("hessian.js", &pace.seconds.to_string())),
    ]);
}
