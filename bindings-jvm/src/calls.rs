//! Calls on their way, to be cancelled by the number that Java gave to them.

use jni::sys::jlong;
use parking_lot::Mutex;
use polydubbo::api::{CallHandle, Result};
use rustc_hash::FxHashMap;

/// So many locks that threads rarely meet at one.
const SHARDS: usize = 16;

/// All calls of this process.
pub(crate) static CALLS: Calls = Calls([const { Mutex::new(None) }; SHARDS]);

type Shard = Mutex<Option<FxHashMap<u64, Option<CallHandle>>>>;

/// Calls by token. One is known from before it is submitted until its outcome crosses the border.
pub(crate) struct Calls([Shard; SHARDS]);

impl Calls {
    /// Keeps a call that `submit` sends. Its outcome may arrive before `submit` returns.
    pub(crate) fn track(&self, token: u64, submit: impl FnOnce() -> Result<CallHandle>) -> Result<()> {
        let shard = self.shard(token);
        shard.lock().get_or_insert_default().insert(token, None);
        let submitted = submit();
        let mut calls = shard.lock();
        let calls = calls.get_or_insert_default();
        match submitted {
            Ok(handle) => {
                // Gone when the outcome was quicker.
                if let Some(entry) = calls.get_mut(&token) {
                    *entry = Some(handle);
                }
                Ok(())
            }
            Err(error) => {
                calls.remove(&token);
                Err(error)
            }
        }
    }

    /// Forgets a call that has its outcome.
    pub(crate) fn finish(&self, token: u64) {
        let finished = self.shard(token).lock().as_mut().and_then(|calls| calls.remove(&token));
        // Dropped here, outside the lock.
        drop(finished);
    }

    /// Gives a call up; its outcome arrives as for every other.
    pub(crate) fn cancel(&self, token: jlong) {
        let token = token as u64;
        if let Some(Some(Some(handle))) = self.shard(token).lock().as_ref().map(|calls| calls.get(&token)) {
            handle.cancel();
        }
    }

    /// Number of calls without an outcome.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|shard| shard.lock().as_ref().map_or(0, FxHashMap::len)).sum()
    }

    fn shard(&self, token: u64) -> &Shard {
        &self.0[token as usize % SHARDS]
    }
}
