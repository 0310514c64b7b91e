//! Delivering what has happened to JavaScript, on its thread.

use napi::bindgen_prelude::ToNapiValue;
use polydubbo::api::hessian::{Reader, Refs};
use polydubbo::api::{
    AttachmentValue, Attachments, CallbackProxy, Completion, Error, ErrorCode, Event, InboundCall,
    ResultKind, RpcResult,
};

use crate::bridge::Bridge;
use crate::callback::NativeCallbackProxy;
use crate::errors::Failure;
use crate::js::{self, Fault, Js, JsRef, Value};
use crate::reference::NativeReference;
use crate::server::NativeServer;
use crate::value::build::{BuildError, JsBuilder};

/// Flag beside the decode flags: the caller wants the attachments of the answer.
const WITH_ATTACHMENTS: u32 = 0x100;
/// The flags that concern decoding.
const DECODE_FLAGS: u32 = 0xff;

/// The JavaScript functions that take events. They never throw.
pub(crate) struct Listeners {
    settle: JsRef,
    called: JsRef,
}

impl Listeners {
    pub(crate) fn new(js: Js, hooks: Value) -> js::Result<Self> {
        let get = |name| JsRef::new(js, js.property(hooks, name)?);
        Ok(Self { settle: get(c"settle")?, called: get(c"called")? })
    }
}

/// The number that names a call in the core: JavaScript's token with the flags of the call.
pub(crate) fn core_token(token: u32, flags: u32) -> u64 {
    u64::from(flags) << 32 | u64::from(token)
}

impl Bridge {
    /// Delivers one event. A fault here means that the environment is closing.
    pub(crate) fn deliver(&self, js: Js, event: Event) -> js::Result<()> {
        match event {
            Event::Completed(completion) => self.complete(js, completion),
            Event::Called { service, call } => self.call_arrived(js, service, *call),
            Event::Referred { token, result } => self.settle_with(js, token, result, |js, reference| {
                // SAFETY: on the thread of the environment; ownership moves into the new object.
                unsafe { NativeReference::to_napi_value(js.raw(), NativeReference::new(reference)) }
            }),
            Event::Started { token, result } => self.settle_with(js, token, result, |js, server| {
                // SAFETY: as above.
                unsafe { NativeServer::to_napi_value(js.raw(), NativeServer { server }) }
            }),
            Event::Done { token, result } => match result {
                Ok(()) => self.settle(js, token, Ok(js.undefined()?), None),
                Err(error) => self.settle(js, token, Err(self.errors().of(js, &error)?), None),
            },
            Event::Stopped { token, report } => {
                let value = js.object(&[
                    (c"forcedCalls", js.double(report.forced_calls as f64)?),
                    (c"elapsed", js.double(report.elapsed.as_millis() as f64)?),
                ])?;
                self.settle(js, token, Ok(value), None)
            }
        }
    }

    fn complete(&self, js: Js, completion: Completion) -> js::Result<()> {
        let Completion { token, result } = completion;
        self.calls().borrow_mut().remove(&(token as u32));
        let flags = (token >> 32) as u32;
        let outcome = match result {
            Ok(result) => self.decode_result(js, &result, flags),
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok((outcome, attachments)) => self.settle(js, token, outcome, attachments),
            Err(failure) => self.settle(js, token, Err(self.errors().of_failure(js, failure)?), None),
        }
    }

    /// The value or exception of a result, and its attachments if they are wanted.
    fn decode_result(
        &self,
        js: Js,
        result: &RpcResult,
        flags: u32,
    ) -> Result<(Result<Value, Value>, Option<Value>), Failure> {
        let outcome = match result.kind() {
            ResultKind::Null => Ok(js.null()?),
            ResultKind::Value => Ok(self.decode_value(js, result.body(), flags)?),
            ResultKind::Exception => Err(self.decode_value(js, result.body(), flags)?),
        };
        if flags & WITH_ATTACHMENTS == 0 {
            return Ok((outcome, None));
        }
        let attachments = result.attachments().map_err(BuildError::Decode)?;
        Ok((outcome, Some(self.attachment_list(js, &attachments)?)))
    }

    fn decode_value(&self, js: Js, body: &[u8], flags: u32) -> Result<Value, BuildError> {
        let mut builder = JsBuilder::new(js, self.hooks(), flags & DECODE_FLAGS)?;
        let built = Reader::new(body).build(&mut builder, &mut Refs::default())?;
        builder.finish(built)
    }

    /// Keys and values in turn.
    fn attachment_list(&self, js: Js, attachments: &Attachments) -> Result<Value, BuildError> {
        let mut list = Vec::with_capacity(attachments.len() * 2);
        for (key, value) in attachments.iter() {
            list.push(js.string(key)?);
            list.push(match value {
                AttachmentValue::Text(text) => js.string(text)?,
                AttachmentValue::Int(number) => js.int(*number)?,
                AttachmentValue::Encoded(bytes) => self.decode_value(js, bytes, 0)?,
            });
        }
        Ok(js.array(&list)?)
    }

    fn settle(
        &self,
        js: Js,
        token: u64,
        outcome: Result<Value, Value>,
        attachments: Option<Value>,
    ) -> js::Result<()> {
        let (is_error, value) = match outcome {
            Ok(value) => (false, value),
            Err(error) => (true, error),
        };
        let mut arguments = vec![js.double(f64::from(token as u32))?, js.bool(is_error)?, value];
        arguments.extend(attachments);
        js.call(&self.listeners().settle, &arguments).map(drop)
    }

    /// Settles with an object that JavaScript owns from now on.
    fn settle_with<T>(
        &self,
        js: Js,
        token: u64,
        result: Result<T, Error>,
        wrap: impl FnOnce(Js, T) -> napi::Result<Value>,
    ) -> js::Result<()> {
        let outcome = match result {
            Ok(made) => Ok(wrap(js, made).map_err(|error| Fault::Refused(error.status.into()))?),
            Err(error) => Err(self.errors().of(js, &error)?),
        };
        self.settle(js, token, outcome, None)
    }

    fn call_arrived(&self, js: Js, service: u64, call: InboundCall) -> js::Result<()> {
        let flags = (service >> 32) as u32;
        let decoded = self.decode_arguments(js, &call, flags);
        let (args, attachments) = match decoded {
            Ok(decoded) => decoded,
            Err(error) => {
                // What cannot be decoded is a bad request, whatever the fault: the service never sees the call.
                let text = self.errors().text_of(js, error);
                call.responder.error(Error::new(ErrorCode::StatusBadRequest, text));
                return Ok(());
            }
        };
        let remaining = call.deadline.map_or(-1.0, |deadline| {
            deadline.saturating_duration_since(std::time::Instant::now()).as_secs_f64() * 1000.0
        });
        let (name, descriptor) = (js.string(&call.method.name)?, js.string(&call.method.descriptor)?);
        let (remote, local) = (js.string(&call.remote.to_string())?, js.string(&call.local.to_string())?);
        let callbacks = self.proxies(js, &call)?;
        let id = self.keep_call(call);
        let arguments = [
            js.double(f64::from(service as u32))?,
            js.double(f64::from(id))?,
            name,
            descriptor,
            args,
            attachments,
            remote,
            local,
            js.double(remaining)?,
            callbacks,
        ];
        js.call(&self.listeners().called, &arguments).map(drop)
    }

    /// The objects of the caller as an array; undefined when there are none, which is nearly always.
    fn proxies(&self, js: Js, call: &InboundCall) -> js::Result<Value> {
        if call.callbacks.is_empty() {
            return js.undefined();
        }
        let wrap = |proxy: &CallbackProxy| {
            let native = NativeCallbackProxy::new(proxy.clone());
            // SAFETY: on the thread of the environment; ownership moves into the new object.
            unsafe { NativeCallbackProxy::to_napi_value(js.raw(), native) }
                .map_err(|error| Fault::Refused(error.status.into()))
        };
        js.array(&call.callbacks.iter().map(wrap).collect::<js::Result<Vec<_>>>()?)
    }

    fn decode_arguments(&self, js: Js, call: &InboundCall, flags: u32) -> Result<(Value, Value), BuildError> {
        let mut builder = JsBuilder::new(js, self.hooks(), flags & DECODE_FLAGS)?;
        let (mut reader, mut refs) = (Reader::new(&call.arguments), Refs::default());
        let mut values = Vec::new();
        while !reader.is_at_end() {
            let built = reader.build(&mut builder, &mut refs)?;
            values.push(builder.finish(built)?);
        }
        Ok((js.array(&values)?, self.attachment_list(js, &call.attachments)?))
    }
}
