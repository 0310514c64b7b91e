//! How a reference finds its providers: by direct URLs or through a registry.

use std::sync::Arc;
use std::time::Duration;

use crate::cluster::directory::{Directory, DirectoryOptions, LeafFactory, RegistryDirectory, StaticDirectory};
use crate::cluster::strategy::failover::Failover;
use crate::config::{ReferenceConfig, local_host};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::dubbo::{DubboInvoker, ReferOptions};
use crate::protocol::invoker::Leaf;
use crate::registry::{NotifyListener, SharedRegistry, published};
use crate::url::{Url, keys};

/// The categories that a consumer subscribes to.
const CATEGORIES: &str = "providers,configurators,routers";

/// How long `check=true` waits for the first connection, beyond the connect timeout itself.
const CHECK_WAIT: Duration = Duration::from_secs(3);

/// What a reference must undo when it is closed.
pub(super) struct Discovery {
    directory: Arc<Directory>,
    subscription: Option<Subscription>,
}

struct Subscription {
    registry: SharedRegistry,
    directory: Arc<RegistryDirectory>,
    listener: Arc<dyn NotifyListener>,
    subscribed: Url,
    registered: Option<Url>,
}

/// Builds the cluster of a reference.
pub(super) async fn refer(config: &ReferenceConfig) -> Result<(Failover, Discovery)> {
    let consumer = config.consumer_url(&local_host());
    let check = consumer.bool_param(keys::CHECK, true);
    let discovery = match &config.url {
        Some(urls) => direct(config, consumer.clone(), urls)?,
        None => through_registry(config, &consumer).await?,
    };
    if check && let Err(error) = discovery.directory.wait_until_available(connect_wait(&consumer)).await {
        discovery.end(Duration::ZERO).await;
        return Err(error);
    }
    Ok((Failover::new(Arc::clone(&discovery.directory)), discovery))
}

/// The address stands in the configuration: `dubbo://h1:20880;dubbo://h2:20880`.
fn direct(config: &ReferenceConfig, consumer: Url, urls: &str) -> Result<Discovery> {
    let urls = urls
        .split(';')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .map(|url| direct_url(config, url))
        .collect::<Result<Vec<_>>>()?;
    let directory = StaticDirectory::build(consumer, &urls, &*leaf_factory(config))?;
    Ok(Discovery { directory, subscription: None })
}

/// A direct URL may leave out the protocol, the port and the path.
fn direct_url(config: &ReferenceConfig, text: &str) -> Result<Url> {
    let text = if text.contains("://") { text.to_owned() } else { format!("dubbo://{text}") };
    let url = Url::parse(&text)?;
    if url.protocol() != "dubbo" || url.host().is_empty() {
        let message = "a direct provider address looks like dubbo://127.0.0.1:20880";
        return Err(Error::new(ErrorCode::Config, message).with("url", text));
    }
    let port = if url.port() == 0 { 20880 } else { url.port() };
    let host = url.host().to_owned();
    let url = url.with_address(&host, port);
    let url = if url.path().is_empty() { url.with_path(&config.interface) } else { url };
    Ok(url.with_param_if_absent(keys::INTERFACE, &config.interface))
}

async fn through_registry(config: &ReferenceConfig, consumer: &Url) -> Result<Discovery> {
    let address = config.registry.as_deref().unwrap_or_default();
    let registry = SharedRegistry::open(address)?;
    let options = DirectoryOptions::new(registry.url(), leaf_factory(config));
    let directory = RegistryDirectory::new(consumer.clone(), registry.url(), options);
    let mut subscription = Subscription {
        directory: Arc::clone(&directory),
        listener: Arc::clone(&directory) as Arc<dyn NotifyListener>,
        subscribed: consumer.clone().with_param(keys::CATEGORY, CATEGORIES),
        registered: None,
        registry,
    };
    let discovery = |subscription: Subscription| Discovery {
        directory: Arc::clone(subscription.directory.directory()),
        subscription: Some(subscription),
    };
    match subscription.start(consumer).await {
        Ok(()) => Ok(discovery(subscription)),
        Err(error) => {
            discovery(subscription).end(Duration::ZERO).await;
            Err(error)
        }
    }
}

impl Subscription {
    async fn start(&mut self, consumer: &Url) -> Result<()> {
        let wanted = |key| consumer.bool_param(key, true) && self.registry.url().bool_param(key, true);
        let (register, subscribe) = (wanted(keys::REGISTER), wanted(keys::SUBSCRIBE));
        if register {
            let url = published::consumer_url(consumer, self.registry.url());
            self.registry.register(&url).await?;
            self.registered = Some(url);
        }
        if subscribe {
            self.registry.subscribe(&self.subscribed, Arc::clone(&self.listener)).await?;
        }
        Ok(())
    }
}

impl Discovery {
    /// Undoes everything, in Java's order: unregister, unsubscribe, then let the connections go.
    pub(super) async fn end(self, timeout: Duration) {
        if let Some(subscription) = self.subscription {
            let Subscription { registry, directory, listener, subscribed, registered } = subscription;
            // A registry that is away forgets us by itself when our session ends.
            let withdraw = async {
                if let Some(url) = &registered {
                    let _ = registry.unregister(url).await;
                }
                let _ = registry.unsubscribe(&subscribed, &listener).await;
            };
            let _ = tokio::time::timeout(timeout.max(Duration::from_millis(500)), withdraw).await;
            directory.destroy();
            registry.release(timeout).await;
        }
        self.directory.destroy();
    }
}

fn leaf_factory(config: &ReferenceConfig) -> Box<LeafFactory> {
    let options = ReferOptions { application: config.application.clone(), ..ReferOptions::default() };
    Box::new(move |url| DubboInvoker::refer(url.clone(), &options).map(|invoker| Arc::new(Leaf::Dubbo(invoker))))
}

fn connect_wait(consumer: &Url) -> Duration {
    consumer.millis_param(keys::CONNECT_TIMEOUT, Duration::from_secs(3)) + CHECK_WAIT
}
