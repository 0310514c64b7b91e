//! Role `faults`: provokes what `tests/vectors/errors.json` lists and says which error came.

use std::sync::Arc;
use std::time::Duration;

use polydubbo::api::{MethodTable, ServiceConfig};
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::rpc::{Arguments, Invocation};
use polydubbo::{Error, Reference, Server, Service};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use crate::Result;
use crate::call::encode;
use crate::options::Options;
use crate::tagged;

/// Prints one line for each fault.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let mut text = std::fs::read_to_string(options.require("faults")?)?;
    for (name, value) in options.places() {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    let file: Json = serde_json::from_str(&text)?;
    for fault in file["faults"].as_array().into_iter().flatten() {
        if !fault["not_in"]["rust"].is_null() {
            continue;
        }
        let line = match provoke(fault).await? {
            Some(error) => json!({
                "fault": fault["name"], "number": error.code().number(), "code": error.code().name(),
                "text": error.to_string(),
            }),
            None => json!({"fault": fault["name"], "number": 0, "code": "", "text": ""}),
        };
        println!("{line}");
    }
    println!("{}", json!({"done": true}));
    Ok(true)
}

/// The error of the fault; `None` if all went well. Anything else that fails is a fault of this program.
async fn provoke(fault: &Json) -> Result<Option<Error>> {
    if fault["server"].is_object() {
        return Ok(serve(fault).await.err());
    }
    let reference = match refer(&fault["reference"]).await {
        Ok(reference) => reference,
        Err(error) => return Ok(Some(error)),
    };
    if fault["before"] == "close" {
        reference.close(Duration::from_secs(1)).await;
    }
    let error = match fault["call"].is_object() {
        true => call(&reference, fault).await?,
        false => None,
    };
    reference.close(Duration::ZERO).await;
    Ok(error)
}

async fn refer(settings: &Json) -> polydubbo::Result<Reference> {
    let builder = Reference::builder(settings["interface"].as_str().unwrap_or_default());
    let settings = pairs(settings).filter(|(key, _)| *key != "interface");
    settings.fold(builder, |builder, (key, value)| builder.set(key, value)).build().await
}

/// The first error of the calls made at once.
async fn call(reference: &Reference, fault: &Json) -> Result<Option<Error>> {
    let invocation = invocation(reference, &fault["call"])?;
    let mut calls = JoinSet::new();
    for _ in 0..fault["concurrent"].as_u64().unwrap_or(1) {
        let (reference, invocation) = (reference.clone(), invocation.clone());
        calls.spawn(async move { reference.invoke(&invocation).await });
    }
    let mut first = None;
    while let Some(outcome) = calls.join_next().await {
        let error = match outcome? {
            Ok(result) => result.throwable().ok().map(Error::remote_exception),
            Err(error) => Some(error),
        };
        first = first.or(error);
    }
    Ok(first)
}

fn invocation(reference: &Reference, call: &Json) -> Result<Invocation> {
    let text = |key: &str| call[key].as_str().unwrap_or_default();
    let values: Result<Vec<_>> = call["args"].as_array().into_iter().flatten().map(tagged::value).collect();
    let arguments: Arguments = encode(&values?)?;
    let mut invocation = Invocation::new(reference.method(text("method"), text("descriptor")), arguments);
    invocation.options.timeout = call["timeout"].as_u64().map(Duration::from_millis);
    Ok(invocation)
}

async fn serve(fault: &Json) -> polydubbo::Result<()> {
    let mut server = Server::builder();
    for (key, value) in pairs(&fault["server"]) {
        server = server.set(key, value);
    }
    for interface in fault["exports"].as_array().into_iter().flatten() {
        let mut config = ServiceConfig::new(interface.as_str().unwrap_or_default());
        for (key, value) in pairs(&fault["service"]) {
            config.set(key, value)?;
        }
        server = server.service(Service::raw(config, MethodTable::any(), Arc::new(Nothing)));
    }
    server.start().await?.close().await;
    Ok(())
}

fn pairs(json: &Json) -> impl Iterator<Item = (&str, &str)> {
    json.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// A service that nobody calls.
struct Nothing;

impl ServiceHandler for Nothing {
    fn handle(&self, call: InboundCall) {
        call.responder.null();
    }
}
