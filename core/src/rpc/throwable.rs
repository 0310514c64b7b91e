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
    pub cause: Option<Box<RemoteThrowable>>,
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
