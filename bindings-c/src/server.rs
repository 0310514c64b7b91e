//! Serving.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use polydubbo::api::{Result, Server, Service};

use crate::boundary::{fallible, infallible, place, required};
use crate::errors::dubbo_error;
use crate::options::{Options, dubbo_options};
use crate::process::{OfProcess, runtime_or_shared};
use crate::queue::dubbo_queue;
use crate::runtime::dubbo_runtime;
use crate::service::dubbo_service;
use crate::text::{dubbo_str, elements};

/// A port that offers services. Free-threaded.
pub struct dubbo_server {
    server: OfProcess<Server>,
    url: OnceLock<String>,
}

/// Listens, exports services and registers them; blocks until that is done.
///
/// @param runtime borrowed; NULL is the shared one
/// @param options borrowed: of DUBBO_OPTIONS_SERVER
/// @param services borrowed array whose elements are consumed, also when this function fails
/// @param out owned: released by dubbo_server_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_start(
    runtime: Option<&dubbo_runtime>,
    options: Option<&dubbo_options>,
    services: *const *mut dubbo_service,
    service_count: usize,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_server>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let services = consume(services, service_count)?;
        let out = place(out)?;
        let config = Options::server(options)?;
        let server = Server::start_blocking(&runtime_or_shared(runtime)?, config, services)?;
        *out = Some(dubbo_server::boxed(server));
        Ok(())
    })
}

/// As dubbo_server_start, in the background; the queue then brings DUBBO_EVENT_STARTED with the token.
///
/// @param runtime borrowed; NULL is the shared one
/// @param options borrowed: of DUBBO_OPTIONS_SERVER
/// @param services borrowed array whose elements are consumed, also when this function fails
/// @param queue borrowed: may be released before
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_start_queued(
    runtime: Option<&dubbo_runtime>,
    options: Option<&dubbo_options>,
    services: *const *mut dubbo_service,
    service_count: usize,
    queue: Option<&dubbo_queue>,
    token: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let services = consume(services, service_count)?;
        let (config, queue) = (Options::server(options)?, required(queue, "queue")?);
        Server::start(&runtime_or_shared(runtime)?, config, services, token, queue.events())
    })
}

/// Offers one more service and blocks until it is registered.
///
/// @param server borrowed
/// @param service consumed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_export(
    server: Option<&dubbo_server>,
    service: Option<Box<dubbo_service>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let service = required(service, "service")?.into_core();
        required(server, "server")?.server.export_blocking(service)
    })
}

/// Withdraws all services from the registry, or registers them again; the queue then brings DUBBO_EVENT_DONE.
///
/// @param server borrowed
/// @param queue borrowed: may be released before
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_set_online_queued(
    server: Option<&dubbo_server>,
    online: bool,
    queue: Option<&dubbo_queue>,
    token: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (server, queue) = (required(server, "server")?, required(queue, "queue")?);
        server.server.set_online(online, token, queue.events())
    })
}

/// Gives the port that the server listens on; 0 for NULL.
///
/// @param server borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_port(server: Option<&dubbo_server>) -> u16 {
    infallible(0, || server.map_or(0, |server| server.server.local_addr().port()))
}

/// Shows a direct URL of the server for this machine: a view that dies with the server.
///
/// @param server borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_url(server: Option<&dubbo_server>) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(server.map(|server| &**server.url.get_or_init(|| server.server.url())))
    })
}

/// Counts the calls that have no answer yet.
///
/// @param server borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_running(server: Option<&dubbo_server>) -> usize {
    infallible(0, || server.map_or(0, |server| server.server.running()))
}

/// Stops without losing a call: withdraws from the registry, tells consumers, waits for running calls as long as
/// shutdown.wait allows, closes. Answers must go on meanwhile.
///
/// @param server borrowed
/// @param forced_calls where the number of calls goes that had no answer in time; may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_close(
    server: Option<&dubbo_server>,
    forced_calls: Option<&mut MaybeUninit<u64>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let forced_calls = forced_calls.map(|slot| slot.write(0));
        let report = required(server, "server")?.server.close_blocking()?;
        if let Some(forced_calls) = forced_calls {
            *forced_calls = report.forced_calls as u64;
        }
        Ok(())
    })
}

/// As dubbo_server_close, in the background; the queue then brings DUBBO_EVENT_STOPPED with the token.
///
/// @param server borrowed: may be released before
/// @param queue borrowed: may be released before
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_close_queued(
    server: Option<&dubbo_server>,
    queue: Option<&dubbo_queue>,
    token: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (server, queue) = (required(server, "server")?, required(queue, "queue")?);
        server.server.close(token, queue.events())
    })
}

/// Releases a server. Close it first: a server that is only released stops at once and its calls are lost.
///
/// @param server consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_server_free(server: Option<Box<dubbo_server>>) {
    infallible((), || drop(server));
}

impl dubbo_server {
    pub(crate) fn boxed(server: Server) -> Box<Self> {
        Box::new(Self { server: OfProcess::new(server), url: OnceLock::new() })
    }
}

/// Takes the services of an array.
fn consume(services: *const *mut dubbo_service, count: usize) -> Result<Vec<Service>> {
    let pointers = elements(services, count, "services")?;
    let owned = pointers.iter().map(|&service| {
        // SAFETY: the header demands services that nobody took yet; the array gives them up here.
        (!service.is_null()).then(|| unsafe { Box::from_raw(service) })
    });
    // All first, so that none is lost when one is NULL.
    let owned: Vec<_> = owned.collect();
    owned.into_iter().map(|service| Ok(required(service, "an element of services")?.into_core())).collect()
}
