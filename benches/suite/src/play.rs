//! Plays a group: starts its servers, warms up, measures in rounds, stops everything.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use polydubbo_meter::Point;
use test_support::{Process, root};

use crate::figure::Points;
use crate::plan::{Client, Config, Group, Resident};

const START: Duration = Duration::from_secs(60);
const POINT: Duration = Duration::from_secs(180);

/// Plays `group` and adds its points to `points`, and to `missing` what could not be measured and why.
pub(crate) fn play(group: &Group, points: &mut Points, missing: &mut BTreeMap<String, String>) {
    if group.configs.is_empty() {
        return;
    }
    eprintln!("{} ({} configurations, {} rounds)", group.name, group.configs.len(), group.rounds);
    let start = Instant::now();
    let mut stage = Stage::new(group);
    for config in &group.configs {
        if let Some(warm_up) = &config.warm_up {
            eprintln!("  warming up {}", config.name);
            if let Err(error) = stage.measure(config, warm_up) {
                missing.insert(config.name.clone(), format!("{error:#}"));
            }
        }
    }
    for round in 1..=group.rounds {
        for config in group.configs.iter() {
            if missing.contains_key(&config.name) {
                continue;
            }
            match stage.measure(config, &config.client) {
                Ok(point) => {
                    eprintln!("  {round}/{} {}", group.rounds, brief(&config.name, &point));
                    points.entry(config.name.clone()).or_default().push(point);
                }
                Err(error) => {
                    eprintln!("  {} cannot be measured: {error:#}", config.name);
                    points.remove(&config.name);
                    missing.insert(config.name.clone(), format!("{error:#}"));
                }
            }
        }
    }
    eprintln!("  {} s", start.elapsed().as_secs());
}

fn brief(name: &str, point: &Point) -> String {
    let server = point.server_ns.map_or_else(|| "-".to_owned(), |ns| format!("{ns:.0}"));
    let p99 =
        point.latency.as_ref().map_or_else(String::new, |latency| format!(", p99 {:.0} us", latency.p99_us));
    let extra: String = point.extra.iter().map(|(name, value)| format!(", {name} {value:.1}")).collect();
    format!(
        "{name}: {:.0}/s, {:.0} + {server} ns{p99}{extra}, {} errors",
        point.rate, point.client_ns, point.errors
    )
}

struct Running {
    process: Process,
    port: String,
}

/// The processes of a group that run at the moment; all of them end with it.
struct Stage {
    servers: BTreeMap<String, Result<Running>>,
    residents: BTreeMap<String, Result<Process>>,
}

impl Stage {
    fn new(group: &Group) -> Self {
        let start = |argv: &[String], name: &str| -> Result<Running> {
            let process = Process::spawn(name, command(argv)?)?;
            let port = process.wait_for("READY port=", START)?;
            Ok(Running { process, port })
        };
        let servers: BTreeMap<_, _> = group
            .servers
            .iter()
            .map(|server| (server.name.clone(), start(&server.argv, &server.name)))
            .collect();
        let residents = group
            .residents
            .iter()
            .map(|resident| (resident.name.clone(), start_resident(resident, &servers)))
            .collect();
        Self { servers, residents }
    }

    fn measure(&mut self, config: &Config, client: &Client) -> Result<Point> {
        let (port, pid) = match &config.server {
            Some(name) => {
                let server = running(&self.servers, name)?;
                (server.port.clone(), server.process.id().to_string())
            }
            None => (String::new(), String::new()),
        };
        let fill = |text: &String| text.replace("{port}", &port).replace("{pid}", &pid);
        match client {
            Client::Once(argv) => {
                let argv: Vec<String> = argv.iter().map(fill).collect();
                point(&Process::spawn(&config.name.replace('/', "-"), command(&argv)?)?)
            }
            Client::Resident { name, line } => {
                let resident = self.residents.get_mut(name).context("no such resident")?;
                let process =
                    resident.as_mut().map_err(|error| anyhow!("{name} did not start: {error:#}"))?;
                process.send(&fill(line))?;
                point(process)
            }
        }
    }
}

fn start_resident(resident: &Resident, servers: &BTreeMap<String, Result<Running>>) -> Result<Process> {
    let port = &running(servers, &resident.server)?.port;
    let argv: Vec<String> = resident.argv.iter().map(|word| word.replace("{port}", port)).collect();
    let process = Process::spawn(&resident.name, command(&argv)?)?;
    process.wait_for("READY", START)?;
    Ok(process)
}

fn running<'a>(servers: &'a BTreeMap<String, Result<Running>>, name: &str) -> Result<&'a Running> {
    match servers.get(name) {
        Some(Ok(running)) => Ok(running),
        Some(Err(error)) => bail!("{name} did not start: {error:#}"),
        None => bail!("there is no server {name}"),
    }
}

fn point(process: &Process) -> Result<Point> {
    let json = process.json(POINT)?.context("the client ended without a result; see target/peer-logs")?;
    serde_json::from_value(json).context("the client printed something else than a point")
}

fn command(argv: &[String]) -> Result<Command> {
    let (program, arguments) = argv.split_first().context("an empty command")?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    Ok(command)
}
