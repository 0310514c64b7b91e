//! The C library: its header, and what an installation consists of.

mod functions;
mod header;
mod install;
mod nulls;
#[cfg(test)]
mod readme;

pub(crate) use functions::functions;
pub(crate) use header::{Options as HeaderOptions, write};
pub(crate) use install::{Options as InstallOptions, install, into_prefix};
pub(crate) use nulls::program as null_program;

use std::path::PathBuf;

use test_support::root;

/// The folder of the library's sources.
pub(crate) fn folder() -> PathBuf {
    root().join("bindings-c")
}
