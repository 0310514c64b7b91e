use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Kind, Launch, Peer, Result, Role, ZooKeeper};

/// A consumer that calls at a steady rate, without retries, while two providers are restarted gracefully in turn.
///
/// Dubbo's rolling restart: a provider gets SIGTERM, ends, a new one comes up on another port, and only then is it
/// the turn of the other one.
pub struct RollingRestart {
    /// The kind of the consumer.
    pub consumer: &'static Kind,
    /// The kind of both providers.
    pub provider: &'static Kind,
    /// How often a provider is replaced.
    pub restarts: u32,
    /// Calls per second.
    pub rate: u32,
    /// Additional `--param` of the providers, `key=value`.
    pub parameters: &'static [&'static str],
}

/// What a consumer saw of a [`RollingRestart`].
#[derive(Debug)]
pub struct Restarted {
    /// Calls made.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Texts of the first failures.
    pub failures: Vec<String>,
    /// Microseconds from the moment a call was due to its answer, 99 of 100 calls.
    pub p99_us: u64,
    /// The same of the slowest call.
    pub max_us: u64,
    /// From the first SIGTERM to the end of the last restart.
    pub took: Duration,
    /// The longest time that a provider took to end.
    pub slowest_stop: Duration,
}

impl RollingRestart {
    /// Carries it out with a ZooKeeper of its own.
    ///
    /// # Errors
    ///
    /// If a program does not start, does not stop, or the consumer does not report.
    pub fn run(&self) -> Result<Restarted> {
        let zookeeper = ZooKeeper::start()?;
        let mut providers = [self.start_provider(&zookeeper)?, self.start_provider(&zookeeper)?];
        let mut consumer = self.start_consumer(&zookeeper)?;
        consumer.wait_for("READY", START)?;
        thread::sleep(SETTLE);

        let begun = Instant::now();
        let mut slowest_stop = Duration::ZERO;
        for restart in 0..self.restarts {
            let provider = &mut providers[restart as usize % 2];
            let stop = Instant::now();
            provider.terminate(STOP)?;
            slowest_stop = slowest_stop.max(stop.elapsed());
            *provider = self.start_provider(&zookeeper)?;
            // As an orchestrator does: the new one is known to its consumers before the other one goes.
            thread::sleep(self.settle());
        }
        let took = begun.elapsed();
        let totals = self.totals(&mut consumer)?;
        Ok(Restarted::new(&totals, took, slowest_stop))
    }

    /// The pause before the next restart.
    #[must_use]
    pub fn settle(&self) -> Duration {
        // Consumers of Dubbo 3 take up one change of the list every 5 s (their parameter `delay-notification`), and a
        // restart makes two; faster restarts leave them behind, farther with each.
        if self.consumer.name.starts_with("java-3") { Duration::from_secs(10) } else { SETTLE }
    }

    fn start_provider(&self, zookeeper: &ZooKeeper) -> Result<Peer> {
        let launch = Launch::new(self.provider, Role::Provider).registry(&zookeeper.url());
        self.parameters.iter().fold(launch, |launch, pair| launch.option("param", pair)).start()
    }

    fn start_consumer(&self, zookeeper: &ZooKeeper) -> Result<Peer> {
        Launch::new(self.consumer, Role::Consumer)
            .registry(&zookeeper.url())
            .option("retries", "0")
            .option("load", &self.rate.to_string())
            // Ended by us; this only bounds it.
            .option("seconds", &(30 + self.restarts * 30).to_string())
            .start()
    }

    fn totals(&self, consumer: &mut Peer) -> Result<Value> {
        consumer.close_stdin();
        let totals = consumer.json(STOP)?;
        totals.ok_or_else(|| consumer.failure("ended without totals"))
    }
}

impl Restarted {
    fn new(totals: &Value, took: Duration, slowest_stop: Duration) -> Self {
        let number = |key: &str| totals[key].as_u64().unwrap_or_default();
        let failures = totals["failures"].as_array().into_iter().flatten();
        Self {
            calls: number("calls"),
            // What is missing in the totals did not succeed.
            failed: number("calls") - number("succeeded"),
            failures: failures.map(|text| text.as_str().unwrap_or_default().to_owned()).collect(),
            p99_us: number("p99_us"),
            max_us: number("max_us"),
            took,
            slowest_stop,
        }
    }
}

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(1);
