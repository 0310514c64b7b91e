//! `executelimit`: at most `executes` calls of a method at the same time.

use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::{Call, Filter, Flow, Outcome};
use crate::error::{Error, ErrorCode};

/// Counts the running calls of each method of one exported service.
#[derive(Debug, Default)]
pub struct ExecuteLimit {
    methods: RwLock<FxHashMap<Box<str>, Counter>>,
}

#[derive(Debug)]
struct Counter {
    limit: i64,
    running: AtomicI64,
}

impl ExecuteLimit {
    /// Creates the filter; it reads `executes`, which may differ by method, from the URL of each call.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn begin(&self, call: &Call) -> Result<(), i64> {
        if let Some(counter) = self.methods.read().get(call.method()) {
            return counter.begin();
        }
        let mut methods = self.methods.write();
        let limit = call.url.method_int(call.method(), "executes", 0);
        let fresh = || Counter { limit, running: AtomicI64::new(0) };
        methods.entry(call.method().into()).or_insert_with(fresh).begin()
    }
}

impl Counter {
    fn begin(&self) -> Result<(), i64> {
        if self.limit <= 0 || self.running.fetch_add(1, Ordering::Relaxed) < self.limit {
            return Ok(());
        }
        self.running.fetch_sub(1, Ordering::Relaxed);
        Err(self.limit)
    }

    fn end(&self) {
        if self.limit > 0 {
            self.running.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Filter for ExecuteLimit {
    fn before(&self, call: &mut Call) -> Flow {
        match self.begin(call) {
            Ok(()) => Flow::Continue,
            Err(limit) => Flow::Fail(Error::new(
                ErrorCode::LimitExceeded,
                format!(
                    "Failed to invoke method {} in provider {}, cause: The service using threads greater than \
                     <dubbo:service executes=\"{limit}\" /> limited.",
                    call.method(),
                    call.url
                ),
            )),
        }
    }

    fn after(&self, call: &mut Call, _: &mut Outcome) {
        if let Some(counter) = self.methods.read().get(call.method()) {
            counter.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::call_with;
    use crate::rpc::RpcResult;

    #[test]
    fn the_call_over_the_limit_is_refused_and_a_finished_call_frees_its_place() {
        let filter = ExecuteLimit::new();
        let call = || call_with("hello", "dubbo://10.0.0.2:20880/demo.Foo?executes=9&hello.executes=1");
        let (mut first, mut second) = (call(), call());
        assert!(matches!(filter.before(&mut first), Flow::Continue));
        let Flow::Fail(error) = filter.before(&mut second) else { panic!("over the limit") };
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert!(error.message().contains("<dubbo:service executes=\"1\" /> limited."), "{error}");
        filter.after(&mut first, &mut Ok(RpcResult::null()));
        assert!(matches!(filter.before(&mut second), Flow::Continue));
    }

    #[test]
    fn a_method_without_a_limit_is_never_refused() {
        let filter = ExecuteLimit::new();
        for _ in 0..1000 {
            let mut call = call_with("other", "dubbo://10.0.0.2:20880/demo.Foo?hello.executes=1");
            assert!(matches!(filter.before(&mut call), Flow::Continue));
        }
    }
}
