//! The services of the peer programs, on our provider.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use polydubbo::codec::hessian::{Reader, Value, Writer};
use polydubbo::exchange::ServerOptions;
use polydubbo::filter::FilterRegistry;
use polydubbo::protocol::callback::CallbackProxy;
use polydubbo::protocol::exporter::Exporter;
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::protocol::method_table::MethodTable;
use polydubbo::protocol::server::DubboServer;
use polydubbo::rpc::{Arguments, Invocation, Method, RemoteThrowable};
use polydubbo::url::Url;

pub(crate) fn string(text: &str) -> Bytes {
    encoded(&Value::from(text))
}

fn encoded(value: &Value) -> Bytes {
    let mut writer = Writer::new();
    writer.value(value).expect("a value of this test");
    writer.finish().expect("whole")
}

pub(crate) fn text_of(bytes: &[u8]) -> String {
    let value: Value = Reader::new(bytes).read().expect("a value");
    value.as_str().unwrap_or_default().to_owned()
}

/// A port with `Behaviour` (twice, as in the matrix) and `AllTypes`.
pub(crate) struct Provider(DubboServer);

impl Provider {
    pub(crate) fn start(behaviour: &str, all_types: &str, callbacks: &str) -> Self {
        // Java 2.7 consumers replace the loopback address by the host's own.
        let mut options = ServerOptions::new(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        // As the scenario file asks of every provider: silent connections are closed after three heartbeats.
        options.connection.heartbeat = Duration::from_secs(1);
        options.connection.idle_timeout = Duration::from_secs(3);
        let server = DubboServer::bind(options).expect("binds");
        let state = Arc::<State>::default();
        for (interface, query) in [
            (behaviour, callbacks.to_owned()),
            (behaviour, format!("{callbacks}&group=blue&version=2.0.0")),
            (all_types, String::new()),
        ] {
            let port = server.local_addr().port();
            let url =
                Url::parse(&format!("dubbo://127.0.0.1:{port}/{interface}?interface={interface}&{query}"));
            let (methods, handler): (_, Arc<dyn ServiceHandler>) = match interface == all_types {
                true => (open(ECHOES), Arc::new(Echo)),
                false => (open(METHODS), Arc::new(Behaviour(Arc::clone(&state)))),
            };
            let filters = FilterRegistry::builtin();
            let exporter =
                Exporter::new(url.expect("a URL"), methods, handler, &filters).expect("an exporter");
            server.export(&Arc::new(exporter)).expect("exports");
        }
        Self(server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().port()
    }
}

const METHODS: &[&str] = &[
    "hello",
    "nothing",
    "consume",
    "nothingFound",
    "overloaded",
    "throwChecked",
    "throwWithCause",
    "throwUnchecked",
    "throwStandard",
    "throwUndeclared",
    "throwHidden",
    "throwForeign",
    "sleep",
    "later",
    "attachment",
    "answerWith",
    "add",
    "count",
    "remotePort",
    "size",
    "bytes",
    "tell",
    "subscribe",
    "publish",
    "unsubscribe",
];

/// `AllTypes` has a hundred methods, all of which return their argument.
const ECHOES: &[&str] = &[];

fn open(names: &[&str]) -> MethodTable {
    if names.is_empty() {
        return MethodTable::any();
    }
    names.iter().fold(MethodTable::new(), |table, name| table.with_open(name))
}

struct Echo;

impl ServiceHandler for Echo {
    fn handle(&self, call: InboundCall) {
        call.responder.value(call.arguments);
    }
}

#[derive(Default)]
struct State {
    counters: Mutex<HashMap<String, i32>>,
    listeners: Mutex<HashMap<String, CallbackProxy>>,
}

struct Behaviour(Arc<State>);

impl ServiceHandler for Behaviour {
    fn handle(&self, call: InboundCall) {
        tokio::spawn(run(Arc::clone(&self.0), call));
    }
}

fn exception(class: &str, message: Value, extra: &[(&str, Value)]) -> Value {
    let empty = |class| Value::typed_list(class, []);
    let mut fields = vec![
        ("suppressedExceptions", empty("java.util.Collections$EmptyList")),
        ("stackTrace", empty("[java.lang.StackTraceElement")),
        ("detailMessage", message),
    ];
    fields.extend(extra.iter().cloned());
    Value::object(class, fields).expect("a class")
}

async fn run(state: Arc<State>, mut call: InboundCall) {
    let mut reader = Reader::new(&call.arguments);
    let mut arguments = Vec::new();
    while !reader.is_at_end() {
        arguments.push(reader.read::<Value>().expect("Java wrote it"));
    }
    let text = |index: usize| arguments[index].as_str().unwrap_or_default().to_owned();
    let number = |index: usize| arguments[index].as_long().unwrap_or_default();
    let method = Arc::clone(&call.method);
    let throw = |class: &str, message: Value, extra: &[(&str, Value)]| RemoteThrowable {
        class: class.to_owned(),
        encoded: encoded(&exception(class, message, extra)),
        ..RemoteThrowable::default()
    };
    const PEER: &str = "io.polydubbo.peer.api.PeerException";
    let thrown = match &*method.name {
        "throwChecked" => Some(throw(PEER, arguments[1].clone(), &[("code", arguments[0].clone())])),
        "throwWithCause" => {
            let cause = exception("java.lang.IllegalArgumentException", arguments[1].clone(), &[]);
            Some(throw(PEER, arguments[0].clone(), &[("code", Value::from(1)), ("cause", cause)]))
        }
        "throwUnchecked" => {
            Some(throw("io.polydubbo.peer.api.PeerRuntimeException", arguments[0].clone(), &[]))
        }
        "throwStandard" => Some(throw("java.lang.IllegalStateException", arguments[0].clone(), &[])),
        "throwUndeclared" => Some(throw("java.io.IOException", arguments[0].clone(), &[])),
        "throwHidden" => Some(throw("io.polydubbo.peer.provider.HiddenException", arguments[0].clone(), &[])),
        _ => None,
    };
    if let Some(thrown) = thrown {
        return call.responder.exception(&thrown);
    }
    let answer = match &*method.name {
        "hello" => Value::from(format!("Hello, {}", text(0))),
        "overloaded" => Value::from(&*method.descriptor),
        "throwForeign" => return call.responder.host_error("demo::Foreign", &text(0), "at somewhere"),
        "sleep" => {
            tokio::time::sleep(Duration::from_millis(number(0).unsigned_abs())).await;
            Value::from(number(0))
        }
        "later" => {
            tokio::time::sleep(Duration::from_millis(number(1).unsigned_abs())).await;
            arguments[0].clone()
        }
        "attachment" => call.attachments.text(&text(0)).map_or(Value::Null, Value::from),
        "answerWith" => {
            call.responder.attachments_mut().set(text(0), text(1));
            Value::from(text(1))
        }
        "add" => {
            *state.counters.lock().entry(text(0)).or_default() += number(1) as i32;
            Value::Null
        }
        "count" => Value::from(state.counters.lock().get(&text(0)).copied().unwrap_or_default()),
        "remotePort" => Value::from(i32::from(call.remote.port())),
        "size" => match &arguments[0] {
            Value::Binary(bytes) => Value::from(bytes.len() as i32),
            _ => Value::from(-1),
        },
        "bytes" => Value::Binary((0..number(0)).map(|i| (i % 251) as u8).collect()),
        "tell" => {
            let mut answers = Vec::new();
            for i in 0..number(1) {
                answers.push(tell(&call.callbacks[0], &format!("{}-{i}", text(0))).await);
            }
            Value::from(answers.join(","))
        }
        "subscribe" => {
            let listener = call.callbacks[0].clone();
            tell(&listener, &format!("{}-subscribed", text(0))).await;
            state.listeners.lock().insert(text(0), listener);
            Value::Null
        }
        "publish" => {
            let listener = state.listeners.lock().get(&text(0)).cloned();
            if let Some(listener) = &listener {
                tell(listener, &text(1)).await;
            }
            Value::from(listener.is_some())
        }
        "unsubscribe" => {
            state.listeners.lock().remove(&text(0));
            Value::Null
        }
        _ => Value::Null,
    };
    match answer {
        Value::Null => call.responder.null(),
        answer => call.responder.value(encoded(&answer)),
    }
}

async fn tell(listener: &CallbackProxy, event: &str) -> String {
    let arguments = Arguments { bytes: string(event), count: 1 };
    let invocation = Invocation::new(Method::new("changed", "Ljava/lang/String;"), arguments);
    let result = listener.invoke(&invocation).await.expect("the listener answers");
    text_of(&result.value().expect("a value"))
}
