//! The outcome of a call as a Python value or exception.

use polydubbo::api::{Result as CoreResult, ResultKind, RpcResult};
use polydubbo::codec::hessian::{Reader, Refs};
use pyo3::exceptions::PyBaseException;
use pyo3::intern;
use pyo3::prelude::*;

use crate::value::Builder;
use crate::{attachments, errors};

/// The value that the method returned, or the exception to raise. `context` receives the attachments.
pub(crate) fn of_call<'py>(
    py: Python<'py>,
    result: CoreResult<RpcResult>,
    context: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let result = result.map_err(|error| errors::raise(py, &error))?;
    let reply = match context {
        Some(_) => Some(result.attachments().map_err(|error| errors::serialization(&error.to_string()))?),
        None => None,
    };
    if let (Some(context), Some(reply)) = (context, &reply) {
        context.setattr(intern!(py, "reply"), attachments::to_dict(py, reply)?)?;
    }
    if result.kind() == ResultKind::Null {
        return Ok(py.None().into_bound(py));
    }
    let value = decode(py, result.body())?;
    match result.kind() {
        ResultKind::Exception => Err(exception(py, value)),
        _ => Ok(value),
    }
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
