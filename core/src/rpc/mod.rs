//! What a call consists of, independent of bytes and sockets.

mod attachments;
mod invocation;
mod result;
mod throwable;

pub use attachments::{AttachmentValue, Attachments};
pub use invocation::{Arguments, CallOptions, CallbackArgument, Invocation, Method};
pub use result::{ResultKind, RpcResult};
pub use throwable::{RemoteThrowable, StackFrame};
