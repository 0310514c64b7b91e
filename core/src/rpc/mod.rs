//! What a call consists of, independent of bytes and sockets.

mod throwable;

pub use throwable::{RemoteThrowable, StackFrame};
