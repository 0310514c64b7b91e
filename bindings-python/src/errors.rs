//! Exceptions of the package, raised from here.

use polydubbo::api::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

static FROM_CODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Number of `Serialization`.
const SERIALIZATION: u32 = 6;
/// Number of `Closed`.
const CLOSED: u32 = 301;
/// Number of `Internal`.
const INTERNAL: u32 = 500;

/// The exception for an error of the core.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let context: Vec<(&str, &str)> =
        error.context().iter().map(|(key, value)| (*key, value.as_str())).collect();
    make(py, error.code().number(), &error.to_string(), &context)
}

/// The bytes of a peer, or a value, cannot be converted.
pub(crate) fn serialization(text: &str) -> PyErr {
    Python::attach(|py| make(py, SERIALIZATION, text, &[]))
}

/// The exception of this class of the package for a value that cannot be sent.
#[cold]
pub(crate) fn argument(class: &str, text: &str) -> PyErr {
    Python::attach(|py| {
        let built = || py.import("polydubbo.errors")?.getattr(class)?.call1((text,));
        built().map_or_else(|error| error, PyErr::from_value)
    })
}

/// The error with its place, if it is one about a value that cannot be sent; others come from code of the user.
#[cold]
pub(crate) fn located(error: PyErr, place: &str) -> PyErr {
    Python::attach(|py| {
        let locate = || -> PyResult<()> {
            let value = error.value(py);
            if value.is_instance(&py.import("polydubbo.errors")?.getattr("SerializationError")?)? {
                value.setattr("args", (format!("{place}: {}", value.str()?),))?;
            }
            Ok(())
        };
        locate().err().unwrap_or_else(|| error.clone_ref(py))
    })
}

/// A fault of this module.
#[cold]
pub(crate) fn internal(text: &str) -> PyErr {
    Python::attach(|py| make(py, INTERNAL, text, &[]))
}

/// The object, the runtime or the interpreter is gone or going.
#[cold]
pub(crate) fn closed(text: &str) -> PyErr {
    Python::attach(|py| make(py, CLOSED, text, &[]))
}

/// The exception for an object that a peer threw although it is no exception here.
#[cold]
pub(crate) fn remote(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyErr {
    let built = || py.import("polydubbo._values")?.call_method1("as_exception", (value,));
    built().map_or_else(|error| error, PyErr::from_value)
}

fn make(py: Python<'_>, code: u32, text: &str, context: &[(&str, &str)]) -> PyErr {
    let built = || -> PyResult<PyErr> {
        let from_code = FROM_CODE.get_or_try_init(py, || {
            py.import("polydubbo.errors")?.getattr("error_from_code").map(Bound::unbind)
        })?;
        let details = PyDict::new(py);
        for (key, value) in context {
            details.set_item(key, value)?;
        }
        Ok(PyErr::from_value(from_code.bind(py).call1((code, text, details))?))
    };
    built().unwrap_or_else(|error| error)
}
