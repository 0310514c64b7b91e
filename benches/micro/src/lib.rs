//! Small measurable steps of the core, each a closure that does its step once.
//!
//! Criterion times them, callgrind counts their instructions; both use the list in [`cases`].

#![forbid(unsafe_code)]

pub mod cases;
pub mod user;
