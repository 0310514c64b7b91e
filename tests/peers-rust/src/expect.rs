//! The `expect` of a call.

use std::collections::HashMap;

use parking_lot::Mutex;
use polydubbo::Error;
use polydubbo::codec::hessian::{Reader, Value};
use polydubbo::rpc::{RemoteThrowable, ResultKind, RpcResult};
use serde_json::Value as Json;

use crate::Result;
use crate::call::{Call, Outcome};
use crate::compare::is_same;
use crate::tagged;

/// An error that says what is different.
pub(crate) fn check(
    want: &Json,
    memory: &Mutex<HashMap<String, Value>>,
    call: &Call<'_>,
    got: &Outcome,
) -> Result<()> {
    let bound = |key: &str| want[key].as_u64();
    if bound("max_ms").is_some_and(|max| got.ms > max) || bound("min_ms").is_some_and(|min| got.ms < min) {
        return Err(format!("took {} ms", got.ms).into());
    }
    let thrown = got.result.as_ref().is_ok_and(|result| result.kind() == ResultKind::Exception);
    if !want["exception"].is_null() {
        return exception(&want["exception"], got);
    }
    if let Some(names) = want["error"].as_array() {
        let name = got.result.as_ref().err().map_or("", rpc_name);
        return expect(names.iter().any(|want| want == name), got, want);
    }
    if want["fails"] == true {
        return expect(thrown || got.result.is_err(), got, want);
    }
    let result = match &got.result {
        Ok(result) if !thrown => result,
        _ => return expect(false, got, want),
    };
    value(want, memory, call, result)?;
    attachments(want, result)
}

fn value(
    want: &Json,
    memory: &Mutex<HashMap<String, Value>>,
    call: &Call<'_>,
    result: &RpcResult,
) -> Result<()> {
    let got = match result.kind() {
        ResultKind::Value => Reader::new(result.body()).read()?,
        _ => Value::Null,
    };
    let compare = |expected: &Value, equal: bool| {
        // The declared type says how wide a float is; only an echo returns the type of its parameter.
        let declared = if want["same"] == true && !call.is_generic() { call.descriptor } else { "" };
        if is_same(expected, &got, declared) == equal {
            return Ok(());
        }
        Err(format!("got {}, want {}{}", short(&got), if equal { "" } else { "not " }, short(expected))
            .into())
    };
    if !want["value"].is_null() {
        return compare(&tagged::value(&want["value"])?, true);
    }
    if want["same"] == true {
        return compare(&call.arguments[0], true);
    }
    let known =
        |name: &str| memory.lock().get(name).cloned().ok_or_else(|| format!("{name} is not remembered"));
    if let Some(name) = want["remember"].as_str() {
        memory.lock().insert(name.to_owned(), got);
        return Ok(());
    }
    match (want["equals"].as_str(), want["differs"].as_str()) {
        (Some(name), _) => compare(&known(name)?, true),
        (_, Some(name)) => compare(&known(name)?, false),
        _ => Err(format!("nothing to compare in {want}").into()),
    }
}

fn attachments(want: &Json, result: &RpcResult) -> Result<()> {
    let Some(wanted) = want["attachments"].as_object() else { return Ok(()) };
    let got = result.attachments()?;
    match wanted.iter().find(|(key, value)| got.text(key) != value.as_str()) {
        Some((key, _)) => Err(format!("attachment {key} is {:?}", got.text(key)).into()),
        None => Ok(()),
    }
}

/// Class, message and integer field are those expected; the cause likewise.
fn exception(want: &Json, got: &Outcome) -> Result<()> {
    let Ok(result) = &got.result else { return expect(false, got, want) };
    let thrown = result.throwable()?;
    let mut level = Some(&thrown);
    let mut wanted = want;
    while !wanted.is_null() {
        let Some(thrown) = level else { return expect(false, got, want) };
        let code = || {
            let value: Option<Value> = Reader::new(&thrown.encoded).read().ok();
            value.and_then(|value| value.get("code")?.as_long())
        };
        let same = wanted["class"] == thrown.class.as_str()
            && message_fits(wanted, thrown)
            && (wanted["code"].is_null() || wanted["code"].as_i64() == code());
        expect(same, got, want)?;
        (level, wanted) = (thrown.cause.as_deref(), &wanted["cause"]);
    }
    Ok(())
}

fn message_fits(want: &Json, thrown: &RemoteThrowable) -> bool {
    let message = thrown.message.as_deref();
    match (want.get("message"), want["contains"].as_str()) {
        (Some(exact), _) => exact.as_str() == message,
        (None, Some(part)) => message.is_some_and(|message| message.contains(part)),
        (None, None) => true,
    }
}

fn expect(holds: bool, got: &Outcome, want: &Json) -> Result<()> {
    if holds { Ok(()) } else { Err(format!("got {}, want {want}", describe(&got.result)).into()) }
}

fn describe(result: &polydubbo::Result<RpcResult>) -> String {
    match result {
        Ok(result) if result.kind() == ResultKind::Exception => match result.throwable() {
            Ok(thrown) => thrown.to_string(),
            Err(error) => format!("an unreadable exception: {error}"),
        },
        Ok(result) => {
            Reader::new(result.body()).read().map_or_else(|_| "null".to_owned(), |value| short(&value))
        }
        Err(error) => format!("{} {error}", rpc_name(error)),
    }
}

fn short(value: &Value) -> String {
    let text = format!("{value:?}");
    text.char_indices().nth(300).map_or_else(|| text.clone(), |(end, _)| format!("{}...", &text[..end]))
}

/// The name of the code that a Java caller would see.
pub(crate) fn rpc_name(error: &Error) -> &'static str {
    usize::try_from(error.code().rpc_code()).ok().and_then(|code| CODES.get(code)).copied().unwrap_or("?")
}

const CODES: &[&str] = &[
    "UNKNOWN",
    "NETWORK",
    "TIMEOUT",
    "BIZ",
    "FORBIDDEN",
    "SERIALIZATION",
    "NO_INVOKER_AVAILABLE_AFTER_FILTER",
    "LIMIT_EXCEEDED",
    "TIMEOUT_TERMINATE",
    "REGISTRY",
    "ROUTER_CACHE_NOT_BUILD",
    "METHOD_NOT_FOUND",
    "VALIDATION",
    "AUTHORIZATION",
];
