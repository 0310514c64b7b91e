//! Rows J: Dubbo Java on the same two cores, unpinned.

use super::{Pace, RowExt, load_config, load_server, row};
use crate::figure::{Figure, Row};
use crate::plan::{Client, Config, Group, Resident, Server};
use crate::programs::{DUBBO_2, DUBBO_3, Peer, Programs};

/// [`DUBBO_3`] over our transport instead of Netty.
const NATIVE: &str = "3.3.6-native";
/// Java consumers that stay warm, and their providers.
const PAIRS: [(&str, &str); 4] =
    [("java-java", DUBBO_3), ("native-native", NATIVE), ("java-ours", "ours"), ("jvm-ours", "ours")];

/// Requests in flight. A Java provider has 200 threads and no queue, so more than 190 would be refused.
const DEPTHS: [usize; 3] = [1, 64, 190];
/// Requests each second of the open loop; rows use the one that is always measured.
const OPEN_RATE: u32 = 20_000;

pub(super) fn group(programs: &Programs, pace: &Pace) -> Group {
    // Short windows, but many: figures of programs that share two cores with others scatter.
    let mut group = Group { name: "Dubbo Java", rounds: pace.rounds * 4 / 5, ..Group::default() };
    group.servers.push(load_server(programs, "ours", "--server full"));
    for version in [DUBBO_3, DUBBO_2] {
        provider(&mut group, version, programs.java(version));
    }
    provider(&mut group, NATIVE, programs.java_native.clone());
    consumer(&mut group, "java-java", DUBBO_3, dubbo_consumer(programs.java(DUBBO_3)));
    consumer(&mut group, "native-native", NATIVE, dubbo_consumer(programs.java_native.clone()));
    consumer(&mut group, "java-ours", "ours", dubbo_consumer(programs.java(DUBBO_3)));
    consumer(&mut group, "jvm-ours", "ours", programs.jvm.clone().ok());
    for depth in DEPTHS {
        calls(&mut group, programs, pace, depth);
    }
    for server in ["ours", DUBBO_3, DUBBO_2, NATIVE] {
        let few: &[u32] =
            if server == DUBBO_3 || server == "ours" { &[5000, OPEN_RATE] } else { &[OPEN_RATE] };
        for rate in if pace.full { &[1000, 5000, OPEN_RATE, 50_000] } else { few } {
            group.configs.push(open(programs, pace, server, *rate));
        }
        if pace.full {
            group.configs.push(window(programs, pace, server, 64));
            shapes(&mut group, programs, pace, server);
        }
    }
    group.configs.retain(|config| {
        let server = config.server.as_deref().unwrap_or_default();
        group.servers.iter().any(|known| known.name == server)
    });
    group.rows = rows();
    group
}

fn provider(group: &mut Group, name: &str, argv: Peer<Vec<String>>) {
    let (Ok(mut argv), Ok(port)) = (argv, test_support::free_port()) else { return };
    argv.extend(["provider".to_owned(), port.to_string()]);
    group.servers.push(Server { name: name.to_owned(), argv });
}

/// The open loop against one provider.
fn open(programs: &Programs, pace: &Pace, server: &str, rate: u32) -> Config {
    let words = format!("--mode open --client raw --shape echo --rate {rate} --warmup 0.5");
    let long = Pace { seconds: pace.java_warm_up, ..pace.clone() };
    // The other Java providers are warmed up by the consumers that are.
    let warm_up =
        (server == DUBBO_2 && rate == OPEN_RATE).then(|| window(programs, &long, server, 64).client);
    // A 99th percentile needs more calls than a rate.
    let pace = Pace { seconds: pace.seconds.max(1.0), ..pace.clone() };
    Config { warm_up, ..load_config(programs, &pace, &format!("open-{server}/{rate}"), server, &words) }
}

fn window(programs: &Programs, pace: &Pace, server: &str, depth: usize) -> Config {
    let words = format!("--mode window --client raw --shape echo --in-flight {depth}");
    load_config(programs, pace, &format!("capacity-{server}/{depth}"), server, &words)
}

/// How many calls of other kinds than `echo` a provider answers. The first second of each is its warm-up.
fn shapes(group: &mut Group, programs: &Programs, pace: &Pace, server: &str) {
    for shape in ["pojo", "list15", "map", "exception", "oneway"] {
        let words = format!("--mode window --client raw --shape {shape} --in-flight 64 --warmup 1");
        let name = format!("capacity-{server}-{shape}/64");
        group.configs.push(load_config(programs, pace, &name, server, &words));
    }
}

fn dubbo_consumer(argv: Peer<Vec<String>>) -> Option<Vec<String>> {
    let mut argv = argv.ok()?;
    argv.push("consumer".to_owned());
    Some(argv)
}

/// A Java consumer that stays warm.
fn consumer(group: &mut Group, name: &str, server: &str, argv: Option<Vec<String>>) {
    if let Some(mut argv) = argv {
        argv.push("dubbo://127.0.0.1:{port}".to_owned());
        group.residents.push(Resident { name: name.to_owned(), server: server.to_owned(), argv });
    }
}

/// The pairs of consumer and provider with `depth` calls in flight: outside of a full run those that rows compare.
fn calls(group: &mut Group, programs: &Programs, pace: &Pace, depth: usize) {
    let compared = |name: &str| pace.full || depth == 64 || ["java-java", "ours-ours"].contains(&name);
    for (name, server) in PAIRS.into_iter().filter(|(name, _)| compared(name)) {
        if !group.residents.iter().any(|resident| resident.name == name) {
            continue;
        }
        let line = |warm_up: f64, seconds: f64| Client::Resident {
            name: name.to_owned(),
            line: format!("{depth} {warm_up} {seconds} {{pid}}"),
        };
        // The first depth of the list warms up for all: compiled code is the same for each of them.
        let warm_up = (depth == 64).then(|| line(pace.java_warm_up, 1.0));
        group.configs.push(Config {
            name: format!("{name}/{depth}"),
            server: Some(server.to_owned()),
            client: line(0.5, pace.seconds.max(1.0)),
            warm_up,
        });
    }
    let own = [("ours-ours", "ours"), ("ours-java", DUBBO_3)];
    for (name, server) in own.into_iter().filter(|(name, _)| compared(name)) {
        let words = format!("--mode closed --client full --shape echo --in-flight {depth}");
        group.configs.push(load_config(programs, pace, &format!("{name}/{depth}"), server, &words));
    }
}

fn rows() -> Vec<Row> {
    let rate = |id, what: &str, depth: usize| {
        row(id, what, Figure::Rate, &format!("ours-ours/{depth}"), &[&format!("java-java/{depth}")])
    };
    vec![
        rate("J1", "calls/s against Dubbo Java 3.3 on both sides, 64 in flight", 64)
            .bounds(11.0, 7.0)
            .target(13.0),
        rate("J2", "calls/s against Dubbo Java 3.3 on both sides, 190 in flight", 190)
            .bounds(20.0, 12.0)
            .target(28.0),
        row(
            "J3",
            "CPU of both sides against Dubbo Java 3.3, 64 in flight",
            Figure::BothCpu,
            "ours-ours/64",
            &["java-java/64"],
        )
        .bounds(1.0 / 18.0, 1.0 / 10.0)
        .target(1.0 / 20.0),
        row(
            "J4",
            "CPU of our provider under a Java consumer against the Java provider, 64 in flight",
            Figure::ServerCpu,
            "java-ours/64",
            &["java-java/64"],
        )
        .bounds(1.0 / 18.0, 1.0 / 10.0)
        .target(1.0 / 20.0),
        row(
            "J5",
            "CPU of our consumer on a Java provider against the Java consumer, 64 in flight",
            Figure::ClientCpu,
            "ours-java/64",
            &["java-java/64"],
        )
        .bounds(1.0 / 15.0, 1.0 / 8.0)
        .target(1.0 / 20.0),
        row(
            "J6",
            "p99 of the provider at 20 000 calls/s in an open loop against the better Java",
            Figure::P99,
            &format!("open-ours/{OPEN_RATE}"),
            &[&format!("open-{DUBBO_3}/{OPEN_RATE}"), &format!("open-{DUBBO_2}/{OPEN_RATE}")],
        )
        .bounds(1.0 / 5.0, 1.0 / 2.0)
        .target(1.0 / 6.0),
        rate("J7", "calls/s against Dubbo Java 3.3, one call in flight", 1).bounds(1.7, 1.3),
        row(
            "V1",
            "CPU of our Java library against the Dubbo Java consumer, both on our provider, 64 blocked threads",
            Figure::ClientCpu,
            "jvm-ours/64",
            &["java-ours/64"],
        )
        .bounds(1.0 / 2.5, 1.0 / 1.8),
        row(
            "V2",
            "calls/s of Dubbo Java 3.3 over our transport on both sides against over Netty, 64 in flight",
            Figure::Rate,
            "native-native/64",
            &["java-java/64"],
        )
        .bounds(1.25, 1.0),
        row(
            "V2c",
            "CPU of both sides of Dubbo Java 3.3 over our transport against over Netty, 64 in flight",
            Figure::BothCpu,
            "native-native/64",
            &["java-java/64"],
        )
        .bounds(1.0, 1.1),
        row(
            "V2p",
            "p99 of Dubbo Java 3.3 over our transport at 20 000 calls/s in an open loop against over Netty",
            Figure::P99,
            &format!("open-{NATIVE}/{OPEN_RATE}"),
            &[&format!("open-{DUBBO_3}/{OPEN_RATE}")],
        )
        .bounds(1.0, 1.1),
    ]
}
