//! Rows M: memory for each idle connection and each pending call.

use super::{Pace, RowExt, load_config, load_server, row};
use crate::figure::Figure;
use crate::plan::Group;
use crate::programs::Programs;

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group = Group { name: "memory", rounds: 1, ..Group::default() };
    group.servers.push(load_server(programs, "hole", "--server hole"));
    let counts: &[u32] = if pace.full { &[500, 2000, 10_000] } else { &[500, 2000] };
    for count in counts {
        // A server of its own for each count: memory once taken is not given back to the system.
        let server = format!("idle-{count}");
        group.servers.push(load_server(programs, &server, "--server core"));
        let words = format!("--mode idle --client raw --connections {count}");
        group.configs.push(load_config(programs, pace, &format!("idle/{count}"), &server, &words));
    }
    let connections = counts[counts.len() - 1];
    let words = "--mode pending --client core --in-flight 100000";
    group.configs.push(load_config(programs, pace, "pending", "hole", words));
    group.rows.extend([
        row(
            "M1",
            &format!("bytes of user memory for each of {connections} idle server connections"),
            Figure::Extra("bytes_per_connection"),
            &format!("idle/{connections}"),
            &[],
        )
        .bounds(1500.0, 4000.0)
        .target(1500.0),
        row(
            "M2",
            "bytes of core memory for each of 100 000 pending calls",
            Figure::Extra("bytes_per_call"),
            "pending",
            &[],
        )
        .bounds(128.0, 256.0)
        .target(128.0),
    ]);
    group
}
