//! Rows Q: our C library against our Rust client, one server, one core.

use super::{Pace, RowExt, SERVER_CORE, foreign_config, load_config, load_server, row};
use crate::figure::Figure;
use crate::plan::Group;
use crate::programs::{Programs, argv};

/// Row, form of the calls, what it says, calls in flight, goal and floor.
const ROWS: [(&str, &str, &str, usize, f64, f64); 4] = [
    ("Q1", "queue", "C library, the queue", 64, 0.9, 0.4),
    ("Q1", "queue", "C library, the queue", 512, 0.9, 0.4),
    ("Q2", "callback", "C library, a function for each outcome", 64, 0.5, 0.25),
    ("Q2", "callback", "C library, a function for each outcome", 512, 0.5, 0.25),
];

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group = Group { name: "C", rounds: pace.rounds.div_ceil(2).max(3), ..Group::default() };
    if let Ok(program) = &programs.c {
        group.servers.push(load_server(programs, "full", &format!("--server full --pin {SERVER_CORE}")));
        for depth in [64, 512] {
            let place = format!("--in-flight {depth} --pin {SERVER_CORE}");
            let rust = format!("--mode closed --client full --shape echo {place}");
            group.configs.push(load_config(programs, pace, &format!("c-rust/{depth}"), "full", &rust));
            for form in ["queue", "callback"] {
                let words = format!(
                    "{form} --target 127.0.0.1:{{port}} --peer-pid {{pid}} --seconds {} {place}",
                    pace.seconds
                );
                let name = format!("c-{form}/{depth}");
                group.configs.push(foreign_config(&name, Some("full"), argv(program, &words)));
            }
        }
    }
    group.rows.extend(ROWS.map(|(id, form, what, depth, goal, floor)| {
        let what = format!("full call, {what}, against our Rust client, {depth} in flight, same core");
        let (ours, rust) = (format!("c-{form}/{depth}"), format!("c-rust/{depth}"));
        row(id, &what, Figure::Rate, &ours, &[&rust]).bounds(goal, floor)
    }));
    group
}
