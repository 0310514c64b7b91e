//! `Behaviour`: everything about a call that is not the value it carries.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use polydubbo::api::{MethodTable, ServiceConfig};
use polydubbo::codec::hessian::{ClassDef, Reader, Value, Writer};
use polydubbo::protocol::callback::CallbackProxy;
use polydubbo::protocol::inbound::{CallResponder, InboundCall, ServiceHandler};
use polydubbo::rpc::{Arguments, Invocation, Method, RemoteThrowable};
use polydubbo::{Error, ErrorCode, Service};
use tokio::runtime::Handle;

use super::API;
use crate::Result;
use crate::tagged::sequence;

pub(super) fn service(group: &str, version: &str) -> Result<Service> {
    let mut config = ServiceConfig::new(format!("{API}Behaviour"));
    for (key, value) in [
        ("group", group),
        ("version", version),
        ("callbacks", "1000"),
        ("tell.2.callback", "true"),
        ("subscribe.1.callback", "true"),
        ("unsubscribe.1.callback", "false"),
    ] {
        if !value.is_empty() {
            config.set(key, value)?;
        }
    }
    let methods = METHODS.iter().fold(MethodTable::new(), |table, (name, types)| table.with(name, types));
    Ok(Service::raw(
        config,
        methods,
        Arc::new(Behaviour { runtime: Handle::current(), state: Arc::default() }),
    ))
}

const METHODS: &[(&str, &str)] = &[
    ("hello", STRING),
    ("nothing", ""),
    ("consume", "Ljava/lang/Object;"),
    ("nothingFound", ""),
    ("overloaded", ""),
    ("overloaded", "I"),
    ("overloaded", "J"),
    ("overloaded", "Ljava/lang/Integer;"),
    ("overloaded", STRING),
    ("overloaded", "Ljava/util/List;"),
    ("overloaded", "ILjava/lang/String;"),
    ("overloaded", "[Ljava/lang/String;"),
    ("overloaded", "Ljava/lang/Object;"),
    ("throwChecked", "ILjava/lang/String;"),
    ("throwWithCause", "Ljava/lang/String;Ljava/lang/String;"),
    ("throwUnchecked", STRING),
    ("throwStandard", STRING),
    ("throwUndeclared", STRING),
    ("throwHidden", STRING),
    ("throwForeign", STRING),
    ("sleep", "J"),
    ("later", "Ljava/lang/String;J"),
    ("attachment", STRING),
    ("answerWith", "Ljava/lang/String;Ljava/lang/String;"),
    ("add", "Ljava/lang/String;I"),
    ("count", STRING),
    ("remotePort", ""),
    ("size", "[B"),
    ("bytes", "I"),
    ("tell", "Ljava/lang/String;ILio/polydubbo/peer/api/Listener;"),
    ("subscribe", "Ljava/lang/String;Lio/polydubbo/peer/api/Listener;"),
    ("publish", "Ljava/lang/String;Ljava/lang/String;"),
    ("unsubscribe", "Ljava/lang/String;Lio/polydubbo/peer/api/Listener;"),
];
const STRING: &str = "Ljava/lang/String;";

struct Behaviour {
    runtime: Handle,
    state: Arc<State>,
}

/// What calls leave behind.
#[derive(Default)]
struct State {
    counters: Mutex<HashMap<String, i32>>,
    listeners: Mutex<HashMap<String, CallbackProxy>>,
}

/// What a method gives back.
enum Answer {
    Value(Value),
    Exception(RemoteThrowable),
    /// An error of this language, of which Java has no class.
    Foreign(String),
}

impl ServiceHandler for Behaviour {
    /// Answers from memory, except for methods that wait.
    fn handle(&self, mut call: InboundCall) {
        let arguments = match read(&call.arguments) {
            Ok(arguments) => arguments,
            Err(error) => {
                return call.responder.error(Error::new(ErrorCode::StatusBadRequest, error.to_string()));
            }
        };
        if matches!(&*call.method.name, "sleep" | "later" | "tell" | "subscribe" | "publish") {
            let state = Arc::clone(&self.state);
            drop(self.runtime.spawn(async move {
                let answer = waiting(&state, &mut call, &arguments).await;
                respond(call.responder, answer);
            }));
            return;
        }
        let answer = at_once(&self.state, &mut call, &arguments);
        respond(call.responder, Ok(answer));
    }
}

/// All arguments, however many there are.
fn read(bytes: &[u8]) -> Result<Vec<Value>> {
    let mut reader = Reader::new(bytes);
    let mut values = Vec::new();
    while !reader.is_at_end() {
        values.push(reader.read()?);
    }
    Ok(values)
}

fn at_once(state: &State, call: &mut InboundCall, arguments: &[Value]) -> Answer {
    let text = |index: usize| arguments.get(index).and_then(Value::as_str).unwrap_or_default();
    let number = |index: usize| arguments.get(index).and_then(Value::as_long).unwrap_or_default();
    let thrown = |class: &str| Answer::Exception(exception(class, text(0)));
    Answer::Value(match &*call.method.name {
        "hello" => format!("Hello, {}", text(0)).into(),
        "overloaded" => (*call.method.descriptor).into(),
        "throwChecked" => return peer_exception(number(0), &arguments[1], None),
        "throwWithCause" => return peer_exception(1, &arguments[0], Some(text(1))),
        "throwUnchecked" => return thrown("io.polydubbo.peer.api.PeerRuntimeException"),
        "throwStandard" => return thrown("java.lang.IllegalStateException"),
        "throwUndeclared" => return thrown("java.io.IOException"),
        "throwHidden" => return thrown("io.polydubbo.peer.provider.HiddenException"),
        "throwForeign" => return Answer::Foreign(text(0).to_owned()),
        "attachment" => call.attachments.text(text(0)).map(str::to_owned).into(),
        "answerWith" => {
            call.responder.attachments_mut().set(text(0).to_owned(), text(1).to_owned());
            text(1).into()
        }
        "add" => {
            *state.counters.lock().entry(text(0).to_owned()).or_default() += number(1) as i32;
            Value::Null
        }
        "count" => state.counters.lock().get(text(0)).copied().unwrap_or_default().into(),
        "remotePort" => Value::Int(call.remote.port().into()),
        "size" => Value::Int(match &arguments[0] {
            Value::Binary(bytes) => bytes.len() as i32,
            _ => -1,
        }),
        "bytes" => Value::Binary(sequence(number(0) as usize).into()),
        "unsubscribe" => {
            state.listeners.lock().remove(text(0));
            Value::Null
        }
        // "nothing", "consume", "nothingFound"
        _ => Value::Null,
    })
}

async fn waiting(state: &State, call: &mut InboundCall, arguments: &[Value]) -> polydubbo::Result<Answer> {
    let text = |index: usize| arguments.get(index).and_then(Value::as_str).unwrap_or_default();
    let number = |index: usize| arguments.get(index).and_then(Value::as_long).unwrap_or_default();
    let pause = |ms: i64| tokio::time::sleep(Duration::from_millis(ms as u64));
    Ok(Answer::Value(match &*call.method.name {
        "sleep" => {
            pause(number(0)).await;
            Value::Long(number(0))
        }
        "later" => {
            pause(number(1)).await;
            text(0).into()
        }
        "tell" => {
            let mut answers = Vec::new();
            for i in 0..number(1) {
                answers.push(tell(listener(call)?, &format!("{}-{i}", text(0))).await?);
            }
            answers.join(",").into()
        }
        "subscribe" => {
            let listener = listener(call)?.clone();
            state.listeners.lock().insert(text(0).to_owned(), listener.clone());
            tell(&listener, &format!("{}-subscribed", text(0))).await?;
            Value::Null
        }
        // "publish"
        _ => {
            let listener = state.listeners.lock().get(text(0)).cloned();
            if let Some(listener) = &listener {
                tell(listener, text(1)).await?;
            }
            Value::Bool(listener.is_some())
        }
    }))
}

fn listener(call: &InboundCall) -> polydubbo::Result<&CallbackProxy> {
    call.callbacks
        .first()
        .ok_or_else(|| Error::new(ErrorCode::StatusBadRequest, "the call brought no listener"))
}

async fn tell(listener: &CallbackProxy, event: &str) -> polydubbo::Result<String> {
    let mut writer = Writer::new();
    writer.string(event);
    let bytes = writer.finish().map_err(|error| Error::new(ErrorCode::Serialization, error.to_string()))?;
    let invocation = Invocation::new(Method::new("changed", STRING), Arguments { bytes, count: 1 });
    let answer = listener.invoke(&invocation).await?;
    let answer: std::result::Result<Value, _> = Reader::new(answer.body()).read();
    Ok(answer.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default())
}

fn respond(responder: CallResponder, answer: polydubbo::Result<Answer>) {
    match answer {
        Ok(Answer::Value(Value::Null)) => responder.null(),
        Ok(Answer::Value(value)) => {
            let mut writer = Writer::new();
            match writer.value(&value).and_then(|()| writer.finish()) {
                Ok(encoded) => responder.value(encoded),
                Err(error) => responder.error(Error::new(ErrorCode::StatusBadResponse, error.to_string())),
            }
        }
        Ok(Answer::Exception(thrown)) => responder.exception(&thrown),
        Ok(Answer::Foreign(message)) => responder.host_error("matrix_peer::Foreign", &message, ""),
        Err(error) => responder.error(error),
    }
}

fn exception(class: &str, message: &str) -> RemoteThrowable {
    let (class, message) = (class.to_owned(), Some(message.to_owned()));
    RemoteThrowable { class, message, ..RemoteThrowable::default() }
}

/// `PeerException` has a field of its own, so it is written field by field.
fn peer_exception(code: i64, message: &Value, cause: Option<&str>) -> Answer {
    let class = ClassDef::new(
        &format!("{API}PeerException"),
        ["suppressedExceptions", "stackTrace", "cause", "detailMessage", "code"],
    );
    let class = class.expect("a Java class name");
    let thrown = throwable(&class, message.clone(), cause.map(illegal_argument), &[Value::Int(code as i32)]);
    let mut writer = Writer::new();
    let encoded =
        writer.value(&thrown).and_then(|()| writer.finish()).expect("these classes have Java names");
    Answer::Exception(RemoteThrowable {
        class: class.name().to_owned(),
        encoded,
        ..RemoteThrowable::default()
    })
}

fn illegal_argument(message: &str) -> Value {
    let fields = ["suppressedExceptions", "stackTrace", "cause", "detailMessage"];
    let class = ClassDef::new("java.lang.IllegalArgumentException", fields).expect("a Java class name");
    throwable(&class, message.into(), None, &[])
}

/// An exception without a cause names itself.
fn throwable(class: &Arc<ClassDef>, message: Value, cause: Option<Value>, more: &[Value]) -> Value {
    Value::cyclic_object(class, |this| {
        let mut fields = vec![
            Value::typed_list("java.util.Collections$EmptyList", []),
            Value::typed_list("[java.lang.StackTraceElement", []),
            cause.unwrap_or(this),
            message,
        ];
        fields.extend_from_slice(more);
        fields
    })
}
