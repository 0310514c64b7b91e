//! The mapping between one Python class and one Java class.

use std::sync::Arc;

use polydubbo::api::hessian::ClassDef;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHashMap;

use super::Plan;

/// What kind of class is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bean,
    Enum,
    Throwable,
}

/// One field that travels.
pub(crate) struct Field {
    /// Name of the Python attribute, interned.
    pub(crate) attribute: Py<PyString>,
    /// Name of the Java field.
    pub(crate) wire: Box<str>,
    pub(crate) plan: Plan,
    /// The value when Java did not send the field: an object, or a function that makes one.
    pub(crate) default: Option<Py<PyAny>>,
    pub(crate) factory: Option<Py<PyAny>>,
}

/// A registered class. Python's registry owns these; they never change.
#[pyclass(frozen, module = "polydubbo._native")]
pub(crate) struct ClassSpec {
    pub(crate) java_name: Box<str>,
    pub(crate) class: Py<PyType>,
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<Field>,
    pub(crate) by_wire: FxHashMap<Box<str>, usize>,
    /// A received field that the class lacks is an error.
    pub(crate) strict: bool,
    /// Call `__post_init__` on received instances.
    pub(crate) post_init: bool,
    /// Makes an instance from keyword arguments, for classes that cannot be filled field by field.
    pub(crate) construct: Option<Py<PyAny>>,
    /// What the encoder writes before the first instance.
    pub(crate) definition: Arc<ClassDef>,
}

type FieldArgs<'py> =
    (Bound<'py, PyString>, String, String, Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

#[pymethods]
impl ClassSpec {
    #[new]
    #[pyo3(signature = (java_name, cls, kind, fields, *, strict=false, post_init=false, construct=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        java_name: &str,
        cls: Bound<'_, PyType>,
        kind: &str,
        fields: Vec<FieldArgs<'_>>,
        strict: bool,
        post_init: bool,
        construct: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let kind = match kind {
            "bean" => Kind::Bean,
            "enum" => Kind::Enum,
            "throwable" => Kind::Throwable,
            other => return Err(PyValueError::new_err(format!("no such kind of class: {other}"))),
        };
        let fields = fields.into_iter().map(field).collect::<PyResult<Vec<_>>>()?;
        let by_wire = fields.iter().enumerate().map(|(index, field)| (field.wire.clone(), index)).collect();
        let names: Vec<&str> = match kind {
            Kind::Enum => vec!["name"],
            Kind::Bean => fields.iter().map(|field| &*field.wire).collect(),
            Kind::Throwable => {
                let own = fields.iter().map(|field| &*field.wire);
                THROWABLE_FIELDS
                    .into_iter()
                    .chain(own.filter(|name| !THROWABLE_FIELDS.contains(name)))
                    .collect()
            }
        };
        let definition =
            ClassDef::new(java_name, names).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self {
            java_name: java_name.into(),
            class: cls.unbind(),
            kind,
            fields,
            by_wire,
            strict,
            post_init,
            construct,
            definition,
        })
    }

    fn __repr__(&self) -> String {
        format!("<ClassSpec {} ({} fields)>", self.java_name, self.fields.len())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.class)?;
        visit.call(&self.construct)?;
        for field in &self.fields {
            visit.call(&field.default)?;
            visit.call(&field.factory)?;
        }
        Ok(())
    }
}

/// The fields of `java.lang.Throwable`, which every throwable is sent with.
pub(crate) const THROWABLE_FIELDS: [&str; 4] =
    ["detailMessage", "cause", "stackTrace", "suppressedExceptions"];

fn field(args: FieldArgs<'_>) -> PyResult<Field> {
    let (attribute, wire, java_type, default, factory) = args;
    let py = attribute.py();
    let plan = Plan::parse(&java_type).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(Field {
        attribute: PyString::intern(py, attribute.to_str()?).unbind(),
        wire: wire.into(),
        plan,
        default: default.map(Bound::unbind),
        factory: factory.map(Bound::unbind),
    })
}
