//! What the objects of one wire class become in Python, worked out once for each class definition.

use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use polydubbo::api::hessian::ClassDef;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};
use rustc_hash::FxHashMap;

use super::host::Host;
use super::spec::{ClassSpec, Kind};

/// How objects of one class definition are built.
pub(super) enum Mapping {
    /// An instance of a registered class: for each wire field the index of its Python field.
    Bean { spec: Py<ClassSpec>, fields: Vec<Option<usize>>, missing: Vec<usize> },
    /// A member of a registered enum, found by the field `name`.
    Enum { spec: Py<ClassSpec>, name: usize },
    /// An exception; `spec` is absent for one that is not registered.
    Throwable { spec: Option<Py<ClassSpec>>, class: Py<PyType>, java_class: Py<PyString>, fields: Vec<Role> },
    /// A JDK class that a Python function turns into a value of the standard library.
    Convert { function: Py<PyAny>, names: Vec<Py<PyString>>, java_class: Py<PyString> },
    /// Any other class.
    Unknown { names: Py<PyTuple>, java_class: Py<PyString> },
}

/// What a field of a throwable is.
pub(super) enum Role {
    Message,
    Cause,
    Stack,
    /// An attribute of the registered class.
    Own(usize),
    /// An entry of `RemoteException.fields`.
    Other(Py<PyString>),
    Suppressed,
}

/// Mappings by the id of the class definition; emptied when a class is registered.
static MAPPINGS: LazyLock<Mutex<FxHashMap<u64, Arc<Mapping>>>> = LazyLock::new(Mutex::default);

/// Peers choose class definitions, so the cache is bounded as the core's is.
const MAX_MAPPINGS: usize = 4096;

/// Forgets every mapping, after the registry has changed.
pub(crate) fn forget() {
    // Python objects are dropped outside of the lock: a destructor may run Python code.
    let old = std::mem::take(&mut *MAPPINGS.lock());
    drop(old);
}

/// The mapping of a class definition. `lossless` leaves JDK classes and registered classes as `JavaObject`.
pub(super) fn of(py: Python<'_>, host: &Host, class: &ClassDef, lossless: bool) -> PyResult<Arc<Mapping>> {
    if lossless {
        return Ok(Arc::new(unknown(py, class)?));
    }
    if let Some(known) = MAPPINGS.lock().get(&class.id()) {
        return Ok(Arc::clone(known));
    }
    let made = Arc::new(make(py, host, class)?);
    let full = {
        let mut mappings = MAPPINGS.lock();
        let full = (mappings.len() >= MAX_MAPPINGS).then(|| std::mem::take(&mut *mappings));
        mappings.insert(class.id(), Arc::clone(&made));
        full
    };
    drop(full);
    Ok(made)
}

fn make(py: Python<'_>, host: &Host, class: &ClassDef) -> PyResult<Mapping> {
    let found = match host.by_java.bind(py).get_item(class.name())? {
        Some(found) => found,
        None => host.resolve_java.bind(py).call1((class.name(),))?,
    };
    if !found.is_none() {
        return registered(py, class, found.cast_into::<ClassSpec>()?);
    }
    if let Some(function) = host.from_java.bind(py).get_item(class.name())? {
        let names = class.fields().iter().map(|name| PyString::intern(py, name).unbind()).collect();
        return Ok(Mapping::Convert {
            function: function.unbind(),
            names,
            java_class: java_class(py, class),
        });
    }
    // Java writes these two for every throwable, and no other class is likely to have both.
    if class.field_index("detailMessage").is_some() && class.field_index("stackTrace").is_some() {
        let fields = class.fields().iter().map(|name| role(py, None, name)).collect();
        let class_of = host.remote_exception.clone_ref(py);
        return Ok(Mapping::Throwable {
            spec: None,
            class: class_of,
            java_class: java_class(py, class),
            fields,
        });
    }
    unknown(py, class)
}

fn registered(py: Python<'_>, class: &ClassDef, spec: Bound<'_, ClassSpec>) -> PyResult<Mapping> {
    let mapped = spec.get();
    let index = |name: &str| mapped.by_wire.get(name).copied();
    match mapped.kind {
        Kind::Enum => match class.field_index("name") {
            Some(name) => Ok(Mapping::Enum { spec: spec.unbind(), name }),
            None => unknown(py, class),
        },
        Kind::Throwable => Ok(Mapping::Throwable {
            class: mapped.class.clone_ref(py),
            java_class: java_class(py, class),
            fields: class.fields().iter().map(|name| role(py, Some(mapped), name)).collect(),
            spec: Some(spec.unbind()),
        }),
        Kind::Bean => {
            let fields: Vec<_> = class.fields().iter().map(|name| index(name)).collect();
            if mapped.strict
                && let Some(extra) = fields.iter().position(Option::is_none)
            {
                let text = format!("{} has no field {}", class.name(), class.fields()[extra]);
                return Err(pyo3::exceptions::PyValueError::new_err(text));
            }
            let missing = (0..mapped.fields.len()).filter(|own| !fields.contains(&Some(*own))).collect();
            Ok(Mapping::Bean { spec: spec.unbind(), fields, missing })
        }
    }
}

fn role(py: Python<'_>, spec: Option<&ClassSpec>, name: &str) -> Role {
    match (name, spec.and_then(|spec| spec.by_wire.get(name))) {
        (_, Some(own)) => Role::Own(*own),
        ("detailMessage", _) => Role::Message,
        ("cause", _) => Role::Cause,
        ("stackTrace", _) => Role::Stack,
        ("suppressedExceptions", _) => Role::Suppressed,
        _ => Role::Other(PyString::new(py, name).unbind()),
    }
}

fn unknown(py: Python<'_>, class: &ClassDef) -> PyResult<Mapping> {
    let names = PyTuple::new(py, class.fields().iter().map(|name| PyString::intern(py, name)))?;
    Ok(Mapping::Unknown { names: names.unbind(), java_class: java_class(py, class) })
}

fn java_class(py: Python<'_>, class: &ClassDef) -> Py<PyString> {
    PyString::new(py, class.name()).unbind()
}
