//! All state of one JavaScript environment, which the environment owns.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use napi::Env;
use polydubbo::api::hessian::{Reader, Refs};
use polydubbo::api::{CallHandle, CompletionSink, InboundCall};
use rustc_hash::FxHashMap;

use crate::errors::{Errors, Failure};
use crate::js::Js;
use crate::queue::LoopQueue;
use crate::value::hand_over::Hooks;
use crate::value::plan::Plan;
use crate::value::walk::Classes;

/// What the functions of one environment share.
pub struct State {
    pub(crate) hooks: Hooks,
    pub(crate) errors: Errors,
    /// Where values are laid on their way to JavaScript.
    pub(crate) plan: RefCell<Plan>,
    /// Empty, with room for the next body.
    pub(crate) spare: Cell<Vec<u8>>,
    pub(crate) queue: LoopQueue,
    pub(crate) sink: Arc<dyn CompletionSink>,
    pub(crate) classes: RefCell<Classes>,
    /// Calls on their way, by token.
    pub(crate) calls: RefCell<FxHashMap<u32, CallHandle>>,
    /// Calls of services that have no answer yet, by the number that JavaScript knows.
    pub(crate) inbound: RefCell<FxHashMap<u32, InboundCall>>,
    pub(crate) next_inbound: Cell<u32>,
}

impl State {
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
    pub(crate) fn lay_body(&self, js: Js, body: &[u8], flags: u32) -> Result<(), Failure> {
        let mut plan = self.plan.borrow_mut();
        plan.start(flags);
        let (mut reader, mut refs) = (Reader::new(body), Refs::default());
        while !reader.is_at_end() {
            plan.value(js, flags, &self.hooks, (&mut reader, &mut refs))?;
        }
        Ok(())
    }

    /// Runs a step of a native call and throws what it fails with.
    pub(crate) fn guard<T>(&self, env: &Env, step: impl FnOnce() -> Result<T, Failure>) -> napi::Result<T> {
        self.errors.guard(Js::new(env), step)
    }
}
