//! The native module of the npm package `polydubbo`.
//!
//! Everything users touch is TypeScript; this crate moves values and calls between it and the core. Each
//! JavaScript environment (the main thread, every worker) makes one [`bridge::Bridge`], whose
//! [`state::State`] is all it has: there is nothing process-wide here that refers to JavaScript.
//!
//! Rust threads never run JavaScript. They push events into a queue; one weak thread-safe function per environment
//! wakes the loop, which drains the queue and decodes on its own thread.

#![deny(clippy::undocumented_unsafe_blocks)]

mod bridge;
mod callback;
mod drain;
mod errors;
mod hot;
mod js;
mod log;
mod queue;
mod reference;
mod registry_server;
mod server;
mod state;
mod value;

/// Version of the native module, for the check that it fits the package.
#[napi_derive::napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
