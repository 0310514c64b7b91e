//! A Java exception as it arrived from the other side.

use std::fmt;

/// One frame of a Java stack trace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackFrame {
    /// Binary name of the class, for example `com.acme.Users`.
    pub declaring_class: String,
    /// Name of the method.
    pub method_name: String,
    /// Source file, when the class carries it.
    pub file_name: Option<String>,
    /// Line number; negative when unknown, -2 for a native method, as in Java.
    pub line_number: i32,
}

impl fmt::Display for StackFrame {
    /// `com.acme.Users.find(Users.java:42)`, as Java prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}(", self.declaring_class, self.method_name)?;
        match (&self.file_name, self.line_number) {
            (_, -2) => f.write_str("Native Method)"),
            (None, _) => f.write_str("Unknown Source)"),
            (Some(file), 0..) => write!(f, "{file}:{})", self.line_number),
            (Some(file), _) => write!(f, "{file})"),
        }
    }
}

/// An exception thrown by the remote method: its class, message, stack and causes.
///
/// The full object with all its fields stays available as a Hessian value in the result body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoteThrowable {
    /// Java class name, for example `com.acme.NotFoundException`.
    pub class: String,
    /// `getMessage()` of the exception.
    pub message: Option<String>,
    /// Stack frames, innermost first.
    pub stack: Vec<StackFrame>,
    /// The cause, unless the exception names itself as its cause (Java's way to say "none").
    pub cause: Option<Box<Self>>,
    /// The encoded throwable: one complete Hessian value.
    pub encoded: bytes::Bytes,
}

impl fmt::Display for RemoteThrowable {
    /// `class: message`, as Java's `Throwable.toString` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "{}: {message}", self.class),
            None => f.write_str(&self.class),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_print_as_in_java() {
        for (file, line, want) in [
            (Some("A.java"), 7, "a.A.b(A.java:7)"),
            (Some("A.java"), -1, "a.A.b(A.java)"),
            (None, 7, "a.A.b(Unknown Source)"),
            (Some("A.java"), -2, "a.A.b(Native Method)"),
        ] {
            let frame = StackFrame {
                declaring_class: "a.A".to_owned(),
                method_name: "b".to_owned(),
                file_name: file.map(str::to_owned),
                line_number: line,
            };
            assert_eq!(frame.to_string(), want);
        }
    }
}
