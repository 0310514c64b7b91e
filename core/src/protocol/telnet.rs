//! What a human who types into the port of a service gets to read.
//!
//! Current Dubbo versions disable all commands unless the user enables some; ours has none to enable. The answers are
//! those of Dubbo 3.

const PROMPT: &str = "dubbo>";
/// Commands that Dubbo knows, so that "disabled" and "unsupported" are told apart as Java does.
const COMMANDS: [&str; 16] = [
    "help", "exit", "clear", "status", "log", "ls", "ps", "cd", "pwd", "invoke", "select", "trace", "count",
    "shutdown", "quit", "i",
];

/// The answer to one line, prompt included.
#[must_use]
pub(super) fn answer(line: &str) -> String {
    let line = line.trim();
    let prompt = if line.contains("--no-prompt") { "" } else { PROMPT };
    let command = line.split_whitespace().find(|word| *word != "--no-prompt").unwrap_or_default();
    if command.is_empty() {
        return prompt.to_owned();
    }
    let shown: String = command.chars().filter(|c| !c.is_control()).take(64).collect();
    if COMMANDS.contains(&command) {
        return format!(
            "Command: {shown} disabled for security reasons, please enable support by listing the commands through \
             'telnet'\r\n{prompt}"
        );
    }
    format!("Unsupported command: {shown}\r\n{prompt}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_disabled_and_anything_else_is_unsupported() {
        let disabled = "Command: ls disabled for security reasons, please enable support by listing the commands \
                        through 'telnet'\r\ndubbo>";
        for (line, want) in [
            ("", "dubbo>"),
            ("ls", disabled),
            ("ls -l demo.Foo", disabled),
            ("hello", "Unsupported command: hello\r\ndubbo>"),
            ("hello --no-prompt", "Unsupported command: hello\r\n"),
            ("a\u{1b}[31mb", "Unsupported command: a[31mb\r\ndubbo>"),
        ] {
            assert_eq!(answer(line), want, "{line}");
        }
        assert!(answer(&"x".repeat(10_000)).len() < 128);
    }
}
