//! Objects that travel as parameters and are called back over the same connection.

use std::cell::RefCell;
use std::sync::Arc;

use napi::Either;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use polydubbo::api::{
    CallbackArgument, CallbackProxy, CallbackService, Completion, CompletionSink, EventQueue, HostService,
    Invocation, Method, MethodTable, Result, Runtime,
};

use crate::errors::Failure;
use crate::reference::invocation_of;
use crate::value::walk::{Classes, Tape};

/// Positions of parameters and the objects passed there, in turn.
pub(crate) type CallbackList<'a> = Vec<Either<u32, ClassInstance<'a, NativeCallback>>>;

/// An object of this side that a provider may call.
#[napi]
pub struct NativeCallback {
    service: Arc<CallbackService>,
}

impl NativeCallback {
    /// `methods` holds names and descriptors in turn.
    pub(crate) fn new(
        interface: &str,
        methods: &[String],
        number: u64,
        queue: &Arc<EventQueue>,
    ) -> Result<Self> {
        let add = |table: MethodTable, pair: &[String]| table.with(&pair[0], &pair[1]);
        let table = methods.chunks_exact(2).fold(MethodTable::new(), add);
        Ok(Self { service: CallbackService::new(interface, table, HostService::new(queue, number))? })
    }
}

pub(crate) fn arguments_of(list: CallbackList<'_>) -> Vec<CallbackArgument> {
    let mut arguments = Vec::new();
    let mut items = list.into_iter();
    while let (Some(Either::A(index)), Some(Either::B(object))) = (items.next(), items.next()) {
        arguments.push(object.service.argument(index as usize));
    }
    arguments
}

/// An object of the caller, as a service holds it.
#[napi]
pub struct NativeCallbackProxy {
    proxy: CallbackProxy,
    methods: RefCell<Vec<Arc<Method>>>,
}

#[napi]
impl NativeCallbackProxy {
    /// The parameter that it was passed as.
    #[napi(getter, catch_unwind)]
    pub fn index(&self) -> u32 {
        self.proxy.index as u32
    }

    /// True until the connection ends.
    #[napi(getter, catch_unwind)]
    pub fn is_open(&self) -> bool {
        self.proxy.is_open()
    }

    /// Names the object among all of this process: the connection, and its number there.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> String {
        format!("{}:{}:{}", self.proxy.connection(), self.proxy.interface(), self.proxy.instance())
    }

    /// The number under which calls name a method.
    #[napi(catch_unwind)]
    pub fn method(&self, name: String, descriptor: String) -> u32 {
        let mut methods = self.methods.borrow_mut();
        methods.push(Method::new(name, descriptor));
        methods.len() as u32 - 1
    }
}

impl NativeCallbackProxy {
    pub(crate) fn new(proxy: CallbackProxy) -> Self {
        Self { proxy, methods: RefCell::default() }
    }

    pub(crate) fn invocation(
        &self,
        tape: &Tape<'_>,
        classes: &mut Classes,
    ) -> std::result::Result<Invocation, Failure> {
        invocation_of(&self.methods.borrow(), tape, classes)
    }

    /// Calls the object; the outcome goes to `sink` with `token`.
    pub(crate) fn submit(
        &self,
        invocation: Invocation,
        token: u64,
        sink: &Arc<dyn CompletionSink>,
    ) -> Result<()> {
        let (proxy, sink) = (self.proxy.clone(), Arc::clone(sink));
        Runtime::shared()?.spawn(async move {
            let result = proxy.invoke(&invocation).await;
            sink.complete(Completion { token, result });
        })
    }
}
