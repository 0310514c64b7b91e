//! What each layer of a call costs: the CPU time of configurations that differ by one layer.

use std::fmt::Write as _;

use polydubbo_meter::Point;

use crate::figure::Points;

/// One more layer than the one before, and the configurations whose client and server have it. Both sides share a core.
struct Layer {
    what: &'static str,
    client: &'static str,
    server: &'static str,
}

const LAYERS: [Layer; 4] = [
    Layer {
        what: "tokio alone: reads, cuts frames, writes, both for many frames at once",
        client: "T/64",
        server: "T/64",
    },
    Layer {
        what: "exchange: a future for each call, ids, deadlines, one lock; on a server a batch, a responder for each",
        client: "core/64",
        server: "server-core/64",
    },
    Layer {
        what: "protocol: envelope, Hessian, results; on a server admission, lookup, decoding, the method, its context",
        client: "invoker/64",
        server: "full/64",
    },
    Layer {
        what: "cluster and typed reference: snapshot, selection, retries, the call as a user writes it",
        client: "full/64",
        server: "full/64",
    },
];

/// The table of a run; empty when it did not measure the layers.
pub(crate) fn table(points: &Points) -> String {
    let mut table = String::new();
    let (mut below_client, mut below_server) = (0.0, 0.0);
    for Layer { what, client, server } in &LAYERS {
        let client = median(points, client, |point| Some(point.client_ns));
        let server = median(points, server, |point| point.server_ns);
        let (Some(client), Some(server)) = (client, server) else { return String::new() };
        let _ = writeln!(
            table,
            "| {what} | {client:.0} | {:+.0} | {server:.0} | {:+.0} |",
            client - below_client,
            server - below_server,
        );
        (below_client, below_server) = (client, server);
    }
    format!(
        "\n## What each layer costs\n\nCPU nanoseconds for each of 64 calls in flight, both sides on one core, median \
         round.\n\n| up to and including | client | this layer | server | this layer |\n|---|---:|---:|---:|---:|\n{table}"
    )
}

fn median(points: &Points, name: &str, figure: impl Fn(&Point) -> Option<f64>) -> Option<f64> {
    let mut values: Vec<f64> = points.get(name)?.iter().filter_map(figure).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(figures: &[(&str, f64, f64)]) -> Points {
        let point =
            |client_ns, server_ns| Point { client_ns, server_ns: Some(server_ns), ..Point::default() };
        figures
            .iter()
            .map(|(name, client, server)| ((*name).to_owned(), vec![point(*client, *server)]))
            .collect()
    }

    #[test]
    fn a_layer_costs_what_it_adds() {
        let all = [
            ("T/64", 90.0, 100.0),
            ("core/64", 210.0, 80.0),
            ("server-core/64", 77.0, 120.0),
            ("invoker/64", 400.0, 500.0),
            ("full/64", 450.0, 510.0),
        ];
        let table = table(&points(&all));
        for line in ["| 90 | +90 | 100 | +100 |", "| 210 | +120 | 120 | +20 |", "| 400 | +190 | 510 | +390 |"]
        {
            assert!(table.contains(line), "{table}");
        }
        assert!(table.contains("| 450 | +50 | 510 | +0 |"), "{table}");
    }

    #[test]
    fn without_all_layers_there_is_no_table() {
        assert_eq!(table(&points(&[("T/64", 1.0, 1.0)])), "");
    }
}
