//! Attachments between Python dicts and the core.

use polydubbo::api::hessian::{Reader, Refs};
use polydubbo::api::{AttachmentValue, Attachments};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString};

use crate::value::{Builder, Plan, written};

/// Adds the entries of a dict. Text is what every Dubbo understands; other values need a peer from 2.7.6 on.
pub(crate) fn extend(attachments: &mut Attachments, given: &Bound<'_, PyDict>) -> PyResult<()> {
    for (key, value) in given {
        let key = key.cast::<PyString>().map_err(|_| PyTypeError::new_err("attachments have text keys"))?;
        attachments.set(key.to_str()?.to_owned(), attachment(&value)?);
    }
    Ok(())
}

fn attachment(value: &Bound<'_, PyAny>) -> PyResult<AttachmentValue> {
    if let Ok(text) = value.cast::<PyString>()
        && let Ok(text) = text.to_str()
    {
        return Ok(AttachmentValue::from(text.to_owned()));
    }
    if value.is_exact_instance_of::<PyInt>()
        && let Ok(number) = value.extract()
    {
        return Ok(AttachmentValue::Int(number));
    }
    let encoded = written(value.py(), |walker| {
        walker.write(value, &Plan::Any).map_err(|fault| fault.raise("attachment"))
    })?;
    Ok(AttachmentValue::Encoded(encoded))
}

/// The attachments as a dict.
pub(crate) fn to_dict<'py>(py: Python<'py>, attachments: &Attachments) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in attachments.iter() {
        match value {
            AttachmentValue::Text(text) => dict.set_item(key, &**text)?,
            AttachmentValue::Int(number) => dict.set_item(key, number)?,
            AttachmentValue::Encoded(encoded) => {
                let mut reader = Reader::new(encoded);
                let mut builder = Builder::new(py, false)?;
                let value = reader.build(&mut builder, &mut Refs::default())?;
                dict.set_item(key, value.object(py))?;
            }
        }
    }
    Ok(dict)
}
