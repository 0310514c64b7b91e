//! The embedded registry.

use polydubbo::api;
use pyo3::prelude::*;

use crate::{errors, operation, process};

/// Dubbo's simple registry, in memory.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct RegistryServer(api::RegistryServer);

#[pymethods]
impl RegistryServer {
    /// Listens.
    #[new]
    fn new(py: Python<'_>, host: &str, port: u16) -> PyResult<Self> {
        let bound = process::runtime().and_then(|runtime| api::RegistryServer::bind(&runtime, host, port));
        bound.map(Self).map_err(|error| errors::raise(py, &error))
    }

    /// The port in use.
    #[getter]
    fn port(&self) -> u16 {
        self.0.local_addr().port()
    }

    /// The registry setting of references and servers on this machine.
    #[getter]
    fn url(&self) -> String {
        self.0.url()
    }

    /// Stops, and blocks until it is done.
    fn close_blocking(&self, py: Python<'_>) -> PyResult<()> {
        operation::run(py, |token, events| self.0.close(token, events)).map(drop)
    }
}
