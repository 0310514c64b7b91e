//! What a result was measured on.

use std::fs;
use std::process::Command;

use serde::Serialize;

/// The machine, as far as a reader needs it to judge the figures.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    memory_gib: f64,
    kernel: String,
    /// One-minute load average before the run: more than a trace of it means that others were at work.
    load_before: f64,
    /// The same after the run, for completeness; it contains the run itself.
    pub(crate) load_after: f64,
    rustc: String,
    java: String,
    python: String,
    node: String,
    commit: String,
}

impl Machine {
    /// Looks at this machine.
    pub(crate) fn describe() -> Self {
        Self {
            cpu: after_colon("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_gib: first_number(&after_colon("/proc/meminfo", "MemTotal")) / 1024.0 / 1024.0,
            kernel: output("uname", &["-sr"]),
            load_before: load(),
            load_after: 0.0,
            rustc: output("rustc", &["--version"]),
            java: output("java", &["-version"]),
            python: output("python3", &["--version"]),
            node: output("node", &["--version"]),
            commit: output("git", &["describe", "--always", "--dirty"]),
        }
    }

    /// Lines for the report.
    pub(crate) fn lines(&self) -> Vec<String> {
        vec![
            format!("{} cores, {}, {:.0} GiB, {}", self.cores, self.cpu, self.memory_gib, self.kernel),
            format!("{}; {}; {}; node {}", self.rustc, self.java, self.python, self.node),
            format!(
                "commit {}; load average {:.2} before, {:.2} after",
                self.commit, self.load_before, self.load_after
            ),
        ]
    }
}

/// The one-minute load average.
pub(crate) fn load() -> f64 {
    first_number(&fs::read_to_string("/proc/loadavg").unwrap_or_default())
}

/// Today, as `2026-01-31`.
pub(crate) fn today() -> String {
    output("date", &["-u", "+%Y-%m-%d"])
}

fn after_colon(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_start_matches([' ', '\t', ':']).trim().to_owned()
}

fn first_number(text: &str) -> f64 {
    text.split_ascii_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// First line of what a program prints, or that it is missing.
fn output(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(arguments).current_dir(test_support::root()).output() else {
        return format!("no {program}");
    };
    let bytes = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
}
