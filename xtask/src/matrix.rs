//! Every client against every server, through a real ZooKeeper.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use test_support::{KINDS, Kind, Launch, Result, Role, ZooKeeper, kind};

use crate::report;
use crate::suites;
use crate::tally::Tally;

/// Which pairs, and what they do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Clients, by kind; default: all.
    #[arg(long, value_delimiter = ',')]
    pub(crate) clients: Vec<String>,
    /// Servers, by kind; default: all.
    #[arg(long, value_delimiter = ',')]
    pub(crate) servers: Vec<String>,
    /// One scenario of tests/matrix/scenarios.json, or all.
    #[arg(long, default_value = "all")]
    pub(crate) scenario: String,
    /// Clients that run at the same time. They mostly wait.
    #[arg(long, default_value_t = 2)]
    pub(crate) jobs: usize,
    /// Leaves docs/reports/matrix.md as it is.
    #[arg(long)]
    pub(crate) no_report: bool,
}

/// What one client said about one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) passed: u64,
    /// Cases that failed, with their details; also what kept the pair from finishing.
    pub(crate) failures: Vec<String>,
}

/// The outcomes by client and server.
pub(crate) type Outcomes = BTreeMap<(String, String), Outcome>;

/// Runs the pairs, prints them as a table and writes the report; true if nothing failed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let clients = kinds(&options.clients)?;
    let servers = kinds(&options.servers)?;
    suites::install(&[&clients[..], &servers[..]].concat())?;
    let outcomes = pairs(&clients, &servers, |_, _| true, &options.scenario, options.jobs)?;
    println!("\n{}", report::table(&outcomes));
    print!("{}", report::failures(&outcomes));
    if !options.no_report {
        report::write(&outcomes)?;
    }
    let total = tally(&outcomes);
    println!("{total}");
    Ok(total.failed == 0)
}

/// Runs all pairs that `wanted` accepts.
pub(crate) fn pairs(
    clients: &[&'static Kind],
    servers: &[&'static Kind],
    wanted: fn(&Kind, &Kind) -> bool,
    scenario: &str,
    jobs: usize,
) -> Result<Outcomes> {
    let zookeeper = ZooKeeper::start()?;
    let mut outcomes = Outcomes::new();
    for server in servers {
        let clients: Vec<_> = clients.iter().copied().filter(|client| wanted(client, server)).collect();
        if clients.is_empty() {
            continue;
        }
        // A path of its own keeps a server that is just going away from the clients of the next.
        let registry = format!("{}?group={}", zookeeper.url(), server.name);
        for (client, outcome) in column(server, &clients, &registry, scenario, jobs) {
            outcomes.insert((client.name.to_owned(), server.name.to_owned()), outcome);
        }
    }
    Ok(outcomes)
}

/// The sum over all pairs; a pair that did not finish counts as a failure.
pub(crate) fn tally(outcomes: &Outcomes) -> Tally {
    let mut total = Tally::default();
    for outcome in outcomes.values() {
        total += Tally { passed: outcome.passed, failed: outcome.failures.len() as u64, skipped: 0 };
    }
    total
}

/// The kinds of these names, or all that exist.
fn kinds(names: &[String]) -> Result<Vec<&'static Kind>> {
    if names.is_empty() {
        return Ok(KINDS.iter().filter(|kind| kind.exists()).collect());
    }
    names.iter().map(|name| kind(name)).collect()
}

/// One server, all clients, some of them at the same time.
fn column(
    server: &'static Kind,
    clients: &[&'static Kind],
    registry: &str,
    scenario: &str,
    jobs: usize,
) -> Vec<(&'static Kind, Outcome)> {
    let provider = Launch::new(server, Role::Provider).registry(registry).option("heartbeat", HEARTBEAT);
    let mut provider = match provider.start() {
        Ok(provider) => provider,
        Err(failure) => return clients.iter().map(|client| (*client, broken(&failure))).collect(),
    };
    let waiting = Mutex::new(clients.iter().copied());
    let finished = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(client) = next(&waiting) {
                    let outcome = pair(client, server, registry, scenario);
                    finished.lock().expect("no thread panics with it").push((client, outcome));
                }
            });
        }
    });
    let mut finished = finished.into_inner().expect("no thread panics with it");
    if let Err(failure) = provider.terminate(Duration::from_secs(30)) {
        for (_, outcome) in &mut finished {
            outcome.failures.push(format!("the server did not stop: {failure}"));
        }
    }
    finished
}

fn next<T>(waiting: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    waiting.lock().expect("no thread panics with it").next()
}

fn pair(client: &'static Kind, server: &Kind, registry: &str, scenario: &str) -> Outcome {
    let start = Instant::now();
    let outcome = Launch::new(client, Role::Consumer)
        .registry(registry)
        .scenario(scenario)
        .start()
        .and_then(|consumer| collect(&consumer))
        .unwrap_or_else(|failure| broken(&failure));
    println!(
        "{} -> {}: {} passed, {} failed ({:.1} s)",
        client.name,
        server.name,
        outcome.passed,
        outcome.failures.len(),
        start.elapsed().as_secs_f32()
    );
    outcome
}

/// Reads the lines of a consumer up to its last.
fn collect(consumer: &test_support::Process) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_owned();
    while let Some(line) = consumer.json(SILENCE)? {
        if line["done"] == true {
            let counted = line["passed"] == outcome.passed && line["failed"] == outcome.failures.len();
            if !counted {
                outcome.failures.push(format!("the client counted otherwise: {line}"));
            }
            if outcome.passed == 0 && outcome.failures.is_empty() {
                outcome.failures.push("the client ran nothing".to_owned());
            }
            return Ok(outcome);
        }
        if line["ok"] == true {
            outcome.passed += 1;
        } else {
            let name = format!("{}/{}", text(&line["scenario"]), text(&line["case"]));
            outcome.failures.push(format!("{name}: {}", text(&line["detail"])));
        }
    }
    outcome.failures.push("the client ended before its last line".to_owned());
    Ok(outcome)
}

fn broken(failure: &test_support::Failure) -> Outcome {
    Outcome { passed: 0, failures: vec![failure.to_string()] }
}

/// As the scenario file asks; the idle cases depend on it.
const HEARTBEAT: &str = "1000";

/// The longest that a client may take for one case.
const SILENCE: Duration = Duration::from_secs(90);
