//! The launcher against the real programs: every Java version finds every other through ZooKeeper.

use std::time::Duration;

use test_support::{JAVA_VERSIONS, Launch, Role, ZooKeeper, kind};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn java_consumers_call_java_providers_through_zookeeper() {
    let zookeeper = ZooKeeper::start().unwrap();
    for provider_version in JAVA_VERSIONS {
        let consumer_version = if *provider_version == "2.7.8" { "3.3.6" } else { "2.7.8" };
        let mut provider = java(provider_version, Role::Provider).registry(&zookeeper.url()).start().unwrap();
        let mut consumer = java(consumer_version, Role::Consumer)
            .registry(&zookeeper.url())
            .option("load", "20")
            .option("seconds", "1")
            .start()
            .unwrap();
        let totals = consumer.json(LIMIT).unwrap().expect("totals");
        assert_eq!((&totals["succeeded"], &totals["failed"]), (&20.into(), &0.into()), "{totals}");
        assert!(consumer.wait(LIMIT).unwrap().success());
        provider.close_stdin();
        assert!(provider.wait(LIMIT).unwrap().success(), "{provider_version} ends when its input does");
    }
}

#[test]
fn a_stopped_zookeeper_comes_back_with_its_data_on_the_same_port() {
    let mut zookeeper = ZooKeeper::start().unwrap();
    let provider = java("2.7.23", Role::Provider).registry(&zookeeper.url()).start().unwrap();
    zookeeper.interrupt_service().unwrap();
    zookeeper.resume_service().unwrap();
    let consumer = java("2.7.23", Role::Consumer)
        .registry(&zookeeper.url())
        .option("load", "5")
        .option("seconds", "1")
        .start()
        .unwrap();
    let totals = consumer.json(LIMIT).unwrap().expect("totals");
    assert_eq!(totals["succeeded"], 5, "{totals} from port {}", provider.port());
}

fn java(version: &str, role: Role) -> Launch {
    Launch::new(kind(&format!("java-{version}")).unwrap(), role)
}

#[test]
fn load_mode_reports_every_call_while_a_provider_leaves_and_another_is_killed() {
    let zookeeper = ZooKeeper::start().unwrap();
    let provider = || java("2.7.23", Role::Provider).registry(&zookeeper.url()).start().unwrap();
    let (_stays, mut leaves, mut dies) = (provider(), provider(), provider());
    let consumer = java("3.3.6", Role::Consumer)
        .registry(&zookeeper.url())
        .option("load", "100")
        .option("seconds", "4")
        .option("retries", "2")
        .start()
        .unwrap();
    consumer.wait_for("READY", LIMIT).unwrap();
    dies.kill().unwrap();
    assert!(leaves.terminate(LIMIT).is_ok());
    let totals = consumer.json(LIMIT).unwrap().expect("totals");
    let count = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(count("calls"), 400, "{totals}");
    assert_eq!(count("succeeded") + count("failed"), 400, "{totals}");
    assert_eq!(count("failed"), 0, "{totals}");
}
