use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::workspace::logs;
use crate::{Failure, Result};

/// A child process: its standard output by line, its standard error in a log file, its life in our hands.
///
/// Dropping it kills it.
pub struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Process {
    /// Starts the command. `name` is for messages and the log file.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn spawn(name: &str, mut command: Command) -> Result<Self> {
        let log = log_path(name)?;
        let mut file = File::create(&log)?;
        writeln!(file, "# {command:?}")?;
        let stderr = file.try_clone()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command
            .spawn()
            .map_err(|error| Failure::from(error).while_doing(&format!("starting {name} ({command:?})")))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("piped above");
        Ok(Self { name: name.to_owned(), child, stdin, lines: pump(stdout, file), log })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The file with everything that the process printed.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The next line of standard output, or `None` at its end.
    ///
    /// # Errors
    ///
    /// If nothing came within the time.
    pub fn line(&self, timeout: Duration) -> Result<Option<String>> {
        match self.lines.recv_timeout(timeout) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(self.failure(&format!("printed nothing for {timeout:?}"))),
        }
    }

    /// Reads lines until one starts with `prefix`; gives what follows the prefix.
    ///
    /// # Errors
    ///
    /// If no such line came within the time, or the process ended first.
    pub fn wait_for(&self, prefix: &str, timeout: Duration) -> Result<String> {
        let end = Instant::now() + timeout;
        loop {
            let Some(line) = self.line(end.saturating_duration_since(Instant::now()))? else {
                return Err(self.failure(&format!("ended before it printed {prefix}")));
            };
            if let Some(rest) = line.strip_prefix(prefix) {
                return Ok(rest.trim().to_owned());
            }
        }
    }

    /// The next line as JSON, or `None` at the end of the output. Other lines are passed over.
    ///
    /// # Errors
    ///
    /// If nothing came within the time.
    pub fn json(&self, timeout: Duration) -> Result<Option<serde_json::Value>> {
        let end = Instant::now() + timeout;
        while let Some(line) = self.line(end.saturating_duration_since(Instant::now()))? {
            if let Ok(value) = serde_json::from_str(&line) {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Writes a line to its standard input.
    ///
    /// # Errors
    ///
    /// If its standard input is closed.
    pub fn send(&mut self, line: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().ok_or_else(|| Failure::new("standard input is closed"))?;
        writeln!(stdin, "{line}")?;
        Ok(stdin.flush()?)
    }

    /// Closes its standard input, which asks a peer to end.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Asks it to end (SIGTERM) and waits.
    ///
    /// # Errors
    ///
    /// If it did not end within the time; it is killed then.
    pub fn terminate(&mut self, timeout: Duration) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.wait(timeout)
    }

    /// Ends it at once (SIGKILL).
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops its execution (SIGSTOP): connections stay open, nothing answers.
    ///
    /// # Errors
    ///
    /// If it does not run.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it run again (SIGCONT).
    ///
    /// # Errors
    ///
    /// If it does not run.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// If it did not end within the time; it is killed then.
    pub fn wait(&mut self, timeout: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= end {
                self.kill()?;
                return Err(self.failure(&format!("still ran after {timeout:?}")));
            }
            // The standard library cannot wait for a child with a limit.
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// True while it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).map_err(|error| self.failure(&format!("cannot be signalled: {error}")))
    }

    /// A failure that shows the end of the log.
    pub fn failure(&self, what: &str) -> Failure {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n");
        Failure::new(format!("{} {what}; end of {}:\n{tail}", self.name, self.log.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Moves lines from standard output to the channel, and to the log for people.
fn pump(stdout: ChildStdout, mut log: File) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
            let _ = writeln!(log, "{line}");
            // Reading goes on when nobody listens: a full pipe would stop the process.
            let _ = sender.send(line);
        }
    });
    lines
}

fn log_path(name: &str) -> Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let file = format!("{}-{count}-{name}.log", std::process::id());
    Ok(logs()?.join(file))
}

const LOG_TAIL: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::spawn("shell", command).unwrap()
    }

    #[test]
    fn ready_line_is_found_after_other_lines() {
        let process = shell("echo noise; echo READY port=7; cat");
        assert_eq!(process.wait_for("READY port=", SECOND).unwrap(), "7");
    }

    #[test]
    fn end_before_the_ready_line_is_a_failure_that_shows_the_log() {
        let error = shell("echo broken >&2").wait_for("READY", SECOND).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }

    #[test]
    fn closing_standard_input_ends_a_reader() {
        let mut process = shell("cat");
        assert!(process.is_running());
        process.close_stdin();
        assert!(process.wait(SECOND).unwrap().success());
    }

    #[test]
    fn json_lines_are_told_from_others() {
        let process = shell(r#"echo text; echo '{"ok":true}'"#);
        assert_eq!(process.json(SECOND).unwrap().unwrap()["ok"], true);
        assert_eq!(process.json(SECOND).unwrap(), None);
    }

    #[test]
    fn a_process_that_ignores_the_request_to_end_is_killed_and_reported() {
        let mut process = shell("trap '' TERM; echo READY; while :; do sleep 1; done");
        process.wait_for("READY", SECOND).unwrap();
        assert!(process.terminate(Duration::from_millis(50)).is_err());
        assert!(!process.is_running());
    }
}
