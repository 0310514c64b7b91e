//! Rows H: our codec against hessian-lite, in memory, one object of 967 bytes.

use super::{Pace, RowExt, row};
use crate::figure::Figure;
use crate::plan::{Client, Config, Group};
use crate::programs::{DUBBO_3, Programs, argv};

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group = Group { name: "Hessian codec", rounds: 3, ..Group::default() };
    let seconds = if pace.full { 2.0 } else { 0.5 };
    let config = |name: &str, argv: Vec<String>| Config {
        name: name.to_owned(),
        server: None,
        client: Client::Once(argv),
        warm_up: None,
    };
    group
        .configs
        .push(config("hessian-ours", argv(&programs.micro, &format!("hessian --seconds {seconds}"))));
    if let Ok(mut java) = programs.java(DUBBO_3) {
        java.extend(["hessian".to_owned(), seconds.to_string()]);
        group.configs.push(config("hessian-lite", java));
    }
    let figure = |name| Figure::Extra(name);
    group.rows.extend([
        // A ratio of times: a tenth is ten times as fast.
        row(
            "H1",
            "Hessian encode time against hessian-lite",
            figure("encode_ns"),
            "hessian-ours",
            &["hessian-lite"],
        )
        .bounds(1.0 / 10.0, 1.0 / 6.0)
        .target(1.0 / 15.0),
        row(
            "H2",
            "Hessian decode time into a struct against hessian-lite",
            figure("decode_ns"),
            "hessian-ours",
            &["hessian-lite"],
        )
        .bounds(1.0 / 8.0, 1.0 / 4.0)
        .target(1.0 / 10.0),
    ]);
    group
}
