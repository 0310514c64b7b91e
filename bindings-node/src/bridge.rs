//! All state of one JavaScript environment, as one object that the environment owns.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Buffer, ClassInstance, Function, JsObjectValue, Object, Uint8Array, Unknown};
use napi::{Env, JsValue};
use napi_derive::napi;
use polydubbo::api::hessian::{EncodeError, Profile, Reader, Refs, Writer};
use polydubbo::api::{
    CallHandle, CompletionSink, Error, ErrorCode, InboundCall, Reference, ResultKind, RpcResult, Runtime,
    Server,
};
use rustc_hash::FxHashMap;

use crate::callback::{self, CallbackList, NativeCallback, NativeCallbackProxy};
use crate::drain::core_token;
use crate::errors::{Errors, Failure};
use crate::js::Js;
use crate::queue::LoopQueue;
use crate::reference::{self, AttachmentList, NativeReference};
use crate::registry_server::NativeRegistryServer;
use crate::server::{self, NativeServer, NativeService};
use crate::value::hand_over::Hooks;
use crate::value::plan::Plan;
use crate::value::walk::{Classes, WalkError, play};

/// The native side of one environment. Made once by `ts/internal/native.ts`, and internal to the package.
#[napi]
pub struct Bridge {
    hooks: Hooks,
    errors: Errors,
    plan: RefCell<Plan>,
    queue: LoopQueue,
    sink: Arc<dyn CompletionSink>,
    classes: RefCell<Classes>,
    /// Calls on their way, by token.
    calls: RefCell<FxHashMap<u32, CallHandle>>,
    /// Calls of services that have no answer yet, by the number that JavaScript knows.
    inbound: RefCell<FxHashMap<u32, InboundCall>>,
    next_inbound: Cell<u32>,
}

impl Bridge {
    pub(crate) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    pub(crate) fn errors(&self) -> &Errors {
        &self.errors
    }

    /// Where values are laid on their way to JavaScript.
    pub(crate) fn plan(&self) -> &RefCell<Plan> {
        &self.plan
    }

    pub(crate) fn calls(&self) -> &RefCell<FxHashMap<u32, CallHandle>> {
        &self.calls
    }

    /// A number for a call that waits for its answer.
    pub(crate) fn next_call(&self) -> u32 {
        let inbound = self.inbound.borrow();
        let mut id = self.next_inbound.get();
        while inbound.contains_key(&id) {
            id = id.wrapping_add(1);
        }
        self.next_inbound.set(id.wrapping_add(1));
        id
    }

    /// Keeps a call until it is answered.
    pub(crate) fn keep_call(&self, id: u32, call: InboundCall) {
        self.inbound.borrow_mut().insert(id, call);
    }

    /// Lays all values of a body, which share one set of tables.
    fn lay_body(&self, js: Js, body: &[u8], flags: u32) -> Result<(), Failure> {
        let mut plan = self.plan.borrow_mut();
        plan.start(flags);
        let (mut reader, mut refs) = (Reader::new(body), Refs::default());
        while !reader.is_at_end() {
            plan.value(js, flags, &self.hooks, (&mut reader, &mut refs))?;
        }
        Ok(())
    }

    /// Runs a step of a native call and throws what it fails with.
    fn guard<T>(&self, env: &Env, step: impl FnOnce() -> Result<T, Failure>) -> napi::Result<T> {
        self.errors.guard(Js::new(env), step)
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
        Ok(Self {
            hooks: taken,
            errors,
            plan: RefCell::default(),
            queue,
            sink,
            classes: RefCell::default(),
            calls: RefCell::default(),
            inbound: RefCell::default(),
            next_inbound: Cell::new(0),
        })
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

    /// Encodes the values of a tape.
    #[napi(catch_unwind)]
    pub fn encode(&self, env: Env, tape: Uint8Array, profile: u32) -> napi::Result<Buffer> {
        self.guard(&env, || {
            let mut writer = Writer::with_profile(match profile {
                1 => Profile::Hl3,
                2 => Profile::Hl4,
                _ => Profile::Portable,
            });
            play(&tape, &mut self.classes.borrow_mut(), &mut writer)?;
            let bytes = writer.finish().map_err(WalkError::from)?;
            Ok(Vec::from(bytes).into())
        })
    }

    /// Decodes all values of a body, which share one set of tables, into an array.
    #[napi(catch_unwind)]
    pub fn decode<'env>(&self, env: &'env Env, body: Unknown<'_>, flags: u32) -> napi::Result<Unknown<'env>> {
        let js = Js::new(env);
        let array = self.guard(env, || {
            let body = js.bytes(body.raw())?;
            self.lay_body(js, &body, flags)?;
            Ok(self.hooks.hand_over(js, &self.plan, &self.hooks.values)?)
        })?;
        // SAFETY: the array is a handle of the scope of this call.
        Ok(unsafe { Unknown::from_raw_unchecked(js.raw(), array) })
    }

    /// Delivers at most `max` events; true when more are waiting.
    #[napi(catch_unwind)]
    pub fn drain(&self, env: Env, max: u32) -> bool {
        let js = Js::new(&env);
        let mut events = Vec::new();
        let more = self.queue.events().drain(max as usize, &mut events);
        let _ = js.scope(|| self.deliver_all(js, events));
        more
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

    /// Sends a call with the arguments on a tape; settles `token` with its outcome.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "one crossing of the border for a call")]
    pub fn submit(
        &self,
        env: Env,
        reference: ClassInstance<'_, NativeReference>,
        method: u32,
        tape: Uint8Array,
        token: u32,
        flags: u32,
        timeout_ms: i64,
        retries: i32,
        oneway: bool,
        attachments: Option<AttachmentList>,
        callbacks: Option<CallbackList<'_>>,
    ) -> napi::Result<()> {
        self.guard(&env, || {
            let mut invocation = reference.invocation(method, &tape, &mut self.classes.borrow_mut())?;
            invocation.options = reference::options_of(timeout_ms, retries, oneway);
            invocation.attachments = reference::attachments_of(attachments.unwrap_or_default());
            invocation.callbacks = callback::arguments_of(callbacks.unwrap_or_default());
            let handle = reference.reference.submit(invocation, core_token(token, flags), &self.sink)?;
            self.calls.borrow_mut().insert(token, handle);
            Ok(())
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

    /// Calls an object of the caller of a service; settles `token` with the outcome.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "one crossing of the border for a call")]
    pub fn call_back(
        &self,
        env: Env,
        proxy: ClassInstance<'_, NativeCallbackProxy>,
        method: u32,
        tape: Uint8Array,
        token: u32,
        flags: u32,
        timeout_ms: i64,
        attachments: Option<AttachmentList>,
    ) -> napi::Result<()> {
        self.guard(&env, || {
            let mut invocation = proxy.invocation(method, &tape, &mut self.classes.borrow_mut())?;
            invocation.options = reference::options_of(timeout_ms, -1, false);
            invocation.attachments = reference::attachments_of(attachments.unwrap_or_default());
            Ok(proxy.submit(invocation, core_token(token, flags), &self.sink)?)
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
        self.guard(&env, || Ok(reference.reference.close(timeout, u64::from(token), self.queue.events())?))
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

    /// Answers a call with the value or exception on a tape; an empty one is null. A value that cannot be encoded
    /// leaves the call unanswered, so that it can be answered with the error.
    #[napi(catch_unwind)]
    pub fn reply(
        &self,
        env: Env,
        call: u32,
        tape: Uint8Array,
        is_exception: bool,
        attachments: Option<AttachmentList>,
    ) -> napi::Result<()> {
        self.guard(&env, || {
            let mut writer = Writer::new();
            let count = play(&tape, &mut self.classes.borrow_mut(), &mut writer)?;
            let encoded = writer.finish().map_err(WalkError::from)?;
            let Some(call) = self.inbound.borrow_mut().remove(&call) else { return Ok(()) };
            let mut responder = call.responder;
            if let Some(attachments) = attachments {
                responder.attachments_mut().extend_from(&reference::attachments_of(attachments));
            }
            match (is_exception, count) {
                (true, _) => responder.outcome(Ok(RpcResult::new(ResultKind::Exception, false, encoded))),
                (false, 0) => responder.null(),
                (false, _) => responder.value(encoded),
            }
            Ok(())
        })
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
