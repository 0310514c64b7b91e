//! Dubbo's own *simple registry*: a Dubbo service that tells its clients of changes by calling them back.
//!
//! It needs no further server and speaks plain Dubbo protocol, so Java 2.7 applications use it with the
//! address `dubbo://host:9090` ([`SimpleRegistryServer`]), and we use theirs and ours ([`SimpleRegistry`]).
//! What was published lives as long as the connection it was published on; both sides build everything up
//! again after a loss.

mod book;
mod client;
mod items;
mod java_url;
mod relay;
mod server;
mod service;
mod session;

pub use client::SimpleRegistry;
pub use server::{DEFAULT_PORT, SimpleRegistryServer};
