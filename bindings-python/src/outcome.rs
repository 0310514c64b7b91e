//! The outcome of a call as a Python value or exception.

use polydubbo::api::hessian::{Reader, Refs};
use polydubbo::api::{Result as CoreResult, ResultKind, RpcResult};
use pyo3::exceptions::PyBaseException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::value::Builder;
use crate::{attachments, errors};

/// The value that the method returned, or the exception to raise. `context` receives the attachments.
pub(crate) fn of_call<'py>(
    py: Python<'py>,
    result: CoreResult<RpcResult>,
    context: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let result = result.map_err(|error| errors::raise(py, &error))?;
    if let Some(context) = context {
        context.setattr(intern!(py, "reply"), reply(py, &result)?)?;
    }
    match result.kind() {
        ResultKind::Null => Ok(py.None().into_bound(py)),
        ResultKind::Exception => Err(thrown(py, &result)?),
        _ => decode(py, result.body()),
    }
}

/// The attachments of the answer.
fn reply<'py>(py: Python<'py>, result: &RpcResult) -> PyResult<Bound<'py, PyDict>> {
    let reply = result.attachments().map_err(|error| errors::serialization(&error.to_string()))?;
    attachments::to_dict(py, &reply)
}

/// The exception that the method threw, with the attachments that came with it if its class has a place for them.
fn thrown(py: Python<'_>, result: &RpcResult) -> PyResult<PyErr> {
    let error = exception(py, decode(py, result.body())?);
    let name = intern!(py, "attachments");
    if error.value(py).hasattr(name)? {
        error.value(py).setattr(name, reply(py, result)?)?;
    }
    Ok(error)
}

fn decode<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let mut reader = Reader::new(body);
    let mut builder = Builder::new(py, false)?;
    let value = reader.build(&mut builder, &mut Refs::default())?;
    Ok(value.object(py))
}

/// What a peer sent as an exception may be any object; only exceptions can be raised.
fn exception(py: Python<'_>, value: Bound<'_, PyAny>) -> PyErr {
    if value.is_instance_of::<PyBaseException>() {
        return PyErr::from_value(value);
    }
    errors::remote(py, &value)
}
