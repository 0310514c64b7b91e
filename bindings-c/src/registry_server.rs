//! The embedded registry.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use polydubbo::api::RegistryServer;

use crate::boundary::{fallible, infallible, place, required};
use crate::errors::dubbo_error;
use crate::process::{OfProcess, runtime_or_shared};
use crate::runtime::dubbo_runtime;
use crate::text::dubbo_str;

/// Dubbo's simple registry, kept in memory, so that nothing has to be installed. Free-threaded. It serves references and
/// servers of this library in all languages and those of Dubbo 2.7; Dubbo 3 has no client for it.
pub struct dubbo_registry_server {
    registry: OfProcess<RegistryServer>,
    url: OnceLock<String>,
}

/// Listens.
///
/// @param runtime borrowed; NULL is the shared one
/// @param host borrowed: IP address to listen on; empty stands for 127.0.0.1, which other machines cannot reach
/// @param port Dubbo's default is 9090; 0 takes a free one
/// @param out owned: released by dubbo_registry_server_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_registry_server_start(
    runtime: Option<&dubbo_runtime>,
    host: dubbo_str,
    port: u16,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_registry_server>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let host = match host.text("host")? {
            "" => "127.0.0.1",
            host => host,
        };
        let registry = RegistryServer::bind(&runtime_or_shared(runtime)?, host, port)?;
        *out = Some(Box::new(dubbo_registry_server {
            registry: OfProcess::new(registry),
            url: OnceLock::new(),
        }));
        Ok(())
    })
}

/// Gives the port that the registry listens on; 0 for NULL.
///
/// @param registry borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_registry_server_port(registry: Option<&dubbo_registry_server>) -> u16 {
    infallible(0, || registry.map_or(0, |registry| registry.registry.local_addr().port()))
}

/// Shows the setting "registry" of references and servers on this machine: a view that dies with the registry.
///
/// @param registry borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_registry_server_url(registry: Option<&dubbo_registry_server>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(registry.map(|registry| &**registry.url.get_or_init(|| registry.registry.url())))
    })
}

/// Stops listening and disconnects all clients; takes a second at most. They go on with the providers that they know,
/// and publish again when a registry is back.
///
/// @param registry borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_registry_server_close(
    registry: Option<&dubbo_registry_server>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || required(registry, "registry")?.registry.close_blocking())
}

/// Releases a registry, which stops if it was not closed.
///
/// @param registry consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_registry_server_free(registry: Option<Box<dubbo_registry_server>>) {
    infallible((), || drop(registry));
}
