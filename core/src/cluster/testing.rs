//! Stand-ins for providers in unit tests.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::error::{Error, ErrorCode, Result};
use crate::protocol::invoker::{BoxFuture, Invoker, Leaf};
use crate::rpc::{Invocation, RpcResult};
use crate::url::Url;

pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(crate) fn leaf() -> Arc<Leaf> {
    Fake::leaf()
}

/// A provider that answers null; clones share its state.
#[derive(Clone)]
pub(crate) struct Fake(Arc<State>);

struct State {
    url: Url,
    address: String,
    available: AtomicBool,
    destroyed: AtomicBool,
    shared: Fakes,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self::with(&Url::new("fake", "", 0), &Fakes::default())
    }

    pub(crate) fn leaf() -> Arc<Leaf> {
        Self::new().as_leaf()
    }

    fn with(url: &Url, shared: &Fakes) -> Self {
        Self(Arc::new(State {
            url: url.clone(),
            address: url.address(),
            available: AtomicBool::new(true),
            destroyed: AtomicBool::new(false),
            shared: shared.clone(),
        }))
    }

    pub(crate) fn as_leaf(&self) -> Arc<Leaf> {
        Arc::new(Leaf::custom(self.clone()))
    }

    pub(crate) fn set_available(&self, available: bool) {
        self.0.available.store(available, Ordering::Relaxed);
    }

    pub(crate) fn is_destroyed(&self) -> bool {
        self.0.destroyed.load(Ordering::Relaxed)
    }
}

impl Invoker for Fake {
    fn url(&self) -> &Url {
        &self.0.url
    }

    fn is_available(&self) -> bool {
        self.0.available.load(Ordering::Relaxed) && !self.is_destroyed()
    }

    fn invoke<'a>(&'a self, _invocation: &'a Invocation) -> BoxFuture<'a, Result<RpcResult>> {
        Box::pin(async move {
            let mut book = self.0.shared.0.lock();
            *book.calls.entry(self.0.address.clone()).or_default() += 1;
            match book.failures.get(&self.0.address) {
                Some((code, message)) => Err(Error::new(*code, message.clone())),
                None => Ok(RpcResult::null()),
            }
        })
    }

    fn destroy(&self) {
        self.0.destroyed.store(true, Ordering::Relaxed);
        self.0.shared.0.lock().destroyed.push(self.0.address.clone());
    }
}

/// Fakes by address, and what happened to them.
#[derive(Clone, Default)]
pub(crate) struct Fakes(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    made: HashMap<String, usize>,
    calls: HashMap<String, usize>,
    failures: HashMap<String, (ErrorCode, String)>,
    destroyed: Vec<String>,
}

impl Fakes {
    /// Makes a fake per URL; fails for the host `fail`.
    pub(crate) fn factory(&self) -> impl Fn(&Url) -> Result<Arc<Leaf>> + Send + Sync + 'static {
        let shared = self.clone();
        move |url| {
            if url.host() == "fail" {
                return Err(Error::new(ErrorCode::Network, "cannot refer"));
            }
            *shared.0.lock().made.entry(url.address()).or_default() += 1;
            Ok(Fake::with(url, &shared).as_leaf())
        }
    }

    pub(crate) fn fail(&self, address: &str, code: ErrorCode, message: &str) {
        self.0.lock().failures.insert(address.to_owned(), (code, message.to_owned()));
    }

    pub(crate) fn made(&self, address: &str) -> usize {
        self.0.lock().made.get(address).copied().unwrap_or_default()
    }

    pub(crate) fn calls(&self, address: &str) -> usize {
        self.0.lock().calls.get(address).copied().unwrap_or_default()
    }

    pub(crate) fn destroyed(&self) -> Vec<String> {
        self.0.lock().destroyed.clone()
    }
}
