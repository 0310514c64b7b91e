//! Placement of a process on processor cores.

use std::io;

use rustix::thread::{CpuSet, sched_setaffinity};

/// Binds the calling thread, and every thread that it starts later, to one core.
///
/// # Errors
/// The system's error when the core does not exist or is not allowed.
pub fn pin_to(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}
