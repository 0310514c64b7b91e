//! Whole bodies: those of calls, and for Python's tests, tools and caches.

use std::cell::Cell;

use bytes::Bytes;
use polydubbo::api::hessian::{Profile, Reader, Refs, Writer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::fault::Fault;
use super::{Builder, Plan, Walker, mapping};

thread_local! {
    /// Where the bodies of the thread are put together, so that no buffer has to grow for each of them.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A larger buffer goes away with its body.
const KEPT: usize = 64 * 1024;

/// The body that `write` puts together.
pub(crate) fn written<'py>(
    py: Python<'py>,
    write: impl FnOnce(&mut Walker<'_, 'py>) -> PyResult<()>,
) -> PyResult<Bytes> {
    // Code of the user that runs on the way may encode, too: it finds no spare buffer, and makes its own.
    let mut writer = Writer::onto(SPARE.take());
    let mut walker = Walker::new(py, &mut writer)?;
    write(&mut walker)?;
    drop(walker);
    let mut buffer =
        writer.into_buffer().map_err(|error| crate::errors::serialization(&error.to_string()))?;
    if buffer.capacity() > KEPT {
        return Ok(buffer.into());
    }
    let body = Bytes::copy_from_slice(&buffer);
    buffer.clear();
    SPARE.set(buffer);
    Ok(body)
}

/// Encodes values as one Hessian body.
#[pyfunction]
#[pyo3(signature = (*values, java_types=None, profile="portable"))]
pub(crate) fn encode<'py>(
    py: Python<'py>,
    values: Vec<Bound<'py, PyAny>>,
    java_types: Option<Vec<String>>,
    profile: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let bad = |error: super::plan::BadType| PyValueError::new_err(error.to_string());
    let plans = match java_types {
        None => vec![Plan::Any; values.len()],
        Some(names) => names.iter().map(|name| Plan::parse(name).map_err(bad)).collect::<PyResult<_>>()?,
    };
    if plans.len() != values.len() {
        return Err(PyValueError::new_err("as many types as values are needed"));
    }
    let mut writer = Writer::with_profile(profile_of(profile)?);
    let mut walker = Walker::new(py, &mut writer)?;
    for (value, plan) in values.iter().zip(&plans) {
        walker.write(value, plan).map_err(|fault| fault.raise("value"))?;
    }
    drop(walker);
    let bytes = writer.finish().map_err(|error| Fault::from(error).raise("value"))?;
    Ok(PyBytes::new(py, &bytes))
}

/// Decodes all values of a Hessian body.
#[pyfunction]
#[pyo3(signature = (body, *, lossless=false))]
pub(crate) fn decode<'py>(py: Python<'py>, body: &[u8], lossless: bool) -> PyResult<Bound<'py, PyList>> {
    let mut reader = Reader::new(body);
    let mut builder = Builder::new(py, lossless)?;
    let mut refs = Refs::default();
    let values = PyList::empty(py);
    while !reader.is_at_end() {
        let value = reader.build(&mut builder, &mut refs)?;
        values.append(value.object(py))?;
    }
    Ok(values)
}

/// Forgets what was cached about classes, after the registry has changed.
#[pyfunction]
pub(crate) fn forget_mappings() {
    mapping::forget();
}

fn profile_of(name: &str) -> PyResult<Profile> {
    match name {
        "portable" => Ok(Profile::Portable),
        "hl3" => Ok(Profile::Hl3),
        "hl4" => Ok(Profile::Hl4),
        other => Err(PyValueError::new_err(format!("no such profile: {other}"))),
    }
}
