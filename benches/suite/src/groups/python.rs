//! Rows P: our Python package against `grpc.aio` and python-hessian, unpinned.

use super::{Pace, RowExt, foreign_config, load_server, row};
use crate::figure::Figure;
use crate::plan::{Group, Server};
use crate::programs::{Programs, argv};

const OURS: &str = "benches/peers/python/polydubbo_peer.py";
const GRPC: &str = "benches/peers/python/grpc_peer.py";

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group = Group { name: "Python", rounds: 3, ..Group::default() };
    if let Ok(python) = &programs.python {
        fill(&mut group, programs, pace, python);
    }
    let cpu = |id, what: &str, figure, ours: &str, others: &str| row(id, what, figure, ours, &[others]);
    group.rows.extend([
        cpu(
            "P1",
            "client CPU, 256-character string, 64 in flight, against grpc.aio",
            Figure::ClientCpu,
            "python-client",
            "grpc-aio",
        )
        .bounds(1.0 / 30.0, 1.0 / 15.0)
        .target(1.0 / 30.0),
        cpu(
            "P2",
            "client CPU, object of 967 bytes both ways, against grpc.aio moving bytes",
            Figure::ClientCpu,
            "python-client-user",
            "grpc-aio-user",
        )
        .bounds(1.0 / 15.0, 1.0 / 8.0)
        .target(1.0 / 15.0),
        cpu(
            "P3",
            "server CPU, async handler, 64 in flight, against grpc.aio",
            Figure::ServerCpu,
            "python-server",
            "grpc-aio",
        )
        .bounds(1.0 / 20.0, 1.0 / 10.0)
        .target(1.0 / 20.0),
        row(
            "P4",
            "decode time of the object against python-hessian",
            Figure::Extra("decode_ns"),
            "python-decode",
            &["python-hessian"],
        )
        .bounds(1.0 / 80.0, 1.0 / 40.0),
    ]);
    group
}

fn fill(group: &mut Group, programs: &Programs, pace: &Pace, python: &str) {
    group.servers.push(load_server(programs, "rust", "--server full"));
    for (name, script) in [("python", OURS), ("grpc-aio", GRPC)] {
        group.servers.push(Server { name: name.to_owned(), argv: argv(python, &format!("{script} serve")) });
    }
    let seconds = pace.seconds.max(1.0);
    let common =
        format!("run --target 127.0.0.1:{{port}} --peer-pid {{pid}} --in-flight 64 --seconds {seconds}");
    for (name, server, script, shape) in [
        ("python-client", "rust", OURS, "echo"),
        ("python-client-user", "rust", OURS, "user"),
        ("grpc-aio", "grpc-aio", GRPC, "echo"),
        ("grpc-aio-user", "grpc-aio", GRPC, "user"),
    ] {
        let words = format!("{script} {common} --shape {shape}");
        group.configs.push(foreign_config(name, Some(server), argv(python, &words)));
    }
    let words = format!(
        "run --target 127.0.0.1:{{port}} --peer-pid {{pid}} --in-flight 64 --seconds {seconds} --mode closed --client full --shape echo"
    );
    group.configs.push(foreign_config("python-server", Some("python"), argv(&programs.load, &words)));
    let codec = |script: &str| argv(python, &format!("{script} {}", pace.seconds));
    group.configs.push(foreign_config("python-decode", None, codec(&format!("{OURS} codec"))));
    group.configs.push(foreign_config("python-hessian", None, codec("benches/peers/python/hessian_peer.py")));
}
