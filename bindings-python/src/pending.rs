//! Calls and operations that an event loop waits for, by the token that the core carries.

use polydubbo::api::CallHandle;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::server::Stub;

/// What waits for one completion.
pub(crate) struct Pending {
    pub(crate) future: Py<PyAny>,
    /// The `RpcContext` that receives the attachments of the answer, if there is one.
    pub(crate) context: Option<Py<PyAny>>,
    /// Where the result of an operation goes, such as opening a reference; unused by calls.
    pub(crate) stub: Stub,
    /// How to cancel the call when its future was cancelled.
    pub(crate) cancel: Option<CallHandle>,
}

/// A slab: the token is the index, and free places form a list.
#[derive(Default)]
pub(crate) struct PendingTable {
    places: Vec<Place>,
    free: Option<usize>,
    len: usize,
    /// At so many entries, look for futures that were cancelled.
    sweep_at: usize,
}

enum Place {
    Taken(Pending),
    Free { next: Option<usize> },
}

/// Below this many entries no search for cancelled futures is worth its time.
const MIN_SWEEP: usize = 1024;

impl PendingTable {
    /// Stores an entry and returns its token.
    pub(crate) fn insert(&mut self, pending: Pending) -> u64 {
        self.len += 1;
        let index = match self.free {
            Some(index) => {
                if let Place::Free { next } = self.places[index] {
                    self.free = next;
                }
                self.places[index] = Place::Taken(pending);
                index
            }
            None => {
                self.places.push(Place::Taken(pending));
                self.places.len() - 1
            }
        };
        index as u64
    }

    /// The entry of a token.
    pub(crate) fn get_mut(&mut self, token: u64) -> Option<&mut Pending> {
        match self.places.get_mut(usize::try_from(token).ok()?)? {
            Place::Taken(pending) => Some(pending),
            Place::Free { .. } => None,
        }
    }

    /// Takes the entry of a token.
    pub(crate) fn remove(&mut self, token: u64) -> Option<Pending> {
        let index = usize::try_from(token).ok()?;
        let place = self.places.get_mut(index)?;
        if matches!(place, Place::Free { .. }) {
            return None;
        }
        let Place::Taken(pending) = std::mem::replace(place, Place::Free { next: self.free }) else {
            return None;
        };
        self.free = Some(index);
        self.len -= 1;
        Some(pending)
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether so many calls wait that those whose future was cancelled should be looked for. A check for
    /// each cancelled future at once would cost every call a callback of the event loop.
    pub(crate) fn wants_sweep(&mut self) -> bool {
        let due = self.len >= self.sweep_at.max(MIN_SWEEP);
        if due {
            self.sweep_at = self.len.saturating_mul(2);
        }
        due
    }

    /// What a sweep looks at: the tokens and futures of calls.
    pub(crate) fn cancellable(&self, py: Python<'_>) -> Vec<(u64, Py<PyAny>)> {
        let calls = self.places.iter().enumerate().filter_map(|(index, place)| match place {
            Place::Taken(Pending { future, cancel: Some(_), .. }) => {
                Some((index as u64, future.clone_ref(py)))
            }
            _ => None,
        });
        calls.collect()
    }

    /// Cancels the call that `future` waits for; the core then delivers its end as usual.
    pub(crate) fn cancel(&mut self, token: u64, future: &Py<PyAny>) {
        if let Some(pending) = self.get_mut(token)
            && pending.future.is(future)
            && let Some(cancel) = pending.cancel.take()
        {
            cancel.cancel();
        }
    }

    /// For the garbage collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for place in &self.places {
            if let Place::Taken(pending) = place {
                visit.call(&pending.future)?;
                visit.call(&pending.context)?;
            }
        }
        Ok(())
    }
}
