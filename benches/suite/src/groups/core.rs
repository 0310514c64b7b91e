//! Rows C: our client and server against the machine (L, epoll) and the runtime (T, tokio), on one core.

use super::{Pace, RowExt, SERVER_CORE, load_config, load_server, row};
use crate::figure::Figure;
use crate::plan::Group;
use crate::programs::Programs;

/// The bounds for one number of calls in flight.
struct Depth {
    in_flight: usize,
    /// Target, goal, floor.
    c1: [f64; 3],
    /// Goal, floor.
    c2: [f64; 2],
    /// Target, goal, floor.
    c3: [f64; 3],
}

const DEPTHS: [Depth; 4] = [
    Depth { in_flight: 1, c1: [1.00, 0.95, 0.85], c2: [0.88, 0.78], c3: [0.90, 0.82, 0.70] },
    Depth { in_flight: 8, c1: [0.87, 0.80, 0.60], c2: [0.72, 0.55], c3: [0.64, 0.50, 0.35] },
    Depth { in_flight: 64, c1: [0.63, 0.55, 0.40], c2: [0.46, 0.33], c3: [0.30, 0.20, 0.12] },
    Depth { in_flight: 512, c1: [0.54, 0.45, 0.30], c2: [0.34, 0.24], c3: [0.21, 0.14, 0.08] },
];

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group = Group { name: "one core", rounds: pace.rounds, ..Group::default() };
    for (name, kind) in [("raw", "raw"), ("tokio", "tokio-raw"), ("core", "core"), ("full", "full")] {
        let words = format!("--server {kind} --pin {SERVER_CORE}");
        group.servers.push(load_server(programs, name, &words));
    }
    for Depth { in_flight: depth, c1, c2, c3 } in DEPTHS {
        let mut config = |name: &str, server: &str, words: &str| {
            let words = format!("{words} --in-flight {depth} --pin {SERVER_CORE}");
            let name = format!("{name}/{depth}");
            group.configs.push(load_config(programs, pace, &name, server, &words));
            name
        };
        let limit = config("L", "raw", "--mode window --client raw");
        let tokio = config("T", "tokio", "--mode window --client tokio-raw");
        let ours = config("core", "raw", "--mode closed --client core");
        let full = config("full", "full", "--mode closed --client full --shape echo");
        let what = |text: &str| format!("{text}, {depth} in flight, same core");
        group.rows.extend([
            row("C1", &what("frame echo, our client, against tokio alone"), Figure::Rate, &ours, &[&tokio])
                .bounds(c1[1], c1[2])
                .target(c1[0]),
            row("C2", &what("frame echo, our client, against epoll alone"), Figure::Rate, &ours, &[&limit])
                .bounds(c2[0], c2[1]),
            row(
                "C3",
                &what("full call through everything, against tokio alone"),
                Figure::Rate,
                &full,
                &[&tokio],
            )
            .bounds(c3[1], c3[2])
            .target(c3[0]),
        ]);
    }
    // One layer less than a full call, to tell what each of them costs; see `layers`.
    let invoker = format!("--mode closed --client invoker --shape echo --in-flight 64 --pin {SERVER_CORE}");
    group.configs.push(load_config(programs, pace, "invoker/64", "full", &invoker));
    let window = format!("--mode window --client raw --in-flight 64 --pin {SERVER_CORE}");
    group.configs.push(load_config(programs, pace, "server-core/64", "core", &window));
    group.rows.push(
        row(
            "C4",
            "CPU of our server, frame echo, 64 in flight, against epoll alone",
            Figure::ServerCpu,
            "server-core/64",
            &["L/64"],
        )
        .bounds(1.3, 2.0),
    );
    for (name, threads) in [("cross-1", 0), ("cross-2", 2)] {
        // One thread is bound to the other core; two are left to the system, which has both to give.
        let place = if threads == 0 { "--pin 0" } else { "" };
        let words = format!("--mode closed --client core --in-flight 64 --threads {threads} {place}");
        group.configs.push(load_config(programs, pace, &format!("{name}/64"), "raw", &words));
    }
    group.rows.push(
        row(
            "C5",
            "client CPU on two threads against one, 64 in flight, different cores",
            Figure::ClientCpu,
            "cross-2/64",
            &["cross-1/64"],
        )
        .bounds(1.6, 2.5),
    );
    group
}
