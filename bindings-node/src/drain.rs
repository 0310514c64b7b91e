//! Delivering what has happened to JavaScript, on its thread.

use napi::bindgen_prelude::ToNapiValue;
use polydubbo::api::hessian::{Reader, Refs};
use polydubbo::api::{
    AttachmentValue, Attachments, CallbackProxy, Completion, Error, ErrorCode, Event, InboundCall,
    ResultKind, RpcResult,
};

use crate::callback::NativeCallbackProxy;
use crate::errors::Failure;
use crate::js::{self, Fault, Js, Value};
use crate::reference::NativeReference;
use crate::server::NativeServer;
use crate::state::State;
use crate::value::layer::BuildError;
use crate::value::plan::{Kind, Plan};

/// Flag beside the decode flags: the caller wants the attachments of the answer.
const WITH_ATTACHMENTS: u32 = 0x100;
/// The flags that concern decoding.
const DECODE_FLAGS: u32 = 0xff;

/// The number that names a call in the core: JavaScript's token with the flags of the call.
pub(crate) fn core_token(token: u32, flags: u32) -> u64 {
    u64::from(flags) << 32 | u64::from(token)
}

impl State {
    /// Delivers events, in their order.
    pub(crate) fn deliver_all(&self, js: Js, events: Vec<Event>) -> js::Result<()> {
        let hand_over = || self.hooks.hand_over(js, &self.plan, &self.hooks.events).map(drop);
        self.plan.borrow_mut().start(0);
        for event in events {
            // A fault means that the environment is closing; the other events still free what they hold.
            let _ = self.lay(js, event);
            if self.plan.borrow().is_full() {
                hand_over()?;
                self.plan.borrow_mut().start(0);
            }
        }
        if self.plan.borrow().is_empty() { Ok(()) } else { hand_over() }
    }

    fn lay(&self, js: Js, event: Event) -> js::Result<()> {
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
                Ok(()) => self.settle(token, Ok(js.undefined()?)),
                Err(error) => self.settle(token, Err(self.errors.of(js, &error)?)),
            },
            Event::Stopped { token, report } => {
                let value = js.object(&[
                    (c"forcedCalls", js.double(report.forced_calls as f64)?),
                    (c"elapsed", js.double(report.elapsed.as_millis() as f64)?),
                ])?;
                self.settle(token, Ok(value))
            }
        }
    }

    fn complete(&self, js: Js, completion: Completion) -> js::Result<()> {
        let Completion { token, result } = completion;
        self.calls.borrow_mut().remove(&(token as u32));
        let laid = match result {
            Ok(result) => self.lay_result(js, token, &result).map_err(Failure::Build),
            Err(error) => Err(error.into()),
        };
        match laid {
            Ok(()) => Ok(()),
            Err(failure) => self.settle(token, Err(self.errors.of_failure(js, failure)?)),
        }
    }

    /// The value or exception of a result, and its attachments if they are wanted.
    fn lay_result(&self, js: Js, token: u64, result: &RpcResult) -> Result<(), BuildError> {
        let flags = (token >> 32) as u32;
        let kind = match (result.kind(), flags & WITH_ATTACHMENTS != 0) {
            (ResultKind::Exception, false) => Kind::Reject,
            (ResultKind::Exception, true) => Kind::RejectWithAttachments,
            (_, false) => Kind::Resolve,
            (_, true) => Kind::ResolveWithAttachments,
        };
        let mut plan = self.plan.borrow_mut();
        let laid = plan.event(kind, flags & DECODE_FLAGS, |plan| {
            match result.kind() {
                ResultKind::Null => plan.null(),
                ResultKind::Value | ResultKind::Exception => {
                    self.lay_value(js, plan, result.body(), flags & DECODE_FLAGS)?;
                }
            }
            if flags & WITH_ATTACHMENTS != 0 {
                let attachments = result.attachments().map_err(BuildError::Decode)?;
                self.lay_attachments(js, plan, &attachments)?;
            }
            Ok(token as u32)
        });
        laid.map(drop)
    }

    fn lay_value(&self, js: Js, plan: &mut Plan, body: &[u8], flags: u32) -> Result<(), BuildError> {
        plan.value(js, flags, &self.hooks, (&mut Reader::new(body), &mut Refs::default()))
    }

    /// Keys and values in turn, as an array.
    fn lay_attachments(&self, js: Js, plan: &mut Plan, attachments: &Attachments) -> Result<(), BuildError> {
        plan.array(attachments.len() * 2);
        for (key, value) in attachments.iter() {
            plan.text(js, key)?;
            match value {
                AttachmentValue::Text(text) => plan.text(js, text)?,
                AttachmentValue::Int(number) => plan.int(*number),
                AttachmentValue::Encoded(bytes) => {
                    plan.flags(0);
                    self.lay_value(js, plan, bytes, 0)?;
                }
            }
        }
        Ok(())
    }

    /// Settles with a handle of the running scope.
    fn settle(&self, token: u64, outcome: Result<Value, Value>) -> js::Result<()> {
        let kind = if outcome.is_ok() { Kind::Resolve } else { Kind::Reject };
        let (Ok(value) | Err(value)) = outcome;
        let laid = self.plan.borrow_mut().event(kind, 0, |plan| {
            plan.part(value);
            Ok(token as u32)
        });
        laid.map(drop)
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
            Err(error) => Err(self.errors.of(js, &error)?),
        };
        self.settle(token, outcome)
    }

    fn call_arrived(&self, js: Js, service: u64, call: InboundCall) -> js::Result<()> {
        let flags = (service >> 32) as u32 & DECODE_FLAGS;
        let callbacks = self.proxies(js, &call)?;
        let laid = self.plan.borrow_mut().event(Kind::Called, flags, |plan| {
            plan.int(service as i32);
            self.lay_call(js, plan, &call, flags)?;
            match callbacks {
                Some(proxies) => plan.part(proxies),
                None => plan.null(),
            }
            Ok(self.next_call())
        });
        match laid {
            Ok(id) => self.keep_call(id, call),
            Err(error) => {
                // What cannot be decoded is a bad request, whatever the fault: the service never sees the call.
                let text = self.errors.text_of(js, error);
                call.responder.error(Error::new(ErrorCode::StatusBadRequest, text));
            }
        }
        Ok(())
    }

    fn lay_call(&self, js: Js, plan: &mut Plan, call: &InboundCall, flags: u32) -> Result<(), BuildError> {
        for text in [&*call.method.name, &*call.method.descriptor] {
            plan.text(js, text)?;
        }
        for address in [call.remote, call.local] {
            plan.text(js, &address.to_string())?;
        }
        plan.double(call.deadline.map_or(-1.0, |deadline| {
            deadline.saturating_duration_since(std::time::Instant::now()).as_secs_f64() * 1000.0
        }));
        let (mut reader, mut refs) = (Reader::new(&call.arguments), Refs::default());
        let array = plan.array(0);
        let mut count = 0;
        while !reader.is_at_end() {
            plan.value(js, flags, &self.hooks, (&mut reader, &mut refs))?;
            count += 1;
        }
        plan.set_count(array, count);
        self.lay_attachments(js, plan, &call.attachments)
    }

    /// The objects of the caller as an array, unless there are none, which is nearly always.
    fn proxies(&self, js: Js, call: &InboundCall) -> js::Result<Option<Value>> {
        if call.callbacks.is_empty() {
            return Ok(None);
        }
        let wrap = |proxy: &CallbackProxy| {
            let native = NativeCallbackProxy::new(proxy.clone());
            // SAFETY: on the thread of the environment; ownership moves into the new object.
            unsafe { NativeCallbackProxy::to_napi_value(js.raw(), native) }
                .map_err(|error| Fault::Refused(error.status.into()))
        };
        js.array(&call.callbacks.iter().map(wrap).collect::<js::Result<Vec<_>>>()?).map(Some)
    }
}
