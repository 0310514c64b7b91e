//! A call costs a handful of allocations on both sides together, and never one more than that.

mod protocol_support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use bytes::Bytes;
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::protocol::method_table::MethodTable;
use protocol_support::{Fixture, call};

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

/// Answers without an allocation of its own.
struct Constant;

impl ServiceHandler for Constant {
    fn handle(&self, call: InboundCall) {
        call.responder.value(Bytes::from_static(b"\x02hi"));
    }
}

/// What one call alone may cost, in the steady state of a connection. Consumer: the body of the response, copied out of
/// the read buffer. Provider: the body of the request, likewise, and the handle through which its end is cut off. Calls
/// that arrive together share all of these.
const PER_CALL: usize = 3;

#[tokio::test]
async fn a_call_allocates_its_bodies_and_hardly_anything_else() {
    let methods = MethodTable::new().with("sayHello", "Ljava/lang/String;");
    let fixture = Fixture::start("", methods, Arc::new(Constant)).await;
    let invoker = fixture.refer("?timeout=10000").await;
    let call = call("sayHello", "world");
    let run = async |calls: usize| {
        let before = ALLOCATIONS.get();
        for _ in 0..calls {
            invoker.invoke(&call).await.expect("answered");
        }
        ALLOCATIONS.get() - before
    };
    run(1000).await;
    let calls = 1000;
    let allocations = run(calls).await;
    // The ticker and the runtime may allocate now and then.
    assert!(allocations <= calls * PER_CALL + 50, "{} per call", allocations as f64 / calls as f64);
}

#[tokio::test]
async fn calls_that_run_together_share_the_memory_that_they_arrive_in() {
    let methods = MethodTable::new().with("sayHello", "Ljava/lang/String;");
    let fixture = Fixture::start("", methods, Arc::new(Constant)).await;
    let invoker = fixture.refer("?timeout=10000").await;
    let call = call("sayHello", "world");
    let run = async |rounds: usize| {
        let before = ALLOCATIONS.get();
        for _ in 0..rounds {
            let (a, b, c, d) = tokio::join!(
                invoker.invoke(&call),
                invoker.invoke(&call),
                invoker.invoke(&call),
                invoker.invoke(&call)
            );
            [a, b, c, d].into_iter().for_each(|outcome| drop(outcome.expect("answered")));
        }
        ALLOCATIONS.get() - before
    };
    run(200).await;
    let rounds = 500;
    let allocations = run(rounds).await;
    // Two for each side and batch; the first of four callers, alone at that moment, may make a batch of its own.
    assert!(allocations <= rounds * 8 + 50, "{} per call", allocations as f64 / (4 * rounds) as f64);
}
