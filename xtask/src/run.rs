//! Commands of other tools, run from the root of the repository.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use test_support::{Result, root};

/// A command in the root of the repository.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs it with its output on our own; true if it succeeded, also false if it does not exist.
pub(crate) fn succeeds(mut command: Command) -> bool {
    println!("$ {}", describe(&command));
    command.status().is_ok_and(|status| status.success())
}

/// Runs it, prints its standard output line by line and hands each line on; true if it succeeded.
pub(crate) fn lines(mut command: Command, mut each: impl FnMut(&str)) -> Result<bool> {
    println!("$ {}", describe(&command));
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().expect("piped above");
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        each(&line);
    }
    Ok(child.wait()?.success())
}

/// The trimmed standard output of a command, empty if it fails.
pub(crate) fn output(program: &str, arguments: &[&str]) -> String {
    let output = command(program, arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
