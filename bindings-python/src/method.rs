//! One method of an interface, with everything about it that calls share.

use std::sync::Arc;

use polydubbo::api::Method as CoreMethod;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::value::Plan;

/// A Java method: its identity on the wire and the compiled types of parameters and result.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct Method {
    pub(crate) core: Arc<CoreMethod>,
    pub(crate) params: Vec<Plan>,
    pub(crate) returns: Plan,
}

#[pymethods]
impl Method {
    #[new]
    fn new(name: &str, descriptor: &str, params: Vec<String>, returns: &str) -> PyResult<Self> {
        let parse = |text: &str| Plan::parse(text).map_err(|error| PyValueError::new_err(error.to_string()));
        Ok(Self {
            core: CoreMethod::new(name, descriptor),
            params: params.iter().map(|text| parse(text)).collect::<PyResult<_>>()?,
            returns: parse(returns)?,
        })
    }

    #[getter]
    fn name(&self) -> &str {
        &self.core.name
    }

    #[getter]
    fn descriptor(&self) -> &str {
        &self.core.descriptor
    }

    fn __repr__(&self) -> String {
        format!("<Method {}({})>", self.core.name, self.core.descriptor)
    }
}
