//! The embedded registry: the native methods of `RegistryNative`.

use jni::objects::{JClass, JString};
use jni::sys::{jint, jlong};
use jni::{Env, NativeMethod, native_method};
use polydubbo::api::{Error, ErrorCode, RegistryServer, Runtime};

use crate::boundary::{Result, Throw};
use crate::handles::Handles;
use crate::reference::events;

/// Registries that Java has not let go.
static REGISTRIES: Handles<RegistryServer> = Handles::new();

pub(crate) const METHODS: &[NativeMethod<'static>] = &[
    native_method! { static fn start(host: JString, port: jint) -> jlong, error_policy = Throw },
    native_method! { static fn port(registry: jlong) -> jint, error_policy = Throw },
    native_method! { static fn url(registry: jlong) -> JString, error_policy = Throw },
    native_method! { static fn close(registry: jlong, token: jlong), error_policy = Throw },
    native_method! { static fn release(registry: jlong), error_policy = Throw },
];

/// Listens.
fn start<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    host: JString<'local>,
    port: jint,
) -> Result<jlong> {
    let host = host.try_to_string(env)?;
    let port = u16::try_from(port).map_err(|_| {
        Error::new(ErrorCode::InvalidArgument, "a port is a number from 0 to 65535").with("port", port)
    })?;
    Ok(REGISTRIES.insert(RegistryServer::bind(&Runtime::shared()?, &host, port)?))
}

/// The port that a registry listens on.
fn port<'local>(_: &mut Env<'local>, _: JClass<'local>, registry: jlong) -> Result<jint> {
    Ok(REGISTRIES.get(registry)?.local_addr().port().into())
}

/// The setting `registry` of references and servers on this machine.
fn url<'local>(env: &mut Env<'local>, _: JClass<'local>, registry: jlong) -> Result<JString<'local>> {
    Ok(env.new_string(REGISTRIES.get(registry)?.url())?)
}

/// Stops a registry; then `token` is done.
fn close<'local>(_: &mut Env<'local>, _: JClass<'local>, registry: jlong, token: jlong) -> Result<()> {
    Ok(REGISTRIES.get(registry)?.close(token as u64, &events()?)?)
}

/// Forgets a registry.
fn release<'local>(_: &mut Env<'local>, _: JClass<'local>, registry: jlong) -> Result<()> {
    drop(REGISTRIES.remove(registry));
    Ok(())
}
