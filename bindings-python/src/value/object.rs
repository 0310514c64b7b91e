//! Instances made and filled without running code of their class.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

/// An instance as `object.__new__` makes it: no constructor of the class runs.
pub(super) fn new_instance<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    class.py().get_type::<PyAny>().call_method1("__new__", (class,))
}

/// Sets an attribute as `object.__setattr__` does, also on frozen dataclasses.
pub(super) fn set(
    instance: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    // SAFETY: the three pointers are live references held by the caller, and the thread is attached.
    let status =
        unsafe { pyo3::ffi::PyObject_GenericSetAttr(instance.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(instance.py())) }
}
