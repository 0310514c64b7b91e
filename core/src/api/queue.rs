//! The queue between the I/O threads and a host language.
//!
//! I/O threads push events; the host drains them in batches on a thread of its own. The host is woken only when
//! the queue becomes non-empty, because under load a wake-up per event costs several times more than the event;
//! for the messages of one read of a connection, when all of them are there.
//! A host with an event loop is woken through [`Wake`]; a host with a thread to spare blocks in [`Queue::wait`].

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::wakes;

/// Wakes the host's event loop.
pub trait Wake: Send + Sync + 'static {
    /// Makes the host drain the queue soon. Runs on an I/O thread: must not block and must not run host code.
    fn wake(&self);
}

/// For hosts that block in [`Queue::wait`] and need no other wake-up.
impl Wake for () {
    fn wake(&self) {}
}

// The locks are those of the standard library: the others park threads in a table of the process, which a thread that
// goes to sleep during a fork leaves locked for the child.

/// An unbounded queue of events; what fills it is bounded where it enters (calls in flight, `executes`).
pub struct Queue<E> {
    state: Mutex<State<E>>,
    bell: Arc<Bell>,
}

struct State<E> {
    events: VecDeque<E>,
    closed: bool,
}

impl<E> State<E> {
    fn take(&mut self, max: usize, out: &mut Vec<E>) -> usize {
        let count = self.events.len().min(max);
        out.extend(self.events.drain(..count));
        count
    }
}

/// Who waits for the queue to be filled.
struct Bell {
    filled: Condvar,
    /// Threads that wait. Changes under the lock of the queue, so that who has filled it sees all that saw it empty.
    waiting: AtomicUsize,
    wake: Box<dyn Wake>,
}

impl wakes::Bell for Bell {
    fn ring(&self) {
        // Each notification is a system call.
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.filled.notify_one();
        }
        self.wake.wake();
    }
}

impl<E> Queue<E> {
    /// Creates an empty queue that wakes its host through `wake`.
    pub fn new(wake: impl Wake) -> Self {
        let state = State { events: VecDeque::new(), closed: false };
        let bell = Bell { filled: Condvar::new(), waiting: AtomicUsize::new(0), wake: Box::new(wake) };
        Self { state: Mutex::new(state), bell: Arc::new(bell) }
    }

    /// Appends an event and wakes the host if the queue was empty. Returns the event when the queue is closed,
    /// so that the caller can refuse it properly.
    ///
    /// # Errors
    /// The event itself, after [`Queue::close`].
    pub fn push(&self, event: E) -> Result<(), E> {
        let mut state = self.lock();
        if state.closed {
            return Err(event);
        }
        let was_empty = state.events.is_empty();
        state.events.push_back(event);
        drop(state);
        if was_empty {
            wakes::ring(&self.bell);
        }
        Ok(())
    }

    /// Moves at most `max` events to the end of `out`; returns true when more are left.
    ///
    /// A host that is told "more" must drain again without waiting for a wake-up: none comes while the queue is
    /// not empty.
    pub fn drain(&self, max: usize, out: &mut Vec<E>) -> bool {
        let mut state = self.lock();
        state.take(max, out);
        !state.events.is_empty()
    }

    /// Blocks until an event is there, the queue is closed or `timeout` has passed, then drains as
    /// [`Queue::drain`] does. Returns false when the queue is closed and empty: nothing will come any more.
    pub fn wait(&self, timeout: Duration, max: usize, out: &mut Vec<E>) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        while state.events.is_empty() && !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.bell.waiting.fetch_add(1, Ordering::Relaxed);
            state = self.bell.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            self.bell.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        let count = state.take(max, out);
        // Several threads may wait; the one that leaves events behind passes the wake-up on.
        if !state.events.is_empty() && self.bell.waiting.load(Ordering::Relaxed) > 0 {
            self.bell.filled.notify_one();
        }
        count > 0 || !state.closed
    }

    /// What [`Queue::wait`] gives without blocking; `None` where it would block.
    pub(super) fn try_wait(&self, max: usize, out: &mut Vec<E>) -> Option<bool> {
        let mut state = self.lock();
        if state.events.is_empty() {
            return state.closed.then_some(false);
        }
        state.take(max, out);
        Some(true)
    }

    /// Refuses further events and wakes everybody who waits. Events already queued can still be drained.
    pub fn close(&self) {
        self.lock().closed = true;
        self.bell.filled.notify_all();
        self.bell.wake.wake();
    }

    /// Nothing panics while it holds the lock, so a poisoned one is as good.
    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of events waiting.
    pub fn len(&self) -> usize {
        self.lock().events.len()
    }

    /// True when nothing is waiting.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Count(Arc<AtomicUsize>);

    impl Wake for Count {
        fn wake(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_host_is_woken_once_per_transition_from_empty() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let queue = Queue::new(Count(Arc::clone(&wakes)));
        let mut out = Vec::new();
        for round in 1..=3 {
            for event in 0..5 {
                queue.push(event).unwrap();
            }
            assert_eq!(wakes.load(Ordering::Relaxed), round);
            while queue.drain(2, &mut out) {}
        }
        assert_eq!(out.len(), 15);
    }

    #[test]
    fn the_host_is_woken_once_for_a_batch_however_often_it_drains() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let queue = Queue::new(Count(Arc::clone(&wakes)));
        let batch = wakes::Batch::begin();
        let mut out = Vec::new();
        for event in 0..5 {
            queue.push(event).unwrap();
            assert!(!queue.drain(10, &mut out));
        }
        assert_eq!((out.len(), wakes.load(Ordering::Relaxed)), (5, 0));
        drop(batch);
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn every_waiting_thread_gets_its_share() {
        let queue = Arc::new(Queue::new(()));
        let wait = |queue: &Arc<Queue<usize>>| {
            let queue = Arc::clone(queue);
            std::thread::spawn(move || {
                let mut out = Vec::new();
                while queue.wait(Duration::from_secs(60), 1, &mut out) {}
                out
            })
        };
        let waiters: Vec<_> = (0..4).map(|_| wait(&queue)).collect();
        (0..1000).for_each(|event| queue.push(event).unwrap());
        queue.close();
        let mut taken: Vec<_> = waiters.into_iter().flat_map(|waiter| waiter.join().unwrap()).collect();
        taken.sort_unstable();
        assert_eq!(taken, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn a_closed_queue_returns_the_event_and_releases_waiters() {
        let queue = Arc::new(Queue::new(()));
        let waiter = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                let mut out = Vec::new();
                while queue.wait(Duration::from_secs(60), 10, &mut out) {}
                out
            }
        });
        queue.push(7).unwrap();
        queue.close();
        assert_eq!(waiter.join().unwrap(), [7]);
        assert_eq!(queue.push(8), Err(8));
    }
}
