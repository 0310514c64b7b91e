//! The public API of both sides, over loopback.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use polydubbo::api::{self, Event, EventQueue, Queue};
use polydubbo::codec::hessian::Value;
use polydubbo::rpc::RemoteThrowable;
use polydubbo::typed::{Context, ServiceError};
use polydubbo::{ErrorCode, Reference, Server, Service};

const SECOND: Duration = Duration::from_secs(1);

fn service() -> Service {
    Service::builder("demo.All")
        .method("sayHello", async |name: String| Ok::<_, ServiceError>(format!("Hello {name}")))
        .method("add", async |a: i32, b: i64| Ok::<_, ServiceError>(i64::from(a) + b))
        .method("add", async |a: f64, b: f64| Ok::<_, ServiceError>(a + b))
        .method("nothing", async || Ok::<Option<String>, ServiceError>(None))
        .method("sleep", async |ms: i32| {
            tokio::time::sleep(Duration::from_millis(ms as u64)).await;
            Ok::<_, ServiceError>(ms)
        })
        .method("refuse", async |class: String| -> Result<i32, ServiceError> {
            Err(RemoteThrowable { class, message: Some("no".to_owned()), ..RemoteThrowable::default() }
                .into())
        })
        .method("parse", async |text: String| -> Result<i32, ServiceError> { Ok(text.parse::<i32>()?) })
        .method("panic", async || -> Result<i32, ServiceError> { panic!("a bug of the service") })
        .method("whoami", async || {
            let context = Context::current().expect("inside a method");
            context.respond_with("answer", "42");
            Ok::<_, ServiceError>(context.attachments().text("user").map(str::to_owned))
        })
        .method("count", async |map: HashMap<String, i32>| Ok::<_, ServiceError>(map.values().sum::<i32>()))
        .build()
        .unwrap()
}

async fn server() -> Server {
    Server::builder()
        .host("127.0.0.1")
        .port(0)
        .set("shutdown.notice", "0")
        .service(service())
        .start()
        .await
        .unwrap()
}

async fn reference(server: &Server) -> Reference {
    Reference::builder("demo.All").url(&server.url()).retries(0).build().await.unwrap()
}

#[tokio::test]
async fn typed_calls_reach_typed_methods_and_overloads_are_told_apart() {
    let server = server().await;
    let all = reference(&server).await;
    assert_eq!(all.call("sayHello").arg("wörld").invoke::<String>().await.unwrap(), "Hello wörld");
    assert_eq!(all.call("add").arg(1).arg(2_i64).invoke::<i64>().await.unwrap(), 3);
    assert_eq!(all.call("add").arg(1.5).arg(2.0).invoke::<f64>().await.unwrap(), 3.5);
    assert_eq!(all.call("nothing").invoke::<Option<String>>().await.unwrap(), None);
    let map = HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(all.call("count").arg(map).invoke::<i32>().await.unwrap(), 3);
    assert_eq!(
        all.call("sayHello").arg_as("java.lang.String", "x").invoke::<Value>().await.unwrap(),
        "Hello x".into()
    );
    all.close(SECOND).await;
    assert!(server.close().await.is_clean());
}

#[tokio::test]
async fn exceptions_keep_their_class_and_errors_become_runtime_exceptions() {
    let server = server().await;
    let all = reference(&server).await;
    let thrown = all.call("refuse").arg("com.acme.Refused").invoke::<i32>().await.unwrap_err();
    assert_eq!(thrown.code(), ErrorCode::RemoteException);
    let remote = thrown.remote().expect("an exception");
    assert_eq!((remote.class.as_str(), remote.message.as_deref()), ("com.acme.Refused", Some("no")));

    let failed = all.call("parse").arg("x").invoke::<i32>().await.unwrap_err();
    assert_eq!(failed.remote().expect("an exception").class, "java.lang.RuntimeException");
    assert!(failed.message().contains("ParseIntError"), "{failed}");
}

#[tokio::test]
async fn a_panicking_method_fails_its_own_call_only() {
    let server = server().await;
    let all = reference(&server).await;
    let failed = all.call("panic").invoke::<i32>().await.unwrap_err();
    assert_eq!(failed.code(), ErrorCode::StatusServiceError, "{failed}");
    assert_eq!(all.call("add").arg(1).arg(2_i64).invoke::<i64>().await.unwrap(), 3);
}

/// Later calls of a method are served another way than its first: on the spot, from what is known of the first.
#[tokio::test]
async fn calls_alike_are_served_like_the_first_alone_and_among_others() {
    let server = server().await;
    let all = reference(&server).await;
    for round in 0..4 {
        let long = "ü".repeat(20_000);
        let (hello, long_hello, nothing, slept, refused, panicked, who, wrong) = tokio::join!(
            all.call("sayHello").arg("wörld").invoke::<String>(),
            all.call("sayHello").arg(long.as_str()).invoke::<String>(),
            all.call("nothing").invoke::<Option<String>>(),
            all.call("sleep").arg(5).invoke::<i32>(),
            all.call("refuse").arg("com.acme.Refused").invoke::<i32>(),
            all.call("panic").invoke::<i32>(),
            all.call("whoami").attachment("user", "ann").invoke_with_attachments::<Option<String>>(),
            all.call("sayHello").arg_as("java.lang.String", vec![5]).invoke::<Value>(),
        );
        assert_eq!(hello.unwrap(), "Hello wörld", "round {round}");
        assert_eq!(long_hello.unwrap(), format!("Hello {long}"));
        assert_eq!((nothing.unwrap(), slept.unwrap()), (None, 5));
        assert_eq!(refused.unwrap_err().remote().expect("an exception").class, "com.acme.Refused");
        let panicked = panicked.unwrap_err();
        assert_eq!(panicked.code(), ErrorCode::StatusServiceError);
        assert!(panicked.message().contains("the service gave up this call without an answer"), "{panicked}");
        let who = who.unwrap();
        assert_eq!((who.value.as_deref(), who.attachments.text("answer")), (Some("ann"), Some("42")));
        let wrong = wrong.unwrap_err();
        assert_eq!(wrong.code(), ErrorCode::StatusBadRequest);
        assert!(wrong.message().contains("Fail to decode request due to: "), "{wrong}");
        // And one after the other.
        assert_eq!(all.call("add").arg(1).arg(2_i64).invoke::<i64>().await.unwrap(), 3);
        assert_eq!(all.call("nothing").invoke::<Option<String>>().await.unwrap(), None);
        assert_eq!(
            all.call("panic").invoke::<i32>().await.unwrap_err().code(),
            ErrorCode::StatusServiceError
        );
        assert_eq!(all.call("sleep").arg(1).invoke::<i32>().await.unwrap(), 1);
    }
    while server.running() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(server.close().await.is_clean());
}

#[tokio::test]
async fn unknown_methods_are_refused_with_dubbos_text() {
    let server = server().await;
    let all = reference(&server).await;
    let failed = all.call("nope").arg(1).invoke::<i32>().await.unwrap_err();
    assert_eq!(failed.code(), ErrorCode::StatusBadRequest);
    assert!(failed.message().contains("Service not found:demo.All, nope"), "{failed}");
}

#[tokio::test]
async fn a_call_that_takes_too_long_times_out_and_the_next_one_works() {
    let server = server().await;
    let all = reference(&server).await;
    let late =
        all.call("sleep").arg(2000).timeout(Duration::from_millis(50)).invoke::<i32>().await.unwrap_err();
    assert_eq!(late.code().rpc_code(), 2, "Java sees TIMEOUT: {late}");
    assert!(late.message().contains("Waiting server-side response timeout"), "{late}");
    assert_eq!(all.call("sleep").arg(1).invoke::<i32>().await.unwrap(), 1);
}

#[tokio::test]
async fn attachments_travel_both_ways() {
    let server = server().await;
    let all = reference(&server).await;
    let call = all.call("whoami").attachment("user", "ann");
    let reply = call.invoke_with_attachments::<Option<String>>().await.unwrap();
    assert_eq!(reply.value.as_deref(), Some("ann"));
    assert_eq!(reply.attachments.text("answer"), Some("42"));
    assert_eq!(reply.attachments.text("dubbo"), Some("2.0.2"));
}

#[tokio::test]
async fn a_hundred_calls_share_one_connection() {
    let server = server().await;
    let all = reference(&server).await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..100 {
        let all = all.clone();
        calls.spawn(async move { all.call("add").arg(number).arg(1_i64).invoke::<i64>().await.unwrap() });
    }
    let mut sums = calls.join_all().await;
    sums.sort_unstable();
    assert_eq!(sums, (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_closing_server_answers_the_calls_that_run() {
    let server = server().await;
    let all = reference(&server).await;
    let running = tokio::spawn({
        let all = all.clone();
        async move { all.call("sleep").arg(300).invoke::<i32>().await }
    });
    while server.running() == 0 {
        tokio::task::yield_now().await;
    }
    let report = server.close().await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(running.await.unwrap().unwrap(), 300);
    let refused = all.call("sleep").arg(1).invoke::<i32>().await.unwrap_err();
    assert_eq!(refused.code().rpc_code(), 1, "Java sees NETWORK: {refused}");
}

#[tokio::test]
async fn a_reference_to_nobody_fails_at_once_unless_check_is_off() {
    let nobody = "dubbo://127.0.0.1:1";
    let failed =
        Reference::builder("demo.All").url(nobody).set("connect.timeout", "100").build().await.unwrap_err();
    assert_eq!(failed.code(), ErrorCode::NoInvokerAvailable);
    let lazy = Reference::builder("demo.All").url(nobody).check(false).build().await.unwrap();
    assert!(!lazy.is_available());
    assert_eq!(lazy.call("add").invoke::<i32>().await.unwrap_err().code(), ErrorCode::Network);
}

/// The facade, as a binding drives it: everything arrives in one queue that one thread drains.
#[test]
fn the_facade_calls_and_serves_through_one_queue() {
    let runtime = api::Runtime::new(&api::RuntimeOptions::default()).unwrap();
    let queue: Arc<EventQueue> = Arc::new(Queue::new(()));

    let config = api::ServiceConfig::new("demo.Host");
    let methods = api::MethodTable::new().with("twice", "I").with("never", "");
    let service = Service::raw(config, methods, api::HostService::new(&queue, 7));
    let mut server = api::ServerConfig::default();
    for (key, value) in
        [("host", "127.0.0.1"), ("port", "0"), ("shutdown.notice", "0"), ("shutdown.wait", "200")]
    {
        server.set(key, value).unwrap();
    }
    api::Server::start(&runtime, server, vec![service], 1, &queue).unwrap();
    let Event::Started { token: 1, result: Ok(server) } = next(&queue) else { panic!("not started") };

    let mut config = api::ReferenceConfig::new("demo.Host");
    config.set("url", &server.url()).unwrap();
    config.set("retries", "0").unwrap();
    api::Reference::refer(&runtime, config, 2, &queue).unwrap();
    let Event::Referred { token: 2, result: Ok(reference) } = next(&queue) else { panic!("not referred") };

    let sink: Arc<dyn api::CompletionSink> = Arc::clone(&queue) as Arc<dyn api::CompletionSink>;
    let arguments = api::Arguments { bytes: bytes::Bytes::from_static(b"\x95"), count: 1 };
    let twice = api::Invocation::new(reference.method("twice", "I"), arguments);
    let _handle = reference.submit(twice, 3, &sink).unwrap();
    let Event::Called { service: 7, call } = next(&queue) else { panic!("no call") };
    assert_eq!((&*call.method.name, &call.arguments[..]), ("twice", &b"\x95"[..]));
    call.responder.value(bytes::Bytes::from_static(b"\x9a"));
    let Event::Completed(done) = next(&queue) else { panic!("no completion") };
    assert_eq!((done.token, &done.result.unwrap().value().unwrap()[..]), (3, &b"\x9a"[..]));

    // A call that the host forgets, and one that is cancelled: both complete exactly once.
    let never = api::Invocation::new(reference.method("never", ""), api::Arguments::default());
    let _forgotten = reference.submit(never.clone(), 4, &sink).unwrap();
    let Event::Called { call, .. } = next(&queue) else { panic!("no call") };
    drop(call);
    let Event::Completed(done) = next(&queue) else { panic!("no completion") };
    assert_eq!((done.token, done.result.unwrap_err().code()), (4, ErrorCode::StatusServiceError));
    let handle = reference.submit(never, 5, &sink).unwrap();
    let Event::Called { call, .. } = next(&queue) else { panic!("no call") };
    handle.cancel();
    let Event::Completed(done) = next(&queue) else { panic!("no completion") };
    assert_eq!((done.token, done.result.unwrap_err().code()), (5, ErrorCode::Cancelled));
    drop(call);

    reference.close(SECOND, 6, &queue).unwrap();
    assert!(matches!(next(&queue), Event::Done { token: 6, result: Ok(()) }));
    let closed = reference.submit(
        api::Invocation::new(reference.method("never", ""), api::Arguments::default()),
        8,
        &sink,
    );
    assert_eq!(closed.err().map(|error| error.code()), Some(ErrorCode::Closed));
    server.close(9, &queue).unwrap();
    let Event::Stopped { token: 9, report } = next(&queue) else { panic!("not stopped") };
    assert!(report.is_clean());
    assert!(runtime.shutdown(SECOND));
    assert!(queue.is_empty(), "nothing completes twice");
}

fn next(queue: &EventQueue) -> Event {
    let mut out = Vec::new();
    assert!(queue.wait(10 * SECOND, 1, &mut out));
    out.pop().expect("an event within ten seconds")
}

/// A service whose method blocks its thread until the test lets it go on, and tells the name of that thread.
fn blocking_service() -> (Service, std::sync::mpsc::Sender<()>) {
    let (release, gate) = std::sync::mpsc::channel();
    let gate = Arc::new(parking_lot::Mutex::new(gate));
    let service = Service::builder("demo.Blocking")
        .blocking()
        .method("block", move || {
            let gate = Arc::clone(&gate);
            async move {
                gate.lock().recv().expect("the test lets it go on");
                // The runtime is at hand here too.
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok::<_, ServiceError>(std::thread::current().name().unwrap_or_default().to_owned())
            }
        })
        .build()
        .unwrap();
    (service, release)
}

#[tokio::test]
async fn methods_that_block_run_on_the_workers_in_the_bounds_of_the_server() {
    let (blocking, release) = blocking_service();
    let server = Server::builder()
        .host("127.0.0.1")
        .port(0)
        .set("shutdown.notice", "0")
        .set("threads", "1")
        .set("queues", "1")
        .service(blocking)
        .service(service())
        .start()
        .await
        .unwrap();
    let blocking = Reference::builder("demo.Blocking").url(&server.url()).retries(0).timeout(60 * SECOND);
    let blocking = blocking.build().await.unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let blocking = blocking.clone();
        calls.spawn(async move { blocking.call("block").invoke::<String>().await });
    }
    // One runs and one waits; the one too many is the only one that can end now.
    let refused = calls.join_next().await.unwrap().unwrap();
    assert_eq!(refused.unwrap_err().code(), ErrorCode::StatusThreadPoolExhausted);
    let all = reference(&server).await;
    assert_eq!(all.call("add").arg(1).arg(2_i64).invoke::<i64>().await.unwrap(), 3, "others are served");
    for _ in 0..2 {
        release.send(()).unwrap();
        let thread = calls.join_next().await.unwrap().unwrap().unwrap();
        assert!(thread.starts_with("DubboServerHandler-127.0.0.1:"), "{thread}");
    }
    assert!(server.close().await.is_clean());
}

/// A service that tells its name and the port of its caller's connection.
async fn named(name: &'static str, settings: &[(&str, &str)]) -> Server {
    let service = Service::builder("demo.Named")
        .method("whoAreYou", move || async move {
            let remote = Context::current().expect("inside a method").remote_addr();
            Ok::<_, ServiceError>(format!("{name} {}", remote.port()))
        })
        .build()
        .unwrap();
    let server = Server::builder().host("127.0.0.1").port(0).service(service);
    settings.iter().fold(server, |server, (key, value)| server.set(key, value)).start().await.unwrap()
}

async fn who(reference: &Reference) -> String {
    reference.call("whoAreYou").invoke::<String>().await.unwrap()
}

#[tokio::test]
async fn calls_avoid_a_provider_that_is_about_to_stop() {
    let stopping = named("stopping", &[("shutdown.notice", "60000"), ("shutdown.wait", "60000")]).await;
    let staying = named("staying", &[("shutdown.notice", "0")]).await;
    let both = format!("{};{}", stopping.url(), staying.url());
    let reference = Reference::builder("demo.Named").url(&both).retries(0).build().await.unwrap();
    let mut seen = std::collections::HashSet::new();
    while seen.len() < 2 {
        seen.insert(who(&reference).await.split(' ').next().unwrap().to_owned());
    }
    let only = Reference::builder("demo.Named").url(&stopping.url()).retries(0).build().await.unwrap();
    let closing = tokio::spawn({
        let stopping = stopping.clone();
        async move { stopping.close().await }
    });
    // The consumer's mark comes with the event; nobody answers it.
    while only.is_available() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..100 {
        assert!(who(&reference).await.starts_with("staying"));
    }
    assert!(who(&only).await.starts_with("stopping"), "a caller without a choice is still served");
    closing.abort();
}

#[tokio::test]
async fn connections_are_shared_or_own_or_made_late_as_the_reference_says() {
    let server = named("only", &[("shutdown.notice", "0")]).await;
    let ports = async |reference: &Reference| {
        let mut ports = std::collections::HashSet::new();
        for _ in 0..8 {
            ports.insert(who(reference).await);
        }
        ports
    };
    let refer = || Reference::builder("demo.Named").url(&server.url());
    let [one, two] = [refer().build().await.unwrap(), refer().build().await.unwrap()];
    let shared = ports(&one).await;
    assert_eq!((shared.len(), &shared), (1, &ports(&two).await), "one connection for both");
    let own = ports(&refer().set("connections", "3").build().await.unwrap()).await;
    assert!(own.len() == 3 && own.is_disjoint(&shared), "{own:?}");

    let late = refer().set("connections", "1").set("lazy", "true").build().await.unwrap();
    assert!(late.is_available(), "a lazy connection counts as connected");
    drop((one, two));
    assert_eq!(ports(&late).await.len(), 1);
}

#[tokio::test]
async fn a_server_takes_no_more_connections_than_it_accepts() {
    let server = named("full", &[("shutdown.notice", "0"), ("accepts", "1")]).await;
    let refer = || Reference::builder("demo.Named").url(&server.url()).retries(0).set("connections", "1");
    let first = refer().build().await.unwrap();
    who(&first).await;
    let second = refer().set("check", "false").timeout(Duration::from_millis(300)).build().await.unwrap();
    let refused = second.call("whoAreYou").invoke::<String>().await.unwrap_err();
    assert!(matches!(refused.code().rpc_code(), 1 | 2), "{refused}");
    who(&first).await;
}
