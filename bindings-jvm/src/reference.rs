//! Calling services: the native methods of `ReferenceNative`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jni::objects::{JByteArray, JClass, JLongArray, JObjectArray, JString};
use jni::sys::{jint, jlong};
use jni::{Env, NativeMethod, native_method};
use parking_lot::RwLock;
use polydubbo::api::{
    Arguments, CallOptions, CallbackArgument, CompletionSink, Error, ErrorCode, EventQueue, HostedIo,
    Invocation, Method, Reference, ReferenceConfig, Runtime,
};

use crate::attachments;
use crate::boundary::{Result, Throw};
use crate::callback::CALLBACKS;
use crate::calls::CALLS;
use crate::event::{INBOUND, check};
use crate::handles::Handles;
use crate::log;
use crate::queue;

/// References that Java has not closed.
pub(crate) static REFERENCES: Handles<Arc<NativeReference>> = Handles::new();

/// The one queue of references and servers, made when Java asks for it first.
static EVENTS: parking_lot::Mutex<Option<Arc<EventQueue>>> = parking_lot::Mutex::new(None);

/// A reference and the methods that Java calls by number.
pub(crate) struct NativeReference {
    reference: Reference,
    methods: Methods,
    sink: Arc<dyn CompletionSink>,
}

/// The methods that Java calls by number.
#[derive(Default)]
pub(crate) struct Methods(RwLock<Vec<Arc<Method>>>);

impl Methods {
    /// Gives a method its number.
    pub(crate) fn add(&self, method: Arc<Method>) -> jint {
        let mut methods = self.0.write();
        methods.push(method);
        methods.len() as jint - 1
    }

    /// The method with this number.
    pub(crate) fn get(&self, number: jint) -> Result<Arc<Method>, Error> {
        let methods = self.0.read();
        let method = usize::try_from(number).ok().and_then(|number| methods.get(number));
        method.cloned().ok_or_else(|| Error::new(ErrorCode::Internal, "no method has this number"))
    }
}

impl NativeReference {
    /// The outcomes of its calls go to `events`.
    pub(crate) fn new(reference: Reference, events: Arc<EventQueue>) -> Arc<Self> {
        Arc::new(Self { reference, methods: Methods::default(), sink: events })
    }
}

pub(crate) const METHODS: &[NativeMethod<'static>] = &[
    native_method! { static fn queue() -> jlong, error_policy = Throw },
    native_method! {
        static fn refer(pairs: JString[], custom: JString[], token: jlong), error_policy = Throw
    },
    native_method! {
        static fn method(reference: jlong, name: JString, descriptor: JString) -> jint, error_policy = Throw
    },
    native_method! { static fn is_available(reference: jlong) -> jboolean, error_policy = Throw },
    native_method! {
        static fn submit(
            reference: jlong, method: jint, arguments: jbyte[], length: jint, count: jint, token: jlong,
            timeout_millis: jlong, retries: jint, one_way: jboolean, attachments: jbyte[], callbacks: jlong[]
        ),
        error_policy = Throw
    },
    native_method! { static fn cancel(token: jlong), error_policy = Throw },
    native_method! {
        static fn close(reference: jlong, timeout_millis: jlong, token: jlong), error_policy = Throw
    },
    native_method! { static fn release(reference: jlong), error_policy = Throw },
    native_method! { static fn measure(body: jbyte[], offset: jint, count: jint) -> jint, error_policy = Throw },
    native_method! { static fn listen_to_log(level: jint), error_policy = Throw },
    native_method! { static fn counters() -> jlong[], error_policy = Throw },
];

/// The queue of this process for all that references and servers tell.
pub(crate) fn events() -> Result<Arc<EventQueue>, Error> {
    let queue = EVENTS.lock().clone();
    queue.ok_or_else(|| Error::new(ErrorCode::Internal, "nobody drains the queue of events yet"))
}

/// Opens the queue of events and gives its number, which a pump must drain.
fn queue<'local>(_: &mut Env<'local>, _: JClass<'local>) -> Result<jlong> {
    let io = HostedIo::shared()?;
    let queue = Arc::new(io.queue());
    let number = queue::publish_events(io, &queue);
    *EVENTS.lock() = Some(queue);
    Ok(number)
}

/// Refers to a service. `pairs` are settings and their values in turn, `custom` those of the user's own; the reference
/// arrives with `token`.
fn refer<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    pairs: JObjectArray<'local, JString<'local>>,
    custom: JObjectArray<'local, JString<'local>>,
    token: jlong,
) -> Result<()> {
    let mut config = ReferenceConfig::new("");
    for (key, value) in pairs_of(env, &pairs)? {
        config.set(&key, &value)?;
    }
    for (key, value) in pairs_of(env, &custom)? {
        config.parameters.set_custom(&key, &value)?;
    }
    Ok(Reference::refer(&Runtime::shared()?, config, token as u64, &events()?)?)
}

/// The number of a method for `submit`.
fn method<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    reference: jlong,
    name: JString<'local>,
    descriptor: JString<'local>,
) -> Result<jint> {
    let reference = REFERENCES.get(reference)?;
    let method = reference.reference.method(&name.try_to_string(env)?, &descriptor.try_to_string(env)?);
    Ok(reference.methods.add(method))
}

/// Whether a call would find a connected provider.
fn is_available<'local>(_: &mut Env<'local>, _: JClass<'local>, reference: jlong) -> Result<bool> {
    Ok(REFERENCES.get(reference)?.reference.is_available())
}

/// Sends a call; its outcome arrives with `token`, exactly once. The first `length` bytes of `arguments` are `count`
/// encoded values. Negative numbers override nothing. `callbacks` holds positions and numbers of callback objects in turn.
#[allow(clippy::too_many_arguments, reason = "one crossing of the border for a call")]
fn submit<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    reference: jlong,
    method: jint,
    arguments: JByteArray<'local>,
    length: jint,
    count: jint,
    token: jlong,
    timeout_millis: jlong,
    retries: jint,
    one_way: bool,
    attachments: JByteArray<'local>,
    callbacks: JLongArray<'local>,
) -> Result<()> {
    let reference = REFERENCES.get(reference)?;
    let arguments = arguments_of(env, &arguments, length, count)?;
    let mut invocation = Invocation::new(reference.methods.get(method)?, arguments);
    invocation.options = options_of(timeout_millis, retries, one_way);
    if !attachments.is_null() {
        invocation.attachments = attachments::unpack(&env.convert_byte_array(&attachments)?)?;
    }
    if !callbacks.is_null() {
        invocation.callbacks = callbacks_of(env, &callbacks)?;
    }
    let token = token as u64;
    Ok(CALLS.track(token, || reference.reference.submit(invocation, token, &reference.sink))?)
}

/// Gives a call up: its outcome is that it was cancelled, unless it has another one already.
fn cancel<'local>(_: &mut Env<'local>, _: JClass<'local>, token: jlong) -> Result<()> {
    CALLS.cancel(token);
    Ok(())
}

/// Closes a reference: calls may finish for a while; then `token` is done.
fn close<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    reference: jlong,
    timeout_millis: jlong,
    token: jlong,
) -> Result<()> {
    let reference = REFERENCES.get(reference)?;
    let timeout = Duration::from_millis(u64::try_from(timeout_millis).unwrap_or(0));
    Ok(reference.reference.close(timeout, token as u64, &events()?)?)
}

/// Forgets a reference; one that was not closed goes on in the background until it is idle.
fn release<'local>(_: &mut Env<'local>, _: JClass<'local>, reference: jlong) -> Result<()> {
    drop(REFERENCES.remove(reference));
    Ok(())
}

/// Checks `count` values from `offset` on; gives the offset behind them.
fn measure<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    body: JByteArray<'local>,
    offset: jint,
    count: jint,
) -> Result<jint> {
    let body = env.convert_byte_array(&body)?;
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let values =
        body.get(start..).ok_or_else(|| Error::new(ErrorCode::Internal, "offset behind the body"))?;
    let length = check(values, usize::try_from(count).unwrap_or(0))?;
    Ok((start + length) as jint)
}

/// Lets what is logged up to a level arrive in the queue of events: 0 nothing, 1 errors, ... 5 traces.
fn listen_to_log<'local>(_: &mut Env<'local>, _: JClass<'local>, level: jint) -> Result<()> {
    log::listen(u8::try_from(level).unwrap_or(0))
}

/// How many calls, references, inbound calls and kept payloads there are: all 0 when nothing leaks.
fn counters<'local>(env: &mut Env<'local>, _: JClass<'local>) -> Result<JLongArray<'local>> {
    let counts = [CALLS.len(), REFERENCES.len(), INBOUND.len(), crate::record::PAYLOADS.len()];
    let array = JLongArray::new(env, counts.len())?;
    array.set_region(env, 0, &counts.map(|count| count as jlong))?;
    Ok(array)
}

/// Keys and values of an array that holds them in turn.
pub(crate) fn pairs_of<'local>(
    env: &mut Env<'local>,
    array: &JObjectArray<'local, JString<'local>>,
) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for index in 0..array.len(env)? / 2 {
        let (key, value) = (array.get_element(env, 2 * index)?, array.get_element(env, 2 * index + 1)?);
        pairs.push((key.try_to_string(env)?, value.try_to_string(env)?));
    }
    Ok(pairs)
}

/// The first `length` bytes of an array as encoded arguments.
pub(crate) fn arguments_of(
    env: &Env<'_>,
    array: &JByteArray<'_>,
    length: jint,
    count: jint,
) -> Result<Arguments> {
    let count = usize::try_from(count).unwrap_or(0);
    Ok(Arguments { bytes: bytes_of(env, array, length)?, count })
}

/// The first `length` bytes of an array.
pub(crate) fn bytes_of(env: &Env<'_>, array: &JByteArray<'_>, length: jint) -> Result<Bytes> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    array.get_region(env, 0, signed(&mut bytes))?;
    Ok(bytes.into())
}

/// Java's bytes are signed.
fn signed(bytes: &mut [u8]) -> &mut [i8] {
    // SAFETY: both have the same size, alignment and valid values.
    unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// What one call overrides; a negative number overrides nothing.
pub(crate) fn options_of(timeout_millis: jlong, retries: jint, oneway: bool) -> CallOptions {
    CallOptions {
        timeout: u64::try_from(timeout_millis).ok().map(Duration::from_millis),
        retries: u32::try_from(retries).ok(),
        oneway,
    }
}

fn callbacks_of(env: &Env<'_>, array: &JLongArray<'_>) -> Result<Vec<CallbackArgument>> {
    let mut numbers = vec![0; array.len(env)?];
    array.get_region(env, 0, &mut numbers)?;
    let mut arguments = Vec::new();
    for pair in numbers.chunks_exact(2) {
        arguments.push(CALLBACKS.get(pair[1])?.argument(usize::try_from(pair[0]).unwrap_or(0)));
    }
    Ok(arguments)
}
