//! Values and bodies.

use std::hint::black_box;

use anyhow::{Result, ensure};
use bytes::Bytes;
use polydubbo::codec::hessian::{Limits, Reader, Value, Writer};
use polydubbo::codec::request::{RequestHead, RequestTemplate};
use polydubbo::codec::response;
use polydubbo::rpc::{Arguments, Attachments, Method, ResultKind, RpcResult};

use super::Step;
use crate::user::{JAVA_BYTES, User};

pub(super) fn pojo_encode() -> Result<Step> {
    let user = User::sample(1_234_567);
    let mut buffer = Vec::with_capacity(4096);
    Ok(Box::new(move || {
        buffer.clear();
        let mut writer = Writer::onto(std::mem::take(&mut buffer));
        writer.value(black_box(&user)).expect("a user can be written");
        buffer = writer.into_buffer().expect("a whole value");
        black_box(&buffer);
    }))
}

pub(super) fn pojo_decode() -> Result<Step> {
    Ok(Box::new(|| {
        black_box(Reader::new(black_box(JAVA_BYTES)).read::<User>().expect("the bytes are a user"));
    }))
}

pub(super) fn generic_encode() -> Result<Step> {
    let user: Value = Reader::new(JAVA_BYTES).read()?;
    Ok(Box::new(move || {
        let mut writer = Writer::new();
        writer.value(black_box(&user)).expect("a value can be written");
        black_box(writer.finish().expect("a whole value"));
    }))
}

pub(super) fn generic_decode() -> Result<Step> {
    Ok(Box::new(|| {
        black_box(Reader::new(black_box(JAVA_BYTES)).read::<Value>().expect("the bytes are a value"));
    }))
}

fn method() -> std::sync::Arc<Method> {
    Method::new("echo", "Ljava/lang/String;")
}

fn template() -> Result<RequestTemplate> {
    let mut constants = Attachments::new();
    for (key, value) in
        [("path", INTERFACE), ("interface", INTERFACE), ("version", "0.0.0"), ("timeout", "10000")]
    {
        constants.set(key, value.to_owned());
    }
    Ok(RequestTemplate::new(INTERFACE, Some("0.0.0"), &method(), constants)?)
}

const INTERFACE: &str = "io.polydubbo.bench.BenchService";

fn encoded(text: &str) -> Bytes {
    let mut writer = Writer::new();
    writer.string(text);
    writer.finish().expect("a string is whole")
}

fn arguments() -> Arguments {
    Arguments { bytes: encoded(&"x".repeat(256)), count: 1 }
}

pub(super) fn request_encode() -> Result<Step> {
    let (template, arguments, own) = (template()?, arguments(), Attachments::new());
    Ok(Box::new(move || {
        black_box(template.encode(black_box(&arguments), &own).expect("strings can be written"));
    }))
}

pub(super) fn request_decode() -> Result<Step> {
    let body = Bytes::from(template()?.encode(&arguments(), &Attachments::new())?.concat());
    Ok(Box::new(move || {
        let request = RequestHead::decode(black_box(&body), Limits::DEFAULT).and_then(RequestHead::finish);
        black_box(request.expect("our own request"));
    }))
}

fn result() -> RpcResult {
    RpcResult::new(ResultKind::Value, false, encoded(&"x".repeat(256)))
}

pub(super) fn response_encode() -> Result<Step> {
    let (result, attachments) = (result(), Attachments::new());
    Ok(Box::new(move || {
        black_box(response::encode(black_box(&result), Some(&attachments)).expect("a string can be written"));
    }))
}

pub(super) fn response_decode() -> Result<Step> {
    let body = Bytes::from(response::encode(&result(), Some(&Attachments::new()))?.concat());
    Ok(Box::new(move || {
        black_box(response::decode(black_box(body.clone()), Limits::DEFAULT).expect("our own response"));
    }))
}

/// Writes and reads a string.
pub(super) fn string(character: char, count: usize) -> Result<Step> {
    let text = String::from(character).repeat(count);
    let mut buffer = Vec::with_capacity(4 * text.len() + 16);
    Ok(Box::new(move || {
        buffer.clear();
        let mut writer = Writer::onto(std::mem::take(&mut buffer));
        writer.string(black_box(&text));
        buffer = writer.into_buffer().expect("a string is whole");
        black_box(Reader::new(&buffer).read::<String>().expect("our own string"));
    }))
}

/// Lists in lists, deeper than allowed.
pub(super) fn reject_depth() -> Result<Step> {
    rejected(vec![0x79; 4096])
}

/// A list that announces two billion elements.
pub(super) fn reject_length() -> Result<Step> {
    rejected(b"\x58\x49\x7f\xff\xff\xff\x90".to_vec())
}

fn rejected(bytes: Vec<u8>) -> Result<Step> {
    ensure!(Reader::new(&bytes).read::<Value>().is_err(), "this must be refused");
    Ok(Box::new(move || {
        black_box(Reader::new(black_box(&bytes)).read::<Value>().is_err());
    }))
}
