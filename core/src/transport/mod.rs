//! Sockets: connecting, listening, and the buffer into which one thread reads all of them.

pub mod polled;
pub(crate) mod scratch;
pub(crate) mod tcp;
