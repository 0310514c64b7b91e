//! The part of the matrix that every run of the tests includes.

use test_support::{KINDS, Kind, Result};

use crate::matrix::{pairs, tally};
use crate::report;
use crate::tally::Tally;

/// Every pair with one of our own programs in it, and one pair of Java peers that shows the scenarios themselves hold.
pub(super) fn matrix() -> Result<Tally> {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.exists()).collect();
    let outcomes = pairs(&kinds, &kinds, belongs, "all", 2)?;
    println!("\n{}{}", report::table(&outcomes), report::failures(&outcomes));
    Ok(tally(&outcomes))
}

fn belongs(client: &Kind, server: &Kind) -> bool {
    let java = |kind: &Kind| kind.name.starts_with("java-");
    !(java(client) && java(server)) || (client.name == "java-2.7.23" && server.name == "java-3.3.6")
}
