//! Callback parameters over loopback.

mod protocol_support;

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use polydubbo::ErrorCode;
use polydubbo::codec::hessian::{Value, Writer};
use polydubbo::protocol::callback::{CallbackProxy, CallbackService};
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::protocol::method_table::MethodTable;
use polydubbo::rpc::Invocation;
use protocol_support::{Fixture, call, invocation, string, text_of};

const DESCRIPTOR: &str = "Ljava/lang/String;Ldemo/Cb;";
const DECLARED: &str = "?subscribe.1.callback=true&unsubscribe.1.callback=false";

/// Keeps the objects it is given, and calls them back when told to.
#[derive(Default)]
struct Topics {
    kept: Arc<Mutex<Vec<CallbackProxy>>>,
}

impl ServiceHandler for Topics {
    fn handle(&self, mut call: InboundCall) {
        let mut callbacks = std::mem::take(&mut call.callbacks);
        match &*call.method.name {
            "subscribe" => {
                let proxy = callbacks.remove(0);
                assert_eq!((proxy.index, proxy.interface(), proxy.is_leaving), (1, "demo.Cb", false));
                self.kept.lock().push(proxy);
                call.responder.null();
            }
            "unsubscribe" => {
                assert!(callbacks[0].is_leaving);
                self.kept.lock().clear();
                call.responder.null();
            }
            _ => {
                let proxies = self.kept.lock().clone();
                tokio::spawn(publish(proxies, call));
            }
        }
    }
}

async fn publish(proxies: Vec<CallbackProxy>, event: InboundCall) {
    let mut answers = Vec::new();
    for proxy in proxies {
        let text = text_of(&event.arguments);
        let answer = match proxy.invoke(&call("changed", &text)).await {
            Ok(result) => text_of(&result.value().expect("a value")),
            Err(error) => format!("{:?}", error.code()),
        };
        answers.push(answer);
    }
    event.responder.value(string(&answers.join(",")));
}

struct Listener(&'static str);

impl ServiceHandler for Listener {
    fn handle(&self, call: InboundCall) {
        let answer = format!("{} heard {}", self.0, text_of(&call.arguments));
        call.responder.value(string(&answer));
    }
}

fn object(name: &'static str) -> Arc<CallbackService> {
    let methods = MethodTable::new().with("changed", "Ljava/lang/String;");
    CallbackService::new("demo.Cb", methods, Arc::new(Listener(name))).expect("an object")
}

fn with(method: &str, object: &Arc<CallbackService>) -> Invocation {
    let mut writer = Writer::new();
    writer.string("topic");
    writer.value(&Value::Null).expect("null");
    let mut invocation = invocation(method, DESCRIPTOR, writer.finish().expect("whole"), 2);
    invocation.callbacks.push(object.argument(1));
    invocation
}

async fn start(query: &str) -> (Fixture, Arc<Mutex<Vec<CallbackProxy>>>) {
    let topics = Topics::default();
    let kept = Arc::clone(&topics.kept);
    let methods = MethodTable::new()
        .with("subscribe", DESCRIPTOR)
        .with("unsubscribe", DESCRIPTOR)
        .with("publish", "Ljava/lang/String;");
    (Fixture::start(&format!("{DECLARED}{query}"), methods, Arc::new(topics)).await, kept)
}

#[tokio::test]
async fn an_object_is_called_back_until_it_is_taken_away() {
    let (fixture, _) = start("&callbacks=10").await;
    let invoker = fixture.refer(&format!("{DECLARED}&callbacks=10")).await;
    let (one, two) = (object("one"), object("two"));
    invoker.invoke(&with("subscribe", &one)).await.expect("subscribed");
    invoker.invoke(&with("subscribe", &two)).await.expect("subscribed");
    let result = invoker.invoke(&call("publish", "news")).await.expect("published");
    assert_eq!(text_of(&result.value().expect("a value")), "one heard news,two heard news");
    invoker.invoke(&with("unsubscribe", &one)).await.expect("unsubscribed");
    let result = invoker.invoke(&call("publish", "more")).await.expect("published");
    assert_eq!(text_of(&result.value().expect("a value")), "");
}

#[tokio::test]
async fn the_same_object_keeps_its_number_and_counts_once_against_the_limit() {
    let (fixture, _) = start("").await;
    let invoker = fixture.refer(DECLARED).await;
    let one = object("one");
    invoker.invoke(&with("subscribe", &one)).await.expect("subscribed");
    invoker.invoke(&with("subscribe", &one)).await.expect("the same object");
    let error = invoker.invoke(&with("subscribe", &object("two"))).await.expect_err("one is the default");
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    assert!(
        error.message().contains("`s callback instances num exceed providers limit :1 ,current num: 2"),
        "{error}"
    );
    // A consumer that does not count is stopped by the provider.
    let careless = fixture.refer(&format!("{DECLARED}&callbacks=10&connections=1")).await;
    careless.invoke(&with("subscribe", &one)).await.expect("subscribed");
    let error = careless.invoke(&with("subscribe", &object("three"))).await.expect_err("over the limit");
    assert_eq!(error.code(), ErrorCode::StatusBadRequest);
    assert!(error.message().contains("exceed providers limit :1"), "{error}");
}

#[tokio::test]
async fn an_object_dies_with_its_connection() {
    let (fixture, kept) = start("").await;
    let invoker = fixture.refer(DECLARED).await;
    invoker.invoke(&with("subscribe", &object("one"))).await.expect("subscribed");
    invoker.close(std::time::Duration::from_secs(5)).await;
    drop(invoker);
    let proxy = kept.lock()[0].clone();
    let error = proxy.invoke(&call("changed", "x")).await.expect_err("its connection has ended");
    assert!(matches!(error.code(), ErrorCode::Network | ErrorCode::StatusChannelInactive), "{error}");
    assert!(!proxy.is_open());
}

#[tokio::test]
async fn mistakes_of_the_caller_are_named() {
    let (fixture, _) = start("").await;
    let invoker = fixture.refer("").await;
    let error =
        invoker.invoke(&with("subscribe", &object("one"))).await.expect_err("the URL declares no callback");
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert!(error.message().contains("parameter 1 takes no callback"), "{error}");
}

#[tokio::test]
async fn a_call_to_an_unknown_object_or_method_is_refused() {
    let (fixture, kept) = start("").await;
    let invoker = fixture.refer(DECLARED).await;
    let one = object("one");
    invoker.invoke(&with("subscribe", &one)).await.expect("subscribed");
    let proxy = kept.lock()[0].clone();
    let unknown = invocation("nope", "I", Bytes::from_static(b"\x91"), 1);
    let error = proxy.invoke(&unknown).await.expect_err("no such method");
    assert!(
        error.message().contains("The methodName nope not found in callback service interface"),
        "{error}"
    );
    invoker.invoke(&with("unsubscribe", &one)).await.expect("unsubscribed");
    let error = proxy.invoke(&call("changed", "x")).await.expect_err("no such object");
    assert_eq!(error.code(), ErrorCode::StatusBadRequest);
}
