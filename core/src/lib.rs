//! One Rust core that speaks Dubbo as Dubbo Java does.

#![forbid(unsafe_code)]

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

pub use error::{Error, ErrorCode, Result};
