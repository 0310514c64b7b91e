//! The native half of the Python package `polydubbo`.
//!
//! Thin on purpose: users see Python source with types and docstrings; this module moves values and calls.
//! Threads of the core never touch Python. Every completion and every inbound call waits in a queue that a
//! Python thread drains, and bodies become Python objects there.

mod attachments;
mod callback;
mod caller;
mod completion;
mod errors;
mod inbound;
mod log;
mod method;
mod operation;
mod outcome;
mod pending;
mod process;
mod queue;
mod reference;
mod registry_server;
mod server;
mod value;
mod wait;

use pyo3::prelude::pymodule;

/// The module `polydubbo._native`.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::callback::{Callback, CallbackObject};
    #[pymodule_export]
    use crate::caller::Caller;
    #[pymodule_export]
    use crate::inbound::InboundCall;
    #[pymodule_export]
    use crate::log::{start_logging, stop_logging, take_logs};
    #[pymodule_export]
    use crate::method::Method;
    #[pymodule_export]
    use crate::process::{mark_forked, shutdown};
    #[pymodule_export]
    use crate::queue::Queue;
    #[pymodule_export]
    use crate::reference::{CallOptions, Reference};
    #[pymodule_export]
    use crate::registry_server::RegistryServer;
    #[pymodule_export]
    use crate::server::{Exported, Server};
    #[pymodule_export]
    use crate::value::{ClassSpec, decode, encode, forget_mappings};

    /// Refuses other interpreters of the process, and adds what is no item: the version.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::process::claim_interpreter(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
