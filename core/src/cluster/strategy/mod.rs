//! What to do when an attempt fails.

pub mod failover;
