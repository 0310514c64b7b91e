//! Offering services: the native methods of `ServerNative`.

use jni::objects::{JByteArray, JClass, JLongArray, JObjectArray, JString};
use jni::sys::{jint, jlong};
use jni::{Env, NativeMethod, native_method};
use polydubbo::api::{
    Error, ErrorCode, HostService, MethodTable, ResultKind, RpcResult, Runtime, Server, ServerConfig,
    Service, ServiceConfig,
};

use crate::attachments;
use crate::boundary::{Result, Throw};
use crate::event::INBOUND;
use crate::handles::Handles;
use crate::reference::{bytes_of, events, pairs_of};

/// Servers that Java has not let go.
pub(crate) static SERVERS: Handles<Server> = Handles::new();
/// Services that wait for their server.
static SERVICES: Handles<Service> = Handles::new();

pub(crate) const METHODS: &[NativeMethod<'static>] = &[
    native_method! {
        static fn service(number: jlong, pairs: JString[], custom: JString[], methods: JString[]) -> jlong,
        error_policy = Throw
    },
    native_method! { static fn release_service(service: jlong), error_policy = Throw },
    native_method! {
        static fn start(pairs: JString[], custom: JString[], services: jlong[], token: jlong), error_policy = Throw
    },
    native_method! { static fn export(server: jlong, service: jlong, token: jlong), error_policy = Throw },
    native_method! {
        static fn set_online(server: jlong, online: jboolean, token: jlong), error_policy = Throw
    },
    native_method! { static fn running(server: jlong) -> jint, error_policy = Throw },
    native_method! { static fn close(server: jlong, token: jlong), error_policy = Throw },
    native_method! { static fn release(server: jlong), error_policy = Throw },
    native_method! {
        static fn reply(call: jlong, exception: jboolean, value: jbyte[], length: jint, attachments: jbyte[]),
        error_policy = Throw
    },
    native_method! { static fn refuse(call: jlong, code: jint, message: JString), error_policy = Throw },
];

/// A service whose calls arrive with `number` as their owner. `methods` holds names and descriptors in turn; without any,
/// every method is taken.
fn service<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    number: jlong,
    pairs: JObjectArray<'local, JString<'local>>,
    custom: JObjectArray<'local, JString<'local>>,
    methods: JObjectArray<'local, JString<'local>>,
) -> Result<jlong> {
    let mut config = ServiceConfig::new("");
    for (key, value) in pairs_of(env, &pairs)? {
        config.set(&key, &value)?;
    }
    for (key, value) in pairs_of(env, &custom)? {
        config.parameters.set_custom(&key, &value)?;
    }
    config.validate()?;
    let methods = pairs_of(env, &methods)?;
    let mut table = if methods.is_empty() { MethodTable::any() } else { MethodTable::new() };
    for (name, descriptor) in methods {
        table = table.with(&name, &descriptor);
    }
    Ok(SERVICES.insert(Service::raw(config, table, HostService::new(&events()?, number as u64))))
}

/// Forgets a service that no server took.
fn release_service<'local>(_: &mut Env<'local>, _: JClass<'local>, service: jlong) -> Result<()> {
    drop(SERVICES.remove(service));
    Ok(())
}

/// Starts a server with services, which it takes; it arrives with `token`.
fn start<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    pairs: JObjectArray<'local, JString<'local>>,
    custom: JObjectArray<'local, JString<'local>>,
    services: JLongArray<'local>,
    token: jlong,
) -> Result<()> {
    let mut config = ServerConfig::default();
    for (key, value) in pairs_of(env, &pairs)? {
        config.set(&key, &value)?;
    }
    for (key, value) in pairs_of(env, &custom)? {
        config.parameters.set_custom(&key, &value)?;
    }
    let mut numbers = vec![0; services.len(env)?];
    services.get_region(env, 0, &mut numbers)?;
    let services = numbers.into_iter().map(take).collect::<Result<Vec<_>, _>>()?;
    Ok(Server::start(&Runtime::shared()?, config, services, token as u64, &events()?)?)
}

fn take(service: jlong) -> Result<Service, Error> {
    let taken = SERVICES.remove(service);
    taken.ok_or_else(|| Error::new(ErrorCode::AlreadyExported, "this service was given to a server already"))
}

/// Offers one more service, which the server takes; then `token` is done.
fn export<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    server: jlong,
    service: jlong,
    token: jlong,
) -> Result<()> {
    Ok(SERVERS.get(server)?.export(take(service)?, token as u64, &events()?)?)
}

/// Registers the services of a server, or withdraws them; then `token` is done.
fn set_online<'local>(
    _: &mut Env<'local>,
    _: JClass<'local>,
    server: jlong,
    online: bool,
    token: jlong,
) -> Result<()> {
    Ok(SERVERS.get(server)?.set_online(online, token as u64, &events()?)?)
}

/// Calls of a server that have no answer yet.
fn running<'local>(_: &mut Env<'local>, _: JClass<'local>, server: jlong) -> Result<jint> {
    Ok(jint::try_from(SERVERS.get(server)?.running()).unwrap_or(jint::MAX))
}

/// Stops a server without losing a call; its report arrives with `token`.
fn close<'local>(_: &mut Env<'local>, _: JClass<'local>, server: jlong, token: jlong) -> Result<()> {
    Ok(SERVERS.get(server)?.close(token as u64, &events()?)?)
}

/// Forgets a server.
fn release<'local>(_: &mut Env<'local>, _: JClass<'local>, server: jlong) -> Result<()> {
    drop(SERVERS.remove(server));
    Ok(())
}

/// Answers a call with the first `length` bytes of an encoded value or exception; null stands for null. A call that was
/// answered before is left alone.
fn reply<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    call: jlong,
    exception: bool,
    value: JByteArray<'local>,
    length: jint,
    attachments: JByteArray<'local>,
) -> Result<()> {
    let encoded = if value.is_null() { None } else { Some(bytes_of(env, &value, length)?) };
    let extra = if attachments.is_null() {
        None
    } else {
        Some(attachments::unpack(&env.convert_byte_array(&attachments)?)?)
    };
    let Some(call) = INBOUND.remove(call) else { return Ok(()) };
    let mut responder = call.responder;
    if let Some(extra) = extra {
        responder.attachments_mut().extend_from(&extra);
    }
    match encoded {
        Some(encoded) if exception => {
            responder.outcome(Ok(RpcResult::new(ResultKind::Exception, false, encoded)));
        }
        Some(encoded) => responder.value(encoded),
        None => responder.null(),
    }
    Ok(())
}

/// Answers that the call could not be run, with one of the codes that stand for a status.
fn refuse<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    call: jlong,
    code: jint,
    message: JString<'local>,
) -> Result<()> {
    let message = message.try_to_string(env)?;
    let code = match code {
        105 => ErrorCode::StatusBadRequest,
        106 => ErrorCode::StatusBadResponse,
        111 => ErrorCode::StatusThreadPoolExhausted,
        _ => ErrorCode::StatusServiceError,
    };
    if let Some(call) = INBOUND.remove(call) {
        call.responder.error(Error::new(code, message));
    }
    Ok(())
}
