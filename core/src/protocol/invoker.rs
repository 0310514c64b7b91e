//! What can be called: the trait for code that brings its own, and the leaf a directory holds.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use super::dubbo::DubboInvoker;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::{Begun, Response};
use crate::rpc::{Invocation, RpcResult};
use crate::url::Url;

/// A future on the heap, for the places where an invoker is not known at compile time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that can be called as a service: a user's own transport, an in-process service, a
/// stand-in of a test.
///
/// Calls over the network do not pass through this trait (see [`Leaf::invoke`]), so its boxed
/// future costs them nothing.
pub trait Invoker: Send + Sync + 'static {
    /// The provider's URL, merged with the consumer's parameters.
    fn url(&self) -> &Url;

    /// False when a call would certainly fail: destroyed, not connected, or read-only because the
    /// provider announced that it will stop.
    fn is_available(&self) -> bool;

    /// Calls once, without retries.
    ///
    /// An exception of the called method is an `Ok` result; see [`RpcResult`].
    fn invoke<'a>(&'a self, invocation: &'a Invocation) -> BoxFuture<'a, Result<RpcResult>>;

    /// Releases what the invoker holds; calls in flight are allowed to finish. Idempotent.
    fn destroy(&self);
}

/// One provider as the cluster layer sees it.
///
/// An enum rather than a trait object: the one kind that matters for speed is called directly, its
/// future lives in the caller's frame.
#[derive(Clone)]
#[non_exhaustive]
pub enum Leaf {
    /// A provider that is called over the network.
    Dubbo(DubboInvoker),
    /// Anything that implements [`Invoker`].
    Custom(Arc<dyn Invoker>),
}

impl Leaf {
    /// Wraps an invoker of the user.
    #[must_use]
    pub fn custom(invoker: impl Invoker) -> Self {
        Self::Custom(Arc::new(invoker))
    }

    /// See [`Invoker::url`].
    #[must_use]
    pub fn url(&self) -> &Url {
        match self {
            Self::Dubbo(invoker) => invoker.url(),
            Self::Custom(invoker) => invoker.url(),
        }
    }

    /// See [`Invoker::is_available`].
    #[must_use]
    pub fn is_available(&self) -> bool {
        match self {
            Self::Dubbo(invoker) => invoker.is_available(),
            Self::Custom(invoker) => invoker.is_available(),
        }
    }

    /// Calls once, without retries.
    ///
    /// # Errors
    ///
    /// Whatever kept the call from being answered with status OK: [`ErrorCode::Network`],
    /// [`ErrorCode::Timeout`] and the other codes of Dubbo's `RpcException`.
    ///
    /// [`ErrorCode::Network`]: crate::error::ErrorCode::Network
    /// [`ErrorCode::Timeout`]: crate::error::ErrorCode::Timeout
    pub async fn invoke(&self, invocation: &Invocation) -> Result<RpcResult> {
        match self {
            Self::Dubbo(invoker) => invoker.invoke(invocation).await,
            Self::Custom(invoker) => invoker.invoke(invocation).await,
        }
    }

    /// Sends a call for whoever is polled in `cx`, to be ended with [`Leaf::end`]. `None`, and nothing happened, when the
    /// call needs more than a connection: then [`Leaf::invoke`] makes it.
    #[inline]
    pub(crate) fn begin(&self, invocation: &Invocation, cx: &Context<'_>) -> Option<Result<Begun>> {
        match self {
            Self::Dubbo(invoker) => invoker.begin(invocation, cx),
            Self::Custom(_) => None,
        }
    }

    /// What the answer to a call begun with [`Leaf::begin`] means.
    #[inline]
    pub(crate) fn end(&self, invocation: &Invocation, answer: Result<Response>) -> Result<RpcResult> {
        match self {
            Self::Dubbo(invoker) => invoker.end(invocation, answer),
            Self::Custom(_) => Err(Error::new(ErrorCode::Internal, "the call was not begun here")),
        }
    }

    /// As [`Leaf::destroy`], and waits until calls in flight are done, at most for `timeout`.
    pub async fn close(&self, timeout: Duration) {
        match self {
            Self::Dubbo(invoker) => invoker.close(timeout).await,
            Self::Custom(invoker) => invoker.destroy(),
        }
    }

    /// See [`Invoker::destroy`].
    pub fn destroy(&self) {
        match self {
            Self::Dubbo(invoker) => invoker.destroy(),
            Self::Custom(invoker) => invoker.destroy(),
        }
    }
}

impl From<DubboInvoker> for Leaf {
    fn from(invoker: DubboInvoker) -> Self {
        Self::Dubbo(invoker)
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dubbo(invoker) => write!(f, "Leaf::Dubbo({})", invoker.url().identity()),
            Self::Custom(invoker) => write!(f, "Leaf::Custom({})", invoker.url().identity()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::rpc::{Arguments, Method, ResultKind};

    struct Once(AtomicBool, Url);

    impl Invoker for Once {
        fn url(&self) -> &Url {
            &self.1
        }

        fn is_available(&self) -> bool {
            !self.0.load(Ordering::Relaxed)
        }

        fn invoke<'a>(&'a self, invocation: &'a Invocation) -> BoxFuture<'a, Result<RpcResult>> {
            Box::pin(async move {
                if self.is_available() {
                    return Ok(RpcResult::null());
                }
                Err(Error::new(ErrorCode::Closed, "destroyed").with("method", &invocation.method.name))
            })
        }

        fn destroy(&self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn a_custom_leaf_forwards_everything_to_its_invoker() {
        let leaf = Leaf::custom(Once(AtomicBool::new(false), Url::new("test", "h", 1)));
        assert_eq!(leaf.url().host(), "h");
        let call = Invocation::new(Method::new("ping", ""), Arguments::default());
        assert!(leaf.is_available());
        assert_eq!(leaf.invoke(&call).await.expect("available").kind(), ResultKind::Null);
        leaf.destroy();
        assert!(!leaf.is_available());
        assert_eq!(leaf.invoke(&call).await.expect_err("destroyed").code(), ErrorCode::Closed);
    }
}
