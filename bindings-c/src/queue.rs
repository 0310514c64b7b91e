//! The queue: everything that happens, for a thread or an event loop of the program.
//!
//! This is the form to use for programs with a loop of their own and for bindings of further languages: the library then
//! runs no code of the program, and everything arrives in batches where the program wants it.

use std::mem::{MaybeUninit, size_of};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use polydubbo::api::{Error, ErrorCode, Event, EventQueue, Wake, WakeFd};

use crate::boundary::{fallible, infallible, place};
use crate::call::dubbo_call;
use crate::errors::dubbo_error;
use crate::process::OfProcess;
use crate::reference::dubbo_reference;
use crate::response::dubbo_response;
use crate::runtime::duration;
use crate::server::dubbo_server;

/// A call has its outcome: `response` or `error`.
pub const DUBBO_EVENT_COMPLETED: u32 = 1;
/// A call of a service has arrived: `call`; the token is that of the service.
pub const DUBBO_EVENT_CALLED: u32 = 2;
/// A reference that was asked for is there: `reference` or `error`.
pub const DUBBO_EVENT_REFERRED: u32 = 3;
/// A server that was asked for listens: `server` or `error`.
pub const DUBBO_EVENT_STARTED: u32 = 4;
/// Something without a value is done, or `error`.
pub const DUBBO_EVENT_DONE: u32 = 5;
/// A server has stopped: `forced_calls`.
pub const DUBBO_EVENT_STOPPED: u32 = 6;

/// Something that happened. The pointers that are not NULL are owned: take them and set them to NULL, or let
/// dubbo_event_clear release them.
#[repr(C)]
#[derive(Default)]
pub struct dubbo_event {
    /// What happened: DUBBO_EVENT_*.
    pub kind: u32,
    /// The number of `error`, 0 without one.
    pub code: u32,
    /// The number that the program gave to the call, the request or the service.
    pub token: u64,
    /// Calls that had no answer when a server stopped.
    pub forced_calls: u64,
    /// Why it failed.
    pub error: Option<Box<dubbo_error>>,
    /// The result of a call.
    pub response: Option<Box<dubbo_response>>,
    /// A call to be answered.
    pub call: Option<Box<dubbo_call>>,
    /// A reference that is ready.
    pub reference: Option<Box<dubbo_reference>>,
    /// A server that listens.
    pub server: Option<Box<dubbo_server>>,
}

/// A queue of events. Free-threaded: several threads may poll it.
pub struct dubbo_queue {
    events: OfProcess<Arc<EventQueue>>,
    wake: OfProcess<Arc<Descriptor>>,
}

/// The descriptor of a queue. Until the program asks for it, nobody watches it, and it costs no system calls.
struct Descriptor {
    fd: WakeFd,
    is_watched: AtomicBool,
}

impl Descriptor {
    fn is_watched(&self) -> bool {
        self.is_watched.load(Ordering::SeqCst)
    }
}

struct WakeWatched(Arc<Descriptor>);

impl Wake for WakeWatched {
    fn wake(&self) {
        if self.0.is_watched() {
            self.0.fd.signal();
        }
    }
}

/// Makes a queue.
///
/// @param out owned: released by dubbo_queue_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_queue_new(
    out: Option<&mut MaybeUninit<Option<Box<dubbo_queue>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let no_descriptor = |error| {
            Error::new(ErrorCode::Internal, "cannot open a descriptor for the queue").caused_by(error)
        };
        let fd = WakeFd::new().map_err(no_descriptor)?;
        let wake = Arc::new(Descriptor { fd, is_watched: AtomicBool::new(false) });
        let events = Arc::new(EventQueue::new(WakeWatched(Arc::clone(&wake))));
        *out = Some(Box::new(dubbo_queue { events: OfProcess::new(events), wake: OfProcess::new(wake) }));
        Ok(())
    })
}

/// Gives the descriptor that is readable while events wait, for poll, epoll and the loops built on them. Only watch it: it
/// belongs to the queue, and dubbo_queue_poll clears it. Now and then it is readable although nothing waits.
///
/// @param queue borrowed
/// @return -1 on systems without such descriptors
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_queue_fd(queue: Option<&dubbo_queue>) -> i32 {
    infallible(-1, || queue.and_then(dubbo_queue::watch).unwrap_or(-1))
}

/// Takes events that have happened.
///
/// @param queue borrowed
/// @param events where they go: overwritten, not released first
/// @param capacity how many fit there
/// @param timeout_ms how long to wait for the first: 0 not at all, UINT64_MAX for ever
/// @return how many events there are; 0 also when the queue is closed, or was made before a fork
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_queue_poll(
    queue: Option<&dubbo_queue>,
    events: *mut dubbo_event,
    capacity: usize,
    timeout_ms: u64,
) -> usize {
    infallible(0, || match queue {
        Some(queue) if !events.is_null() && queue.events.is_of_this_process() => {
            queue.poll(events.cast(), capacity, timeout_ms)
        }
        _ => 0,
    })
}

/// Releases what an event owns, and empties it.
///
/// @param event borrowed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_event_clear(event: Option<&mut dubbo_event>) {
    infallible((), || {
        if let Some(event) = event {
            *event = dubbo_event::default();
        }
    });
}

/// Takes no more events: outcomes are dropped, calls of services are refused, and threads that wait come back. What waits
/// already can still be polled.
///
/// @param queue borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_queue_close(queue: Option<&dubbo_queue>) {
    infallible((), || {
        if let Some(queue) = queue.filter(|queue| queue.events.is_of_this_process()) {
            queue.events.close();
        }
    });
}

/// Closes and releases a queue with everything that waits in it; calls of services are answered with an error.
///
/// @param queue consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_queue_free(queue: Option<Box<dubbo_queue>>) {
    infallible((), || {
        if let Some(queue) = queue.filter(|queue| queue.events.is_of_this_process()) {
            queue.events.close();
            queue.events.drain(usize::MAX, &mut Vec::new());
        }
    });
}

/// More than any program polls at once: keeps the size of the array in memory.
const MAX_CAPACITY: usize = isize::MAX as usize / size_of::<dubbo_event>();

impl dubbo_queue {
    pub(crate) fn events(&self) -> &Arc<EventQueue> {
        &self.events
    }

    /// The descriptor, readable if events wait already.
    fn watch(&self) -> Option<i32> {
        if self.events.is_of_this_process() {
            // The order matters: who fills the queue after the look at it sees that it is watched.
            self.wake.is_watched.store(true, Ordering::SeqCst);
            if !self.events.is_empty() {
                self.wake.fd.signal();
            }
        }
        self.wake.fd.raw()
    }

    fn poll(&self, out: *mut MaybeUninit<dubbo_event>, capacity: usize, timeout_ms: u64) -> usize {
        let capacity = capacity.min(MAX_CAPACITY);
        let mut events = Vec::new();
        let is_watched = self.wake.is_watched();
        if is_watched {
            // The order matters: a wake after this line stays visible, one before it is answered by this poll.
            self.wake.fd.clear();
        }
        let more = if timeout_ms == 0 {
            self.events.drain(capacity, &mut events)
        } else {
            self.events.wait(duration(timeout_ms), capacity, &mut events);
            is_watched && !self.events.is_empty()
        };
        if more && is_watched {
            // Nobody wakes for what is left, because the queue did not become empty.
            self.wake.fd.signal();
        }
        let count = events.len();
        for (index, event) in events.into_iter().enumerate() {
            // SAFETY: the header demands room for `capacity` events, and there are at most so many.
            unsafe { out.add(index).write(MaybeUninit::new(dubbo_event::from(event))) };
        }
        count
    }
}

impl From<Event> for dubbo_event {
    fn from(event: Event) -> Self {
        match event {
            Event::Completed(completion) => {
                let (response, error) = parts(dubbo_response::of(completion.result));
                Self { response, ..Self::of(DUBBO_EVENT_COMPLETED, completion.token, error) }
            }
            Event::Called { service, call } => {
                let call = Some(dubbo_call::boxed(*call));
                Self { call, ..Self::of(DUBBO_EVENT_CALLED, service, None) }
            }
            Event::Referred { token, result } => {
                let (reference, error) = parts(result.map(dubbo_reference::boxed));
                Self { reference, ..Self::of(DUBBO_EVENT_REFERRED, token, error) }
            }
            Event::Started { token, result } => {
                let (server, error) = parts(result.map(dubbo_server::boxed));
                Self { server, ..Self::of(DUBBO_EVENT_STARTED, token, error) }
            }
            Event::Done { token, result } => Self::of(DUBBO_EVENT_DONE, token, result.err()),
            Event::Stopped { token, report } => Self {
                forced_calls: report.forced_calls as u64,
                ..Self::of(DUBBO_EVENT_STOPPED, token, None)
            },
        }
    }
}

impl dubbo_event {
    fn of(kind: u32, token: u64, error: Option<Error>) -> Self {
        let code = error.as_ref().map_or(0, |error| error.code().number());
        Self { kind, code, token, error: error.map(|error| Box::new(error.into())), ..Self::default() }
    }
}

fn parts<T>(result: Result<T, Error>) -> (Option<T>, Option<Error>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    }
}
