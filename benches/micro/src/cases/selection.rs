//! Choosing a provider, taking up a new list of them, and passing filters.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use polydubbo::cluster::directory::{DirectoryOptions, RegistryDirectory, StaticDirectory};
use polydubbo::cluster::strategy::failover::{Attempts, Failover};
use polydubbo::filter::{Call, Chain, Filter, Flow, Outcome, Side};
use polydubbo::protocol::invoker::{BoxFuture, Invoker, Leaf};
use polydubbo::registry::NotifyListener as _;
use polydubbo::rpc::{Arguments, Attachments, Invocation, Method, RpcResult};
use polydubbo::url::Url;

use super::Step;

struct Available(Url);

impl Invoker for Available {
    fn url(&self) -> &Url {
        &self.0
    }

    fn is_available(&self) -> bool {
        true
    }

    fn invoke<'a>(&'a self, _: &'a Invocation) -> BoxFuture<'a, polydubbo::Result<RpcResult>> {
        Box::pin(async { Ok(RpcResult::null()) })
    }

    fn destroy(&self) {}
}

/// A registry's list of `count` providers that differs from the last one in one of them: a new snapshot for calls.
pub(super) fn refresh(count: usize) -> Result<Step> {
    let list = |last: usize| {
        let url = |port: usize| Url::parse(&format!("dubbo://h:{port}/a.B?application=p&side=provider"));
        (1..count).chain([last]).map(url).collect::<polydubbo::Result<Vec<_>>>()
    };
    let lists = [list(count)?, list(count + 1)?];
    let registry = Url::parse("zookeeper://z:2181")?;
    let factory = |url: &Url| Ok(Arc::new(Leaf::custom(Available(url.clone()))));
    let options = DirectoryOptions::new(&registry, Box::new(factory));
    let directory = RegistryDirectory::new(Url::parse("consumer://c/a.B")?, &registry, options);
    let mut turn = 0;
    Ok(Box::new(move || {
        turn ^= 1;
        directory.notify(black_box(&lists[turn]));
        assert_eq!(directory.directory().snapshot().providers().len(), count);
    }))
}

/// Picks one of `count` providers, of equal or of different weights.
pub(super) fn pick(count: usize, weighted: bool) -> Result<Step> {
    let url = |port: usize| {
        let weight = if weighted { port % 97 + 1 } else { 100 };
        Url::parse(&format!("dubbo://h:{port}/a.B?weight={weight}"))
    };
    let urls = (1..=count).map(url).collect::<polydubbo::Result<Vec<_>>>()?;
    let factory = |url: &Url| Ok(Arc::new(Leaf::custom(Available(url.clone()))));
    let consumer = Url::parse("consumer://c/a.B")?;
    let failover = Failover::new(StaticDirectory::build(consumer, &urls, &factory)?);
    let invocation = Invocation::new(Method::new("hi", ""), Arguments::default());
    Ok(Box::new(move || {
        black_box(
            failover.pick(black_box(&invocation), &mut Attempts::default()).expect("all are available"),
        );
    }))
}

/// A filter that looks at something cheap on both ways.
struct Look;

impl Filter for Look {
    fn before(&self, call: &mut Call) -> Flow {
        black_box(call.invocation.arguments.count);
        Flow::Continue
    }

    fn after(&self, call: &mut Call, outcome: &mut Outcome) {
        black_box((call.side, outcome.is_ok()));
    }
}

/// Both ways through a chain of `count` filters.
pub(super) fn filters(count: usize) -> Result<Step> {
    let chain = Chain::of((0..count).map(|_| Arc::new(Look) as Arc<dyn Filter>));
    let mut call = Call {
        side: Side::Consumer,
        url: Url::parse("dubbo://h:1/a.B")?,
        invocation: Invocation::new(Method::new("hi", ""), Arguments::default()),
        remote: None,
        local: None,
        deadline: None,
        response_attachments: Attachments::new(),
    };
    let mut outcome = Ok(RpcResult::null());
    Ok(Box::new(move || {
        let (entered, answer) = chain.before(black_box(&mut call));
        debug_assert!(answer.is_none());
        chain.after(entered, &mut call, &mut outcome);
    }))
}
