//! The queue between the I/O threads and one JavaScript loop.
//!
//! I/O threads push events; the first one into an empty queue calls a thread-safe function, which makes the loop drain
//! the queue on its own thread. The function is weak: by itself it does not keep the process alive. `ts/internal/loop.ts`
//! counts what is in flight and turns that on and off.

use std::sync::Arc;

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status, sys};
use polydubbo::api::{EventQueue, Queue, Wake};

type WakeFunction = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Wakes the loop of one environment; does not keep it alive by itself.
#[derive(Clone)]
pub(crate) struct LoopWake(Arc<WakeFunction>);

impl LoopWake {
    /// A wake-up runs `function` on the loop.
    pub(crate) fn new(function: &Function<'_, (), ()>) -> napi::Result<Self> {
        let built = function.build_threadsafe_function::<()>().callee_handled::<false>().weak::<true>();
        Ok(Self(Arc::new(built.build()?)))
    }
}

impl Wake for LoopWake {
    fn wake(&self) {
        // Refused only when the environment is closing, and then nobody waits for the event.
        let _ = self.0.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// The queue of an environment and what wakes its loop.
pub(crate) struct LoopQueue {
    queue: Arc<EventQueue>,
    wake: LoopWake,
}

impl LoopQueue {
    /// Makes a queue whose wake-up runs `drain` on the loop. When the environment ends, the queue is closed: what
    /// comes later is dropped, and calls of services are refused.
    pub(crate) fn new(env: &Env, drain: &Function<'_, (), ()>) -> napi::Result<Self> {
        let wake = LoopWake::new(drain)?;
        let queue = Arc::new(Queue::new(wake.clone()));
        env.add_env_cleanup_hook(Arc::clone(&queue), |queue| queue.close())?;
        Ok(Self { queue, wake })
    }

    pub(crate) fn events(&self) -> &Arc<EventQueue> {
        &self.queue
    }

    /// Whether the queue keeps the process alive.
    pub(crate) fn keep_alive(&self, env: &Env, keep: bool) {
        let handle = &self.wake.0.handle;
        handle.with_read_aborted(|is_aborted| {
            if is_aborted {
                return;
            }
            // SAFETY: not aborted, and on the thread of its environment. Both calls are idempotent; a refusal means
            // that the environment is closing.
            let _ = unsafe {
                if keep {
                    sys::napi_ref_threadsafe_function(env.raw(), handle.get_raw())
                } else {
                    sys::napi_unref_threadsafe_function(env.raw(), handle.get_raw())
                }
            };
        });
    }
}

impl Drop for LoopQueue {
    fn drop(&mut self) {
        self.queue.close();
    }
}
