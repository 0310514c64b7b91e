//! Waking an event loop: a file descriptor that it watches.

use std::sync::Arc;

use super::Wake;

impl Wake for Arc<WakeFd> {
    fn wake(&self) {
        self.signal();
    }
}

/// A descriptor that becomes readable when there is something to drain.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct WakeFd(rustix::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl WakeFd {
    /// Creates a descriptor that is not readable.
    ///
    /// # Errors
    /// When the process may not open more descriptors.
    pub fn new() -> std::io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    /// The number that an event loop watches.
    #[must_use]
    pub fn raw(&self) -> Option<i32> {
        use std::os::fd::AsRawFd;
        Some(self.0.as_raw_fd())
    }

    /// Makes the descriptor unreadable until the next wake. Must come before the queue is looked at: a wake that
    /// comes between the two then stays visible.
    pub fn clear(&self) {
        let mut count = [0; 8];
        // "Would block" says that it was clear.
        let _ = rustix::io::read(&self.0, &mut count);
    }

    /// Makes the descriptor readable.
    pub fn signal(&self) {
        // "Would block" says that the counter is full, so the loop is awake anyway.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }
}

/// A descriptor that becomes readable when there is something to drain: a pipe, where there is no eventfd.
#[cfg(all(unix, not(target_os = "linux")))]
#[derive(Debug)]
pub struct WakeFd {
    read: rustix::fd::OwnedFd,
    write: rustix::fd::OwnedFd,
}

#[cfg(all(unix, not(target_os = "linux")))]
impl WakeFd {
    /// Creates a descriptor that is not readable.
    ///
    /// # Errors
    /// When the process may not open more descriptors.
    pub fn new() -> std::io::Result<Self> {
        use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};
        let (read, write) = rustix::pipe::pipe()?;
        for end in [&read, &write] {
            fcntl_setfd(end, FdFlags::CLOEXEC)?;
            ioctl_fionbio(end, true)?;
        }
        Ok(Self { read, write })
    }

    /// The number that an event loop watches.
    #[must_use]
    pub fn raw(&self) -> Option<i32> {
        use std::os::fd::AsRawFd;
        Some(self.read.as_raw_fd())
    }

    /// Empties the pipe. Must come before the queue is looked at: a wake that comes between the two then stays visible.
    pub fn clear(&self) {
        let mut bytes = [0; 64];
        while rustix::io::read(&self.read, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
    }

    /// Makes the descriptor readable.
    pub fn signal(&self) {
        // "Would block" says that the pipe is full, so the loop is awake anyway.
        let _ = rustix::io::write(&self.write, &[1]);
    }
}

/// Nothing to watch on this system: a thread waits in the queue instead.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct WakeFd;

#[cfg(not(unix))]
impl WakeFd {
    /// Does nothing.
    ///
    /// # Errors
    /// None.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// There is none.
    #[must_use]
    pub fn raw(&self) -> Option<i32> {
        None
    }

    /// Does nothing.
    pub fn clear(&self) {}

    /// Does nothing.
    pub fn signal(&self) {}
}
