//! Calling a service from a host language.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{Completion, CompletionSink, Event, EventQueue, Runtime};
use crate::cluster::directory::Provider;
use crate::cluster::strategy::failover::{Attempts, Verdict};
use crate::config::ReferenceConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::dubbo::{DubboInvoker, InvokeId, InvokeSink};
use crate::protocol::invoker::Leaf;
use crate::rpc::{Invocation, Method, RpcResult};

/// A reference together with the runtime that carries it. Clones share it.
#[derive(Clone)]
pub struct Reference(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    reference: crate::reference::Reference,
    closed: AtomicBool,
}

/// A call on its way, to be cancelled.
pub struct CallHandle {
    attempt: Arc<Attempt>,
    first: Option<(DubboInvoker, InvokeId)>,
}

impl Reference {
    /// Refers to a service in the background; the reference arrives as [`Event::Referred`] with `token`.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] for settings that do not fit together, and those of [`Runtime::check`].
    pub fn refer(
        runtime: &Runtime,
        config: ReferenceConfig,
        token: u64,
        queue: &Arc<EventQueue>,
    ) -> Result<()> {
        config.validate()?;
        let (carrier, queue) = (runtime.clone(), Arc::clone(queue));
        runtime.spawn(async move {
            let result = Self::create(carrier, config).await;
            drop(queue.push(Event::Referred { token, result }));
        })
    }

    /// Refers to a service and blocks until it is ready.
    ///
    /// # Errors
    /// Those of [`crate::Reference::refer`] and [`Runtime::wait`].
    pub fn refer_blocking(runtime: &Runtime, config: ReferenceConfig) -> Result<Self> {
        runtime.wait(Self::create(runtime.clone(), config))?
    }

    async fn create(runtime: Runtime, config: ReferenceConfig) -> Result<Self> {
        let reference = crate::reference::Reference::refer(config).await?;
        Ok(Self(Arc::new(Inner { runtime, reference, closed: AtomicBool::new(false) })))
    }

    /// Name of the Java interface.
    #[must_use]
    pub fn interface(&self) -> &str {
        self.0.reference.interface()
    }

    /// True when a call would find a connected provider.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.0.runtime.check().is_ok() && self.0.reference.is_available()
    }

    /// Blocks until a call would find a connected provider.
    ///
    /// # Errors
    /// [`ErrorCode::NoInvokerAvailable`] with Dubbo's text after `timeout`, and those of [`Runtime::wait`].
    pub fn wait_until_available(&self, timeout: Duration) -> Result<()> {
        let reference = self.0.reference.clone();
        self.0.runtime.wait(async move { reference.wait_until_available(timeout).await })?
    }

    /// The identity of a method, to be kept by the host.
    #[must_use]
    pub fn method(&self, name: &str, descriptor: &str) -> Arc<Method> {
        self.0.reference.method(name, descriptor)
    }

    /// Sends a call and returns at once; its outcome goes to `sink` with `token`, exactly once.
    ///
    /// A call that succeeds at the first attempt costs no task; retries run on the runtime.
    ///
    /// # Errors
    /// [`ErrorCode::Closed`], [`ErrorCode::Forked`], and what shows before anything is sent: no provider, an
    /// argument that cannot be sent. Nothing is delivered then.
    pub fn submit(
        &self,
        invocation: Invocation,
        token: u64,
        sink: &Arc<dyn CompletionSink>,
    ) -> Result<CallHandle> {
        self.0.runtime.check()?;
        if self.0.closed.load(Ordering::Relaxed) {
            return Err(self.0.reference.closed());
        }
        let attempt = Arc::new_cyclic(|this| Attempt {
            this: Weak::clone(this),
            inner: Arc::clone(&self.0),
            invocation,
            sink: Arc::clone(sink),
            progress: Mutex::default(),
            cancelled: AtomicBool::new(false),
            cancel: Notify::new(),
        });
        let first = attempt.start(token)?;
        Ok(CallHandle { attempt, first })
    }

    /// Closes in the background: leaves the registry, lets calls finish for at most `timeout`, disconnects; then
    /// [`Event::Done`] arrives with `token`. Idempotent.
    ///
    /// # Errors
    /// Those of [`Runtime::check`].
    pub fn close(&self, timeout: Duration, token: u64, queue: &Arc<EventQueue>) -> Result<()> {
        self.0.closed.store(true, Ordering::Relaxed);
        let (reference, queue) = (self.0.reference.clone(), Arc::clone(queue));
        self.0.runtime.spawn(async move {
            reference.close(timeout).await;
            drop(queue.push(Event::Done { token, result: Ok(()) }));
        })
    }

    /// As [`Reference::close`], and blocks until it is done.
    ///
    /// # Errors
    /// Those of [`Runtime::wait`].
    pub fn close_blocking(&self, timeout: Duration) -> Result<()> {
        self.0.closed.store(true, Ordering::Relaxed);
        let reference = self.0.reference.clone();
        self.0.runtime.wait(async move { reference.close(timeout).await })
    }
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.reference.fmt(f)
    }
}

impl CallHandle {
    /// Gives the call up: its sink gets [`ErrorCode::Cancelled`] unless the call has ended. The provider is not told.
    pub fn cancel(&self) {
        self.attempt.cancelled.store(true, Ordering::Release);
        if let Some((leaf, id)) = &self.first {
            leaf.cancel(id);
        }
        self.attempt.cancel.notify_one();
    }
}

/// One call while it is tried; the sink of its first attempt.
struct Attempt {
    this: Weak<Self>,
    inner: Arc<Inner>,
    invocation: Invocation,
    sink: Arc<dyn CompletionSink>,
    progress: Mutex<Progress>,
    cancelled: AtomicBool,
    cancel: Notify,
}

/// Who was tried, and who is being tried.
#[derive(Default)]
struct Progress {
    attempts: Attempts,
    provider: Option<Arc<Provider>>,
}

impl Attempt {
    /// Submits to providers until one takes the call. `None` when a task runs it.
    fn start(self: &Arc<Self>, token: u64) -> Result<Option<(DubboInvoker, InvokeId)>> {
        let cluster = self.inner.reference.cluster();
        let mut attempts = Attempts::default();
        loop {
            let provider = cluster.pick(&self.invocation, &mut attempts)?;
            let Leaf::Dubbo(leaf) = &**provider.leaf() else {
                self.resume(token, attempts)?;
                return Ok(None);
            };
            // Before the submission: the answer may be quicker than its return.
            *self.progress.lock() = Progress { attempts, provider: Some(Arc::clone(&provider)) };
            let sink: Arc<dyn InvokeSink> = Arc::clone(self) as Arc<dyn InvokeSink>;
            let error = match leaf.submit(&self.invocation, token, &sink) {
                Ok(id) => return Ok(Some((leaf.clone(), id))),
                Err(error) => error,
            };
            attempts = std::mem::take(&mut self.progress.lock().attempts);
            if let Verdict::Fail(error) =
                cluster.after_failure(&self.invocation, &mut attempts, provider, error)
            {
                return Err(error);
            }
        }
    }

    /// Runs the remaining attempts as a task.
    fn resume(self: &Arc<Self>, token: u64, attempts: Attempts) -> Result<()> {
        let this = Arc::clone(self);
        self.inner.runtime.spawn(async move {
            let mut delivery = Delivery { attempt: &this, token, done: false };
            let cluster = this.inner.reference.cluster();
            let result = tokio::select! {
                result = cluster.resume(&this.invocation, attempts) => result,
                () = this.cancel.notified() => Err(cancelled()),
            };
            delivery.deliver(result);
        })
    }

    fn deliver(&self, token: u64, result: Result<RpcResult>) {
        self.sink.complete(Completion { token, result });
    }
}

impl InvokeSink for Attempt {
    /// The first attempt has ended: the common case ends here, a failure may go on in a task.
    fn complete(&self, token: u64, outcome: Result<RpcResult>) {
        let Progress { mut attempts, provider } = std::mem::take(&mut *self.progress.lock());
        let Some(provider) = provider else { return self.deliver(token, outcome) };
        let cluster = self.inner.reference.cluster();
        let error = match outcome {
            Ok(result) => {
                cluster.report_success(&self.invocation, &attempts, &provider);
                return self.deliver(token, Ok(result));
            }
            Err(error) if self.cancelled.load(Ordering::Acquire) => return self.deliver(token, Err(error)),
            Err(error) => error,
        };
        match (cluster.after_failure(&self.invocation, &mut attempts, provider, error), self.this.upgrade()) {
            (Verdict::Fail(error), _) => self.deliver(token, Err(error)),
            (Verdict::Retry, Some(this)) => {
                if let Err(error) = this.resume(token, attempts) {
                    self.deliver(token, Err(error));
                }
            }
            (Verdict::Retry, None) => self.deliver(token, Err(cancelled())),
        }
    }
}

/// Delivers once, also when the runtime stops and drops the task.
struct Delivery<'a> {
    attempt: &'a Attempt,
    token: u64,
    done: bool,
}

impl Delivery<'_> {
    fn deliver(&mut self, result: Result<RpcResult>) {
        self.done = true;
        self.attempt.deliver(self.token, result);
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        if !self.done {
            let error =
                Error::new(ErrorCode::Closed, "the runtime was shut down while the call was tried again");
            self.attempt.deliver(self.token, Err(error));
        }
    }
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "request future has been canceled.")
}
