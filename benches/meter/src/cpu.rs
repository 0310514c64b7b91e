//! CPU time, context switches and memory of this process and of its peer.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What a process has used since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time, user and system, of all its threads.
    pub cpu: Duration,
    /// How often one of its living threads gave up its core to wait.
    pub waits: u64,
}

impl Usage {
    /// The difference to an earlier reading; zero where a thread ended in between and took its share along.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), waits: self.waits.saturating_sub(earlier.waits) }
    }
}

/// Usage of this process; its CPU time includes threads that have ended.
#[must_use]
pub fn usage_of_self() -> Usage {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let cpu = Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0));
    Usage { cpu, waits: sum_over_tasks("self", "status", waits_in_status) }
}

/// Usage of the living threads of process `pid`; zero when it is gone.
///
/// The scheduler accounts a thread that is running at its next tick, so a reading is late by at most a few
/// milliseconds for each thread.
#[must_use]
pub fn usage_of(pid: u32) -> Usage {
    let process = pid.to_string();
    Usage {
        cpu: Duration::from_nanos(sum_over_tasks(&process, "schedstat", first_number)),
        waits: sum_over_tasks(&process, "status", waits_in_status),
    }
}

/// Resident memory of process `pid` that is not backed by a file, in bytes.
#[must_use]
pub fn resident_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    field(&status, "RssAnon:").unwrap_or(0) * 1024
}

fn sum_over_tasks(process: &str, file: &str, number: fn(&str) -> u64) -> u64 {
    let Ok(tasks) = fs::read_dir(Path::new("/proc").join(process).join("task")) else { return 0 };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join(file)).ok())
        .map(|text| number(&text))
        .sum()
}

fn first_number(text: &str) -> u64 {
    text.split_ascii_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn waits_in_status(text: &str) -> u64 {
    field(text, "voluntary_ctxt_switches:").unwrap_or(0)
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(first_number(line))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn work_of_this_process_is_seen_from_inside_and_outside() {
        let (inside, outside) = (usage_of_self(), usage_of(std::process::id()));
        let work = Duration::from_millis(40);
        let both = || {
            usage_of_self().since(inside).cpu >= work
                && usage_of(std::process::id()).since(outside).cpu >= work
        };
        // Until it is seen: what the threads of other tests used vanishes from the outside when they end.
        let start = Instant::now();
        while !both() && start.elapsed() < Duration::from_secs(20) {}
        assert!(both());
    }

    #[test]
    fn a_process_that_does_not_exist_used_nothing() {
        assert_eq!(usage_of(u32::MAX), Usage::default());
        assert_eq!(resident_bytes(u32::MAX), 0);
    }

    #[test]
    fn resident_memory_of_this_process_is_more_than_nothing() {
        assert!(resident_bytes(std::process::id()) > 10_000);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = "nonvoluntary_ctxt_switches:\t7\nvoluntary_ctxt_switches:\t42\nRssAnon:\t  12 kB\n";
        assert_eq!(waits_in_status(status), 42);
        assert_eq!(field(status, "RssAnon:"), Some(12));
        assert_eq!(field(status, "RssFile:"), None);
    }
}
