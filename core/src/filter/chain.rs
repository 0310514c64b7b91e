//! The filters of one reference or exporter, in order.

use std::fmt;
use std::sync::Arc;

use super::{AroundFilter, Call, Filter, Flow, Outcome};
pub use crate::protocol::invoker::BoxFuture;

#[derive(Clone)]
pub(super) enum Element {
    Hook(Arc<dyn Filter>),
    Around(Arc<dyn AroundFilter>),
}

/// An ordered list of filters; clones share it.
#[derive(Clone, Default)]
pub struct Chain {
    elements: Arc<[Element]>,
    waits: bool,
}

impl Chain {
    pub(super) fn from_elements(elements: Vec<Element>) -> Self {
        let waits = elements.iter().any(|element| matches!(element, Element::Around(_)));
        Self { elements: elements.into(), waits }
    }

    /// A chain of filters that never wait, the first outermost.
    #[must_use]
    pub fn of(filters: impl IntoIterator<Item = Arc<dyn Filter>>) -> Self {
        Self::from_elements(filters.into_iter().map(Element::Hook).collect())
    }

    /// The same chain with one more filter, innermost.
    #[must_use]
    pub fn and(&self, filter: impl Filter) -> Self {
        self.push(Element::Hook(Arc::new(filter)))
    }

    /// The same chain with one more filter that may wait, innermost.
    #[must_use]
    pub fn and_around(&self, filter: impl AroundFilter) -> Self {
        self.push(Element::Around(Arc::new(filter)))
    }

    fn push(&self, element: Element) -> Self {
        Self::from_elements(self.elements.iter().cloned().chain([element]).collect())
    }

    /// True when no filter would run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// True when some filter may wait, so that the chain must run through [`Chain::run`].
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// Runs the `before` hooks of a chain that never waits. The first number of the answer says how many
    /// filters were entered; [`Chain::after`] takes it back.
    pub fn before(&self, call: &mut Call) -> (usize, Option<Outcome>) {
        debug_assert!(!self.waits, "a chain that waits runs through `run`");
        for (index, element) in self.elements.iter().enumerate() {
            let Element::Hook(filter) = element else { continue };
            match filter.before(call) {
                Flow::Continue => {}
                Flow::Answer(result) => return (index, Some(Ok(result))),
                Flow::Fail(error) => return (index, Some(Err(error))),
            }
        }
        (self.elements.len(), None)
    }

    /// Runs the `after` hooks of the first `entered` filters, the innermost first.
    pub fn after(&self, entered: usize, call: &mut Call, outcome: &mut Outcome) {
        for element in self.elements.iter().take(entered).rev() {
            if let Element::Hook(filter) = element {
                filter.after(call, outcome);
            }
        }
    }

    /// Runs the whole chain around `last`.
    pub async fn run(&self, call: &mut Call, last: &dyn Last) -> Outcome {
        Next { rest: &self.elements, last }.run(call).await
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({} filters)", self.elements.len())
    }
}

/// What stands at the end of a chain that may wait: the network on a consumer, the service on a provider.
pub trait Last: Send + Sync {
    /// Makes the call.
    fn invoke<'a>(&'a self, call: &'a mut Call) -> BoxFuture<'a, Outcome>;
}

/// The rest of a chain, as an [`AroundFilter`] sees it.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    rest: &'a [Element],
    last: &'a dyn Last,
}

impl<'a> Next<'a> {
    /// Runs the rest of the chain.
    pub fn run(self, call: &'a mut Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Some((first, rest)) = self.rest.split_first() else { return self.last.invoke(call).await };
            let next = Self { rest, last: self.last };
            let filter = match first {
                Element::Around(filter) => return filter.invoke(call, next).await,
                Element::Hook(filter) => filter,
            };
            let mut outcome = match filter.before(call) {
                Flow::Continue => next.run(call).await,
                Flow::Answer(result) => return Ok(result),
                Flow::Fail(error) => return Err(error),
            };
            filter.after(call, &mut outcome);
            outcome
        })
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next({} filters)", self.rest.len())
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::error::{Error, ErrorCode};
    use crate::filter::testing::call;
    use crate::rpc::RpcResult;

    type Log = Arc<Mutex<Vec<String>>>;

    struct Named(&'static str, Log);

    impl Filter for Named {
        fn before(&self, _: &mut Call) -> Flow {
            self.1.lock().push(format!("{}+", self.0));
            if self.0 == "stop" { Flow::Fail(Error::new(ErrorCode::Biz, "stop")) } else { Flow::Continue }
        }

        fn after(&self, _: &mut Call, _: &mut Outcome) {
            self.1.lock().push(format!("{}-", self.0));
        }
    }

    impl AroundFilter for Named {
        fn invoke<'a>(&'a self, call: &'a mut Call, next: Next<'a>) -> BoxFuture<'a, Outcome> {
            Box::pin(async move {
                self.1.lock().push(format!("{}<", self.0));
                tokio::task::yield_now().await;
                let outcome = next.run(call).await;
                self.1.lock().push(format!("{}>", self.0));
                outcome
            })
        }
    }

    impl Last for Log {
        fn invoke<'a>(&'a self, _: &'a mut Call) -> BoxFuture<'a, Outcome> {
            self.lock().push("call".to_owned());
            Box::pin(std::future::ready(Ok(RpcResult::null())))
        }
    }

    #[test]
    fn hooks_run_forward_then_backward_and_a_refusal_skips_its_own_after() {
        for (names, want, fails) in [
            (vec!["a", "b"], "a+ b+ b- a-", false),
            (vec!["a", "stop", "b"], "a+ stop+ a-", true),
            (vec![], "", false),
        ] {
            let log = Log::default();
            let chain = Chain::of(
                names.into_iter().map(|name| Arc::new(Named(name, log.clone())) as Arc<dyn Filter>),
            );
            let mut call = call("hello");
            let (entered, early) = chain.before(&mut call);
            assert_eq!(early.is_some(), fails);
            let mut outcome = early.unwrap_or_else(|| Ok(RpcResult::null()));
            chain.after(entered, &mut call, &mut outcome);
            assert_eq!(log.lock().join(" "), want);
        }
    }

    #[tokio::test]
    async fn filters_that_wait_mix_with_hooks_in_one_order() {
        let log = Log::default();
        let chain = Chain::default()
            .and(Named("a", log.clone()))
            .and_around(Named("w", log.clone()))
            .and(Named("b", log.clone()));
        assert!(chain.waits());
        chain.run(&mut call("hello"), &log).await.expect("null");
        assert_eq!(log.lock().join(" "), "a+ w< b+ call b- w> a-");
    }
}
