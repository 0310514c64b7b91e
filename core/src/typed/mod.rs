//! Calls and services with Rust types: what turns `fn(i32, String)` into a Java descriptor and back.

mod handler;
mod java_type;

pub use handler::{Answer, MethodHandler, ServiceError};
pub use java_type::JavaType;
