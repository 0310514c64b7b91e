//! The events of references and servers as records; `io.polydubbo.internal.Kinds` lists the same numbers.

use std::time::Instant;

use bytes::Bytes;
use polydubbo::api::hessian::Reader;
use polydubbo::api::{Completion, Error, ErrorCode, Event, InboundCall, ResultKind, RpcResult};

use crate::attachments;
use crate::callback::{PROXIES, Proxy};
use crate::calls::CALLS;
use crate::frame::Packer;
use crate::handles::Handles;
use crate::record::{self, Record};
use crate::reference::{NativeReference, REFERENCES, events};
use crate::server::SERVERS;

/// A call has its result: flag `VALUE` or `EXCEPTION`, `ATTACHMENTS`, `CHECKED`; payload: the body.
const RESPONSE: u16 = 1;
/// Something has failed: aux is the code; payload: message, context.
const FAILURE: u16 = 2;
/// A service is called: owner is its number, token the number of the call, aux the milliseconds left or -1.
const CALLED: u16 = 10;
/// A reference is ready: aux is its handle.
const REFERRED: u16 = 11;
/// A server listens: aux is its handle; payload: port, URL.
const STARTED: u16 = 12;
/// Something without a value is done.
const DONE: u16 = 13;
/// A server has stopped: aux are the calls that were cut off.
const STOPPED: u16 = 14;

const VALUE: u16 = 1 << 2;
const EXCEPTION: u16 = 1 << 3;
const ATTACHMENTS: u16 = 1 << 4;
/// The value or exception is whole and within the limits.
const CHECKED: u16 = 1 << 5;
/// Nobody waits for the answer of a call.
const ONE_WAY: u16 = 1 << 2;

/// Calls of services that have no answer yet.
pub(crate) static INBOUND: Handles<InboundCall> = Handles::new();

impl record::Event for Event {
    fn into_record(self) -> Record {
        match self {
            Self::Completed(Completion { token, result }) => {
                CALLS.finish(token);
                match result.and_then(|result| response(token, &result)) {
                    Ok(response) => response,
                    Err(error) => failure(token, &error),
                }
            }
            Self::Called { service, call } => called(service, *call),
            Self::Referred { token, result } => {
                let made = result.and_then(|reference| Ok(NativeReference::new(reference, events()?)));
                ready(token, made, |made| record(REFERRED, token, REFERENCES.insert(made), Bytes::new()))
            }
            Self::Started { token, result } => ready(token, result, |server| {
                let mut packer = Packer::default();
                packer.int(i32::from(server.local_addr().port()));
                packer.text(&server.url());
                record(STARTED, token, SERVERS.insert(server), packer.finish())
            }),
            Self::Done { token, result } => ready(token, result, |()| record(DONE, token, 0, Bytes::new())),
            Self::Stopped { token, report } => {
                record(STOPPED, token, report.forced_calls as i64, Bytes::new())
            }
        }
    }
}

fn record(kind: u16, token: u64, aux: i64, payload: Bytes) -> Record {
    Record { kind, token, aux: aux as u64, payload, ..Record::default() }
}

fn ready<T>(token: u64, result: Result<T, Error>, make: impl FnOnce(T) -> Record) -> Record {
    match result {
        Ok(made) => make(made),
        Err(error) => failure(token, &error),
    }
}

fn response(token: u64, result: &RpcResult) -> Result<Record, Error> {
    let body = result.body();
    let mut flags = match result.kind() {
        ResultKind::Null => 0,
        ResultKind::Value => VALUE,
        ResultKind::Exception => EXCEPTION,
    };
    // A large one keeps its caller busy, not everybody.
    if flags != 0 && record::is_inline(body) {
        check(body, 1)?;
        flags |= CHECKED;
    }
    if result.has_attachments() {
        flags |= ATTACHMENTS;
    }
    Ok(Record { flags, ..record(RESPONSE, token, 0, body.clone()) })
}

/// Checks that the first `count` values are whole and within the limits, before Java builds objects from them. Gives the
/// offset behind them.
pub(crate) fn check(values: &[u8], count: usize) -> Result<usize, Error> {
    let mut reader = Reader::new(values);
    let failed = |error| Error::new(ErrorCode::Serialization, format!("cannot decode the value: {error}"));
    reader.skip_values(count).map_err(failed)?;
    Ok(reader.position())
}

fn failure(token: u64, error: &Error) -> Record {
    let mut packer = Packer::default();
    packer.text(&error.to_string());
    packer.int(error.context().len() as i32);
    for (key, value) in error.context() {
        packer.text(key);
        packer.text(value);
    }
    record(FAILURE, token, i64::from(error.code().number()), packer.finish())
}

fn called(service: u64, call: InboundCall) -> Record {
    let remaining = call.deadline.map_or(-1, |deadline| {
        i64::try_from(deadline.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(i64::MAX)
    });
    let flags = if call.responder.is_oneway() { ONE_WAY } else { 0 };
    let payload = pack_call(&call);
    Record { flags, owner: service, ..record(CALLED, INBOUND.insert(call) as u64, remaining, payload) }
}

/// Method, addresses, attachments, callbacks, then the arguments up to the end.
fn pack_call(call: &InboundCall) -> Bytes {
    let mut packer = Packer::default();
    packer.text(&call.method.name);
    packer.text(&call.method.descriptor);
    packer.text(&call.remote.to_string());
    packer.text(&call.local.to_string());
    attachments::pack(&call.attachments, &mut packer);
    packer.int(call.callbacks.len() as i32);
    for proxy in &call.callbacks {
        packer.int(proxy.index as i32);
        packer.byte(proxy.is_leaving.into());
        packer.text(&format!("{}:{}:{}", proxy.connection(), proxy.interface(), proxy.instance()));
        packer.long(PROXIES.insert(Proxy::new(proxy.clone())));
    }
    packer.bytes(&call.arguments);
    packer.finish()
}
