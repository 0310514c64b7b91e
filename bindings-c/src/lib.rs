//! The C library of PolyDubbo.
//!
//! The public side is `include/polydubbo.h`, which `cargo xtask header` makes of this crate: every exported function is here,
//! documented for C programs, and goes through the panic boundary of [`boundary`]. There is no logic of calls here: it is the
//! facade `polydubbo::api` in the shape that C can use.

// The names are C's. What is `pub` goes into the header, in the order of the modules here.
#![allow(non_camel_case_types)]
#![deny(clippy::undocumented_unsafe_blocks)]

pub mod version;

pub mod text;

pub mod codes;
pub mod errors;

pub mod value;

pub mod options;
pub mod runtime;

pub mod attachments;
pub mod invocation;
pub mod response;

pub mod completion;
pub mod queue;
pub mod user_data;

pub mod reference;

pub mod call;
pub mod callback;
pub mod server;
pub mod service;

pub mod registry_server;

pub mod log;
pub mod pool;

mod boundary;
mod declared;
mod java;
mod process;
