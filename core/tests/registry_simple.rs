//! The simple registry, server and client, over loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use polydubbo::ErrorCode;
use polydubbo::registry::simple::{SimpleRegistry, SimpleRegistryServer};
use polydubbo::registry::{NotifyListener, Registry};
use polydubbo::url::Url;
use tokio::sync::Notify;

const SOON: Duration = Duration::from_secs(20);
const PROVIDER: &str = "dubbo://10.0.0.1:20880/com.acme.Users?hi.timeout=5&methods=hi&side=provider";
const CONSUMER: &str = "consumer://10.0.0.9/com.acme.Users?category=providers,routers";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn server(port: u16) -> SimpleRegistryServer {
    SimpleRegistryServer::bind(SocketAddr::from(([127, 0, 0, 1], port))).unwrap()
}

fn client(server: &SimpleRegistryServer, params: &str) -> SimpleRegistry {
    let text = format!("dubbo://{}?file-cache=false&{params}", server.local_addr());
    SimpleRegistry::connect(url(&text)).unwrap()
}

/// Every notification, and the newest list of providers.
#[derive(Default)]
struct View {
    all: Mutex<Vec<Vec<String>>>,
    changed: Notify,
}

impl View {
    async fn wait_for(&self, providers: &[&str]) {
        let reached = async {
            loop {
                let changed = self.changed.notified();
                if self.providers() == providers {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(SOON, reached).await.is_err() {
            panic!("waited for {providers:?}, have {:?}", self.all.lock());
        }
    }

    fn providers(&self) -> Vec<String> {
        let all = self.all.lock();
        let last = all.iter().rev().find(|list| list.iter().any(|text| !text.contains("category=routers")));
        let providers = last.into_iter().flatten().filter(|text| text.starts_with("dubbo:"));
        providers.cloned().collect()
    }
}

impl NotifyListener for View {
    fn notify(&self, urls: &[Url]) {
        self.all.lock().push(urls.iter().map(Url::full_string).collect());
        self.changed.notify_waiters();
    }
}

async fn subscribe(registry: &SimpleRegistry) -> (Arc<View>, Arc<dyn NotifyListener>) {
    let view = Arc::new(View::default());
    let listener: Arc<dyn NotifyListener> = view.clone();
    registry.subscribe(&url(CONSUMER), listener.clone()).await.unwrap();
    (view, listener)
}

#[tokio::test]
async fn providers_come_and_go() {
    let server = server(0);
    let [provider, consumer] = [client(&server, ""), client(&server, "")];
    let (view, listener) = subscribe(&consumer).await;
    assert_eq!(view.all.lock().len(), 1, "the first list is there when subscribe returns");
    assert_eq!(view.all.lock()[0].len(), 2, "one empty marker per category");
    provider.register(&url(PROVIDER)).await.unwrap();
    provider.register(&url(PROVIDER)).await.unwrap();
    view.wait_for(&[PROVIDER]).await;
    assert_eq!(consumer.lookup(&url(CONSUMER)).await.unwrap(), [url(PROVIDER)]);
    assert_eq!((provider.status().registered, server.counts()), (1, (1, 1)));
    provider.unregister(&url(PROVIDER)).await.unwrap();
    view.wait_for(&[]).await;
    provider.register(&url(PROVIDER)).await.unwrap();
    view.wait_for(&[PROVIDER]).await;
    consumer.unsubscribe(&url(CONSUMER), &listener).await.unwrap();
    assert_eq!(server.counts(), (1, 0));
    let seen = view.all.lock().len();
    provider.destroy(SOON).await;
    assert_eq!((server.counts(), view.all.lock().len()), ((0, 0), seen));
    let error = provider.register(&url(PROVIDER)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Closed);
    server.close(SOON).await;
}

#[tokio::test]
async fn a_lost_client_takes_its_providers_with_it() {
    let server = server(0);
    let consumer = client(&server, "");
    let (view, _listener) = subscribe(&consumer).await;
    let provider = client(&server, "");
    provider.register(&url(PROVIDER)).await.unwrap();
    let fixed = "dubbo://10.0.0.2:20880/com.acme.Users?dynamic=false";
    provider.register(&url(fixed)).await.unwrap();
    view.wait_for(&[PROVIDER, fixed]).await;
    drop(provider);
    view.wait_for(&[fixed]).await;
}

#[tokio::test]
async fn after_a_restart_everything_is_built_up_again_without_an_empty_list() {
    let first = server(0);
    let port = first.local_addr().port();
    let [provider, consumer] = [client(&first, ""), client(&first, "")];
    provider.register(&url(PROVIDER)).await.unwrap();
    let (view, _listener) = subscribe(&consumer).await;
    first.close(Duration::from_secs(1)).await;
    drop(first);
    let second = server(port);
    let built_up = async {
        while second.counts() != (1, 1) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, built_up).await.expect("both sides are back");
    let another = "dubbo://10.0.0.3:20880/com.acme.Users";
    provider.register(&url(another)).await.unwrap();
    view.wait_for(&[PROVIDER, another]).await;
    let providers_vanished =
        view.all.lock().iter().flatten().any(|text| text.starts_with("empty:") && text.contains("providers"));
    assert!(!providers_vanished, "{:?}", view.all.lock());
}

#[tokio::test]
async fn an_unreachable_registry_is_an_error_only_with_check() {
    let closed = server(0);
    let address = closed.local_addr();
    closed.close(SOON).await;
    let text = format!("dubbo://{address}?file-cache=false&timeout=300");
    let registry = SimpleRegistry::connect(url(&text)).unwrap();
    let error = registry.register(&url(PROVIDER)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RegistryUnavailable);
    assert!(
        error.message().starts_with(&format!("Failed to register {PROVIDER} to registry {address}, cause: "))
    );
    registry.register(&url(&format!("{PROVIDER}&check=false"))).await.unwrap();
    assert_eq!(registry.status().pending, 1);
    let again = server(address.port());
    let served = async {
        while again.counts().0 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, served).await.expect("tried until it succeeded");
}

#[tokio::test]
async fn a_backup_address_is_used_when_the_first_is_down() {
    let closed = server(0);
    let down = closed.local_addr();
    closed.close(SOON).await;
    let backup = server(0);
    let text = format!("dubbo://{down}?file-cache=false&backup={}", backup.local_addr());
    let registry = SimpleRegistry::connect(url(&text)).unwrap();
    registry.register(&url(PROVIDER)).await.unwrap();
    assert_eq!(backup.counts(), (1, 0));
}

#[tokio::test]
async fn a_start_without_registry_uses_the_cache_file() {
    let path = std::env::temp_dir().join(format!("polydubbo-simple-{}.cache", fastrand::u64(..)));
    let running = server(0);
    let address = running.local_addr();
    let text = format!("dubbo://{address}?timeout=300&save.file=true&file={}", path.display());
    let provider = client(&running, "");
    provider.register(&url(PROVIDER)).await.unwrap();
    subscribe(&SimpleRegistry::connect(url(&text)).unwrap()).await;
    running.close(SOON).await;
    let later = SimpleRegistry::connect(url(&text)).unwrap();
    let (view, _listener) = subscribe(&later).await;
    view.wait_for(&[PROVIDER]).await;
    std::fs::remove_file(path).unwrap();
}
