//! Instances made and filled without running code of their class.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::host::Host;

/// An instance as `object.__new__` makes it: no constructor of the class runs.
pub(super) fn new_instance<'py>(host: &Host, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    host.new_object.bind(class.py()).call1((class,))
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

/// An attribute as `object.__getattribute__` finds it: no `__getattr__` of the class runs.
pub(super) fn get<'py>(instance: &Bound<'py, PyAny>, name: &Py<PyString>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: both pointers are live references held by the caller, the thread is attached, and the result is a new
    // reference or null with an exception set.
    unsafe {
        let value = pyo3::ffi::PyObject_GenericGetAttr(instance.as_ptr(), name.as_ptr());
        Bound::from_owned_ptr_or_err(instance.py(), value)
    }
}

/// The entry of a dict at a position, which then is that of the next one. PyO3's own iterator panics when the dict has
/// changed meanwhile; this one goes on with whatever is there.
pub(super) fn next_entry<'py>(
    dict: &Bound<'py, PyDict>,
    position: &mut isize,
) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the dict is alive and the thread attached; Python checks any position against the dict's present size.
    // The two references are borrowed from the dict, and are made our own before any Python code can run.
    unsafe {
        if pyo3::ffi::PyDict_Next(dict.as_ptr(), position, &mut key, &mut value) == 0 {
            return None;
        }
        Some((Bound::from_borrowed_ptr(dict.py(), key), Bound::from_borrowed_ptr(dict.py(), value)))
    }
}
