//! Plain epoll: the least that a program can do between two system calls.

use std::os::fd::{AsFd, OwnedFd};

use anyhow::Result;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

const EVENTS: usize = 256;

/// An epoll set whose members are numbers.
pub(crate) struct Poll {
    fd: OwnedFd,
    events: Vec<Event>,
}

impl Poll {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { fd: epoll::create(CreateFlags::CLOEXEC)?, events: Vec::with_capacity(EVENTS) })
    }

    /// Watches `source` for input.
    pub(crate) fn add(&self, source: impl AsFd, token: u64) -> Result<()> {
        Ok(epoll::add(&self.fd, source, EventData::new_u64(token), EventFlags::IN)?)
    }

    /// Watches `source` for room to write as well, or no longer.
    pub(crate) fn watch_output(&self, source: impl AsFd, token: u64, output: bool) -> Result<()> {
        let flags = if output { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        Ok(epoll::modify(&self.fd, source, EventData::new_u64(token), flags)?)
    }

    /// Waits at most a second for something to happen and tells the tokens.
    pub(crate) fn wait(&mut self) -> Result<impl Iterator<Item = u64>> {
        let second = Timespec { tv_sec: 1, tv_nsec: 0 };
        self.events.clear();
        match epoll::wait(&self.fd, rustix::buffer::spare_capacity(&mut self.events), Some(&second)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.events.iter().map(|event| event.data.u64()))
    }
}
