//! Objects: values where a class is declared, and values that travel as something else.

use std::sync::Arc;

use polydubbo::api::hessian::ClassDef;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::classes;
use super::fault::{Fault, Walk};
use super::host::Host;
use super::object;
use super::plan::Plan;
use super::spec::Kind;
use super::walk::Walker;

impl<'py> Walker<'_, 'py> {
    /// A value where a class is declared: an instance, fields in a dict, or text for JDK classes and enums.
    pub(super) fn declared_object(&mut self, value: &Bound<'py, PyAny>, class: &str) -> Walk {
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            return self.dict_as_object(dict, class);
        }
        if value.is_instance_of::<PyString>()
            && let Some(spec) = self.spec_by_name(class)?
            && spec.get().kind == Kind::Enum
        {
            return self.enum_constant(value, value, &spec.get().definition);
        }
        if !value.is_exact_instance(self.host.java_object.bind(self.py)) {
            let object = self.host.parse_text.bind(self.py).call1((class, value))?;
            if !object.is_none() {
                return match self.referred(value)? {
                    true => Ok(()),
                    false => self.replacement(value, &object),
                };
            }
        }
        let is_scalar = value.is_instance_of::<PyString>()
            || value.is_instance_of::<PyInt>()
            || value.is_instance_of::<PyFloat>()
            || value.is_instance_of::<PyBytes>();
        if is_scalar && !class.starts_with("java.") && self.spec_of(value)?.is_none() {
            return Err(Fault::mismatch(class, value));
        }
        self.any(value)
    }

    /// A dict where a class is declared: an object with these fields.
    pub(super) fn dict_as_object(&mut self, dict: &Bound<'py, PyDict>, class: &str) -> Walk {
        if self.referred(dict.as_any())? {
            return Ok(());
        }
        let spec = self.spec_by_name(class)?;
        let mut names = Vec::with_capacity(dict.len());
        for key in dict.keys() {
            let name = key.extract::<String>().map_err(|_| Fault::mismatch("a field name", &key))?;
            if spec.as_ref().is_some_and(|spec| !spec.get().by_wire.contains_key(name.as_str())) {
                return Err(Fault::value(format!("{class} has no field {name}")));
            }
            names.push(name);
        }
        // Fields that are not given are not sent, so that Java keeps its own defaults for them.
        let definition = classes::definition(class, &names)?;
        let slot = self.w.begin_object(&definition)?;
        self.remember(dict.as_any(), slot);
        for name in &names {
            let Some(value) = dict.get_item(name)? else {
                return Err(Fault::value("the dict changed while it was sent"));
            };
            let spec = spec.as_ref().map(Bound::get);
            let field = spec.and_then(|spec| Some(&spec.fields[*spec.by_wire.get(name.as_str())?]));
            let plan = field.map_or(&Plan::Any, |field| &field.plan);
            self.element(&value, plan).map_err(|fault| fault.in_field(name))?;
        }
        Ok(())
    }

    pub(super) fn big_decimal(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyFloat>() {
            return Err(Fault::mismatch("Decimal", value));
        }
        self.replaced(value, |host| &host.big_decimal)
    }

    pub(super) fn big_integer(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
            return Err(Fault::mismatch("int", value));
        }
        self.write_big_integer(value)
    }

    pub(super) fn write_big_integer(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let big_integer = self.py.import("polydubbo._values")?.getattr("big_integer")?;
        let object = big_integer.call1((value,))?;
        self.kept.push(object.clone());
        self.java_object(&object, None)
    }

    pub(super) fn class(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let name = if value.is_instance_of::<PyString>() { value.clone() } else { value.getattr("name")? };
        let definition = classes::definition("java.lang.Class", &["name"])?;
        self.w.begin_object(&definition)?;
        self.string(&name)
    }

    /// Writes what a Python function makes of the value.
    pub(super) fn replaced(
        &mut self,
        value: &Bound<'py, PyAny>,
        function: impl Fn(&'py Host) -> &'py Py<PyAny>,
    ) -> Walk {
        if self.referred(value)? {
            return Ok(());
        }
        let object = function(self.host).bind(self.py).call1((value,))?;
        self.replacement(value, &object)
    }

    /// Writes the Java form `object` in the place of `value`.
    pub(super) fn replacement(&mut self, value: &Bound<'py, PyAny>, object: &Bound<'py, PyAny>) -> Walk {
        self.kept.push(object.clone());
        if object.is_exact_instance(self.host.java_object.bind(self.py)) {
            return self.java_object(object, Some(value));
        }
        if object.get_type().is(value.get_type()) {
            return Err(Fault::mismatch("a value with a Java form", value));
        }
        self.any(object)
    }

    /// A `JavaObject`; `original` is what it stands for, when it was made on the way.
    pub(super) fn java_object(
        &mut self,
        object: &Bound<'py, PyAny>,
        original: Option<&Bound<'py, PyAny>>,
    ) -> Walk {
        let names = &self.host.names;
        let class = object::get(object, &names.java_class)?;
        let class = class.cast::<PyString>().map_err(|_| Fault::mismatch("a class name", &class))?;
        let fields = object::get(object, &names.names)?;
        let fields = fields.cast::<PyTuple>().map_err(PyErr::from)?;
        let values = object::get(object, &names.values)?;
        let values = values.cast::<PyList>().map_err(PyErr::from)?;
        let definition = classes::definition_of(class, fields)?;
        if definition.fields().len() != values.len() {
            return Err(Fault::value("a JavaObject has as many values as names"));
        }
        let slot = self.w.begin_object(&definition)?;
        self.remember(original.unwrap_or(object), slot);
        for (index, name) in definition.fields().iter().enumerate() {
            let value = values.get_item(index)?;
            self.any(&value).map_err(|fault| fault.in_field(name))?;
        }
        Ok(())
    }

    pub(super) fn enum_constant(
        &mut self,
        value: &Bound<'py, PyAny>,
        name: &Bound<'py, PyAny>,
        class: &Arc<ClassDef>,
    ) -> Walk {
        let slot = self.w.begin_object(class)?;
        // Constants are singletons in Java, so a repeated one is a reference. A name given as text is not one.
        if !value.is(name) {
            self.remember(value, slot);
        }
        self.string(name)
    }
}
