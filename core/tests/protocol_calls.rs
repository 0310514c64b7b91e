//! Calls between a consumer and a provider of this library over loopback.

mod protocol_support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use polydubbo::ErrorCode;
use polydubbo::filter::{AroundFilter, BoxFuture, Call, FilterRegistry, Next, Outcome, Side};
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::protocol::method_table::MethodTable;
use polydubbo::rpc::{AttachmentValue, RemoteThrowable, ResultKind};
use protocol_support::{Fixture, call, invocation, string, text_of};

/// A handler made of a function.
struct Handle<F>(F);

impl<F: Fn(InboundCall) + Send + Sync + 'static> ServiceHandler for Handle<F> {
    fn handle(&self, call: InboundCall) {
        (self.0)(call);
    }
}

fn service(handle: impl Fn(InboundCall) + Send + Sync + 'static) -> Arc<dyn ServiceHandler> {
    Arc::new(Handle(handle))
}

/// Answers `Hello <name>`.
fn greeter() -> Arc<dyn ServiceHandler> {
    service(|call| {
        let answer = format!("Hello {}", text_of(&call.arguments));
        call.responder.value(string(&answer));
    })
}

fn greeter_methods() -> MethodTable {
    MethodTable::new().with("sayHello", "Ljava/lang/String;").with("voidRet", "")
}

#[tokio::test]
async fn a_value_comes_back() {
    let fixture = Fixture::start("", greeter_methods(), greeter()).await;
    let invoker = fixture.refer("").await;
    let result = invoker.invoke(&call("sayHello", "world")).await.expect("answered");
    assert_eq!(result.kind(), ResultKind::Value);
    assert_eq!(text_of(&result.value().expect("a value")), "Hello world");
    assert_eq!(result.attachments().expect("attachments").text("dubbo"), Some("2.0.2"));
}

#[tokio::test]
async fn null_and_exceptions_are_results_and_keep_their_attachments() {
    let handler = service(|mut call| {
        call.responder.attachments_mut().set("out", "B");
        match text_of(&call.arguments).as_str() {
            "null" => call.responder.null(),
            "host" => call.responder.host_error("ValueError", "bad", "line 1"),
            _ => call.responder.exception(&RemoteThrowable {
                class: "demo.FooException".to_owned(),
                message: Some("bang".to_owned()),
                ..RemoteThrowable::default()
            }),
        }
    });
    let fixture = Fixture::start("", greeter_methods(), handler).await;
    let invoker = fixture.refer("").await;
    for (name, kind, text) in [
        ("null", ResultKind::Null, ""),
        ("host", ResultKind::Exception, "java.lang.RuntimeException"),
        ("java", ResultKind::Exception, "demo.FooException"),
    ] {
        let result = invoker.invoke(&call("sayHello", name)).await.expect("answered");
        assert_eq!(result.kind(), kind, "{name}");
        assert_eq!(result.attachments().expect("attachments").text("out"), Some("B"));
        let value = result.value().expect("a value");
        assert!(String::from_utf8_lossy(&value).contains(text), "{name}");
    }
}

#[tokio::test]
async fn attachments_of_the_caller_arrive_without_those_of_the_protocol() {
    let handler = service(|call| {
        let mut seen: Vec<String> = call.attachments.iter().map(|(key, _)| key.to_owned()).collect();
        seen.sort();
        assert!(call.deadline.is_some());
        call.responder.value(string(&seen.join(",")));
    });
    let fixture = Fixture::start("?group=g1&version=1.0.0", greeter_methods(), handler).await;
    let invoker = fixture.refer("?group=g1&version=1.0.0&token=t").await;
    let mut call = call("sayHello", "x");
    call.attachments.set("trace-id", "t-1");
    call.attachments.set("_TO", AttachmentValue::Int(3000));
    let result = invoker.invoke(&call).await.expect("answered");
    assert_eq!(text_of(&result.value().expect("a value")), "remote.application,trace-id");
}

#[tokio::test]
async fn echo_returns_its_argument_without_asking_the_service_or_its_filters() {
    let handler = service(|_| panic!("the service is not asked"));
    let fixture = Fixture::start("?token=secret", greeter_methods(), handler).await;
    let invoker = fixture.refer("").await;
    let echo = invocation("$echo", "Ljava/lang/Object;", string("OK"), 1);
    let result = invoker.invoke(&echo).await.expect("answered");
    assert_eq!(text_of(&result.value().expect("a value")), "OK");
}

#[tokio::test]
async fn refusals_have_the_status_and_the_text_of_java() {
    let fixture = Fixture::start("?token=tok", greeter_methods(), greeter()).await;
    for (query, invocation, code, text) in [
        (
            "",
            call("sayHello", "x"),
            ErrorCode::StatusServiceError,
            "Invalid token! Forbid invoke remote service",
        ),
        ("?token=tok", call("nope", "x"), ErrorCode::StatusBadRequest, "Service not found:demo.Foo, nope"),
        (
            "?token=tok",
            invocation("sayHello", "I", Bytes::from_static(b"\x91"), 1),
            ErrorCode::StatusBadRequest,
            "Service not found:demo.Foo, sayHello",
        ),
        (
            "?token=tok&version=7.7",
            call("sayHello", "x"),
            ErrorCode::StatusServiceError,
            "Not found exported service: demo.Foo:7.7:",
        ),
        (
            "?token=tok&group=zz",
            call("sayHello", "x"),
            ErrorCode::StatusServiceError,
            "Not found exported service: zz/demo.Foo:",
        ),
        (
            "?token=tok",
            invocation("gone", "", Bytes::new(), 0),
            ErrorCode::StatusServiceError,
            "Not found method \"gone\" in class demo.Foo.",
        ),
    ] {
        let invoker = fixture.refer(query).await;
        let error = invoker.invoke(&invocation).await.expect_err(text);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(text), "{error}");
        let method = &invocation.method.name;
        let start = format!("Failed to invoke remote method: {method}, provider: dubbo://127.0.0.1:");
        assert!(error.message().starts_with(&start), "{error}");
    }
}

#[tokio::test]
async fn a_call_that_is_never_answered_times_out_with_the_timeout_of_the_method() {
    let (hold, mut held) = tokio::sync::mpsc::unbounded_channel();
    let handler = service(move |call| drop(hold.send(call)));
    let fixture = Fixture::start("", greeter_methods(), handler).await;
    let invoker = fixture.refer("?sayHello.timeout=60").await;
    let error = invoker.invoke(&call("sayHello", "x")).await.expect_err("no answer");
    assert_eq!(error.code(), ErrorCode::StatusServerTimeout);
    assert_eq!(error.code().rpc_code(), 2);
    assert!(
        error.message().starts_with("Invoke remote method timeout. method: sayHello, provider: "),
        "{error}"
    );
    drop(held.recv().await.expect("it had arrived"));
}

#[tokio::test]
async fn a_call_dropped_by_its_service_is_answered_with_status_70() {
    let fixture = Fixture::start("", greeter_methods(), service(drop)).await;
    let error = fixture.refer("").await.invoke(&call("sayHello", "x")).await.expect_err("dropped");
    assert_eq!(error.code(), ErrorCode::StatusServiceError);
    assert_eq!(fixture.server.load().running(), 0);
}

#[tokio::test]
async fn a_one_way_call_arrives_and_returns_null_at_once() {
    let (seen, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let handler = service(move |call| {
        assert!(call.responder.is_oneway());
        drop(seen.send(text_of(&call.arguments)));
        call.responder.null();
    });
    let fixture = Fixture::start("", greeter_methods(), handler).await;
    for query in ["?return=false", "?sayHello.return=false&sent=true"] {
        let invoker = fixture.refer(query).await;
        let result = invoker.invoke(&call("sayHello", query)).await.expect("sent");
        assert_eq!(result.kind(), ResultKind::Null);
        assert_eq!(arrived.recv().await.as_deref(), Some(query));
    }
}

#[tokio::test]
async fn the_call_over_the_execute_limit_is_refused_and_the_next_one_is_not() {
    let (hold, mut held) = tokio::sync::mpsc::unbounded_channel();
    let handler = service(move |call| drop(hold.send(call)));
    let fixture = Fixture::start("?executes=1", greeter_methods(), handler).await;
    let invoker = fixture.refer("").await;
    let first = tokio::spawn({
        let invoker = invoker.clone();
        async move { invoker.invoke(&call("sayHello", "1")).await }
    });
    let running = held.recv().await.expect("the first call");
    let error = invoker.invoke(&call("sayHello", "2")).await.expect_err("over the limit");
    assert_eq!(error.code(), ErrorCode::StatusServiceError);
    assert!(error.message().contains("<dubbo:service executes=\"1\" /> limited."), "{error}");
    running.responder.null();
    first.await.expect("joined").expect("answered");
    let third = tokio::spawn(async move { invoker.invoke(&call("sayHello", "3")).await });
    held.recv().await.expect("the third call").responder.null();
    third.await.expect("joined").expect("answered");
}

struct Upper;

impl AroundFilter for Upper {
    fn invoke<'a>(&'a self, call: &'a mut Call, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            call.invocation.attachments.set("seen-by", "filter");
            tokio::task::yield_now().await;
            next.run(call).await
        })
    }
}

#[tokio::test]
async fn filters_that_wait_run_on_either_side() {
    let handler = service(|call| {
        let seen = call.attachments.text("seen-by").unwrap_or("nobody").to_owned();
        call.responder.value(string(&seen));
    });
    for (side, service, reference) in
        [(Side::Provider, "?service.filter=upper", ""), (Side::Consumer, "", "?reference.filter=upper")]
    {
        let mut filters = FilterRegistry::builtin();
        filters.register_around("upper", side, Arc::new(Upper));
        let fixture = Fixture::with_filters(service, greeter_methods(), Arc::clone(&handler), filters).await;
        let result = fixture.refer(reference).await.invoke(&call("sayHello", "x")).await.expect("answered");
        assert_eq!(text_of(&result.value().expect("a value")), "filter");
    }
}

#[tokio::test]
async fn a_server_that_refuses_calls_answers_100_which_counts_as_not_executed() {
    let fixture = Fixture::start("", greeter_methods(), greeter()).await;
    let invoker = fixture.refer("").await;
    fixture.server.refuse_calls();
    let error = invoker.invoke(&call("sayHello", "x")).await.expect_err("refused");
    assert_eq!(error.code(), ErrorCode::StatusThreadPoolExhausted);
    assert!(error.message().contains("server is shutting down"));
    assert!(polydubbo::protocol::failure::was_not_executed(&error));
}

#[tokio::test]
async fn a_destroyed_invoker_refuses_calls_but_lets_the_ones_in_flight_finish() {
    let (hold, mut held) = tokio::sync::mpsc::unbounded_channel();
    let handler = service(move |call| drop(hold.send(call)));
    let fixture = Fixture::start("", greeter_methods(), handler).await;
    let invoker = fixture.refer("?timeout=5000").await;
    let first = tokio::spawn({
        let invoker = invoker.clone();
        async move { invoker.invoke(&call("sayHello", "1")).await }
    });
    let running = held.recv().await.expect("the first call");
    assert!(invoker.is_available());
    invoker.destroy();
    assert!(!invoker.is_available());
    let error = invoker.invoke(&call("sayHello", "2")).await.expect_err("destroyed");
    assert!(error.message().contains("is DESTROYED, can not be invoked any more!"), "{error}");
    running.responder.value(string("late"));
    let result = first.await.expect("joined").expect("answered");
    assert_eq!(text_of(&result.value().expect("a value")), "late");
}

#[tokio::test]
async fn generic_calls_become_ordinary_ones_and_their_results_general_again() {
    use polydubbo::codec::descriptor::GENERIC_DESCRIPTOR;
    use polydubbo::codec::hessian::{Reader, Value, Writer};
    use polydubbo::protocol::generic;

    let handler = service(|call| {
        assert_eq!((&*call.method.name, &*call.method.descriptor), ("save", "Ldemo/User;"));
        // The object itself arrived, and goes back.
        let user: Value = Reader::new(&call.arguments).read().expect("an argument");
        assert_eq!(user.as_object().expect("an object").class().name(), "demo.User");
        if user.get("name").and_then(Value::as_str) == Some("bad") {
            return call.responder.exception(&RemoteThrowable {
                class: "demo.BadName".to_owned(),
                message: Some("bad".to_owned()),
                ..RemoteThrowable::default()
            });
        }
        let mut writer = Writer::new();
        writer.value(&user).expect("writes");
        call.responder.value(writer.finish().expect("whole"));
    });
    let methods = MethodTable::new().with("save", "Ldemo/User;");
    let fixture = Fixture::start("", methods, handler).await;
    let save = |name: &str| {
        let user = Value::map([
            ("class", Value::from("demo.User")),
            ("name", Value::from(name)),
            ("age", Value::from(7)),
        ]);
        let arguments = generic::encode_invoke("save", &["demo.User"], &[user]).expect("encodes");
        invocation("$invoke", GENERIC_DESCRIPTOR, arguments.bytes, 3)
    };
    for (mode, is_map) in [("true", true), ("raw.return", false)] {
        let invoker = fixture.refer(&format!("?generic={mode}")).await;
        let result = invoker.invoke(&save("ann")).await.expect("answered");
        let value: Value = Reader::new(&result.value().expect("a value")).read().expect("reads");
        assert_eq!(value.as_map().is_some(), is_map, "{mode}");
        assert_eq!(value.get("name").and_then(Value::as_str), Some("ann"));
        let result = invoker.invoke(&save("bad")).await.expect("answered");
        assert_eq!(result.throwable().expect("reads").to_string(), "demo.BadName: bad", "{mode}");
    }
    let invoker = fixture.refer("?generic=true").await;
    let unknown = generic::encode_invoke("nope", &["int"], &[Value::from(1)]).expect("encodes");
    let unknown = invocation("$invoke", GENERIC_DESCRIPTOR, unknown.bytes, 3);
    let error = invoker.invoke(&unknown).await.expect_err("no such method");
    assert_eq!(error.code(), ErrorCode::StatusServiceError);
    assert!(error.message().contains("org.apache.dubbo.rpc.RpcException: demo.Foo.nope(int)"), "{error}");
    let invoker = fixture.refer("?generic=gson").await;
    let json = Value::from(r#"{"name":"ann","age":7}"#);
    let gson = generic::encode_invoke("save", &["demo.User"], &[json]).expect("encodes");
    let result =
        invoker.invoke(&invocation("$invoke", GENERIC_DESCRIPTOR, gson.bytes, 3)).await.expect("answered");
    assert_eq!(text_of(&result.value().expect("a value")), r#"{"age":7,"name":"ann"}"#);
    let invoker = fixture.refer("?generic=nativejava").await;
    let error = invoker.invoke(&save("ann")).await.expect_err("not spoken");
    assert!(error.message().contains("Generic serialization [nativejava] only support"), "{error}");
}

#[tokio::test]
async fn many_calls_at_once_each_get_their_own_answer() {
    let fixture = Fixture::start("", greeter_methods(), greeter()).await;
    let invoker = fixture.refer("?connections=2&timeout=10000").await;
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let invoker = invoker.clone();
            tokio::spawn(async move {
                let result = invoker.invoke(&call("sayHello", &n.to_string())).await.expect("answered");
                assert_eq!(text_of(&result.value().expect("a value")), format!("Hello {n}"));
            })
        })
        .collect();
    for call in calls {
        call.await.expect("joined");
    }
    invoker.close(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn the_call_over_the_worker_pool_is_answered_with_100_and_the_text_of_java() {
    use polydubbo::exchange::dispatch::{PoolKind, PoolOptions, WorkerPool};

    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let ends = parking_lot::Mutex::new(ends);
    let handler = service(move |call| {
        let _ = begun.send(());
        ends.lock().recv().expect("the test lets it end");
        call.responder.value(string("done"));
    });
    let fixture = Fixture::blocking(greeter_methods(), handler).await;
    let mut options = PoolOptions::new(PoolKind::Fixed, "DubboServerHandler-test");
    options.threads = 1;
    fixture.server.use_workers(WorkerPool::new(options));
    let invoker = fixture.refer("?timeout=10000").await;
    let first = tokio::spawn({
        let invoker = invoker.clone();
        async move { invoker.invoke(&call("sayHello", "1")).await }
    });
    begins.recv().await.expect("the first call runs");
    let error = invoker.invoke(&call("sayHello", "2")).await.expect_err("no worker is left");
    assert_eq!(error.code(), ErrorCode::StatusThreadPoolExhausted);
    let text = "thread pool is exhausted, detail msg:Thread pool is EXHAUSTED! Thread Name: DubboServerHandler-test, Pool \
                Size: 1 (active: 1, core: 1, max: 1, largest: 1)";
    assert!(error.message().contains(text), "{error}");
    end.send(()).expect("it waits");
    let result = first.await.expect("joined").expect("answered");
    assert_eq!(text_of(&result.value().expect("a value")), "done");
}

/// Keeps outcomes for the test.
struct Outcomes(tokio::sync::mpsc::UnboundedSender<(u64, polydubbo::Result<polydubbo::rpc::RpcResult>)>);

impl polydubbo::protocol::dubbo::InvokeSink for Outcomes {
    fn complete(&self, token: u64, outcome: polydubbo::Result<polydubbo::rpc::RpcResult>) {
        drop(self.0.send((token, outcome)));
    }
}

#[tokio::test]
async fn submitted_calls_are_delivered_exactly_once_with_their_token() {
    use polydubbo::protocol::dubbo::InvokeSink;

    let (hold, mut held) = tokio::sync::mpsc::unbounded_channel();
    let handler = service(move |call: InboundCall| match text_of(&call.arguments).as_str() {
        "hold" => drop(hold.send(call)),
        "oneway" => call.responder.null(),
        name => {
            let answer = string(&format!("Hello {name}"));
            call.responder.value(answer);
        }
    });
    for query in ["", "?reference.filter=upper"] {
        let mut filters = FilterRegistry::builtin();
        filters.register_around("upper", Side::Consumer, Arc::new(Upper));
        let fixture = Fixture::with_filters("", greeter_methods(), Arc::clone(&handler), filters).await;
        let invoker = fixture.refer(query).await;
        let (send, mut outcomes) = tokio::sync::mpsc::unbounded_channel();
        let sink: Arc<dyn InvokeSink> = Arc::new(Outcomes(send));

        invoker.submit(&call("sayHello", "a"), 1, &sink).expect("submitted");
        let (token, outcome) = outcomes.recv().await.expect("an outcome");
        assert_eq!(token, 1);
        assert_eq!(text_of(&outcome.expect("answered").value().expect("a value")), "Hello a");

        let id = invoker.submit(&call("sayHello", "hold"), 2, &sink).expect("submitted");
        let call_that_hangs = held.recv().await.expect("it arrived");
        invoker.cancel(&id);
        let (token, outcome) = outcomes.recv().await.expect("an outcome");
        assert_eq!((token, outcome.expect_err("cancelled").code()), (2, ErrorCode::Cancelled));
        call_that_hangs.responder.null();

        let mut oneway = call("sayHello", "oneway");
        oneway.options.oneway = true;
        invoker.submit(&oneway, 3, &sink).expect("submitted");
        let (token, outcome) = outcomes.recv().await.expect("an outcome");
        assert_eq!((token, outcome.expect("sent").kind()), (3, ResultKind::Null));

        let error = invoker.submit(&call("nope", "x"), 4, &sink).map(drop);
        assert!(error.is_ok(), "what the provider says comes later");
        let (token, outcome) = outcomes.recv().await.expect("an outcome");
        assert_eq!((token, outcome.expect_err("refused").code()), (4, ErrorCode::StatusBadRequest));

        invoker.destroy();
        assert!(invoker.submit(&call("sayHello", "a"), 5, &sink).is_err());
        assert!(outcomes.try_recv().is_err(), "nothing is delivered for a call that was refused at once");
    }
}
