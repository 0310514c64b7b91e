//! What runs around every call: Dubbo's filters.
//!
//! A built-in filter is a pair of hooks, [`Filter::before`] and [`Filter::after`], that run in order and in
//! reverse order and never block. A filter that must wait implements [`AroundFilter`]. A [`Chain`] is built
//! once per reference or exporter; one without around filters allocates nothing per call.

mod chain;
mod execute_limit;
mod registry;
mod token;

use std::net::SocketAddr;
use std::time::Instant;

pub use chain::{BoxFuture, Chain, Last, Next};
pub use execute_limit::ExecuteLimit;
pub use registry::{FilterFactory, FilterRegistry};
pub use token::Token;

use crate::error::{Error, Result};
use crate::rpc::{Attachments, Invocation, RpcResult};
use crate::url::Url;

/// Which side of a call a filter runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Before the request is sent; once per attempt.
    Consumer,
    /// After the request has arrived and its service has been found.
    Provider,
}

/// A call as its filters see it.
#[derive(Debug)]
pub struct Call {
    /// The side the chain belongs to.
    pub side: Side,
    /// Consumer: the provider's merged URL. Provider: the URL of the exported service.
    pub url: Url,
    /// Method, arguments and attachments; filters may change the attachments.
    pub invocation: Invocation,
    /// Address of the other side, when it is known.
    pub remote: Option<SocketAddr>,
    /// Address of this side, when it is known.
    pub local: Option<SocketAddr>,
    /// When the caller stops waiting, if the caller said so (`_TO`).
    pub deadline: Option<Instant>,
    /// Provider: attachments to send back with the reply.
    pub response_attachments: Attachments,
}

impl Call {
    /// Name of the interface.
    #[must_use]
    pub fn interface(&self) -> &str {
        self.url.interface()
    }

    /// Name of the method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.invocation.method.name
    }
}

/// What came of a call: an answer (a value, null or an exception of the method), or the reason why there is none.
pub type Outcome = Result<RpcResult>;

/// What a filter decides before the call goes on.
#[derive(Debug)]
pub enum Flow {
    /// Go on with the next filter.
    Continue,
    /// Answer now; neither later filters nor the service run.
    Answer(RpcResult),
    /// Fail now. On a provider this becomes status 70, which failover retries.
    Fail(Error),
}

/// A filter that never waits.
pub trait Filter: Send + Sync + 'static {
    /// Runs before the call goes on.
    fn before(&self, _call: &mut Call) -> Flow {
        Flow::Continue
    }

    /// Runs when the outcome is there, if `before` let the call continue; exactly once for each such call.
    fn after(&self, _call: &mut Call, _outcome: &mut Outcome) {}
}

/// A filter that may wait between request and reply.
pub trait AroundFilter: Send + Sync + 'static {
    /// Runs the rest of the chain with `next.run(call)`, or answers without it.
    fn invoke<'a>(&'a self, call: &'a mut Call, next: Next<'a>) -> BoxFuture<'a, Outcome>;
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::rpc::{Arguments, Method};

    /// A call of `demo.Foo` from 10.0.0.1 to 10.0.0.2.
    pub(crate) fn call(method: &str) -> Call {
        call_with(method, "dubbo://10.0.0.2:20880/demo.Foo")
    }

    pub(crate) fn call_with(method: &str, url: &str) -> Call {
        Call {
            side: Side::Provider,
            url: Url::parse(url).expect("a URL"),
            invocation: Invocation::new(Method::new(method, ""), Arguments::default()),
            remote: Some(SocketAddr::from(([10, 0, 0, 1], 5000))),
            local: Some(SocketAddr::from(([10, 0, 0, 2], 20880))),
            deadline: None,
            response_attachments: Attachments::new(),
        }
    }
}
