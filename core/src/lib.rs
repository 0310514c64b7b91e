//! One Rust core that speaks Dubbo as Dubbo Java does.

#![forbid(unsafe_code)]

// The derive macro names this crate from the outside, also where this crate itself uses it.
extern crate self as polydubbo;

pub mod api;
pub mod cluster;
pub mod codec;
pub mod config;
pub mod error;
pub mod exchange;
pub mod filter;
mod per_runtime;
pub mod protocol;
pub mod reference;
pub mod registry;
pub mod rpc;
pub mod runtime;
pub mod server;
pub mod service;
mod transport;
pub mod typed;
pub mod url;

pub use polydubbo_derive::Hessian;

pub use error::{Error, ErrorCode, Result};
pub use reference::Reference;
pub use server::Server;
pub use service::Service;
