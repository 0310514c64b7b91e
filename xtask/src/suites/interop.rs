//! The part of the matrix that every run of the tests includes.

use test_support::{JAVA_VERSIONS, KINDS, Kind, Result};

use crate::matrix::{pairs, tally};
use crate::report;
use crate::tally::Tally;

/// A representative part of all pairs, see [`belongs`]; `cargo xtask matrix` runs them all.
pub(super) fn matrix() -> Result<Tally> {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.exists()).collect();
    let outcomes = pairs(&kinds, &kinds, belongs, "all", 2)?;
    println!("\n{}{}", report::table(&outcomes), report::failures(&outcomes));
    Ok(tally(&outcomes))
}

/// Rust with everybody, every other program of ours with itself and with both lines of Dubbo, and one pair of Java peers
/// that shows that the scenarios themselves hold.
fn belongs(client: &Kind, server: &Kind) -> bool {
    let is_java =
        |kind: &Kind| kind.name.strip_prefix("java-").is_some_and(|version| JAVA_VERSIONS.contains(&version));
    let is_main = |kind: &Kind| matches!(kind.name, "java-2.7.23" | "java-3.3.6");
    let is_rust = |kind: &Kind| kind.name == "rust";
    match (is_java(client), is_java(server)) {
        (true, true) => client.name == "java-2.7.23" && server.name == "java-3.3.6",
        (false, false) => client.name == server.name || is_rust(client) || is_rust(server),
        (true, false) => is_main(client) || is_rust(server),
        (false, true) => is_main(server) || is_rust(client),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::kind;

    #[test]
    fn the_part_holds_rust_with_all_and_each_program_with_itself_and_both_lines_of_java() {
        for (client, server, want) in [
            ("rust", "java-3.2.19", true),
            ("java-2.7.8", "rust", true),
            ("node", "node", true),
            ("node", "rust", true),
            ("python-aio", "node", false),
            ("java-2.7.23", "node", true),
            ("python-sync", "java-3.3.6", true),
            ("java-2.7.8", "node", false),
            ("java-2.7.23", "java-3.3.6", true),
            ("java-3.3.6", "java-2.7.23", false),
        ] {
            let [client, server] = [client, server].map(|name| kind(name).expect("a kind"));
            assert_eq!(belongs(client, server), want, "{} {}", client.name, server.name);
        }
    }
}
