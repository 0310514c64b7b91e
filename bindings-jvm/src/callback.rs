//! Objects that travel as parameters and are called back over the same connection: the native methods of `CallbackNative`.

use std::sync::Arc;

use jni::objects::{JByteArray, JClass, JObjectArray, JString};
use jni::sys::{jint, jlong};
use jni::{Env, NativeMethod, native_method};
use polydubbo::api::{
    CallbackProxy, CallbackService, Completion, CompletionSink, HostService, Invocation, Method, MethodTable,
    Runtime,
};

use crate::attachments;
use crate::boundary::{Result, Throw};
use crate::handles::Handles;
use crate::reference::{Methods, arguments_of, events, options_of, pairs_of};

/// Objects of this side that a provider may call.
pub(crate) static CALLBACKS: Handles<Arc<CallbackService>> = Handles::new();
/// Objects of callers, as services hold them.
pub(crate) static PROXIES: Handles<Arc<Proxy>> = Handles::new();

/// An object of a caller and its methods, which Java calls by number.
pub(crate) struct Proxy {
    proxy: CallbackProxy,
    methods: Methods,
}

impl Proxy {
    pub(crate) fn new(proxy: CallbackProxy) -> Arc<Self> {
        Arc::new(Self { proxy, methods: Methods::default() })
    }
}

pub(crate) const METHODS: &[NativeMethod<'static>] = &[
    native_method! {
        static fn create(number: jlong, interface: JString, methods: JString[]) -> jlong, error_policy = Throw
    },
    native_method! { static fn release(callback: jlong), error_policy = Throw },
    native_method! {
        static fn method(proxy: jlong, name: JString, descriptor: JString) -> jint, error_policy = Throw
    },
    native_method! { static fn is_open(proxy: jlong) -> jboolean, error_policy = Throw },
    native_method! {
        static fn submit(
            proxy: jlong, method: jint, arguments: jbyte[], length: jint, count: jint, token: jlong,
            timeout_millis: jlong, attachments: jbyte[]
        ),
        error_policy = Throw
    },
    native_method! { static fn release_proxy(proxy: jlong), error_policy = Throw },
];

/// An object whose calls arrive with `number` as their owner. `methods` holds names and descriptors in turn.
fn create<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    number: jlong,
    interface: JString<'local>,
    methods: JObjectArray<'local, JString<'local>>,
) -> Result<jlong> {
    let mut table = MethodTable::new();
    for (name, descriptor) in pairs_of(env, &methods)? {
        table = table.with(&name, &descriptor);
    }
    let interface = interface.try_to_string(env)?;
    let handler = HostService::new(&events()?, number as u64);
    Ok(CALLBACKS.insert(CallbackService::new(&interface, table, handler)?))
}

/// Forgets an object; connections that know it keep it.
fn release<'local>(_: &mut Env<'local>, _: JClass<'local>, callback: jlong) -> Result<()> {
    drop(CALLBACKS.remove(callback));
    Ok(())
}

/// The number of a method for `submit`.
fn method<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    proxy: jlong,
    name: JString<'local>,
    descriptor: JString<'local>,
) -> Result<jint> {
    let method = Method::new(name.try_to_string(env)?, descriptor.try_to_string(env)?);
    Ok(PROXIES.get(proxy)?.methods.add(method))
}

/// Whether the connection to the object lives.
fn is_open<'local>(_: &mut Env<'local>, _: JClass<'local>, proxy: jlong) -> Result<bool> {
    Ok(PROXIES.get(proxy)?.proxy.is_open())
}

/// Calls the object; the outcome arrives with `token`.
#[allow(clippy::too_many_arguments, reason = "one crossing of the border for a call")]
fn submit<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    proxy: jlong,
    method: jint,
    arguments: JByteArray<'local>,
    length: jint,
    count: jint,
    token: jlong,
    timeout_millis: jlong,
    attachments: JByteArray<'local>,
) -> Result<()> {
    let proxy = PROXIES.get(proxy)?;
    let arguments = arguments_of(env, &arguments, length, count)?;
    let mut invocation = Invocation::new(proxy.methods.get(method)?, arguments);
    invocation.options = options_of(timeout_millis, -1, false);
    if !attachments.is_null() {
        invocation.attachments = attachments::unpack(&env.convert_byte_array(&attachments)?)?;
    }
    let sink = events()?;
    Ok(Runtime::shared()?.spawn(async move {
        let result = proxy.proxy.invoke(&invocation).await;
        sink.complete(Completion { token: token as u64, result });
    })?)
}

/// Forgets an object of a caller.
fn release_proxy<'local>(_: &mut Env<'local>, _: JClass<'local>, proxy: jlong) -> Result<()> {
    drop(PROXIES.remove(proxy));
    Ok(())
}
