//! Python's own classes and functions that values need, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};

/// What the native module uses of Python's standard library and of the package.
pub(crate) struct Host {
    pub(crate) java_object: Py<PyType>,
    pub(crate) java_enum: Py<PyType>,
    pub(crate) typed_list: Py<PyType>,
    pub(crate) typed_map: Py<PyType>,
    pub(crate) pair_map: Py<PyType>,
    pub(crate) long: Py<PyType>,
    pub(crate) jdate: Py<PyType>,
    pub(crate) sql_value: Py<PyType>,
    pub(crate) remote_exception: Py<PyType>,
    pub(crate) datetime: Py<PyType>,
    pub(crate) enumeration: Py<PyType>,
    /// `Registry.by_python`: Python class to `ClassSpec`.
    pub(crate) by_python: Py<PyDict>,
    /// `Registry.by_java`: Java class name to `ClassSpec`.
    pub(crate) by_java: Py<PyDict>,
    pub(crate) resolve_python: Py<PyAny>,
    pub(crate) resolve_java: Py<PyAny>,
    /// Standard library class to a function that gives its Java form.
    pub(crate) to_java: Py<PyDict>,
    /// Java class name to a function that gives the Python value.
    pub(crate) from_java: Py<PyDict>,
    /// The last resort for values of other classes.
    pub(crate) convert: Py<PyAny>,
    pub(crate) parse_text: Py<PyAny>,
    pub(crate) ms_of: Py<PyAny>,
    pub(crate) date_of: Py<PyAny>,
    /// The time zone UTC, and the beginning of 1970 in it.
    pub(crate) utc: Py<PyAny>,
    pub(crate) epoch: Py<PyAny>,
    /// `object.__new__`
    pub(crate) new_object: Py<PyAny>,
    pub(crate) big_decimal: Py<PyAny>,
    /// `dataclasses.MISSING`: a field without a default.
    pub(crate) missing: Py<PyAny>,
    pub(crate) names: Names,
}

/// Attribute names, interned.
pub(crate) struct Names {
    pub(crate) java_type: Py<PyString>,
    pub(crate) java_class: Py<PyString>,
    pub(crate) names: Py<PyString>,
    pub(crate) values: Py<PyString>,
    pub(crate) name: Py<PyString>,
    pub(crate) value: Py<PyString>,
    pub(crate) new: Py<PyString>,
    pub(crate) cause: Py<PyString>,
    pub(crate) java_message: Py<PyString>,
    pub(crate) java_stack: Py<PyString>,
    pub(crate) java_cause: Py<PyString>,
    pub(crate) fields: Py<PyString>,
    pub(crate) args: Py<PyString>,
    pub(crate) context: Py<PyString>,
    pub(crate) attachments: Py<PyString>,
}

static HOST: PyOnceLock<Host> = PyOnceLock::new();

/// The lookups; made at the first use, when all modules of the package are there.
pub(crate) fn host(py: Python<'_>) -> PyResult<&Host> {
    HOST.get_or_try_init(py, || Host::new(py))
}

impl Host {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let types = py.import("polydubbo.types")?;
        let errors = py.import("polydubbo.errors")?;
        let values = py.import("polydubbo._values")?;
        let datetime = py.import("datetime")?;
        let registry = py.import("polydubbo._registry")?.getattr("default_registry")?;
        let class = |module: &Bound<'_, PyModule>, name: &str| -> PyResult<Py<PyType>> {
            Ok(module.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        let dict = |object: &Bound<'_, PyAny>, name: &str| -> PyResult<Py<PyDict>> {
            Ok(object.getattr(name)?.cast_into::<PyDict>()?.unbind())
        };
        let function = |name: &str| values.getattr(name).map(Bound::unbind);
        Ok(Self {
            java_object: class(&types, "JavaObject")?,
            java_enum: class(&types, "JavaEnum")?,
            typed_list: class(&types, "TypedList")?,
            typed_map: class(&types, "TypedMap")?,
            pair_map: class(&types, "JMap")?,
            long: class(&types, "Long")?,
            jdate: class(&types, "JDate")?,
            sql_value: class(&types, "_SqlValue")?,
            remote_exception: class(&errors, "RemoteException")?,
            utc: datetime.getattr("timezone")?.getattr("utc")?.unbind(),
            epoch: function("_EPOCH")?,
            new_object: py.get_type::<PyAny>().getattr("__new__")?.unbind(),
            datetime: class(&datetime, "datetime")?,
            enumeration: class(&py.import("enum")?, "Enum")?,
            by_python: dict(&registry, "by_python")?,
            by_java: dict(&registry, "by_java")?,
            resolve_python: registry.getattr("resolve_python")?.unbind(),
            resolve_java: registry.getattr("resolve_java")?.unbind(),
            to_java: dict(&values, "TO_JAVA")?,
            from_java: dict(&values, "FROM_JAVA")?,
            convert: function("convert")?,
            parse_text: function("parse_text")?,
            ms_of: function("ms_of")?,
            date_of: function("date_of")?,
            big_decimal: function("big_decimal")?,
            missing: py.import("dataclasses")?.getattr("MISSING")?.unbind(),
            names: Names::new(py),
        })
    }
}

impl Names {
    fn new(py: Python<'_>) -> Self {
        let intern = |name| PyString::intern(py, name).unbind();
        Self {
            java_type: intern("java_type"),
            java_class: intern("java_class"),
            names: intern("_names"),
            values: intern("_values"),
            name: intern("name"),
            value: intern("value"),
            new: intern("__new__"),
            cause: intern("__cause__"),
            java_message: intern("java_message"),
            java_stack: intern("java_stack"),
            java_cause: intern("java_cause"),
            fields: intern("fields"),
            args: intern("args"),
            context: intern("context"),
            attachments: intern("attachments"),
        }
    }
}
