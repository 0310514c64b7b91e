//! Where the outcomes of calls go: a thread that waits, a queue, or a function.

use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use polydubbo::api::{
    CallHandle, Completion, CompletionSink, Error, ErrorCode, Event, EventQueue, Invocation, Reference,
    Result, RpcResult,
};
use rustc_hash::FxHashMap;

use crate::boundary::required;
use crate::errors::dubbo_error;
use crate::pool;
use crate::queue::dubbo_queue;
use crate::response::dubbo_response;
use crate::user_data::UserData;

/// Takes the outcome of a call, exactly once: a response or an error, the other one is NULL. Both are owned. Runs on a
/// thread of the callback pool and should not block.
pub type dubbo_completion_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        response: Option<Box<dubbo_response>>,
        error: Option<Box<dubbo_error>>,
    ),
>;

/// Where the outcome of one call goes.
pub(crate) enum Target {
    Queue(Arc<EventQueue>, u64),
    Function(Callback),
}

/// A function of the program, to be called once.
pub(crate) struct Callback {
    function: unsafe extern "C" fn(*mut c_void, Option<Box<dubbo_response>>, Option<Box<dubbo_error>>),
    user_data: UserData,
}

impl Target {
    /// The queue, which brings the outcome with the token.
    pub(crate) fn queue(queue: Option<&dubbo_queue>, token: u64) -> Result<Self> {
        Ok(Self::Queue(Arc::clone(required(queue, "queue")?.events()), token))
    }

    /// The function, on a thread of the pool, which runs from now on.
    pub(crate) fn function(function: dubbo_completion_fn, user_data: UserData) -> Result<Self> {
        let function = required(function, "completion")?;
        pool::ensure()?;
        Ok(Self::Function(Callback { function, user_data }))
    }

    /// Sends a call that cannot be given up, so that nothing has to find it.
    pub(crate) fn submit(self, reference: &Reference, invocation: Invocation) -> Result<()> {
        let (token, sink): (u64, Arc<dyn CompletionSink>) = match self {
            Self::Queue(queue, token) => (token, queue),
            Self::Function(_) => (0, Arc::new(Once(Mutex::new(Some(self))))),
        };
        reference.submit(invocation, token, &sink).map(drop)
    }

    pub(crate) fn deliver(self, result: Result<RpcResult>) {
        match self {
            // Refused when the queue is closed; then nobody waits for it.
            Self::Queue(queue, token) => drop(queue.push(Event::Completed(Completion { token, result }))),
            Self::Function(callback) => pool::run(move || callback.call(result)),
        }
    }
}

impl Callback {
    fn call(self, result: Result<RpcResult>) {
        let (response, error) = match dubbo_response::of(result) {
            Ok(response) => (Some(response), None),
            Err(error) => (None, Some(Box::new(dubbo_error::from(error)))),
        };
        // SAFETY: the program gave the function for this data; ownership of the outcome goes to it.
        unsafe { (self.function)(self.user_data.pointer(), response, error) }
    }
}

/// Takes one outcome.
struct Once(Mutex<Option<Target>>);

impl CompletionSink for Once {
    fn complete(&self, completion: Completion) {
        let target = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(target) = target {
            target.deliver(completion.result);
        }
    }
}

/// Delivers once, also when the runtime stops and drops the task that would have done it.
pub(crate) struct Delivery(Option<Target>);

impl Delivery {
    pub(crate) fn new(target: Target) -> Self {
        Self(Some(target))
    }

    pub(crate) fn deliver(mut self, result: Result<RpcResult>) {
        if let Some(target) = self.0.take() {
            target.deliver(result);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(target) = self.0.take() {
            target.deliver(Err(Error::new(ErrorCode::Closed, "the runtime was shut down during the call")));
        }
    }
}

/// The calls of a reference that can be given up and have no outcome yet, by their numbers.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Table>);

#[derive(Default)]
struct Table {
    last: u64,
    calls: FxHashMap<u64, (Target, Option<CallHandle>)>,
}

impl Calls {
    /// Sends a call and gives its number.
    pub(crate) fn submit(
        self: &Arc<Self>,
        reference: &Reference,
        invocation: Invocation,
        target: Target,
    ) -> Result<u64> {
        let number = {
            let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            table.last += 1;
            let number = table.last;
            table.calls.insert(number, (target, None));
            number
        };
        let sink: Arc<dyn CompletionSink> = Arc::clone(self) as Arc<dyn CompletionSink>;
        let submitted = reference.submit(invocation, number, &sink);
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match submitted {
            Ok(handle) => {
                // Gone if the outcome was quicker.
                if let Some((_, kept)) = table.calls.get_mut(&number) {
                    *kept = Some(handle);
                }
                Ok(number)
            }
            Err(error) => {
                let refused = table.calls.remove(&number);
                drop(table);
                drop(refused);
                Err(error)
            }
        }
    }

    /// Gives a call up, unless it has ended.
    pub(crate) fn cancel(&self, number: u64) {
        let handle = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .calls
            .get_mut(&number)
            .and_then(|(_, handle)| handle.take());
        // Not under the lock: the outcome may arrive at once.
        if let Some(handle) = handle {
            handle.cancel();
        }
    }
}

impl CompletionSink for Calls {
    fn complete(&self, completion: Completion) {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.remove(&completion.token);
        if let Some((target, _)) = call {
            target.deliver(completion.result);
        }
    }
}

/// The thread that waits for one call.
#[derive(Default)]
pub(crate) struct Waiter {
    outcome: Mutex<Option<Result<RpcResult>>>,
    arrived: Condvar,
}

impl Waiter {
    /// Sends a call and blocks until its outcome is there.
    pub(crate) fn call(reference: &Reference, invocation: Invocation) -> Result<RpcResult> {
        let waiter = Arc::new(Self::default());
        let sink: Arc<dyn CompletionSink> = Arc::clone(&waiter) as Arc<dyn CompletionSink>;
        let _call = reference.submit(invocation, 0, &sink)?;
        let mut outcome = waiter.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = outcome.take() {
                return outcome;
            }
            outcome = waiter.arrived.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl CompletionSink for Waiter {
    fn complete(&self, completion: Completion) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(completion.result);
        self.arrived.notify_one();
    }
}
