//! I/O on the thread of the host that waits for events.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep};

use super::{Queue, Wake};
use crate::error::Result;
use crate::runtime::{Runtime, Seat};

/// The I/O of [`Runtime::shared`] as work of a thread of the host, which does it while it waits for events.
///
/// A batch of answers costs one thread switch less than with an I/O thread of our own; and as the thread that wakes callers
/// is the one that writes, their next requests leave together. A host that is kept elsewhere for long does not stop the
/// I/O: a thread of our own stands in.
pub struct HostedIo {
    seat: Arc<Seat>,
    news: Arc<Notify>,
    /// When the host looks around although nothing happens. Kept from call to call, because almost none lasts so long.
    pause: Mutex<Option<Pin<Box<Sleep>>>>,
}

impl Wake for Arc<Notify> {
    fn wake(&self) {
        self.notify_one();
    }
}

impl HostedIo {
    /// Makes the shared runtime one without an I/O thread of its own.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidArgument`](crate::error::ErrorCode::InvalidArgument) when the shared runtime runs already; those of
    /// [`Runtime::new`].
    pub fn shared() -> Result<Self> {
        let seat = Runtime::share_hosted()?;
        Ok(Self { seat, news: Arc::default(), pause: Mutex::default() })
    }

    /// A queue whose events end [`HostedIo::wait`].
    #[must_use]
    pub fn queue<E>(&self) -> Queue<E> {
        Queue::new(Arc::clone(&self.news))
    }

    /// Does the I/O until an event is in `queue`, which [`HostedIo::queue`] made; otherwise as [`Queue::wait`], except that
    /// the `timeout` runs on from call to call. For one thread; a second one waits for the first.
    pub fn wait<E>(&self, queue: &Queue<E>, timeout: Duration, max: usize, out: &mut Vec<E>) -> bool {
        let mut pause = self.pause.lock();
        let arrival = async {
            let pause = pause.get_or_insert_with(|| Box::pin(sleep(timeout)));
            loop {
                if let Some(is_open) = queue.try_wait(max, out) {
                    return is_open;
                }
                tokio::select! {
                    biased;
                    () = self.news.notified() => {}
                    () = &mut *pause => {
                        pause.as_mut().reset(Instant::now() + timeout);
                        return true;
                    }
                }
            }
        };
        let driven = self.seat.drive(arrival);
        driven.unwrap_or_else(|| queue.wait(timeout, max, out))
    }
}

#[cfg(test)]
mod tests;
