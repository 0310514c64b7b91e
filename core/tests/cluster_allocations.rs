//! Choosing a provider allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use polydubbo::Result;
use polydubbo::cluster::directory::StaticDirectory;
use polydubbo::cluster::strategy::failover::{Attempts, Failover};
use polydubbo::protocol::invoker::{BoxFuture, Invoker, Leaf};
use polydubbo::rpc::{Arguments, Invocation, Method, RpcResult};
use polydubbo::url::Url;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Available(Url);

impl Invoker for Available {
    fn url(&self) -> &Url {
        &self.0
    }

    fn is_available(&self) -> bool {
        true
    }

    fn invoke<'a>(&'a self, _: &'a Invocation) -> BoxFuture<'a, Result<RpcResult>> {
        Box::pin(async { Ok(RpcResult::null()) })
    }

    fn destroy(&self) {}
}

fn allocations_of_picks(params: &str) -> usize {
    let urls: Vec<_> = (1..=100)
        .map(|i| {
            Url::parse(&format!(
                "dubbo://h:{i}/a.B?weight={}&{params}",
                if params.is_empty() { 100 } else { i }
            ))
        })
        .collect::<Result<_>>()
        .unwrap();
    let consumer = Url::parse("consumer://c/a.B?hi.timeout=5").unwrap();
    let factory = |url: &Url| Ok(Arc::new(Leaf::custom(Available(url.clone()))));
    let failover = Failover::new(StaticDirectory::build(consumer, &urls, &factory).unwrap());
    let invocation = Invocation::new(Method::new("hi", ""), Arguments::default());
    // The first use of the random numbers and of the snapshot's cell sets up their thread-local state.
    failover.pick(&invocation, &mut Attempts::default()).unwrap();
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..1000 {
        failover.pick(&invocation, &mut Attempts::default()).unwrap();
    }
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn picking_a_provider_allocates_nothing() {
    for params in ["", "hi.retries=1", "sticky=true"] {
        assert_eq!(allocations_of_picks(params), 0, "{params:?}");
    }
}
