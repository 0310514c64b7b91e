//! Calls and services with Rust types: what turns `fn(i32, String)` into a Java descriptor and back.

mod context;
mod handler;
mod java_typed;
mod pace;
mod running;

pub use context::Context;
pub use handler::{MethodHandler, ServiceError};
pub use java_typed::JavaTyped;
pub(crate) use pace::Pace;
pub(crate) use running::{serve, serve_direct};
