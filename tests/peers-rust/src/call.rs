use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polydubbo::Reference;
use polydubbo::api::MethodTable;
use polydubbo::codec::hessian::{Reader, Value, Writer};
use polydubbo::protocol::callback::CallbackService;
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::rpc::{Arguments, Invocation, RpcResult};
use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::Result;
use crate::options::Options;
use crate::services::API;
use crate::tagged;

/// The references of this consumer: one for each interface and set of parameters, made when first asked for.
#[derive(Clone)]
pub(crate) struct References(Arc<Inner>);

struct Inner {
    /// What the command line says about every reference.
    common: Vec<(String, String)>,
    made: tokio::sync::Mutex<HashMap<Key, Reference>>,
}

/// An interface and the parameters of its own.
type Key = (String, BTreeMap<String, String>);

impl References {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let mut common = vec![
            ("application", options.get("name").unwrap_or("rust-peer")),
            ("timeout", options.get("timeout").unwrap_or("10000")),
            ("retries", options.get("retries").unwrap_or("0")),
        ];
        common.extend(options.registry().map(|registry| ("registry", registry)));
        common.extend(options.get("url").map(|url| ("url", url)));
        if options.get("url").is_some() {
            // Nobody publishes them then.
            common.extend([
                ("tell.2.callback", "true"),
                ("subscribe.1.callback", "true"),
                ("unsubscribe.1.callback", "false"),
            ]);
        }
        common.extend(options.parameters());
        let common = common.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Self(Arc::new(Inner { common, made: tokio::sync::Mutex::default() })))
    }

    pub(crate) async fn get(&self, interface: &str, own: &BTreeMap<String, String>) -> Result<Reference> {
        let key = (interface.to_owned(), own.clone());
        let mut made = self.0.made.lock().await;
        if let Some(reference) = made.get(&key) {
            return Ok(reference.clone());
        }
        let settings = self.0.common.iter().map(|(k, v)| (k, v)).chain(own);
        let builder =
            settings.fold(Reference::builder(interface), |builder, (key, value)| builder.set(key, value));
        let reference = builder.build().await?;
        made.insert(key, reference.clone());
        Ok(reference)
    }

    pub(crate) async fn close(&self) {
        for (_, reference) in self.0.made.lock().await.drain() {
            reference.close(Duration::from_secs(1)).await;
        }
    }
}

/// One call of a case.
pub(crate) struct Call<'a> {
    service: &'a str,
    step: &'a Json,
    pub(crate) descriptor: &'a str,
    pub(crate) arguments: Vec<Value>,
    listeners: Vec<(usize, Listener)>,
}

/// What a call gave, and how long it took.
pub(crate) struct Outcome {
    pub(crate) result: polydubbo::Result<RpcResult>,
    pub(crate) ms: u64,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        service: &'a str,
        step: &'a Json,
        known: &Mutex<HashMap<String, Listener>>,
    ) -> Result<Self> {
        let mut call = Self {
            service,
            step,
            descriptor: step["descriptor"].as_str().ok_or("no descriptor")?,
            arguments: Vec::new(),
            listeners: Vec::new(),
        };
        for (index, argument) in step["args"].as_array().into_iter().flatten().enumerate() {
            if argument["t"] == "listener" {
                let id = argument["id"].as_str().unwrap_or_default().to_owned();
                let listener = known.lock().entry(id).or_insert_with(Listener::new).clone();
                call.listeners.push((index, listener));
                call.arguments.push(Value::Null);
            } else {
                call.arguments.push(tagged::value(argument)?);
            }
        }
        Ok(call)
    }

    /// True for calls through `$invoke`.
    pub(crate) fn is_generic(&self) -> bool {
        self.step["generic"] == true
    }

    pub(crate) async fn run(
        &self,
        references: &References,
        own: &BTreeMap<String, String>,
    ) -> Result<Outcome> {
        let reference = references.get(self.service, own).await?;
        let invocation = self.invocation(&reference)?;
        let start = Instant::now();
        let result = reference.invoke(&invocation).await;
        Ok(Outcome { result, ms: start.elapsed().as_millis() as u64 })
    }

    fn invocation(&self, reference: &Reference) -> Result<Invocation> {
        let name = self.step["method"].as_str().ok_or("no method")?;
        let mut invocation = if self.is_generic() {
            let types = type_names(self.descriptor).into_iter().map(Value::from);
            let arguments = [
                name.into(),
                Value::typed_list("[string", types),
                Value::typed_list("[object", self.arguments.iter().cloned()),
            ];
            let method =
                reference.method("$invoke", "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;");
            let mut invocation = Invocation::new(method, encode(&arguments)?);
            invocation.attachments.set("generic", "true");
            invocation
        } else {
            Invocation::new(reference.method(name, self.descriptor), encode(&self.arguments)?)
        };
        for (key, value) in self.step["attachments"].as_object().into_iter().flatten() {
            invocation.attachments.set(key.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        invocation.options.oneway = self.step["one_way"] == true;
        invocation.callbacks =
            self.listeners.iter().map(|(index, listener)| listener.0.argument(*index)).collect();
        Ok(invocation)
    }
}

/// Arguments as they travel.
pub(crate) fn encode(values: &[Value]) -> Result<Arguments> {
    let mut writer = Writer::new();
    for value in values {
        writer.value(value)?;
    }
    Ok(Arguments { bytes: writer.finish()?, count: values.len() })
}

/// Java's names of the types in a descriptor: `int`, `java.lang.String[]`.
fn type_names(descriptor: &str) -> Vec<String> {
    let (mut names, mut rest, mut brackets) = (Vec::new(), descriptor, 0);
    while let Some(letter) = rest.chars().next() {
        rest = &rest[1..];
        let name = match letter {
            '[' => {
                brackets += 1;
                continue;
            }
            'L' => {
                let (name, behind) = rest.split_once(';').unwrap_or((rest, ""));
                rest = behind;
                name.replace('/', ".")
            }
            'Z' => "boolean".to_owned(),
            'B' => "byte".to_owned(),
            'S' => "short".to_owned(),
            'C' => "char".to_owned(),
            'I' => "int".to_owned(),
            'J' => "long".to_owned(),
            'F' => "float".to_owned(),
            _ => "double".to_owned(),
        };
        names.push(name + &"[]".repeat(std::mem::take(&mut brackets)));
    }
    names
}

/// A callback object that answers "heard " and the event, and keeps what it heard.
#[derive(Clone)]
pub(crate) struct Listener(Arc<CallbackService>, Arc<Heard>);

#[derive(Default)]
struct Heard {
    events: Mutex<Vec<String>>,
    changed: Notify,
}

impl Listener {
    fn new() -> Self {
        let heard: Arc<Heard> = Arc::default();
        let methods = MethodTable::new().with("changed", "Ljava/lang/String;");
        let service = CallbackService::new(&format!("{API}Listener"), methods, Arc::clone(&heard) as Arc<_>);
        Self(service.expect("a callback without filters"), heard)
    }

    /// Waits until exactly these events were heard.
    pub(crate) async fn expect(&self, want: &Json, limit: Duration) -> Result<()> {
        let want: Vec<&str> = want.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let heard = async {
            while *self.1.events.lock() != want {
                self.1.changed.notified().await;
            }
        };
        let outcome = tokio::time::timeout(limit, heard).await;
        outcome.map_err(|_| format!("heard {:?}, want {want:?}", self.1.events.lock()).into())
    }
}

impl ServiceHandler for Heard {
    fn handle(&self, call: InboundCall) {
        let event: std::result::Result<Value, _> = Reader::new(&call.arguments).read();
        let event = event.ok().and_then(|event| event.as_str().map(str::to_owned)).unwrap_or_default();
        let mut writer = Writer::new();
        writer.string(&format!("heard {event}"));
        self.events.lock().push(event);
        self.changed.notify_one();
        if let Ok(answer) = writer.finish() {
            call.responder.value(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_become_the_names_of_java() {
        assert_eq!(
            type_names("I[Ljava/lang/String;[[JZ"),
            ["int", "java.lang.String[]", "long[][]", "boolean"]
        );
        assert!(type_names("").is_empty());
    }
}
