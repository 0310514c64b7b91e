//! What JavaScript may ask of the native side, apart from the hot path.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{ClassInstance, Function, JsObjectValue, Object, Uint8Array, Unknown};
use napi::{Env, JsValue};
use napi_derive::napi;
use polydubbo::api::hessian::EncodeError;
use polydubbo::api::{CallOptions, CompletionSink, Error, ErrorCode, Reference, Runtime, Server};

use crate::callback::{NativeCallback, NativeCallbackProxy};
use crate::drain::core_token;
use crate::errors::Errors;
use crate::hot;
use crate::js::Js;
use crate::queue::LoopQueue;
use crate::reference::{self, AttachmentList, NativeReference};
use crate::registry_server::NativeRegistryServer;
use crate::server::{self, NativeServer, NativeService};
use crate::state::State;
use crate::value::hand_over::Hooks;
use crate::value::walk::Tape;

/// The native side of one environment. Made once by `ts/internal/native.ts`, and internal to the package.
#[napi]
pub struct Bridge(Rc<State>);

impl Deref for Bridge {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

#[napi]
impl Bridge {
    /// Takes the functions that the native module calls.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, hooks: Object<'_>) -> napi::Result<Self> {
        let js = Js::new(&env);
        let raw = hooks.raw();
        let make = || Ok((Hooks::new(js, raw)?, Errors::new(js, raw)?));
        let made: crate::js::Result<_> = make();
        let (taken, errors) =
            made.map_err(|fault| napi::Error::from_reason(format!("bad hooks: {fault:?}")))?;
        let wake: Function<'_, (), ()> = hooks.get_named_property("wake")?;
        let queue = LoopQueue::new(&env, &wake)?;
        let sink: Arc<dyn CompletionSink> = Arc::clone(queue.events()) as Arc<dyn CompletionSink>;
        Ok(Self(Rc::new(State {
            hooks: taken,
            errors,
            plan: RefCell::default(),
            spare: Cell::default(),
            queue,
            sink,
            classes: RefCell::default(),
            calls: RefCell::default(),
            inbound: RefCell::default(),
            next_inbound: Cell::new(0),
        })))
    }

    /// Adds a class definition for the tape and gives its number.
    #[napi(catch_unwind)]
    pub fn define_class(&self, env: Env, name: String, fields: Vec<String>) -> napi::Result<u32> {
        let define = || self.classes.borrow_mut().define(&name, &fields).map_err(bad_class);
        self.guard(&env, || Ok(define()?))
    }

    /// Forgets how classes are made, after a registration.
    #[napi(catch_unwind)]
    pub fn forget_classes(&self) {
        self.plan.borrow_mut().forget_classes();
    }

    /// The functions of the hot path, by name: see `hot.rs`.
    #[napi(catch_unwind)]
    pub fn functions<'env>(&self, env: &'env Env) -> napi::Result<Unknown<'env>> {
        let js = Js::new(env);
        let functions = self.guard(env, || Ok(hot::functions(&self.0, js)?))?;
        // SAFETY: a handle of the scope of this call.
        Ok(unsafe { Unknown::from_raw_unchecked(js.raw(), functions) })
    }

    /// The function that makes calls of a reference.
    #[napi(catch_unwind)]
    pub fn submitter<'env>(
        &self,
        env: &'env Env,
        reference: ClassInstance<'_, NativeReference>,
    ) -> napi::Result<Unknown<'env>> {
        let js = Js::new(env);
        let function = self.guard(env, || Ok(hot::submitter(&self.0, js, reference.target())?))?;
        // SAFETY: a handle of the scope of this call.
        Ok(unsafe { Unknown::from_raw_unchecked(js.raw(), function) })
    }

    /// Whether what is in flight keeps the process alive.
    #[napi(catch_unwind)]
    pub fn keep_alive(&self, env: Env, keep: bool) {
        self.queue.keep_alive(&env, keep);
    }

    /// Refers to a service; settles `token` with the reference.
    #[napi(catch_unwind)]
    pub fn refer(&self, env: Env, pairs: Vec<String>, custom: Vec<String>, token: u32) -> napi::Result<()> {
        self.guard(&env, || {
            let config = reference::config_of(&pairs, &custom)?;
            Ok(Reference::refer(&Runtime::shared()?, config, u64::from(token), self.queue.events())?)
        })
    }

    /// An object to be passed as a parameter, whose calls arrive under `number`.
    #[napi(catch_unwind)]
    pub fn callback_service(
        &self,
        env: Env,
        number: u32,
        flags: u32,
        interface: String,
        methods: Vec<String>,
    ) -> napi::Result<NativeCallback> {
        let number = core_token(number, flags);
        self.guard(&env, || Ok(NativeCallback::new(&interface, &methods, number, self.queue.events())?))
    }

    /// Calls an object of the caller of a service, as the tape says.
    #[napi(catch_unwind)]
    pub fn call_back(
        &self,
        env: Env,
        proxy: ClassInstance<'_, NativeCallbackProxy>,
        tape: Uint8Array,
        length: u32,
        attachments: Option<AttachmentList>,
    ) -> napi::Result<()> {
        self.guard(&env, || {
            let tape = Tape::new(tape.get(..length as usize).unwrap_or_default())?;
            let mut invocation = proxy.invocation(&tape, &mut self.classes.borrow_mut())?;
            invocation.options = CallOptions { retries: None, oneway: false, ..tape.options() };
            invocation.attachments = reference::attachments_of(attachments.unwrap_or_default());
            Ok(proxy.submit(invocation, tape.token(), &self.sink)?)
        })
    }

    /// Gives up a call; its token is settled with `Cancelled`.
    #[napi(catch_unwind)]
    pub fn cancel(&self, token: u32) {
        if let Some(handle) = self.calls.borrow().get(&token) {
            handle.cancel();
        }
    }

    /// Closes a reference; settles `token`.
    #[napi(catch_unwind)]
    pub fn close_reference(
        &self,
        env: Env,
        reference: ClassInstance<'_, NativeReference>,
        timeout_ms: i64,
        token: u32,
    ) -> napi::Result<()> {
        let timeout = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
        self.guard(&env, || {
            Ok(reference.target().reference.close(timeout, u64::from(token), self.queue.events())?)
        })
    }

    /// Describes a service whose calls arrive under `number`.
    #[napi(catch_unwind)]
    pub fn service(
        &self,
        env: Env,
        number: u32,
        flags: u32,
        pairs: Vec<String>,
        custom: Vec<String>,
        methods: Vec<String>,
    ) -> napi::Result<NativeService> {
        let number = core_token(number, flags);
        self.guard(&env, || {
            let service = server::service_of(number, &pairs, &custom, &methods, self.queue.events())?;
            Ok(NativeService::new(service))
        })
    }

    /// Starts a server with services; settles `token` with it.
    #[napi(catch_unwind)]
    pub fn start_server(
        &self,
        env: Env,
        pairs: Vec<String>,
        custom: Vec<String>,
        services: Vec<ClassInstance<'_, NativeService>>,
        token: u32,
    ) -> napi::Result<()> {
        self.guard(&env, || {
            let config = server::config_of(&pairs, &custom)?;
            let services = services.iter().filter_map(|service| service.take()).collect();
            Ok(Server::start(&Runtime::shared()?, config, services, u64::from(token), self.queue.events())?)
        })
    }

    /// Offers one more service; settles `token`.
    #[napi(catch_unwind)]
    pub fn export_service(
        &self,
        env: Env,
        server: ClassInstance<'_, NativeServer>,
        service: ClassInstance<'_, NativeService>,
        token: u32,
    ) -> napi::Result<()> {
        self.guard(&env, || {
            let service = service.take().ok_or_else(|| {
                Error::new(ErrorCode::AlreadyExported, "this service was given to a server already")
            })?;
            Ok(server.server.export(service, u64::from(token), self.queue.events())?)
        })
    }

    /// Registers the services of a server, or withdraws them; settles `token`.
    #[napi(catch_unwind)]
    pub fn set_online(
        &self,
        env: Env,
        server: ClassInstance<'_, NativeServer>,
        online: bool,
        token: u32,
    ) -> napi::Result<()> {
        self.guard(&env, || Ok(server.server.set_online(online, u64::from(token), self.queue.events())?))
    }

    /// Stops a server; settles `token` with a report.
    #[napi(catch_unwind)]
    pub fn close_server(
        &self,
        env: Env,
        server: ClassInstance<'_, NativeServer>,
        token: u32,
    ) -> napi::Result<()> {
        self.guard(&env, || Ok(server.server.close(u64::from(token), self.queue.events())?))
    }

    /// Serves the embedded registry.
    #[napi(catch_unwind)]
    pub fn start_registry(&self, env: Env, host: String, port: u32) -> napi::Result<NativeRegistryServer> {
        self.guard(&env, || Ok(NativeRegistryServer::bind(&host, port)?))
    }

    /// Stops a registry; settles `token`.
    #[napi(catch_unwind)]
    pub fn close_registry(
        &self,
        env: Env,
        registry: ClassInstance<'_, NativeRegistryServer>,
        token: u32,
    ) -> napi::Result<()> {
        self.guard(&env, || Ok(registry.registry.close(u64::from(token), self.queue.events())?))
    }

    /// Answers that the arguments of the call are wrong.
    #[napi(catch_unwind)]
    pub fn refuse_arguments(&self, call: u32, message: String) {
        let call = self.inbound.borrow_mut().remove(&call);
        if let Some(call) = call {
            call.responder.error(Error::new(ErrorCode::StatusBadRequest, message));
        }
    }

    /// Answers that the service could not run the call. If it is busy, consumers may ask another provider.
    #[napi(catch_unwind)]
    pub fn refuse(&self, call: u32, message: String, busy: bool) {
        let call = self.inbound.borrow_mut().remove(&call);
        if let Some(call) = call {
            let code =
                if busy { ErrorCode::StatusThreadPoolExhausted } else { ErrorCode::StatusServiceError };
            call.responder.error(Error::new(code, message));
        }
    }
}

fn bad_class(error: EncodeError) -> Error {
    Error::new(ErrorCode::InvalidArgument, error.to_string())
}
