//! The native half of the Python package `polydubbo`.
//!
//! Thin on purpose: users see Python source with types and docstrings; this module moves values and calls.
//! Threads of the core never touch Python. Every completion and every inbound call waits in a queue that a
//! Python thread drains, and bodies become Python objects there.

mod errors;
mod method;
mod value;

use pyo3::prelude::pymodule;

/// The module `polydubbo._native`.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::method::Method;
    #[pymodule_export]
    use crate::value::{ClassSpec, decode, encode, forget_mappings};

    /// Adds what is no item: the version.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
