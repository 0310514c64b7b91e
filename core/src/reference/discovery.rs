//! How a reference finds its providers: by direct URLs or through a registry.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::cluster::directory::{
    Directory, DirectoryOptions, LeafFactory, RegistryDirectory, StaticDirectory,
};
use crate::cluster::strategy::failover::Failover;
use crate::config::{ReferenceConfig, local_host};
use crate::error::Result;
use crate::per_runtime::PerRuntime;
use crate::protocol::dubbo::{ConnectionPool, DubboInvoker, ReferOptions};
use crate::protocol::invoker::Leaf;
use crate::registry::direct::{Direct, parse_direct, resolve};
use crate::registry::{NotifyListener, SharedRegistry, published};
use crate::url::{Url, keys};

/// The categories that a consumer subscribes to.
const CATEGORIES: &str = "providers,configurators,routers";

/// How long `check=true` waits for the first connection, beyond the connect timeout itself.
const CHECK_WAIT: Duration = Duration::from_secs(3);

/// Connections to one address are shared by all references of a runtime.
static POOLS: LazyLock<PerRuntime<ConnectionPool>> = LazyLock::new(PerRuntime::default);

/// What a reference must undo when it is closed.
pub(super) struct Discovery {
    directory: Arc<Directory>,
    subscription: Option<Subscription>,
    /// Held so that references to come find the connections of this one.
    _pool: Arc<ConnectionPool>,
}

struct Subscription {
    registry: SharedRegistry,
    directory: Arc<RegistryDirectory>,
    listener: Arc<dyn NotifyListener>,
    subscribed: Url,
    registered: Option<Url>,
}

/// Lets the calls of every provider finish, all at once, and disconnects.
async fn close_leaves(directory: &Arc<Directory>, timeout: Duration) {
    let providers: Vec<_> = directory.snapshot().providers().to_vec();
    let mut closing = tokio::task::JoinSet::new();
    for provider in providers {
        closing.spawn(async move { provider.leaf().close(timeout).await });
    }
    closing.join_all().await;
}

/// Builds the cluster of a reference.
pub(super) async fn refer(config: &ReferenceConfig) -> Result<(Failover, Discovery)> {
    let consumer = config.consumer_url(&local_host());
    let check = consumer.bool_param(keys::CHECK, true);
    let resolved = resolve(&config.interface, None)?;
    let discovery = match resolved.as_ref().or(config.url.as_ref()) {
        Some(addresses) => match parse_direct(addresses, &config.interface)? {
            Direct::Providers(urls) => direct(config, consumer.clone(), &urls)?,
            Direct::Registries(_) => through_registry(config, &consumer, addresses).await?,
        },
        None => through_registry(config, &consumer, config.registry.as_deref().unwrap_or_default()).await?,
    };
    if check && let Err(error) = discovery.check(&consumer).await {
        discovery.end(Duration::ZERO).await;
        return Err(error);
    }
    Ok((Failover::new(Arc::clone(&discovery.directory)), discovery))
}

/// The addresses stand in the configuration.
fn direct(config: &ReferenceConfig, consumer: Url, urls: &[Url]) -> Result<Discovery> {
    let pool = pool()?;
    let directory = StaticDirectory::build(consumer, urls, &*leaf_factory(config, &pool))?;
    Ok(Discovery { directory, subscription: None, _pool: pool })
}

async fn through_registry(config: &ReferenceConfig, consumer: &Url, address: &str) -> Result<Discovery> {
    let registry = SharedRegistry::open(address)?;
    let pool = pool()?;
    let options = DirectoryOptions::new(registry.url(), leaf_factory(config, &pool));
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
        _pool: pool,
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
    /// The start-up check. Providers that are named are either there or not; a registry may still learn of some.
    async fn check(&self, consumer: &Url) -> Result<()> {
        if self.subscription.is_some() {
            return self.directory.wait_until_available(connect_wait(consumer)).await;
        }
        let providers = self.directory.snapshot().providers().to_vec();
        let mut failed = self.directory.check_error();
        for provider in providers {
            let Leaf::Dubbo(invoker) = &**provider.leaf() else { continue };
            match invoker.connected().await {
                Ok(()) => return Ok(()),
                Err(error) => failed = self.directory.check_error().caused_by(error),
            }
        }
        Err(failed)
    }

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
            close_leaves(&self.directory, timeout).await;
            directory.destroy();
            registry.release(timeout).await;
        } else {
            close_leaves(&self.directory, timeout).await;
            self.directory.destroy();
        }
    }
}

fn pool() -> Result<Arc<ConnectionPool>> {
    POOLS.share("", || Ok(ConnectionPool::default()))
}

fn leaf_factory(config: &ReferenceConfig, pool: &Arc<ConnectionPool>) -> Box<LeafFactory> {
    let (application, pool) = (config.application.clone(), Arc::clone(pool));
    let options = ReferOptions { application, pool, ..ReferOptions::default() };
    Box::new(move |url| {
        DubboInvoker::refer(url.clone(), &options).map(|invoker| Arc::new(Leaf::Dubbo(invoker)))
    })
}

fn connect_wait(consumer: &Url) -> Duration {
    consumer.millis_param(keys::CONNECT_TIMEOUT, Duration::from_secs(3)) + CHECK_WAIT
}
