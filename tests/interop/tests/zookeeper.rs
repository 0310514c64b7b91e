//! The ZooKeeper registry against a real server that restarts, freezes, expires sessions and refuses.
//!
//! Each test starts a server of its own, one at a time: they are disturbed on purpose.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polydubbo::registry::zookeeper::ZookeeperRegistry;
use polydubbo::registry::{NotifyListener, Registry};
use polydubbo::typed::ServiceError;
use polydubbo::url::Url;
use polydubbo::{ErrorCode, Reference, Result, Server, Service};
use test_support::{Launch, Role, ZooKeeper, kind};
use tokio::sync::{Notify, Semaphore};
use zookeeper_client::{Acls, Client, CreateMode};

/// One server at a time.
static TURN: Semaphore = Semaphore::const_new(1);

const SOON: Duration = Duration::from_secs(30);
const PROVIDER: &str = "dubbo://10.0.0.1:20880/com.acme.Users?side=provider&timestamp=1";
const NODE: &str = "/dubbo/com.acme.Users/providers/dubbo%3A%2F%2F10.0.0.1%3A20880%2Fcom.acme.Users%3Fside%3Dprovider%26timestamp%3D1";
const CONSUMER: &str = "consumer://10.0.0.9/com.acme.Users?category=providers,configurators,routers";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn open(address: &str, params: &str) -> ZookeeperRegistry {
    ZookeeperRegistry::connect(url(&format!("{address}?file-cache=false&session=4000&{params}"))).unwrap()
}

/// The newest list per category.
#[derive(Default)]
struct View {
    providers: Mutex<Vec<String>>,
    history: Mutex<Vec<usize>>,
    changed: Notify,
}

impl View {
    async fn subscribe(registry: &ZookeeperRegistry) -> Result<Arc<Self>> {
        let view = Arc::new(Self::default());
        registry.subscribe(&url(CONSUMER), view.clone()).await?;
        Ok(view)
    }

    /// Waits for exactly these providers, given by host and sorted.
    async fn wait_for(&self, hosts: &[&str]) {
        let reached = async {
            loop {
                let changed = self.changed.notified();
                let mut now: Vec<String> =
                    self.providers.lock().iter().map(|text| url(text).host().to_owned()).collect();
                now.sort();
                if now == hosts {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(SOON, reached).await.is_err() {
            panic!("waited for {hosts:?}, have {:?}", self.providers.lock());
        }
    }

    fn was_ever_empty(&self) -> bool {
        self.history.lock().contains(&0)
    }
}

impl NotifyListener for View {
    fn notify(&self, urls: &[Url]) {
        let of_category = |url: &&Url| url.value("category").unwrap_or("providers") == "providers";
        if !urls.iter().any(|url| of_category(&url)) {
            return;
        }
        let providers = urls.iter().filter(of_category).filter(|url| !url.is_empty_marker());
        let providers: Vec<_> = providers.map(Url::full_string).collect();
        self.history.lock().push(providers.len());
        *self.providers.lock() = providers;
        self.changed.notify_waiters();
    }
}

/// Another client, to look and to disturb.
async fn raw(server: &ZooKeeper) -> Client {
    Client::connect(&server.address()).await.unwrap()
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !holds().await {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn owner(client: &Client, path: &str) -> Option<i64> {
    client.check_stat(path).await.unwrap().map(|stat| stat.ephemeral_owner)
}

async fn put(client: &Client, host: usize) {
    let provider =
        url(&format!("dubbo://h{host}:20880/com.acme.Users?side=provider&application=x&timeout=1000"));
    let path = format!("/dubbo/com.acme.Users/providers/{}", provider.encode_znode());
    client.create(&path, &[], &CreateMode::Ephemeral.with_acls(Acls::anyone_all())).await.unwrap();
}

async fn make_directory(client: &Client) {
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.mkdir("/dubbo/com.acme.Users/providers", &options).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_come_and_go() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let [provider, consumer] = [open(&server.url(), ""), open(&server.url(), "")];
    let view = View::subscribe(&consumer).await.unwrap();
    view.wait_for(&[]).await;
    provider.register(&url(PROVIDER)).await.unwrap();
    view.wait_for(&["10.0.0.1"]).await;
    assert_eq!(*view.providers.lock(), [PROVIDER]);

    let client = raw(&server).await;
    let (data, stat) = client.get_data(NODE).await.unwrap();
    assert!(data.is_empty() && stat.ephemeral_owner != 0);
    assert_eq!(consumer.lookup(&url(CONSUMER)).await.unwrap(), [url(PROVIDER)]);

    provider.unregister(&url(PROVIDER)).await.unwrap();
    view.wait_for(&[]).await;
    provider.register(&url(PROVIDER)).await.unwrap();
    view.wait_for(&["10.0.0.1"]).await;
    // A clean end withdraws at once; no session timeout is waited for.
    let begun = Instant::now();
    provider.destroy(Duration::from_secs(10)).await;
    assert_eq!(owner(&client, NODE).await, None);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    view.wait_for(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_finds_everything_as_it_was() {
    let _turn = TURN.acquire().await.unwrap();
    let mut server = ZooKeeper::start().unwrap();
    let [provider, consumer] = [open(&server.url(), "session=10000"), open(&server.url(), "session=10000")];
    provider.register(&url(PROVIDER)).await.unwrap();
    let view = View::subscribe(&consumer).await.unwrap();
    server.interrupt_service().unwrap();
    eventually("the outage is noticed", async || !consumer.is_available()).await;
    assert_eq!(view.providers.lock().len(), 1, "known addresses stay in use");
    server.resume_service().unwrap();
    eventually("connected again", async || consumer.is_available() && provider.is_available()).await;
    let client = raw(&server).await;
    make_directory(&client).await;
    put(&client, 2).await;
    view.wait_for(&["10.0.0.1", "h2"]).await;
    assert!(!view.was_ever_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_shorter_than_the_session_loses_nothing() {
    let _turn = TURN.acquire().await.unwrap();
    let mut server = ZooKeeper::start().unwrap();
    let [provider, consumer] = [open(&server.url(), "session=10000"), open(&server.url(), "session=10000")];
    provider.register(&url(PROVIDER)).await.unwrap();
    let view = View::subscribe(&consumer).await.unwrap();
    let client = raw(&server).await;
    let before = owner(&client, NODE).await;
    server.process().pause().unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    server.process().resume().unwrap();
    eventually("connected again", async || consumer.is_available() && provider.is_available()).await;
    let client = raw(&server).await;
    assert_eq!(owner(&client, NODE).await, before);
    put(&client, 2).await;
    view.wait_for(&["10.0.0.1", "h2"]).await;
    assert!(!view.was_ever_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_replaced_and_consumers_keep_their_addresses() {
    let _turn = TURN.acquire().await.unwrap();
    let mut server = ZooKeeper::start().unwrap();
    let [provider, consumer] = [open(&server.url(), "session=2000"), open(&server.url(), "session=2000")];
    provider.register(&url(PROVIDER)).await.unwrap();
    let view = View::subscribe(&consumer).await.unwrap();
    let before = owner(&raw(&server).await, NODE).await;
    server.process().pause().unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert!(!provider.is_available());
    server.process().resume().unwrap();
    let client = raw(&server).await;
    eventually("published by a new session", async || {
        let now = owner(&client, NODE).await;
        now.is_some() && now != before && provider.status().registered == 1
    })
    .await;
    put(&client, 2).await;
    view.wait_for(&["10.0.0.1", "h2"]).await;
    assert!(!view.was_ever_empty(), "{:?}", view.history.lock());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_with_the_same_url_do_not_fight() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let [one, two] = [open(&server.url(), ""), open(&server.url(), "")];
    one.register(&url(PROVIDER)).await.unwrap();
    let client = raw(&server).await;
    let first = owner(&client, NODE).await;
    two.register(&url(PROVIDER)).await.unwrap();
    let second = owner(&client, NODE).await;
    assert!(second.is_some() && second != first, "the second takes the node over");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(owner(&client, NODE).await, second, "and keeps it");
    two.destroy(Duration::from_secs(5)).await;
    eventually("the first restores it", async || owner(&client, NODE).await == first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_of_a_creator_are_a_clear_error_for_others() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let with_user = server.url().replace("://", "://user:secret@");
    let owner_of_all = open(&with_user, "acl=creator");
    owner_of_all.register(&url(PROVIDER)).await.unwrap();
    let stranger = open(&server.url(), "");
    let other = url("dubbo://10.0.0.2:20880/com.acme.Users");
    for error in [
        stranger.register(&other).await.unwrap_err(),
        View::subscribe(&stranger).await.err().unwrap(),
        stranger.lookup(&url(CONSUMER)).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), ErrorCode::RegistryAuthFailed, "{error}");
        assert!(error.message().contains("configure the registry's username and password"), "{error}");
    }
    let friend = open(&with_user, "");
    friend.register(&other).await.unwrap();
    View::subscribe(&friend).await.unwrap().wait_for(&["10.0.0.1", "10.0.0.2"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chroot_behind_the_last_address_is_the_root_of_everything() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let params = format!("backup={}/tenant&group=services", server.address());
    let registry = open(&server.url(), &params);
    let error = registry.register(&url(PROVIDER)).await.unwrap_err();
    assert!(error.message().contains("chroot"), "{error}");
    let client = raw(&server).await;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.create("/tenant", &[], &options).await.unwrap();
    registry.register(&url(PROVIDER)).await.unwrap();
    let node = NODE.replace("/dubbo/com", "/tenant/services/com");
    assert!(owner(&client, &node).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_of_an_ensemble_may_fail_in_turn() {
    let _turn = TURN.acquire().await.unwrap();
    let mut servers = ZooKeeper::ensemble(3).unwrap();
    let backup = format!("session=10000&backup={},{}", servers[1].address(), servers[2].address());
    let [provider, consumer] = [open(&servers[0].url(), &backup), open(&servers[0].url(), &backup)];
    provider.register(&url(PROVIDER)).await.unwrap();
    let view = View::subscribe(&consumer).await.unwrap();
    view.wait_for(&["10.0.0.1"]).await;
    let before = owner(&raw(&servers[0]).await, NODE).await;
    let mut hosts = vec!["10.0.0.1"];
    for (index, host) in ["h2", "h3", "h4"].into_iter().enumerate() {
        servers[index].interrupt_service().unwrap();
        // Whoever was connected to it must have moved on to see this.
        let client = raw(&servers[(index + 1) % 3]).await;
        let path = format!("/dubbo/com.acme.Users/providers/dubbo%3A%2F%2F{host}%3A20880%2Fcom.acme.Users");
        let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
        client.create(&path, &[], &options).await.unwrap();
        hosts.push(host);
        view.wait_for(&hosts).await;
        eventually("the provider has moved on too", async || provider.is_available()).await;
        assert_eq!(owner(&client, NODE).await, before, "the session goes on at another server");
        servers[index].resume_service().unwrap();
    }
    assert!(!view.was_ever_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_providers_and_a_flapping_one_are_followed() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let client = raw(&server).await;
    make_directory(&client).await;
    for host in 0..1000 {
        put(&client, host).await;
    }
    let registry = open(&server.url(), "");
    let view = View::subscribe(&registry).await.unwrap();
    assert_eq!(view.providers.lock().len(), 1000);
    let flapping = open(&server.url(), "remove-stale=false");
    for _ in 0..50 {
        flapping.register(&url(PROVIDER)).await.unwrap();
        flapping.unregister(&url(PROVIDER)).await.unwrap();
    }
    flapping.register(&url(PROVIDER)).await.unwrap();
    eventually("1001 providers", async || view.providers.lock().len() == 1001).await;
    assert!(view.providers.lock().contains(&PROVIDER.to_owned()));
    assert!(view.history.lock().len() <= 110);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_is_named_in_the_error() {
    let port = test_support::free_port().unwrap();
    let registry = open(&format!("zookeeper://127.0.0.1:{port}"), "timeout=1000");
    let error = registry.register(&url(PROVIDER)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RegistryUnavailable);
    assert!(error.message().contains(&format!("to registry 127.0.0.1:{port}")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_java_provider_is_found_and_its_death_noticed() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let mut java =
        Launch::new(kind("java-2.7.23").unwrap(), Role::Provider).registry(&server.url()).start().unwrap();
    let client = raw(&server).await;
    let services = client.list_children("/dubbo").await.unwrap();
    let service =
        services.iter().find(|name| name.starts_with("io.polydubbo")).expect("a service of the peer");
    let registry = open(&server.url(), "");
    let consumer = url(&format!("consumer://127.0.0.1/{service}?category=providers&group=*&version=*"));
    let view = Arc::new(View::default());
    registry.subscribe(&consumer, view.clone()).await.unwrap();
    let found = url(&view.providers.lock()[0]);
    assert_eq!((found.protocol(), found.port(), found.interface()), ("dubbo", java.port(), &**service));
    let names = client.list_children(&format!("/dubbo/{service}/providers")).await.unwrap();
    assert!(names.contains(&found.encode_znode()), "what Java wrote is written back byte for byte");
    java.kill().unwrap();
    view.wait_for(&[]).await;
}

/// A service that tells who serves it.
async fn serve(name: &'static str, server: &ZooKeeper) -> Server {
    let service = Service::builder("com.acme.Named")
        .method("name", move || async move { Ok::<_, ServiceError>(name.to_owned()) })
        .build()
        .unwrap();
    let registry = format!("{}?session=2000", server.url());
    let builder = Server::builder().host("127.0.0.1").port(0).set("shutdown.notice", "0").registry(&registry);
    builder.service(service).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_starts_without_its_registry_calls_and_follows_later() {
    let _turn = TURN.acquire().await.unwrap();
    let mut server = ZooKeeper::start().unwrap();
    let old = serve("old", &server).await;
    let file = std::env::temp_dir().join(format!("polydubbo-interop-{}.cache", std::process::id()));
    let registry = format!("{}?timeout=1000&save.file=true&file={}", server.url(), file.display());
    let refer = || Reference::builder("com.acme.Named").registry(&registry).retries(0);
    let before = refer().build().await.unwrap();
    assert_eq!(before.call("name").invoke::<String>().await.unwrap(), "old");
    before.close(SOON).await;

    server.interrupt_service().unwrap();
    let reference = refer().build().await.unwrap();
    assert_eq!(reference.call("name").invoke::<String>().await.unwrap(), "old");
    let unknown = Reference::builder("com.acme.Unknown").registry(&registry).build().await.unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::RegistryUnavailable, "{unknown}");

    server.resume_service().unwrap();
    let _new = serve("new", &server).await;
    old.close().await;
    eventually("the new provider is found", async || {
        reference.call("name").invoke::<String>().await.is_ok_and(|name| name == "new")
    })
    .await;
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_a_console_change_how_a_running_consumer_calls() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let [one, _two] = [serve("one", &server).await, serve("two", &server).await];
    let registry = format!("{}?file-cache=false", server.url());
    let reference = Reference::builder("com.acme.Named").registry(&registry).build().await.unwrap();
    let client = raw(&server).await;
    let children = async |category: &str| {
        client.list_children(&format!("/dubbo/com.acme.Named/{category}")).await.unwrap()
    };
    assert_eq!(children("providers").await.len(), 2);
    let consumers = children("consumers").await;
    assert!(consumers.len() == 1 && consumers[0].contains("category%3Dconsumers"), "{consumers:?}");

    let seen = async || {
        let mut names = std::collections::BTreeSet::new();
        for _ in 0..50 {
            names.insert(reference.call("name").invoke::<String>().await.unwrap());
        }
        names.into_iter().collect::<Vec<_>>()
    };
    eventually("both serve", async || seen().await == ["one", "two"]).await;
    // What Dubbo's console writes when somebody disables a provider.
    let rule = format!(
        "override://127.0.0.1:{}/com.acme.Named?category=configurators&dynamic=false&enabled=true&disabled=true",
        one.local_addr().port()
    );
    let path = format!("/dubbo/com.acme.Named/configurators/{}", url(&rule).encode_znode());
    client.create(&path, &[], &CreateMode::Persistent.with_acls(Acls::anyone_all())).await.unwrap();
    eventually("one is disabled", async || seen().await == ["two"]).await;
    client.delete(&path, None).await.unwrap();
    eventually("both serve again", async || seen().await == ["one", "two"]).await;
    reference.close(SOON).await;
    assert!(children("consumers").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_a_console_change_what_a_running_provider_offers() {
    let _turn = TURN.acquire().await.unwrap();
    let server = ZooKeeper::start().unwrap();
    let provider = serve("one", &server).await;
    let registry = format!("{}?file-cache=false", server.url());
    let found = Reference::builder("com.acme.Named").registry(&registry).build().await.unwrap();
    let direct = Reference::builder("com.acme.Named").url(&provider.url()).build().await.unwrap();
    let works = async |reference: &Reference| reference.call("name").invoke::<String>().await.is_ok();
    assert!(works(&found).await && works(&direct).await);

    let client = raw(&server).await;
    let children = async || client.list_children("/dubbo/com.acme.Named/providers").await.unwrap();
    let rule = "override://0.0.0.0/com.acme.Named?category=configurators&dynamic=false&token=secret";
    let path = format!("/dubbo/com.acme.Named/configurators/{}", url(rule).encode_znode());
    client.create(&path, &[], &CreateMode::Persistent.with_acls(Acls::anyone_all())).await.unwrap();
    eventually("the token is published", async || {
        children().await.iter().all(|name| name.contains("token%3Dsecret")) && children().await.len() == 1
    })
    .await;
    eventually("who looks the provider up has the token", async || works(&found).await).await;
    let refused = direct.call("name").invoke::<String>().await.unwrap_err();
    assert!(refused.message().contains("Invalid token!"), "{refused}");

    client.delete(&path, None).await.unwrap();
    eventually("nobody needs a token any more", async || works(&direct).await && works(&found).await).await;
    eventually("nor is one published", async || {
        children().await.iter().all(|name| !name.contains("token")) && children().await.len() == 1
    })
    .await;
    provider.close().await;
    assert!(children().await.is_empty());
}
