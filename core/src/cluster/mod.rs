//! Many providers as one: the directory knows them, a load balancer chooses, a strategy retries.
//!
//! A [`Directory`](directory::Directory) publishes immutable snapshots. Everything a call needs, such as
//! its number of retries and the weights of the providers, is worked out when a snapshot is built, so that
//! choosing a provider takes no lock, allocates nothing and looks up no URL parameter.

pub mod configurator;
pub mod directory;
pub mod load_balance;
pub mod merge;
mod select;
pub mod strategy;
#[cfg(test)]
mod testing;

/// What `{v}` is in Dubbo's messages, and the parameter `release` of what we publish.
pub const RELEASE: &str = concat!("polydubbo-", env!("CARGO_PKG_VERSION"));
