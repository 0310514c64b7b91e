//! Java 2.7 applications with our simple registry between them. (Dubbo 3 has no client for it.)

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polydubbo::registry::simple::{SimpleRegistry, SimpleRegistryServer};
use polydubbo::registry::{NotifyListener, Registry};
use polydubbo::url::Url;
use test_support::{Launch, Peer, Role, kind};

const LIMIT: Duration = Duration::from_secs(60);
const SERVICE: &str = "io.polydubbo.peer.api.Behaviour";

/// Listens on all addresses: a Java client replaces a loopback address by its own.
fn serve(port: u16) -> SimpleRegistryServer {
    SimpleRegistryServer::bind(SocketAddr::from(([0, 0, 0, 0], port))).unwrap()
}

/// Dubbo 2.7.23 starts its retry timer of 5 s anew every 3 s while the registry is away, and so never
/// retries; `retry.period` below 3 s mends that. 2.7.8 retries by itself.
fn java(version: &str, role: Role, registry: &SimpleRegistryServer) -> Launch {
    let parameters = if version == "2.7.23" { "?retry.period=1000" } else { "" };
    let address = format!("dubbo://127.0.0.1:{}{parameters}", registry.local_addr().port());
    Launch::new(kind(&format!("java-{version}")).unwrap(), role).registry(&address)
}

/// Starts a peer without holding up the tasks of the runtime.
async fn start(launch: Launch) -> Peer {
    tokio::task::spawn_blocking(|| launch.start().unwrap()).await.unwrap()
}

async fn totals(mut consumer: Peer) -> serde_json::Value {
    tokio::task::spawn_blocking(move || {
        let totals = consumer.json(LIMIT).unwrap().expect("totals");
        assert!(consumer.wait(LIMIT).unwrap().success());
        totals
    })
    .await
    .unwrap()
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[derive(Default)]
struct View(Mutex<Vec<Url>>);

impl View {
    fn ports(&self) -> Vec<u16> {
        self.0.lock().iter().filter(|url| !url.is_empty_marker()).map(Url::port).collect()
    }
}

impl NotifyListener for View {
    fn notify(&self, urls: &[Url]) {
        *self.0.lock() = urls.to_vec();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn java_finds_java_through_our_registry() {
    let registry = serve(0);
    for (provider, consumer) in [("2.7.8", "2.7.23"), ("2.7.23", "2.7.8")] {
        let provider = start(java(provider, Role::Provider, &registry)).await;
        let load = java(consumer, Role::Consumer, &registry).option("load", "20").option("seconds", "1");
        let totals = totals(start(load).await).await;
        assert_eq!((&totals["succeeded"], &totals["failed"]), (&20.into(), &0.into()), "{totals}");
        drop(provider);
        eventually("a killed provider is forgotten", || registry.counts() == (0, 0)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn we_see_java_come_and_go_and_return_after_a_restart() {
    for version in ["2.7.8", "2.7.23"] {
        restart_between_java_and_us(version).await;
    }
}

async fn restart_between_java_and_us(version: &str) {
    let mut registry = serve(0);
    let port = registry.local_addr().port();
    let client =
        SimpleRegistry::connect(Url::new("dubbo", "127.0.0.1", port).with_param("file-cache", "false"))
            .unwrap();
    let view = Arc::new(View::default());
    let consumer = Url::parse(&format!("consumer://127.0.0.1/{SERVICE}?category=providers")).unwrap();
    client.subscribe(&consumer, view.clone()).await.unwrap();
    assert!(view.ports().is_empty());

    let provider = start(java(version, Role::Provider, &registry)).await;
    eventually("the provider is seen", || view.ports() == [provider.port()]).await;
    let seen = view.0.lock()[0].clone();
    assert_eq!((seen.interface(), seen.param("release")), (SERVICE, Some(version)));

    registry.close(Duration::from_secs(1)).await;
    drop(registry);
    registry = serve(port);
    eventually("the provider returns by itself", || {
        registry.counts().0 > 0 && registry.counts().1 > 0 && view.ports() == [provider.port()]
    })
    .await;
    drop(provider);
    eventually("a killed provider is forgotten", || view.ports().is_empty()).await;
}
