//! Python objects to Hessian bytes: walks the objects, steered by the declared Java type.
//!
//! Shared and cyclic objects become references, as in Java: the writer remembers the address of every
//! container that it began, and `kept` keeps those objects alive so that no address is used twice.

use std::sync::Arc;

use polydubbo::codec::hessian::{ClassDef, Writer};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType,
};

use super::classes;
use super::fault::{Fault, Walk};
use super::host::{Host, host};
use super::plan::{IntKind, Plan};
use super::spec::{ClassSpec, Kind};

/// Writes Python values into one body.
pub(crate) struct Walker<'w, 'py> {
    pub(super) py: Python<'py>,
    pub(super) host: &'py Host,
    pub(super) w: &'w mut Writer,
    kept: Vec<Bound<'py, PyAny>>,
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
        match plan {
            Plan::Any => self.any(value),
            Plan::Void => Ok(self.w.null()),
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

    fn null(&mut self, plan: &Plan) -> Walk {
        if !plan.allows_null() {
            return Err(Fault::of_type(format!(
                "None is no value of the primitive type {}",
                plan.describe()
            )));
        }
        self.w.null();
        Ok(())
    }

    fn bool(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let value = value.cast::<PyBool>().map_err(|_| Fault::mismatch("bool", value))?;
        self.w.bool(value.is_true());
        Ok(())
    }

    fn int(&mut self, value: &Bound<'py, PyAny>, kind: IntKind) -> Walk {
        let number = self.integer(value, kind.name())?;
        match i32::try_from(number) {
            Ok(number) if kind.holds(number) => self.w.int(number),
            _ => return Err(out_of_range(&number, kind.name())),
        }
        Ok(())
    }

    fn long(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let number = self.integer(value, "long")?;
        self.w.long(number);
        Ok(())
    }

    /// An integer that fits 64 bits; a bool or a float is none, even when it would fit.
    fn integer(&self, value: &Bound<'py, PyAny>, expected: &str) -> Walk<i64> {
        if value.is_instance_of::<PyBool>() {
            return Err(Fault::mismatch(expected, value));
        }
        // Also NumPy's integers, which are no `int` but have `__index__`.
        if !value.is_instance_of::<PyInt>() && !value.hasattr("__index__").unwrap_or(false) {
            return Err(Fault::mismatch(expected, value));
        }
        value.extract::<i64>().map_err(|_| out_of_range(value, expected))
    }

    fn float(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let number = self.number(value, "float")?;
        let narrow = number as f32;
        if narrow.is_infinite() && number.is_finite() {
            return Err(out_of_range(&number, "float"));
        }
        self.w.float(narrow);
        Ok(())
    }

    fn double(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let number = self.number(value, "double")?;
        self.w.double(number);
        Ok(())
    }

    fn number(&self, value: &Bound<'py, PyAny>, expected: &str) -> Walk<f64> {
        let is_number = value.is_instance_of::<PyFloat>()
            || (value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>())
            || (!value.is_instance_of::<PyBool>() && value.hasattr("__float__").unwrap_or(false));
        if !is_number {
            return Err(Fault::mismatch(expected, value));
        }
        Ok(value.extract::<f64>()?)
    }

    fn char(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let text = value.cast::<PyString>().map_err(|_| Fault::mismatch("a character", value))?;
        let units = utf16_of(text)?;
        if units.len() != 1 {
            return Err(Fault::value(format!("a char is one UTF-16 unit, not {}", units.len())));
        }
        self.w.string_utf16(&units);
        Ok(())
    }

    fn string(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let text = value.cast::<PyString>().map_err(|_| Fault::mismatch("str", value))?;
        match text.to_str() {
            Ok(text) => self.w.string(text),
            // Lone surrogates, which Java's strings may hold.
            Err(_) => {
                let units = utf16_of(text)?;
                self.w.string_utf16(&units);
            }
        }
        Ok(())
    }

    fn bytes(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            self.w.binary(bytes.as_bytes());
            return Ok(());
        }
        if value.is_instance_of::<PyString>() || value.is_instance_of::<PyInt>() {
            return Err(Fault::mismatch("bytes", value));
        }
        // `bytearray`, `memoryview` and lists of small integers: the buffer protocol is not in the limited API.
        let copy = self.py.get_type::<PyBytes>().call1((value,))?;
        self.w.binary(copy.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
        Ok(())
    }

    fn date(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let host = self.host;
        let is_date =
            value.is_instance(host.datetime.bind(self.py))? || value.is_instance(host.jdate.bind(self.py))?;
        if !is_date {
            return Err(Fault::mismatch("datetime", value));
        }
        let ms: i64 = host.ms_of.bind(self.py).call1((value,))?.extract()?;
        self.w.date_ms(ms);
        Ok(())
    }

    /// A `java.sql` value: an object around a date.
    fn sql(&mut self, value: &Bound<'py, PyAny>, class: &str) -> Walk {
        let inner = if value.is_instance(self.host.sql_value.bind(self.py))? {
            value.getattr(self.host.names.value.bind(self.py))?
        } else {
            value.clone()
        };
        let definition = classes::definition(class, &["value"])?;
        let slot = self.w.begin_object(&definition)?;
        self.remember(value, slot);
        self.date(&inner)
    }

    fn big_decimal(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyFloat>() {
            return Err(Fault::mismatch("Decimal", value));
        }
        self.replaced(value, |host| &host.big_decimal)
    }

    fn big_integer(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
            return Err(Fault::mismatch("int", value));
        }
        self.write_big_integer(value)
    }

    fn write_big_integer(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let big_integer = self.py.import("polydubbo._values")?.getattr("big_integer")?;
        let object = big_integer.call1((value,))?;
        self.kept.push(object.clone());
        self.java_object(&object, None)
    }

    fn class(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let name = if value.is_instance_of::<PyString>() { value.clone() } else { value.getattr("name")? };
        let definition = classes::definition("java.lang.Class", &["name"])?;
        self.w.begin_object(&definition)?;
        self.string(&name)
    }

    /// Writes what a Python function makes of the value.
    fn replaced(
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
    fn replacement(&mut self, value: &Bound<'py, PyAny>, object: &Bound<'py, PyAny>) -> Walk {
        self.kept.push(object.clone());
        if object.is_exact_instance(self.host.java_object.bind(self.py)) {
            return self.java_object(object, Some(value));
        }
        if object.get_type().is(value.get_type()) {
            return Err(Fault::mismatch("a value with a Java form", value));
        }
        self.any(object)
    }

    /// Writes a list, array or set.
    fn sequence(
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

    fn list(&mut self, list: &Bound<'py, PyList>, wire: Option<&str>, element: &Plan) -> Walk {
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
    fn iterable(&mut self, value: &Bound<'py, PyAny>, wire: Option<&str>, element: &Plan) -> Walk {
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

    fn map(&mut self, value: &Bound<'py, PyAny>, wire: Option<&str>, key: &Plan, item: &Plan) -> Walk {
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

    fn dict(&mut self, dict: &Bound<'py, PyDict>, wire: Option<&str>, key: &Plan, item: &Plan) -> Walk {
        let slot = self.w.begin_map(wire)?;
        self.remember(dict.as_any(), slot);
        // The view's iterator reports a change of the dict as an error; PyO3's own would panic.
        for entry in dict.call_method0("items")?.try_iter()? {
            let (name, value) = entry?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            self.entry(&name, &value, key, item)?;
        }
        Ok(self.w.end_map()?)
    }

    /// A `JMap`: a list of pairs.
    fn pairs(&mut self, value: &Bound<'py, PyAny>, wire: Option<&str>, key: &Plan, item: &Plan) -> Walk {
        let own = self.text_attribute(value, |host| &host.names.java_type)?;
        let slot = self.w.begin_map(own.as_deref().or(wire))?;
        self.remember(value, slot);
        for entry in value.try_iter()? {
            let (name, value) = entry?.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            self.entry(&name, &value, key, item)?;
        }
        Ok(self.w.end_map()?)
    }

    fn entry(
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

    /// A value where a class is declared: an instance, fields in a dict, or text for JDK classes and enums.
    fn declared_object(&mut self, value: &Bound<'py, PyAny>, class: &str) -> Walk {
        if let Ok(dict) = value.cast_exact::<PyDict>() {
            return self.dict_as_object(dict, class);
        }
        if value.is_instance_of::<PyString>() {
            if let Some(spec) = self.spec_by_name(class)?
                && spec.get().kind == Kind::Enum
            {
                return self.enum_constant(value, value, &spec.get().definition);
            }
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
    fn dict_as_object(&mut self, dict: &Bound<'py, PyDict>, class: &str) -> Walk {
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
    fn any_int(&mut self, value: &Bound<'py, PyAny>) -> Walk {
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
    fn other(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let (py, host) = (self.py, self.host);
        if self.referred(value)? {
            return Ok(());
        }
        let class = value.get_type();
        if let Some(spec) = self.spec_of(value)? {
            return self.registered(value, spec.get());
        }
        if class.is(host.java_object.bind(py)) {
            return self.java_object(value, None);
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
    fn subclass(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Walk {
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
    fn wrapped_scalar(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Walk {
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

    fn typed_list(&mut self, list: &Bound<'py, PyList>) -> Walk {
        let name = self.text_attribute(list.as_any(), |host| &host.names.java_type)?.unwrap_or_default();
        let (wire, plan) = list_type(&name)?;
        self.list(list, wire.as_deref(), &plan)
    }

    /// The class that a `TypedList` names, as Hessian writes it.
    fn own_list_type(&self, value: &Bound<'py, PyAny>) -> Walk<Option<String>> {
        if value.is_exact_instance_of::<PyList>() || !value.is_instance(self.host.typed_list.bind(self.py))? {
            return Ok(None);
        }
        match self.text_attribute(value, |host| &host.names.java_type)? {
            Some(name) => Ok(list_type(&name)?.0),
            None => Ok(None),
        }
    }

    /// An instance of a registered class.
    fn registered(&mut self, value: &Bound<'py, PyAny>, spec: &ClassSpec) -> Walk {
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

    /// A field or an array element: there Java widens a primitive `float`, and writes `java.sql` values as
    /// plain dates.
    fn element(&mut self, value: &Bound<'py, PyAny>, plan: &Plan) -> Walk {
        match plan {
            Plan::Float(super::plan::Null::Forbidden) => {
                let number = self.number(value, "float")? as f32;
                self.w.double(f64::from(number));
                Ok(())
            }
            Plan::Sql(_) if !value.is_instance(self.host.sql_value.bind(self.py))? => self.date(value),
            Plan::Sql(_) => self.date(&value.getattr(self.host.names.value.bind(self.py))?),
            _ => self.write(value, plan),
        }
    }

    fn enum_constant(
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

    /// A `JavaObject`; `original` is what it stands for, when it was made on the way.
    fn java_object(&mut self, object: &Bound<'py, PyAny>, original: Option<&Bound<'py, PyAny>>) -> Walk {
        let names = &self.host.names;
        let class = object.getattr(names.java_class.bind(self.py))?;
        let class = class.cast::<PyString>().map_err(|_| Fault::mismatch("a class name", &class))?;
        let fields = object.getattr(names.names.bind(self.py))?;
        let fields = fields.cast::<PyTuple>().map_err(PyErr::from)?;
        let values = object.getattr(names.values.bind(self.py))?;
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

    fn text_attribute(
        &self,
        value: &Bound<'py, PyAny>,
        name: impl Fn(&'py Host) -> &'py Py<PyString>,
    ) -> Walk<Option<String>> {
        Ok(value.getattr(name(self.host).bind(self.py))?.extract()?)
    }

    /// The mapping of a value's class, if it or a base of it is registered.
    fn spec_of(&self, value: &Bound<'py, PyAny>) -> Walk<Option<Bound<'py, ClassSpec>>> {
        let class = value.get_type();
        let found = match self.host.by_python.bind(self.py).get_item(&class)? {
            Some(found) => found,
            None => self.host.resolve_python.bind(self.py).call1((class,))?,
        };
        Ok(found.extract().map_err(PyErr::from)?)
    }

    fn spec_by_name(&self, class: &str) -> Walk<Option<Bound<'py, ClassSpec>>> {
        let found = match self.host.by_java.bind(self.py).get_item(class)? {
            Some(found) => found,
            None => self.host.resolve_java.bind(self.py).call1((class,))?,
        };
        Ok(found.extract().map_err(PyErr::from)?)
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

/// The UTF-16 units of a string, lone surrogates included.
pub(super) fn utf16_of(text: &Bound<'_, PyString>) -> Walk<Vec<u16>> {
    let encoded = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    let bytes = encoded.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes();
    Ok(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
}

#[cold]
fn out_of_range(value: &impl std::fmt::Display, java_type: &str) -> Fault {
    Fault::overflow(format!("value {value} out of range for {java_type}"))
}
