//! The dubbo protocol against real Dubbo Java, in both directions and without a registry.
//!
//! One Java process at a time: several would starve each other on a small machine.

mod behaviour;

use std::sync::Arc;
use std::time::Duration;

use behaviour::{Provider, string, text_of};
use parking_lot::Mutex;
use polydubbo::ErrorCode;
use polydubbo::codec::hessian::{Reader, Value, Writer};
use polydubbo::protocol::callback::CallbackService;
use polydubbo::protocol::dubbo::{DubboInvoker, ReferOptions};
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::protocol::method_table::MethodTable;
use polydubbo::rpc::{Arguments, Invocation, Method, ResultKind, RpcResult};
use polydubbo::url::Url;
use test_support::{Launch, Peer, Role, kind};
use tokio::sync::Semaphore;

/// One Java process at a time.
static TURN: Semaphore = Semaphore::const_new(1);

const BEHAVIOUR: &str = "io.polydubbo.peer.api.Behaviour";
const ALL_TYPES: &str = "io.polydubbo.peer.api.AllTypes";
const LISTENER: &str = "io.polydubbo.peer.api.Listener";

/// What a provider of `Behaviour` publishes about its callback parameters.
const CALLBACKS: &str =
    "tell.2.callback=true&subscribe.1.callback=true&unsubscribe.1.callback=false&callbacks=1000";

fn encode(values: &[Value]) -> Arguments {
    let mut writer = Writer::new();
    values.iter().for_each(|value| writer.value(value).expect("a value of this test"));
    Arguments { bytes: writer.finish().expect("whole"), count: values.len() }
}

fn call(method: &str, descriptor: &str, values: &[Value]) -> Invocation {
    Invocation::new(Method::new(method, descriptor), encode(values))
}

fn value_of(result: &RpcResult) -> Value {
    match result.kind() {
        ResultKind::Null => Value::Null,
        _ => Reader::new(&result.value().expect("a value")).read().expect("reads"),
    }
}

async fn refer(peer: &Peer, interface: &str, query: &str) -> DubboInvoker {
    let url = format!("{}/{interface}?interface={interface}&timeout=10000&{query}", peer.url());
    let options = ReferOptions { application: "interop".to_owned(), ..ReferOptions::default() };
    DubboInvoker::connect(Url::parse(&url).expect("a URL"), &options).await.expect("connects")
}

async fn our_consumer_calls(version: &'static str) {
    let _turn = TURN.acquire().await.expect("never closed");
    let start = || Launch::new(kind(version)?, Role::Provider).start();
    let mut peer = tokio::task::spawn_blocking(start).await.expect("joined").expect("a Java provider");
    values_and_overloads(&peer).await;
    failures(&peer).await;
    one_way_and_attachments(&peer).await;
    echo_and_generic(&peer).await;
    callbacks(&peer).await;
    let stopped = tokio::task::spawn_blocking(move || peer.terminate(Duration::from_secs(60)));
    stopped.await.expect("joined").expect("stops");
}

async fn values_and_overloads(peer: &Peer) {
    let behaviour = refer(peer, BEHAVIOUR, "").await;
    for (method, descriptor, arguments, want) in [
        ("hello", "Ljava/lang/String;", vec![Value::from("w😀")], Value::from("Hello, w😀")),
        ("nothing", "", vec![], Value::Null),
        ("nothingFound", "", vec![], Value::Null),
        ("overloaded", "", vec![], Value::from("")),
        ("overloaded", "I", vec![Value::from(1)], Value::from("I")),
        ("overloaded", "J", vec![Value::from(1i64)], Value::from("J")),
        ("overloaded", "Ljava/lang/Object;", vec![Value::Null], Value::from("Ljava/lang/Object;")),
        ("size", "[B", vec![Value::Binary(vec![7; 3_000_000].into())], Value::from(3_000_000)),
        ("later", "Ljava/lang/String;J", vec![Value::from("x"), Value::from(50i64)], Value::from("x")),
    ] {
        let result = behaviour.invoke(&call(method, descriptor, &arguments)).await.expect(method);
        assert_eq!(value_of(&result), want, "{method}({descriptor})");
    }
    let all_types = refer(peer, ALL_TYPES, "").await;
    let address = Value::object(
        "io.polydubbo.peer.api.Address",
        [("street", Value::from("High")), ("number", Value::from(7))],
    )
    .expect("a class");
    let result = all_types.invoke(&call("echoAddress", "Lio/polydubbo/peer/api/Address;", &[address])).await;
    let result = value_of(&result.expect("answered"));
    assert_eq!(result.get("street").and_then(Value::as_str), Some("High"));
    assert_eq!(result.get("number").and_then(Value::as_long), Some(7));
}

async fn failures(peer: &Peer) {
    let behaviour = refer(peer, BEHAVIOUR, "").await;
    let thrown = call("throwChecked", "ILjava/lang/String;", &[Value::from(42), Value::from("bang")]);
    let result = behaviour.invoke(&thrown).await.expect("an exception is a result");
    assert_eq!(result.kind(), ResultKind::Exception);
    let exception = value_of(&result);
    assert_eq!(
        exception.as_object().expect("an object").class().name(),
        "io.polydubbo.peer.api.PeerException"
    );
    assert_eq!(exception.get("detailMessage").and_then(Value::as_str), Some("bang"));
    assert_eq!(exception.get("code").and_then(Value::as_long), Some(42));

    let slow = refer(peer, BEHAVIOUR, "sleep.timeout=200").await;
    let error = slow.invoke(&call("sleep", "J", &[Value::from(1500i64)])).await.expect_err("too slow");
    assert_eq!(error.code(), ErrorCode::StatusServerTimeout);
    let hello = call("hello", "Ljava/lang/String;", &[Value::from("x")]);
    slow.invoke(&hello).await.expect("the connection goes on");

    for (query, invocation) in [
        ("group=nowhere", hello.clone()),
        ("", call("hello", "I", &[Value::from(1)])),
        ("", call("nope", "I", &[Value::from(1)])),
    ] {
        let invoker = refer(peer, BEHAVIOUR, query).await;
        let error = invoker.invoke(&invocation).await.expect_err("refused");
        assert_eq!(error.code().rpc_code(), 1, "{error}");
        assert!(
            matches!(error.code(), ErrorCode::StatusBadRequest | ErrorCode::StatusServiceError),
            "{error}"
        );
    }
}

async fn one_way_and_attachments(peer: &Peer) {
    let behaviour = refer(peer, BEHAVIOUR, "add.return=false&add.sent=true").await;
    let add = call("add", "Ljava/lang/String;I", &[Value::from("interop"), Value::from(2)]);
    behaviour.invoke(&add).await.expect("sent");
    behaviour.invoke(&add).await.expect("sent");
    let count = call("count", "Ljava/lang/String;", &[Value::from("interop")]);
    let mut counted = Value::Null;
    for _ in 0..100 {
        counted = value_of(&behaviour.invoke(&count).await.expect("answered"));
        if counted == Value::from(4) {
            break;
        }
    }
    assert_eq!(counted, Value::from(4));

    let mut attached = call("attachment", "Ljava/lang/String;", &[Value::from("x-colour")]);
    attached.attachments.set("x-colour", "grün");
    let result = behaviour.invoke(&attached).await.expect("answered");
    assert_eq!(value_of(&result), Value::from("grün"));

    let answer = [Value::from("x-back"), Value::from("b")];
    let result = behaviour.invoke(&call("answerWith", "Ljava/lang/String;Ljava/lang/String;", &answer)).await;
    let result = result.expect("answered");
    let attachments = result.attachments().expect("attachments");
    assert_eq!((attachments.text("x-back"), attachments.text("dubbo")), (Some("b"), Some("2.0.2")));
}

async fn echo_and_generic(peer: &Peer) {
    use polydubbo::codec::descriptor::{ECHO_DESCRIPTOR, GENERIC_DESCRIPTOR};
    use polydubbo::protocol::generic;

    let behaviour = refer(peer, BEHAVIOUR, "").await;
    let result =
        behaviour.invoke(&call("$echo", ECHO_DESCRIPTOR, &[Value::from("OK")])).await.expect("answered");
    assert_eq!(value_of(&result), Value::from("OK"));

    let generic_reference = refer(peer, BEHAVIOUR, "generic=true").await;
    let invoke =
        |arguments: Arguments| Invocation::new(Method::new("$invoke", GENERIC_DESCRIPTOR), arguments);
    let hello = generic::encode_invoke("hello", &["java.lang.String"], &[Value::from("g")]).expect("encodes");
    let result = generic_reference.invoke(&invoke(hello)).await.expect("answered");
    assert_eq!(value_of(&result), Value::from("Hello, g"));
    let thrown = [Value::from(42), Value::from("bang")];
    let thrown =
        generic::encode_invoke("throwChecked", &["int", "java.lang.String"], &thrown).expect("encodes");
    let result = generic_reference.invoke(&invoke(thrown)).await.expect("an exception is a result");
    let thrown = result.throwable().expect("reads");
    assert_eq!(thrown.to_string(), "io.polydubbo.peer.api.PeerException: bang");
}

/// Remembers what it hears.
#[derive(Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl ServiceHandler for Listener {
    fn handle(&self, call: InboundCall) {
        let event = text_of(&call.arguments);
        let answer = format!("heard {event}");
        self.0.lock().push(event);
        call.responder.value(string(&answer));
    }
}

async fn callbacks(peer: &Peer) {
    let behaviour = refer(peer, BEHAVIOUR, CALLBACKS).await;
    let listener = Listener::default();
    let heard = Arc::clone(&listener.0);
    let methods = MethodTable::new().with("changed", "Ljava/lang/String;");
    let object = CallbackService::new(LISTENER, methods, Arc::new(listener)).expect("an object");
    let descriptor = "Ljava/lang/String;ILio/polydubbo/peer/api/Listener;";
    let mut tell = call("tell", descriptor, &[Value::from("k"), Value::from(3), Value::Null]);
    tell.callbacks.push(object.argument(2));
    let result = behaviour.invoke(&tell).await.expect("answered");
    assert_eq!(value_of(&result), Value::from("heard k-0,heard k-1,heard k-2"));
    assert_eq!(*heard.lock(), ["k-0", "k-1", "k-2"]);

    let descriptor = "Ljava/lang/String;Lio/polydubbo/peer/api/Listener;";
    let mut subscribe = call("subscribe", descriptor, &[Value::from("news"), Value::Null]);
    subscribe.callbacks.push(object.argument(1));
    behaviour.invoke(&subscribe).await.expect("answered");
    let publish = [Value::from("news"), Value::from("event")];
    let publish = call("publish", "Ljava/lang/String;Ljava/lang/String;", &publish);
    assert_eq!(value_of(&behaviour.invoke(&publish).await.expect("answered")), Value::from(true));
    assert!(heard.lock().contains(&"event".to_owned()), "{:?}", heard.lock());
    let mut unsubscribe = call("unsubscribe", descriptor, &[Value::from("news"), Value::Null]);
    unsubscribe.callbacks.push(object.argument(1));
    behaviour.invoke(&unsubscribe).await.expect("answered");
    assert_eq!(value_of(&behaviour.invoke(&publish).await.expect("answered")), Value::from(false));
}

/// Runs the scenarios of the matrix with a Java consumer against our provider.
async fn java_calls_our_provider(version: &'static str) {
    let _turn = TURN.acquire().await.expect("never closed");
    let provider = Provider::start(BEHAVIOUR, ALL_TYPES, CALLBACKS);
    let url = format!("dubbo://127.0.0.1:{}", provider.port());
    let lines = tokio::task::spawn_blocking(move || run_scenarios(version, &url));
    let lines = lines.await.expect("joined").expect("a Java consumer");
    assert!(lines.last().is_some_and(|line| line.get("done").is_some()), "the consumer did not end");
    // Without a registry a 2.7 consumer does not show response attachments to its application.
    let is_blind = |line: &serde_json::Value| version.contains("2.7") && line["scenario"] == "attachments";
    let (passed, failed): (Vec<_>, Vec<_>) =
        lines[..lines.len() - 1].iter().partition(|line| line["ok"] == true);
    let failed: Vec<_> = failed.iter().filter(|line| !is_blind(line)).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{} failed, {} passed:\n{}", failed.len(), passed.len(), failed.join("\n"));
    assert!(passed.len() > 270, "only {} cases ran", passed.len());
}

fn run_scenarios(version: &str, url: &str) -> test_support::Result<Vec<serde_json::Value>> {
    let mut consumer = Launch::new(kind(version)?, Role::Consumer).url(url).scenario("all");
    // Without a registry the consumer learns of callback parameters and heartbeats from its own settings only.
    for parameter in CALLBACKS.split('&').chain(["heartbeat=1000"]) {
        consumer = consumer.option("param", parameter);
    }
    let consumer = consumer.start()?;
    let mut lines = Vec::new();
    while let Some(line) = consumer.json(Duration::from_secs(120))? {
        let is_done = line.get("done").is_some();
        lines.push(line);
        if is_done {
            break;
        }
    }
    Ok(lines)
}

macro_rules! versions {
    ($($name:ident = $version:literal),*) => {
        mod consumer {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::our_consumer_calls($version).await;
            })*
        }
        mod provider {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::java_calls_our_provider($version).await;
            })*
        }
    };
}

versions!(
    works_with_2_7_8 = "java-2.7.8",
    works_with_2_7_23 = "java-2.7.23",
    works_with_3_2 = "java-3.2.19",
    works_with_3_3 = "java-3.3.6"
);
