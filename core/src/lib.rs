//! One Rust core that speaks Dubbo as Dubbo Java does.

pub mod codec;
pub mod error;
pub mod rpc;
