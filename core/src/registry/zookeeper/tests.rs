//! The registry against a ZooKeeper in memory, in simulated time.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::client::{Connector, ZkError};
use super::fake::{FakeServer, Silent};
use super::registry::ZookeeperRegistry;
use crate::error::ErrorCode;
use crate::registry::{NotifyListener, Registry};
use crate::url::Url;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn registry(params: &str, connector: impl Connector) -> ZookeeperRegistry {
    let url = url(&format!("zookeeper://fake:2181?file-cache=false&{params}"));
    ZookeeperRegistry::with_connector(url, Arc::new(connector)).unwrap()
}

/// Remembers every notification.
#[derive(Default)]
struct Recorder {
    lists: Mutex<Vec<Vec<String>>>,
    changed: Notify,
}

impl Recorder {
    async fn wait_for(&self, count: usize) -> Vec<Vec<String>> {
        loop {
            let changed = self.changed.notified();
            let lists = self.lists.lock().clone();
            if lists.len() >= count {
                return lists;
            }
            changed.await;
        }
    }

    fn count(&self) -> usize {
        self.lists.lock().len()
    }
}

impl NotifyListener for Recorder {
    fn notify(&self, urls: &[Url]) {
        self.lists.lock().push(urls.iter().map(Url::full_string).collect());
        self.changed.notify_waiters();
    }
}

async fn subscribe(registry: &ZookeeperRegistry, consumer: &str) -> (Arc<Recorder>, Arc<dyn NotifyListener>) {
    let recorder = Arc::new(Recorder::default());
    let listener: Arc<dyn NotifyListener> = recorder.clone();
    registry.subscribe(&url(consumer), listener.clone()).await.unwrap();
    (recorder, listener)
}

/// Lets everything run that can run without time passing far.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

const PROVIDER: &str = "dubbo://10.0.0.1:20880/a.B?side=provider";
const NODE: &str = "/dubbo/a.B/providers/dubbo%3A%2F%2F10.0.0.1%3A20880%2Fa.B%3Fside%3Dprovider";
const OTHER_NODE: &str = "/dubbo/a.B/providers/dubbo%3A%2F%2F10.0.0.2%3A20880%2Fa.B";
const CONSUMER: &str = "consumer://10.0.0.9/a.B?category=providers,configurators,routers";

#[tokio::test(start_paused = true)]
async fn a_provider_is_published_and_withdrawn() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    registry.register(&url(PROVIDER)).await.unwrap();
    assert_eq!(server.owner(NODE), Some(1));
    assert_eq!(registry.status().registered, 1);
    registry.unregister(&url(PROVIDER)).await.unwrap();
    registry.unregister(&url(PROVIDER)).await.unwrap();
    assert_eq!(server.owner(NODE), None);
    registry.register(&url(PROVIDER)).await.unwrap();
    assert_eq!(server.owner(NODE), Some(1));
}

#[tokio::test(start_paused = true)]
async fn static_registrations_survive_the_process() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    let [dynamic, fixed] = [PROVIDER, "dubbo://10.0.0.2:20880/a.B?dynamic=false"].map(url);
    registry.register(&dynamic).await.unwrap();
    registry.register(&fixed).await.unwrap();
    registry.destroy(Duration::from_secs(5)).await;
    assert_eq!(server.owner(NODE), None);
    assert_eq!(server.children("/dubbo/a.B/providers").len(), 1);
    assert_eq!(server.sessions(), 0);
    assert!(!registry.is_available());
}

#[tokio::test(start_paused = true)]
async fn everything_is_published_again_after_the_session_expired() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    server.expire_all();
    assert_eq!(server.owner(NODE), None);
    settle().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.owner(NODE), Some(2), "within a second, not after Java's 5 to 10 s");
}

#[tokio::test(start_paused = true)]
async fn a_node_of_our_former_session_is_taken_over() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    server.lose_all_sessions_keeping_nodes();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.owner(NODE), Some(2));
    let log = server.log().join("\n");
    assert!(log.contains(&format!("delete {NODE}\ncreate {NODE}")), "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_vanished_node_is_restored_but_a_taken_one_is_left_to_its_new_owner() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    server.remove(NODE);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.owner(NODE), Some(1));
    server.remove(NODE);
    server.put(NODE, 77);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(server.owner(NODE), Some(77));
    server.remove(NODE);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.owner(NODE), Some(1), "restored when the other process died");
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_was_lost_is_found_to_be_ours() {
    let server = FakeServer::default();
    let registry = registry("remove-stale=false", server.clone());
    server.put("/dubbo/a.B/providers", 0);
    server.fail_next(ZkError::ConnectionLoss);
    registry.register(&url(PROVIDER)).await.unwrap();
    assert_eq!(server.owner(NODE), Some(1));
    assert!(!server.log().iter().any(|line| line.starts_with("delete")));
}

#[tokio::test(start_paused = true)]
async fn leftovers_of_a_former_life_are_removed_and_nothing_else() {
    let server = FakeServer::default();
    let old = format!("{NODE}%26timestamp%3D1");
    let other_group = format!("{NODE}%26group%3Dg");
    for (path, owner) in [(old.as_str(), 50), (&other_group, 50), (OTHER_NODE, 50)] {
        server.put(path, owner);
    }
    let fixed = format!("{NODE}%26dynamic%3Dfalse");
    server.put(&fixed, 0);
    let registry = registry("", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    assert_eq!(server.owner(&old), None);
    for path in [&other_group, OTHER_NODE, &fixed, NODE] {
        assert!(server.owner(path).is_some(), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_registration_is_an_error_only_with_check() {
    for (connector_is_silent, code) in
        [(false, ErrorCode::RegistryUnavailable), (true, ErrorCode::RegistryUnavailable)]
    {
        let server = FakeServer::default();
        server.refuse(true);
        let registry = if connector_is_silent { registry("", Silent) } else { registry("", server.clone()) };
        let error = registry.register(&url(PROVIDER)).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(
            error
                .message()
                .starts_with("Failed to register dubbo://10.0.0.1:20880/a.B?side=provider to registry ")
        );
        registry.register(&url(&format!("{PROVIDER}&check=false"))).await.unwrap();
        assert_eq!((registry.status().registered, registry.is_available()), (0, false));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_waiting_does_not_cure_is_reported_at_once() {
    for (fault, code) in
        [(ZkError::Forked, ErrorCode::Forked), (ZkError::AuthFailed, ErrorCode::RegistryAuthFailed)]
    {
        let server = FakeServer::default();
        server.refuse_with(Some(fault));
        let registry = registry("timeout=60000", server.clone());
        let begun = tokio::time::Instant::now();
        assert_eq!(registry.register(&url(PROVIDER)).await.unwrap_err().code(), code);
        let listener = Arc::new(Recorder::default());
        assert_eq!(registry.subscribe(&url(CONSUMER), listener).await.unwrap_err().code(), code);
        assert_eq!(registry.lookup(&url(CONSUMER)).await.unwrap_err().code(), code);
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn without_check_the_registration_is_tried_for_ever() {
    let server = FakeServer::default();
    server.refuse(true);
    let registry = registry("check=false", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    let status = registry.status();
    assert_eq!((status.pending, status.last_error.as_deref()), (1, Some("connection refused")));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    server.refuse(false);
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(server.owner(NODE), Some(1));
    assert_eq!(registry.status().registered, 1);
}

#[tokio::test(start_paused = true)]
async fn a_node_with_an_acl_is_a_clear_error() {
    let server = FakeServer::default();
    server.forbid("/dubbo");
    let registry = registry("", server.clone());
    let error = registry.register(&url(PROVIDER)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RegistryAuthFailed);
    assert!(error.message().contains("configure the registry's username and password"));
    let recorder = Arc::new(Recorder::default());
    let error = registry.subscribe(&url(CONSUMER), recorder).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RegistryAuthFailed);
    assert!(error.message().starts_with("Failed to subscribe consumer://10.0.0.9/a.B"));
    assert_eq!(registry.status().subscribed, 0);
}

#[tokio::test(start_paused = true)]
async fn the_first_notification_has_all_categories_and_later_ones_the_changed_one() {
    let server = FakeServer::default();
    server.put(NODE, 50);
    server.put("/dubbo/a.B/providers/rubbish", 50);
    server.put("/dubbo/a.B/providers/dubbo%3A%2F%2F%GG", 50);
    server.put("/dubbo/a.B/providers/dubbo%3A%2F%2F10.0.0.3%3A1%2Fa.B%3Fgroup%3Dx", 50);
    let registry = registry("", server.clone());
    let (recorder, listener) = subscribe(&registry, CONSUMER).await;
    server.put(OTHER_NODE, 50);
    recorder.wait_for(2).await;
    server.remove(NODE);
    server.remove(OTHER_NODE);
    let lists = recorder.wait_for(3).await;
    let empty = |category| format!("empty://10.0.0.9/a.B?category={category}");
    assert_eq!(lists[0], [PROVIDER.to_owned(), empty("configurators"), empty("routers")]);
    assert_eq!(lists[1], [PROVIDER.to_owned(), "dubbo://10.0.0.2:20880/a.B".to_owned()]);
    assert_eq!(lists[2], [empty("providers")]);
    registry.unsubscribe(&url(CONSUMER), &listener).await.unwrap();
    server.put(NODE, 50);
    settle().await;
    assert_eq!(recorder.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn missing_directories_are_created_by_consumers() {
    let server = FakeServer::default();
    let registry = registry("group=g", server.clone());
    subscribe(&registry, CONSUMER).await;
    assert_eq!(server.children("/g/a.B"), ["configurators", "providers", "routers"]);
}

#[tokio::test(start_paused = true)]
async fn a_flapping_provider_costs_one_list_per_50_ms() {
    let server = FakeServer::default();
    server.put(OTHER_NODE, 50);
    let registry = registry("", server.clone());
    let (recorder, _listener) = subscribe(&registry, "consumer://c/a.B").await;
    for _ in 0..100 {
        server.put(NODE, 50);
        tokio::time::sleep(Duration::from_millis(5)).await;
        server.remove(NODE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    settle().await;
    let lists = recorder.lists.lock().clone();
    assert!((5..=25).contains(&lists.len()), "{}", lists.len());
    assert_eq!(lists.last().unwrap(), &["dubbo://10.0.0.2:20880/a.B"]);
}

#[tokio::test(start_paused = true)]
async fn after_an_expired_session_an_empty_list_is_not_believed_at_once() {
    let server = FakeServer::default();
    server.put(NODE, 50);
    let registry = registry("", server.clone());
    let (recorder, _listener) = subscribe(&registry, "consumer://c/a.B").await;
    server.expire_all();
    server.remove(NODE);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(recorder.count(), 1, "providers are given time to come back");
    server.put(OTHER_NODE, 51);
    let lists = recorder.wait_for(2).await;
    assert_eq!(lists[1], ["dubbo://10.0.0.2:20880/a.B"]);
    server.expire_all();
    server.remove(OTHER_NODE);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(recorder.count(), 3);
    assert_eq!(recorder.lists.lock()[2], ["empty://c/a.B?category=providers"]);
}

#[tokio::test(start_paused = true)]
async fn a_start_without_registry_uses_the_cache_file_and_recovers() {
    let path = std::env::temp_dir().join(format!("polydubbo-zk-{}.cache", fastrand::u64(..)));
    let text = format!("file={}&save.file=true", path.display());
    let open = |connector: FakeServer| {
        ZookeeperRegistry::with_connector(url(&format!("zookeeper://z:2181?{text}")), Arc::new(connector))
            .unwrap()
    };
    let server = FakeServer::default();
    server.put(NODE, 50);
    let first = open(server.clone());
    subscribe(&first, CONSUMER).await;
    first.destroy(Duration::from_secs(5)).await;

    server.refuse(true);
    let second = open(server.clone());
    let (recorder, _listener) = subscribe(&second, CONSUMER).await;
    assert_eq!(recorder.lists.lock()[0][0], PROVIDER);
    let error = second.subscribe(&url("consumer://c/x.Y"), Arc::new(Recorder::default())).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RegistryUnavailable);
    server.refuse_with(Some(ZkError::Forked));
    let child = open(server.clone());
    let lenient = url(&format!("{CONSUMER}&check=false"));
    let error = child.subscribe(&lenient, Arc::new(Recorder::default())).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Forked, "a list that will never change helps nobody");
    server.put(OTHER_NODE, 50);
    server.refuse(false);
    let lists = recorder.wait_for(2).await;
    assert_eq!(lists[1].len(), 4, "{lists:?}");
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(start_paused = true)]
async fn lookup_lists_without_creating_anything() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    assert!(registry.lookup(&url(CONSUMER)).await.unwrap().is_empty());
    assert!(server.children("").is_empty());
    server.put(NODE, 50);
    let found = registry.lookup(&url(CONSUMER)).await.unwrap();
    assert_eq!(found, [url(PROVIDER)]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_registry_leaves_no_session_and_no_task() {
    let server = FakeServer::default();
    let registry = registry("", server.clone());
    registry.register(&url(PROVIDER)).await.unwrap();
    subscribe(&registry, CONSUMER).await;
    drop(registry);
    settle().await;
    assert_eq!((server.sessions(), server.owner(NODE)), (0, None));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}
