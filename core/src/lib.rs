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
pub mod protocol;
pub mod registry;
pub mod rpc;
pub mod runtime;
mod transport;
pub mod typed;
pub mod url;

pub use polydubbo_derive::Hessian;

pub use error::{Error, ErrorCode, Result};
