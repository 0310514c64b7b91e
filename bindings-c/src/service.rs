//! Offering services.

use std::ffi::c_void;
use std::mem::{MaybeUninit, size_of};
use std::sync::Arc;

use polydubbo::api::{HostService, InboundCall, MethodTable, Result, Service, ServiceConfig, ServiceHandler};

use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::call::dubbo_call;
use crate::errors::dubbo_error;
use crate::java::descriptor_of_all;
use crate::options::{Options, dubbo_options};
use crate::pool;
use crate::queue::dubbo_queue;
use crate::text::dubbo_str;
use crate::user_data::{UserData, dubbo_destroy_fn};

/// A service that is being described, until a server takes it. May move between threads.
pub struct dubbo_service {
    config: ServiceConfig,
    methods: Option<MethodTable>,
    handler: Arc<dyn ServiceHandler>,
}

/// The functions of a service. Later versions may add some behind the last; the library reads only what lies inside `size`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct dubbo_service_vtable {
    /// sizeof(dubbo_service_vtable)
    pub size: usize,
    /// Takes a call, which it owns: answers it here, or hands it to another thread that answers later. Runs on a thread of
    /// the callback pool and should not block, or all functions of the program may have to wait.
    pub invoke: Option<unsafe extern "C" fn(user_data: *mut c_void, call: Option<Box<dubbo_call>>)>,
    /// Releases the user data: exactly once, after the last invoke has returned. May be NULL.
    pub destroy: dubbo_destroy_fn,
}

/// Describes a service whose calls go to a function, on threads of the callback pool.
///
/// @param options borrowed: of DUBBO_OPTIONS_SERVICE, with interface
/// @param vtable borrowed
/// @param user_data retained until destroy is called with it, also when this function fails after reading the vtable
/// @param out owned: given to a server, or released by dubbo_service_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_service_new(
    options: Option<&dubbo_options>,
    vtable: *const dubbo_service_vtable,
    user_data: *mut c_void,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_service>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let vtable = dubbo_service_vtable::read(vtable)?;
        let user_data = UserData::new(user_data, vtable.destroy);
        let invoke = required(vtable.invoke, "vtable.invoke")?;
        let out = place(out)?;
        pool::ensure()?;
        let handler = PoolHandler { invoke, user_data: Arc::new(user_data) };
        *out = Some(dubbo_service::boxed(options, Arc::new(handler))?);
        Ok(())
    })
}

/// Describes a service whose calls arrive in a queue as DUBBO_EVENT_CALLED with the token.
///
/// @param options borrowed: of DUBBO_OPTIONS_SERVICE, with interface
/// @param queue borrowed: may be released before; then calls are refused
/// @param out owned: given to a server, or released by dubbo_service_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_service_new_queued(
    options: Option<&dubbo_options>,
    queue: Option<&dubbo_queue>,
    token: u64,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_service>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let handler = HostService::new(required(queue, "queue")?.events(), token);
        *out = Some(dubbo_service::boxed(options, handler)?);
        Ok(())
    })
}

/// Declares a method of the service; overloads are declared one by one. A service without declared methods takes all.
///
/// @param service borrowed
/// @param name borrowed
/// @param java_types borrowed: the parameter types, separated by commas, "java.lang.String,int"; empty for none
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_service_add_method(
    service: Option<&mut dubbo_service>,
    name: dubbo_str,
    java_types: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (service, name) = (required(service, "service")?, name_of(name)?);
        let descriptor = descriptor_of_all(java_types.text("java_types")?)?;
        service.methods = Some(service.methods.take().unwrap_or_default().with(name, &descriptor));
        Ok(())
    })
}

/// Declares a method that takes any parameter types.
///
/// @param service borrowed
/// @param name borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_service_add_open_method(
    service: Option<&mut dubbo_service>,
    name: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (service, name) = (required(service, "service")?, name_of(name)?);
        service.methods = Some(service.methods.take().unwrap_or_default().with_open(name));
        Ok(())
    })
}

/// Releases a service that no server took.
///
/// @param service consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_service_free(service: Option<Box<dubbo_service>>) {
    infallible((), || drop(service));
}

impl dubbo_service {
    fn boxed(options: Option<&dubbo_options>, handler: Arc<dyn ServiceHandler>) -> Result<Box<Self>> {
        let config = Options::service(options)?;
        config.validate()?;
        Ok(Box::new(Self { config, methods: None, handler }))
    }

    /// Interface, methods and handler.
    pub(crate) fn into_parts(self) -> (ServiceConfig, MethodTable, Arc<dyn ServiceHandler>) {
        (self.config, self.methods.unwrap_or_else(MethodTable::any), self.handler)
    }

    pub(crate) fn into_core(self) -> Service {
        let (config, methods, handler) = self.into_parts();
        Service::raw(config, methods, handler)
    }
}

impl dubbo_service_vtable {
    /// The smallest table that any version of the header has.
    const MIN_SIZE: usize = size_of::<Self>();

    /// Copies what the program's version of the table and this one have in common.
    fn read(vtable: *const Self) -> Result<Self> {
        if vtable.is_null() {
            return Err(invalid("vtable is NULL"));
        }
        // SAFETY: the header demands a table, whose first field is always there.
        let size = unsafe { (&raw const (*vtable).size).read() };
        if size < Self::MIN_SIZE {
            return Err(invalid("vtable.size is too small: set it to sizeof(dubbo_service_vtable)"));
        }
        // SAFETY: the table is at least as long as this version of it, as its size says.
        Ok(unsafe { *vtable })
    }
}

/// Hands calls to a function of the program.
struct PoolHandler {
    invoke: unsafe extern "C" fn(*mut c_void, Option<Box<dubbo_call>>),
    user_data: Arc<UserData>,
}

impl ServiceHandler for PoolHandler {
    fn handle(&self, call: InboundCall) {
        let (invoke, user_data) = (self.invoke, Arc::clone(&self.user_data));
        pool::run(move || {
            // SAFETY: the program gave the function for this data; ownership of the call goes to it.
            unsafe { invoke(user_data.pointer(), Some(dubbo_call::boxed(call))) }
        });
    }
}

fn name_of<'a>(name: dubbo_str) -> Result<&'a str> {
    match name.text("name")? {
        "" => Err(invalid("name is empty")),
        name => Ok(name),
    }
}
