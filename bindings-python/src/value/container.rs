//! Lists, arrays, sets and maps.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use super::fault::{Fault, Walk};
use super::object;
use super::plan::{Null, Plan};
use super::walk::Walker;

impl<'py> Walker<'_, 'py> {
    /// Writes a list, array or set.
    pub(super) fn sequence(
        &mut self,
        value: &Bound<'py, PyAny>,
        wire: Option<&str>,
        element: &Plan,
        own_type: bool,
    ) -> Walk {
        if self.referred(value)? {
            return Ok(());
        }
        if let Ok(list) = value.cast::<PyList>() {
            // A list that names its class is believed where any list is declared.
            let own = if own_type { self.own_list_type(value)? } else { None };
            return self.list(list, own.as_deref().or(wire), element);
        }
        if let Ok(tuple) = value.cast::<PyTuple>() {
            let slot = self.w.begin_list(wire, tuple.len())?;
            self.remember(value, slot);
            for (index, item) in tuple.iter().enumerate() {
                self.element(&item, element).map_err(|fault| fault.at(index))?;
            }
            return Ok(());
        }
        self.iterable(value, wire, element)
    }

    pub(super) fn list(&mut self, list: &Bound<'py, PyList>, wire: Option<&str>, element: &Plan) -> Walk {
        let len = list.len();
        let slot = self.w.begin_list(wire, len)?;
        self.remember(list.as_any(), slot);
        for index in 0..len {
            // Python code that runs on the way may shorten the list; then this is an IndexError.
            let item = list.get_item(index)?;
            self.element(&item, element).map_err(|fault| fault.at(index))?;
        }
        Ok(())
    }

    /// Sets, generators, NumPy arrays: anything that can be iterated except text, bytes and maps.
    pub(super) fn iterable(&mut self, value: &Bound<'py, PyAny>, wire: Option<&str>, element: &Plan) -> Walk {
        let is_other = value.is_instance_of::<PyString>()
            || value.is_instance_of::<PyBytes>()
            || value.is_instance_of::<PyDict>();
        if is_other || value.hasattr("__iter__").is_ok_and(|iterable| !iterable) {
            return Err(Fault::mismatch("a list", value));
        }
        let items = match value.hasattr("tolist")? {
            // NumPy and array.array: their own conversion gives Python's numbers.
            true => value.call_method0("tolist")?.cast_into::<PyList>().map_err(PyErr::from)?,
            false => PyList::new(self.py, value.try_iter()?.collect::<PyResult<Vec<_>>>()?)?,
        };
        let slot = self.w.begin_list(wire, items.len())?;
        self.remember(value, slot);
        self.kept.push(items.as_any().clone());
        for (index, item) in items.iter().enumerate() {
            self.element(&item, element).map_err(|fault| fault.at(index))?;
        }
        Ok(())
    }

    pub(super) fn map(
        &mut self,
        value: &Bound<'py, PyAny>,
        wire: Option<&str>,
        key: &Plan,
        item: &Plan,
    ) -> Walk {
        if self.referred(value)? {
            return Ok(());
        }
        if let Ok(dict) = value.cast::<PyDict>() {
            let own = match dict.is_exact_instance_of::<PyDict>() {
                true => None,
                false => self.text_attribute(value, |host| &host.names.java_type)?,
            };
            return self.dict(dict, own.as_deref().or(wire), key, item);
        }
        if value.is_instance(self.host.pair_map.bind(self.py))? {
            return self.pairs(value, wire, key, item);
        }
        let copy = self.host.convert.bind(self.py).call1((value,))?;
        let Ok(dict) = copy.cast::<PyDict>() else { return Err(Fault::mismatch("a dict", value)) };
        self.kept.push(copy.clone());
        self.dict(dict, wire, key, item)
    }

    pub(super) fn dict(
        &mut self,
        dict: &Bound<'py, PyDict>,
        wire: Option<&str>,
        key: &Plan,
        item: &Plan,
    ) -> Walk {
        let slot = self.w.begin_map(wire)?;
        self.remember(dict.as_any(), slot);
        let len = dict.len();
        let mut position = 0;
        while let Some((name, value)) = object::next_entry(dict, &mut position) {
            self.entry(&name, &value, key, item)?;
            // Python code that runs on the way, or another thread meanwhile, may have changed the dict.
            if dict.len() != len {
                return Err(Fault::value("the dict changed its size while it was sent"));
            }
        }
        Ok(self.w.end_map()?)
    }

    /// A `JMap`: a list of pairs.
    pub(super) fn pairs(
        &mut self,
        value: &Bound<'py, PyAny>,
        wire: Option<&str>,
        key: &Plan,
        item: &Plan,
    ) -> Walk {
        let own = self.text_attribute(value, |host| &host.names.java_type)?;
        let slot = self.w.begin_map(own.as_deref().or(wire))?;
        self.remember(value, slot);
        for entry in value.try_iter()? {
            let (name, value) = entry?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            self.entry(&name, &value, key, item)?;
        }
        Ok(self.w.end_map()?)
    }

    pub(super) fn entry(
        &mut self,
        name: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
        key: &Plan,
        item: &Plan,
    ) -> Walk {
        self.write(name, key).map_err(|fault| fault.in_field("key"))?;
        self.write(value, item).map_err(|fault| match name.cast::<PyString>() {
            Ok(name) => fault.in_field(&name.to_string_lossy()),
            Err(_) => fault.in_field("value"),
        })
    }

    /// A field or an array element: there Java widens a primitive `float`, and writes `java.sql` values as
    /// plain dates.
    pub(super) fn element(&mut self, value: &Bound<'py, PyAny>, plan: &Plan) -> Walk {
        match plan {
            Plan::Float(Null::Forbidden) => {
                let number = self.number(value, "float")? as f32;
                self.w.double(f64::from(number));
                Ok(())
            }
            Plan::Sql(_) if !value.is_instance(self.host.sql_value.bind(self.py))? => self.date(value),
            Plan::Sql(_) => self.date(&value.getattr(self.host.names.value.bind(self.py))?),
            _ => self.write(value, plan),
        }
    }

    pub(super) fn typed_list(&mut self, list: &Bound<'py, PyList>) -> Walk {
        let name = self.text_attribute(list.as_any(), |host| &host.names.java_type)?.unwrap_or_default();
        let (wire, plan) = list_type(&name)?;
        self.list(list, wire.as_deref(), &plan)
    }

    /// The class that a `TypedList` names, as Hessian writes it.
    pub(super) fn own_list_type(&self, value: &Bound<'py, PyAny>) -> Walk<Option<String>> {
        if value.is_exact_instance_of::<PyList>() || !value.is_instance(self.host.typed_list.bind(self.py))? {
            return Ok(None);
        }
        match self.text_attribute(value, |host| &host.names.java_type)? {
            Some(name) => Ok(list_type(&name)?.0),
            None => Ok(None),
        }
    }
}

/// Hessian's name and the element plan of a list class or array type.
fn list_type(name: &str) -> Walk<(Option<String>, Plan)> {
    match Plan::parse(name).map_err(|error| Fault::value(error.to_string()))? {
        Plan::Array { wire, element } => Ok((Some(wire.into()), *element)),
        // An ArrayList that says so is what Java sends for any list; keep the name.
        _ => Ok((Some(name.to_owned()), Plan::Any)),
    }
}
