//! Calls at a steady rate while the registry dies, forgets its sessions, or a provider is killed: none fails.
//!
//! Each test has a ZooKeeper, two providers and a consumer of its own, one test at a time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use test_support::{Launch, Peer, Role, ZooKeeper, ZooKeeperOptions, kind};
use tokio::sync::Semaphore;
use zookeeper_client::Client;

static TURN: Semaphore = Semaphore::const_new(1);

const LIMIT: Duration = Duration::from_secs(60);
const RATE: u64 = 200;
const PROVIDERS: &str = "/dubbo/io.polydubbo.peer.api.Behaviour/providers";

/// What runs while something is disturbed.
struct World {
    zookeeper: ZooKeeper,
    providers: Vec<Peer>,
    consumer: Peer,
    begun: Instant,
}

impl World {
    /// Two providers, and a consumer that calls them already. Sessions last two seconds at most.
    fn start(consumer: &str, provider: &str, retries: &str) -> Self {
        let options = ZooKeeperOptions { tick: Duration::from_millis(500), max_session: SESSION };
        let zookeeper = ZooKeeper::with(options).unwrap();
        let providers = (0..2).map(|_| start_provider(provider, &zookeeper)).collect();
        let consumer = Launch::new(kind(consumer).unwrap(), Role::Consumer)
            .registry(&zookeeper.url())
            .option("retries", retries)
            .option("load", &RATE.to_string())
            .option("seconds", "120")
            .start()
            .unwrap();
        consumer.wait_for("READY", LIMIT).unwrap();
        let world = Self { zookeeper, providers, consumer, begun: Instant::now() };
        pass(Duration::from_secs(1));
        world
    }

    /// Starts a provider, then stops all others: a consumer that does not follow the registry has nobody left.
    fn replace_providers(&mut self, provider: &str) {
        let fresh = start_provider(provider, &self.zookeeper);
        let end = Instant::now() + LIMIT;
        while !is_connected_to(fresh.port()) {
            assert!(Instant::now() < end, "the consumer does not follow the registry");
            pass(Duration::from_millis(100));
        }
        pass(Duration::from_secs(1));
        for mut old in self.providers.drain(..) {
            old.terminate(LIMIT).unwrap();
        }
        self.providers.push(fresh);
        pass(Duration::from_secs(1));
    }

    /// Ends the load; every call that was due in all the time was made, and none failed.
    fn finish(mut self) {
        let due = self.begun.elapsed().as_secs() * RATE;
        self.consumer.close_stdin();
        let totals = self.consumer.json(LIMIT).unwrap().expect("totals");
        assert_eq!(totals["failed"], 0, "{totals}");
        assert_eq!(totals["succeeded"], totals["calls"], "{totals}");
        assert!(totals["calls"].as_u64().unwrap() + RATE > due, "{due} calls were due: {totals}");
    }

    /// The session that owns each provider's node, by node.
    async fn owners(&self) -> BTreeMap<String, i64> {
        let client = Client::connect(&self.zookeeper.address()).await.unwrap();
        let mut owners = BTreeMap::new();
        for node in client.list_children(PROVIDERS).await.unwrap() {
            if let Some(stat) = client.check_stat(&format!("{PROVIDERS}/{node}")).await.unwrap() {
                owners.insert(node, stat.ephemeral_owner);
            }
        }
        owners
    }
}

fn start_provider(provider: &str, zookeeper: &ZooKeeper) -> Peer {
    Launch::new(kind(provider).unwrap(), Role::Provider).registry(&zookeeper.url()).start().unwrap()
}

/// True if somebody has an established connection to this port, as Linux tells.
fn is_connected_to(port: u16) -> bool {
    let local = format!(":{port:04X}");
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|table| {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).any(|columns| {
            columns.get(3) == Some(&ESTABLISHED) && columns.get(1).is_some_and(|at| at.ends_with(&local))
        })
    })
}

/// Lets the load run; the time is the point here, there is no event to wait for.
fn pass(time: Duration) {
    std::thread::sleep(time);
}

async fn outage(consumer: &str, provider: &str) {
    let _turn = TURN.acquire().await.unwrap();
    let mut world = World::start(consumer, provider, "0");
    world.zookeeper.interrupt_service().unwrap();
    pass(Duration::from_secs(3));
    world.zookeeper.resume_service().unwrap();
    world.replace_providers(provider);
    world.finish();
}

async fn expiry(consumer: &str, provider: &str) {
    let _turn = TURN.acquire().await.unwrap();
    let mut world = World::start(consumer, provider, "0");
    let before = world.owners().await;
    assert!(before.len() >= 2, "{before:?}");
    world.zookeeper.process().pause().unwrap();
    pass(SESSION * 4);
    world.zookeeper.process().resume().unwrap();
    let end = Instant::now() + LIMIT;
    loop {
        let now = world.owners().await;
        // All are back, under the same names, owned by sessions that did not exist before.
        if now.len() == before.len()
            && before.iter().all(|(node, owner)| now.get(node).is_some_and(|new| new != owner))
        {
            break;
        }
        assert!(Instant::now() < end, "not registered again; before {before:?}, now {now:?}");
        pass(Duration::from_millis(100));
    }
    world.replace_providers(provider);
    world.finish();
}

async fn sudden_death(consumer: &str, provider: &str) {
    let _turn = TURN.acquire().await.unwrap();
    let mut world = World::start(consumer, provider, "2");
    world.providers.pop().expect("two were started").kill().unwrap();
    // Beyond the session of the dead one: first its node misleads, then it vanishes.
    pass(SESSION * 2);
    world.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn our_programs_do_without_a_registry_and_follow_it_when_it_is_back() {
    outage("rust", "rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_java_consumer_of_ours_does_without_a_registry() {
    outage("java-2.7.23", "rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_sessions_are_replaced_without_a_lost_call() {
    expiry("rust", "rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_provider_of_ours_loses_no_call() {
    sudden_death("rust", "rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_java_provider_loses_no_call_of_ours() {
    sudden_death("rust", "java-2.7.23").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_provider_of_ours_loses_no_call_of_java() {
    sudden_death("java-2.7.23", "rust").await;
}

/// A state in Linux's tables of connections.
const ESTABLISHED: &str = "01";

const SESSION: Duration = Duration::from_secs(2);
