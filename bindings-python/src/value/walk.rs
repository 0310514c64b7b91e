//! Python objects to Hessian bytes: walks the objects, steered by the declared Java type.
//!
//! Shared and cyclic objects become references, as in Java: the writer remembers the address of every
//! container that it began, and `kept` keeps those objects alive so that no address is used twice.

use polydubbo::api::hessian::Writer;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType,
};

use super::classes;
use super::fault::{Fault, Walk};
use super::host::{Host, host};
use super::plan::Plan;
use super::spec::{ClassSpec, Kind};

/// Writes Python values into one body.
pub(crate) struct Walker<'w, 'py> {
    pub(super) py: Python<'py>,
    pub(super) host: &'py Host,
    pub(super) w: &'w mut Writer,
    /// Keeps every address in use until the body is finished.
    pub(super) kept: Vec<Bound<'py, PyAny>>,
}

impl<'w, 'py> Walker<'w, 'py> {
    /// Creates a walker that appends to `w`.
    pub(crate) fn new(py: Python<'py>, w: &'w mut Writer) -> PyResult<Self> {
        Ok(Self { py, host: host(py)?, w, kept: Vec::new() })
    }

    /// Writes one value as `plan` demands.
    pub(crate) fn write(&mut self, value: &Bound<'py, PyAny>, plan: &Plan) -> Walk {
        if value.is_none() {
            return self.null(plan);
        }
        if plan.is_object() && value.is_exact_instance(self.host.java_object.bind(self.py)) {
            // It says itself what it is.
            return self.any(value);
        }
        match plan {
            Plan::Any => self.any(value),
            Plan::Void => self.void(),
            Plan::Bool(_) => self.bool(value),
            Plan::Int(kind, _) => self.int(value, *kind),
            Plan::Long(_) => self.long(value),
            Plan::Float(_) => self.float(value),
            Plan::Double(_) => self.double(value),
            Plan::Char(_) => self.char(value),
            Plan::Str => self.string(value),
            Plan::Bytes => self.bytes(value),
            Plan::Date => self.date(value),
            Plan::Sql(class) => self.sql(value, class),
            Plan::BigDecimal => self.big_decimal(value),
            Plan::BigInteger => self.big_integer(value),
            Plan::Class => self.class(value),
            Plan::Array { wire, element } => self.sequence(value, Some(wire), element, false),
            Plan::List { wire, element } => self.sequence(value, wire.as_deref(), element, true),
            Plan::Set { wire, element } => self.sequence(value, Some(wire), element, true),
            Plan::Map { wire, key, value: item } => self.map(value, wire.as_deref(), key, item),
            Plan::Object(class) => self.declared_object(value, class),
        }
    }

    /// What a method without a result returns; a value that it returns all the same is not sent.
    fn void(&mut self) -> Walk {
        self.w.null();
        Ok(())
    }

    pub(super) fn null(&mut self, plan: &Plan) -> Walk {
        if !plan.allows_null() {
            return Err(Fault::of_type(format!(
                "None is no value of the primitive type {}",
                plan.describe()
            )));
        }
        self.w.null();
        Ok(())
    }

    /// A value whose own class decides.
    pub(super) fn any(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        if value.is_exact_instance_of::<PyString>() {
            return self.string(value);
        }
        if value.is_exact_instance_of::<PyInt>() {
            return self.any_int(value);
        }
        if value.is_none() {
            self.w.null();
            return Ok(());
        }
        if let Ok(value) = value.cast_exact::<PyBool>() {
            self.w.bool(value.is_true());
            return Ok(());
        }
        if let Ok(value) = value.cast_exact::<PyFloat>() {
            self.w.double(value.value());
            return Ok(());
        }
        if value.is_exact_instance_of::<PyList>() || value.is_exact_instance_of::<PyTuple>() {
            return self.sequence(value, None, &Plan::Any, false);
        }
        if value.is_exact_instance_of::<PyDict>() {
            return self.map(value, None, &Plan::Any, &Plan::Any);
        }
        if let Ok(value) = value.cast_exact::<PyBytes>() {
            self.w.binary(value.as_bytes());
            return Ok(());
        }
        self.other(value)
    }

    /// `int`, else `long`, else `BigInteger`: the smallest that holds the number.
    pub(super) fn any_int(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        match value.extract::<i64>() {
            Ok(number) => match i32::try_from(number) {
                Ok(number) => self.w.int(number),
                Err(_) => self.w.long(number),
            },
            Err(_) => return self.write_big_integer(value),
        }
        Ok(())
    }

    /// A value of a class that is not one of Python's basic ones.
    pub(super) fn other(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let (py, host) = (self.py, self.host);
        if self.referred(value)? {
            return Ok(());
        }
        let class = value.get_type();
        if class.is(host.java_object.bind(py)) {
            return self.java_object(value, None);
        }
        if let Some(spec) = self.spec_of(value)? {
            return self.registered(value, spec.get());
        }
        if let Some(convert) = host.to_java.bind(py).get_item(&class)? {
            let object = convert.call1((value,))?;
            return self.replacement(value, &object);
        }
        if value.is_instance(host.datetime.bind(py))? || value.is_instance(host.jdate.bind(py))? {
            return self.date(value);
        }
        if value.is_instance(host.sql_value.bind(py))? {
            let class = self.text_attribute(value, |host| &host.names.java_class)?.unwrap_or_default();
            return self.sql(value, &class);
        }
        if value.is_instance(host.java_enum.bind(py))? {
            let class = self.text_attribute(value, |host| &host.names.java_class)?.unwrap_or_default();
            let name = value.getattr(host.names.name.bind(py))?;
            let definition = classes::definition(&class, &["name"])?;
            return self.enum_constant(value, &name, &definition);
        }
        if value.is_instance_of::<pyo3::exceptions::PyBaseException>() {
            return self.throwable(value, None);
        }
        self.subclass(value, &class)
    }

    /// Subclasses of Python's basic classes, sets, and the wrappers that name a Java type.
    pub(super) fn subclass(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Walk {
        let host = self.host;
        if value.is_instance(host.enumeration.bind(self.py))? {
            let text = format!("register the enum {} with @pd.java_enum", class.name()?);
            return Err(Fault::of_type(text));
        }
        if value.is_instance_of::<PyInt>()
            || value.is_instance_of::<PyFloat>()
            || value.is_instance_of::<PyString>()
        {
            return self.wrapped_scalar(value, class);
        }
        if value.is_instance(host.typed_list.bind(self.py))? {
            let list = value.cast::<PyList>().map_err(PyErr::from)?;
            return self.typed_list(list);
        }
        if value.is_instance(host.pair_map.bind(self.py))? {
            return self.pairs(value, None, &Plan::Any, &Plan::Any);
        }
        if value.is_instance_of::<PyDict>() {
            return self.map(value, None, &Plan::Any, &Plan::Any);
        }
        if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            return self.sequence(value, None, &Plan::Any, false);
        }
        if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
            return self.iterable(value, Some("java.util.HashSet"), &Plan::Any);
        }
        let object = host.convert.bind(self.py).call1((value,))?;
        self.replacement(value, &object)
    }

    /// `pd.Long(5)` and its like; other subclasses are what they derive from.
    pub(super) fn wrapped_scalar(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Walk {
        if let Ok(name) = class.getattr("__java_type__") {
            let name = name.extract::<String>()?;
            let plan = Plan::parse(&name).map_err(|error| Fault::value(error.to_string()))?;
            return self.write(value, &plan);
        }
        if value.is_instance_of::<PyString>() {
            self.string(value)
        } else if value.is_instance_of::<PyFloat>() {
            self.double(value)
        } else {
            self.any_int(value)
        }
    }

    /// An instance of a registered class.
    pub(super) fn registered(&mut self, value: &Bound<'py, PyAny>, spec: &ClassSpec) -> Walk {
        match spec.kind {
            Kind::Enum => {
                let name = value.getattr(self.host.names.name.bind(self.py))?;
                self.enum_constant(value, &name, &spec.definition)
            }
            Kind::Throwable => self.throwable(value, Some(spec)),
            Kind::Bean => {
                let slot = self.w.begin_object(&spec.definition)?;
                self.remember(value, slot);
                self.bean_fields(value, spec)
            }
        }
    }

    pub(super) fn bean_fields(&mut self, value: &Bound<'py, PyAny>, spec: &ClassSpec) -> Walk {
        for field in &spec.fields {
            let item = value.getattr(field.attribute.bind(self.py))?;
            // Java has no null in a primitive field, but a reader of ours keeps the default for it.
            match item.is_none() {
                true => self.w.null(),
                false => self.element(&item, &field.plan).map_err(|fault| fault.in_field(&field.wire))?,
            }
        }
        Ok(())
    }

    /// Writes a reference if the object was written before.
    pub(super) fn referred(&mut self, value: &Bound<'py, PyAny>) -> Walk<bool> {
        match self.w.seen(value.as_ptr().addr()) {
            Some(slot) => {
                self.w.reference(slot)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    pub(super) fn remember(&mut self, value: &Bound<'py, PyAny>, slot: u32) {
        self.w.remember(value.as_ptr().addr(), slot);
        self.kept.push(value.clone());
    }

    pub(super) fn text_attribute(
        &self,
        value: &Bound<'py, PyAny>,
        name: impl Fn(&'py Host) -> &'py Py<PyString>,
    ) -> Walk<Option<String>> {
        Ok(value.getattr(name(self.host).bind(self.py))?.extract()?)
    }

    /// The mapping of a value's class, if it or a base of it is registered.
    pub(super) fn spec_of(&self, value: &Bound<'py, PyAny>) -> Walk<Option<Bound<'py, ClassSpec>>> {
        let class = value.get_type();
        let found = match self.host.by_python.bind(self.py).get_item(&class)? {
            Some(found) => found,
            None => self.host.resolve_python.bind(self.py).call1((class,))?,
        };
        Ok(found.extract().map_err(PyErr::from)?)
    }

    pub(super) fn spec_by_name(&self, class: &str) -> Walk<Option<Bound<'py, ClassSpec>>> {
        let found = match self.host.by_java.bind(self.py).get_item(class)? {
            Some(found) => found,
            None => self.host.resolve_java.bind(self.py).call1((class,))?,
        };
        Ok(found.extract().map_err(PyErr::from)?)
    }
}
