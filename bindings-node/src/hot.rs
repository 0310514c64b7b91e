//! The functions that run for every call, without the conversions that napi generates: those look up and lock what they
//! are given, which costs more than most of these functions do.

use std::rc::Rc;

use napi::bindgen_prelude::FromNapiValue;
use polydubbo::api::hessian::{Profile, Writer};
use polydubbo::api::{ResultKind, RpcResult};

use crate::callback::{self, CallbackList};
use crate::errors::Failure;
use crate::js::{self, Fault, Js, MAX_ARGUMENTS, Value};
use crate::reference::{self, AttachmentList, Target};
use crate::state::State;
use crate::value::walk::{Tape, WalkError, play};

/// Room for bodies that is kept for the next.
const SPARE: usize = 1 << 16;

type Arguments = [Value; MAX_ARGUMENTS];

/// An object with the functions that need nothing but the environment.
pub(crate) fn functions(state: &Rc<State>, js: Js) -> js::Result<Value> {
    let make = |body| js.function(Rc::clone(state), body);
    js.object(&[
        (c"decode", make(|state, js, arguments| run(state, js, || decode(state, js, arguments)))?),
        (c"drain", make(|state, js, arguments| run(state, js, || drain(state, js, arguments)))?),
        (c"encode", make(|state, js, arguments| run(state, js, || encode(state, js, arguments)))?),
        (c"reply", make(|state, js, arguments| run(state, js, || reply(state, js, arguments)))?),
    ])
}

/// The function that makes calls of one reference.
pub(crate) fn submitter(state: &Rc<State>, js: Js, target: &Rc<Target>) -> js::Result<Value> {
    let both = (Rc::clone(state), Rc::clone(target));
    js.function(both, |(state, target), js, arguments| {
        run(state, js, || submit(state, target, js, arguments))
    })
}

fn run(state: &State, js: Js, step: impl FnOnce() -> Result<Option<Value>, Failure>) -> Option<Value> {
    step().unwrap_or_else(|failure| {
        state.errors.throw(js, failure);
        None
    })
}

/// `decode(body, flags)` decodes all values of a body into an array.
fn decode(state: &State, js: Js, [body, flags, ..]: &Arguments) -> Result<Option<Value>, Failure> {
    let mut copy = state.spare.take();
    js.copy_bytes(*body, &mut copy)?;
    state.lay_body(js, &copy, js.u32(*flags)?)?;
    copy.clear();
    copy.shrink_to(SPARE);
    state.spare.set(copy);
    Ok(Some(state.hooks.hand_over(js, &state.plan, &state.hooks.values)?))
}

/// `drain(max)` delivers at most so many events; true when more are waiting.
fn drain(state: &State, js: Js, [max, ..]: &Arguments) -> Result<Option<Value>, Failure> {
    let mut events = Vec::new();
    let more = state.queue.events().drain(js.u32(*max)? as usize, &mut events);
    // A fault means that the environment is closing.
    let _ = js.scope(|| state.deliver_all(js, events));
    Ok(Some(js.bool(more)?))
}

/// `encode(tape, length, profile)` encodes the values of a tape.
fn encode(state: &State, js: Js, [tape, length, profile, ..]: &Arguments) -> Result<Option<Value>, Failure> {
    let mut writer = Writer::with_profile(match js.u32(*profile)? {
        1 => Profile::Hl3,
        2 => Profile::Hl4,
        _ => Profile::Portable,
    });
    js.with_bytes(*tape, js.u32(*length)? as usize, |tape| {
        play(&Tape::new(tape)?, &mut state.classes.borrow_mut(), &mut writer)
    })??;
    let bytes = writer.finish().map_err(WalkError::from)?;
    Ok(Some(state.hooks.buffer(js, &bytes)?))
}

/// `submit(tape, length, attachments?, callbacks?)` makes a call as the tape says; its token is settled with the outcome.
fn submit(
    state: &State,
    target: &Target,
    js: Js,
    [tape, length, attachments, callbacks, ..]: &Arguments,
) -> Result<Option<Value>, Failure> {
    let (mut invocation, token) = js.with_bytes(*tape, js.u32(*length)? as usize, |tape| {
        let tape = Tape::new(tape)?;
        let mut invocation = target.invocation(&tape, &mut state.classes.borrow_mut())?;
        invocation.options = tape.options();
        Ok::<_, Failure>((invocation, tape.token()))
    })??;
    if js.is_some(*attachments)? {
        invocation.attachments = reference::attachments_of(convert::<AttachmentList>(js, *attachments)?);
    }
    if js.is_some(*callbacks)? {
        invocation.callbacks = callback::arguments_of(convert::<CallbackList<'_>>(js, *callbacks)?);
    }
    let handle = target.reference.submit(invocation, token, &state.sink)?;
    state.calls.borrow_mut().insert(token as u32, handle);
    Ok(None)
}

/// `reply(call, tape, length, isException, attachments?)` answers with the value or exception on a tape; an empty one is
/// null. A value that cannot be encoded leaves the call unanswered, so that it can be answered with the error.
fn reply(
    state: &State,
    js: Js,
    [call, tape, length, is_exception, attachments]: &Arguments,
) -> Result<Option<Value>, Failure> {
    let mut writer = Writer::new();
    let count = js.with_bytes(*tape, js.u32(*length)? as usize, |tape| {
        play(&Tape::new(tape)?, &mut state.classes.borrow_mut(), &mut writer)
    })??;
    let encoded = writer.finish().map_err(WalkError::from)?;
    let attachments = match js.is_some(*attachments)? {
        true => Some(convert::<AttachmentList>(js, *attachments)?),
        false => None,
    };
    let is_exception = convert::<bool>(js, *is_exception)?;
    let Some(call) = state.inbound.borrow_mut().remove(&js.u32(*call)?) else { return Ok(None) };
    let mut responder = call.responder;
    if let Some(attachments) = attachments {
        responder.attachments_mut().extend_from(&reference::attachments_of(attachments));
    }
    match (is_exception, count) {
        (true, _) => responder.outcome(Ok(RpcResult::new(ResultKind::Exception, false, encoded))),
        (false, 0) => responder.null(),
        (false, _) => responder.value(encoded),
    }
    Ok(None)
}

/// What napi's own conversion makes of a value.
fn convert<T: FromNapiValue>(js: Js, value: Value) -> js::Result<T> {
    // SAFETY: environment and value are those of the running native call.
    unsafe { T::from_napi_value(js.raw(), value) }.map_err(|error| Fault::Refused(error.status.into()))
}
