//! Rows R: tonic and tarpc, on one core, 64 in flight.

use super::{Pace, RowExt, SERVER_CORE, load_config, load_server, row};
use crate::figure::Figure;
use crate::plan::{Client, Config, Group, Server};
use crate::programs::{Programs, argv};

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    let mut group =
        Group { name: "other Rust RPC", rounds: pace.rounds.div_ceil(2).max(3), ..Group::default() };
    group.servers.push(load_server(programs, "full", &format!("--server full --pin {SERVER_CORE}")));
    let words = format!("--mode closed --client full --shape echo --in-flight 64 --pin {SERVER_CORE}");
    group.configs.push(load_config(programs, pace, "rpc-full/64", "full", &words));
    if let Ok(program) = &programs.rust_peers {
        for peer in ["tonic", "tarpc"] {
            let words = format!("serve --server {peer} --pin {SERVER_CORE}");
            group.servers.push(Server { name: peer.to_owned(), argv: argv(program, &words) });
            let words = format!(
                "run --client {peer} --target 127.0.0.1:{{port}} --peer-pid {{pid}} --in-flight 64 --pin {SERVER_CORE} --seconds {}",
                pace.seconds
            );
            group.configs.push(Config {
                name: format!("{peer}/64"),
                server: Some(peer.to_owned()),
                client: Client::Once(argv(program, &words)),
                warm_up: None,
            });
        }
    }
    group.rows.extend([
        row(
            "R1",
            "full call against tonic with plain bytes, 64 in flight, same core",
            Figure::Rate,
            "rpc-full/64",
            &["tonic/64"],
        )
        .bounds(20.0, 10.0)
        .target(30.0),
        row(
            "R2",
            "full call against tarpc with bincode, 64 in flight, same core",
            Figure::Rate,
            "rpc-full/64",
            &["tarpc/64"],
        )
        .bounds(4.0, 2.5)
        .target(6.0),
    ]);
    group
}
