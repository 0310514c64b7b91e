//! Calling a service: the consumer side for Rust programs.
//!
//! ```no_run
//! # async fn run() -> polydubbo::Result<()> {
//! use polydubbo::Reference;
//!
//! let greeter = Reference::builder("com.acme.Greeter").registry("zookeeper://127.0.0.1:2181").build().await?;
//! let text: String = greeter.call("sayHello").arg("world").invoke().await?;
//! # Ok(())
//! # }
//! ```

mod arguments;
mod builder;
mod call;
mod discovery;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

pub use builder::ReferenceBuilder;
pub use call::{Call, Reply};

use self::discovery::Discovery;
use crate::cluster::strategy::failover::{Failover, FailoverCall};
use crate::config::ReferenceConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::once_map::OnceMap;
use crate::rpc::{Invocation, Method, RpcResult};

/// Signatures remembered per reference; a program that makes up ever new ones gets uncached methods beyond it.
const MAX_METHODS: usize = 4096;

/// A service somewhere else. Clones share it; calls may run on any thread at the same time.
///
/// A reference follows its registry: providers that come and go are connected and disconnected, and calls in flight
/// are not disturbed. It lives on the tokio runtime on which it was built.
#[derive(Clone)]
pub struct Reference(Arc<Inner>);

struct Inner {
    config: ReferenceConfig,
    cluster: Failover,
    discovery: tokio::sync::Mutex<Option<Discovery>>,
    closed: AtomicBool,
    methods: OnceMap<Arc<Method>>,
}

impl Reference {
    /// Starts to describe a reference to the Java interface `interface`.
    pub fn builder(interface: impl Into<String>) -> ReferenceBuilder {
        ReferenceBuilder::new(interface)
    }

    /// Refers to the service that `config` describes: finds its providers and, with `check=true` (the default),
    /// waits until one of them is connected.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] for settings that do not fit together, the registry's error when it cannot be reached,
    /// and, with `check`, Dubbo's "No provider available" when no provider is.
    pub async fn refer(config: ReferenceConfig) -> Result<Self> {
        config.validate()?;
        let (cluster, discovery) = discovery::refer(&config).await?;
        let discovery = tokio::sync::Mutex::new(Some(discovery));
        let (closed, methods) = (AtomicBool::new(false), OnceMap::default());
        Ok(Self(Arc::new(Inner { config, cluster, discovery, closed, methods })))
    }

    /// Name of the Java interface.
    #[must_use]
    pub fn interface(&self) -> &str {
        &self.0.config.interface
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ReferenceConfig {
        &self.0.config
    }

    /// True when a call would find a connected provider that is not about to stop.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.0.cluster.is_available()
    }

    /// Waits until a provider is available.
    ///
    /// # Errors
    /// [`ErrorCode::NoInvokerAvailable`] with Dubbo's text after `timeout`.
    pub async fn wait_until_available(&self, timeout: Duration) -> Result<()> {
        self.0.cluster.directory().wait_until_available(timeout).await
    }

    /// Starts a call of `method`; its parameter types follow from the arguments.
    pub fn call<'r>(&'r self, method: &'r str) -> Call<'r> {
        Call::new(self, method)
    }

    /// The identity of a method, to be kept by callers that build invocations themselves.
    #[must_use]
    pub fn method(&self, name: &str, descriptor: &str) -> Arc<Method> {
        let hash = Method::hash_of(name, descriptor);
        let is = |method: &Arc<Method>| *method.name == *name && *method.descriptor == *descriptor;
        let known = &self.0.methods;
        if let Some(method) = known.find(hash, is) {
            return Arc::clone(method);
        }
        let method = Method::new(name, descriptor);
        if known.len() >= MAX_METHODS {
            return method;
        }
        Arc::clone(known.find_or_insert(hash, is, || method))
    }

    /// Sends an invocation and waits for its result; retries on other providers as `retries` allows.
    ///
    /// # Errors
    /// Dubbo's `RpcException` codes, see [`ErrorCode`], and [`ErrorCode::Closed`] after [`Reference::close`]. An exception of
    /// the method is an `Ok` result.
    pub async fn invoke(&self, invocation: &Invocation) -> Result<RpcResult> {
        let mut call = FailoverCall::new(self.cluster());
        poll_fn(|cx| self.poll_call(&mut call, invocation, cx)).await
    }

    /// Goes on with a call, which fails at once if it is new and the reference closed.
    fn poll_call(
        &self,
        call: &mut FailoverCall<'_>,
        invocation: &Invocation,
        cx: &mut Context<'_>,
    ) -> Poll<Result<RpcResult>> {
        if call.is_new() && self.0.closed.load(Ordering::Relaxed) {
            return Poll::Ready(Err(self.closed()));
        }
        call.poll(invocation, cx)
    }

    /// The cluster, for the facade that submits attempts by itself.
    pub(crate) fn cluster(&self) -> &Failover {
        &self.0.cluster
    }

    /// Leaves the registry, lets calls in flight finish for at most `timeout`, and disconnects. Idempotent; later
    /// calls fail at once.
    pub async fn close(&self, timeout: Duration) {
        self.0.closed.store(true, Ordering::Relaxed);
        let Some(discovery) = self.0.discovery.lock().await.take() else { return };
        discovery.end(timeout).await;
    }

    /// The error of a call on a closed reference.
    pub(crate) fn closed(&self) -> Error {
        Error::new(ErrorCode::Closed, "the reference has been closed").with("service", self.interface())
    }
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reference({})", self.interface())
    }
}
