//! The ZooKeeper registry, in the layout of Dubbo Java.
//!
//! Whatever is wanted of ZooKeeper is a task of its own that outlives sessions: one per published URL
//! ([`registration`]), one per subscription ([`subscription`]), one that keeps the session ([`session`]). After a
//! lost session everything is published and listed again at once (Java waits 5 to 10 s); until then
//! known addresses stay in use.

mod client;
#[cfg(test)]
mod fake;
mod nodes;
mod paths;
mod real;
mod registration;
mod registry;
mod session;
mod subscription;
#[cfg(test)]
mod tests;

pub use registry::ZookeeperRegistry;
