//! Hessian bytes to Python objects: the reader drives this builder, which creates each container before its
//! children, so that shared and cyclic objects come out as Java sent them.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use polydubbo::api::hessian::{ClassDef, DecodeError, Ended, Text, ValueBuilder};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyType};

use super::calendar;
use super::host::{Host, host};
use super::mapping::{self, Mapping, Role};
use super::object;
use super::spec::{ClassSpec, Field};

/// Builds Python objects. See [`ValueBuilder`].
pub(crate) struct Builder<'py> {
    py: Python<'py>,
    host: &'py Host,
    /// Keep what Java sent: `Long`, typed lists and maps, objects of JDK classes.
    lossless: bool,
    /// Mappings of this body; one or two, so searched linearly.
    mappings: Vec<(u64, Arc<Mapping>)>,
}

/// A value on its way into its container.
#[derive(Clone)]
pub(crate) enum Node<'py> {
    /// A value that may be a key of a dict: scalars, enum members, dates.
    Key(Bound<'py, PyAny>),
    /// A finished container or object.
    Value(Bound<'py, PyAny>),
    List(Bound<'py, PyList>),
    Set(Rc<SetNode<'py>>),
    Map(Rc<MapNode<'py>>),
    Object(Rc<ObjectNode<'py>>),
}

pub(crate) struct SetNode<'py> {
    items: Bound<'py, PyList>,
    hashable: Cell<bool>,
}

/// A map that is a dict until a key comes that a dict cannot hold apart.
pub(crate) struct MapNode<'py> {
    dict: Bound<'py, PyDict>,
    pairs: RefCell<Option<Bound<'py, PyAny>>>,
    /// Class of the first key, and whether another class followed.
    key_class: RefCell<Option<Bound<'py, PyType>>>,
    mixed: Cell<bool>,
    java_type: Option<String>,
}

pub(crate) struct ObjectNode<'py> {
    mapping: Arc<Mapping>,
    /// The object under construction; absent while only its values are collected.
    instance: Option<Bound<'py, PyAny>>,
    /// Where a `JavaObject` keeps its values.
    list: Option<Bound<'py, PyList>>,
    values: RefCell<Vec<Bound<'py, PyAny>>>,
}

/// A fault of the bytes, or an exception of Python code.
pub(crate) enum BuildError {
    Bytes(DecodeError),
    Python(PyErr),
}

impl From<DecodeError> for BuildError {
    fn from(error: DecodeError) -> Self {
        Self::Bytes(error)
    }
}

impl From<PyErr> for BuildError {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<BuildError> for PyErr {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Bytes(error) => crate::errors::serialization(&error.to_string()),
            BuildError::Python(error) => error,
        }
    }
}

type Result<T, E = BuildError> = std::result::Result<T, E>;

impl<'py> Builder<'py> {
    pub(crate) fn new(py: Python<'py>, lossless: bool) -> PyResult<Self> {
        Ok(Self { py, host: host(py)?, lossless, mappings: Vec::new() })
    }

    fn mapping(&mut self, class: &ClassDef) -> PyResult<Arc<Mapping>> {
        if let Some((_, known)) = self.mappings.iter().find(|(id, _)| *id == class.id()) {
            return Ok(Arc::clone(known));
        }
        let found = mapping::of(self.py, self.host, class, self.lossless)?;
        self.mappings.push((class.id(), Arc::clone(&found)));
        Ok(found)
    }

    /// `TypedList` or `Array`, for the lossless form.
    fn typed_list(&self, java_type: &str) -> PyResult<Node<'py>> {
        let class = self.host.typed_list.bind(self.py);
        let list = class.call1((java_name(java_type),))?;
        Ok(Node::List(list.cast_into::<PyList>()?))
    }

    fn new_bean(&self, spec: &ClassSpec) -> PyResult<Option<Bound<'py, PyAny>>> {
        match spec.construct {
            Some(_) => Ok(None),
            None => object::new_instance(self.host, spec.class.bind(self.py)).map(Some),
        }
    }

    fn new_unknown(
        &self,
        java_class: &Py<PyString>,
        names: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyList>)> {
        let own = &self.host.names;
        let instance = object::new_instance(self.host, self.host.java_object.bind(self.py))?;
        let values = PyList::empty(self.py);
        object::set(&instance, own.java_class.bind(self.py), java_class.bind(self.py).as_any())?;
        object::set(&instance, own.names.bind(self.py), names)?;
        object::set(&instance, own.values.bind(self.py), values.as_any())?;
        Ok((instance, values))
    }

    fn new_throwable(&self, class: &Py<PyType>, java_class: &Py<PyString>) -> PyResult<Bound<'py, PyAny>> {
        let own = &self.host.names;
        let class = class.bind(self.py);
        let error = class.call_method1(own.new.bind(self.py), (class,))?;
        if error.is_instance(self.host.remote_exception.bind(self.py))? {
            object::set(&error, own.java_class.bind(self.py), java_class.bind(self.py).as_any())?;
            object::set(&error, own.java_stack.bind(self.py), PyList::empty(self.py).as_any())?;
            object::set(&error, own.java_cause.bind(self.py), self.py.None().bind(self.py))?;
            object::set(&error, own.fields.bind(self.py), PyDict::new(self.py).as_any())?;
            object::set(&error, own.context.bind(self.py), PyDict::new(self.py).as_any())?;
            object::set(&error, own.attachments.bind(self.py), PyDict::new(self.py).as_any())?;
        }
        object::set(&error, own.java_message.bind(self.py), self.py.None().bind(self.py))?;
        Ok(error)
    }

    fn throwable_field(
        &self,
        error: &Bound<'py, PyAny>,
        spec: Option<&ClassSpec>,
        role: &Role,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let (py, names) = (self.py, &self.host.names);
        let is_remote = error.is_instance(self.host.remote_exception.bind(py))?;
        match role {
            Role::Message => {
                let args =
                    if value.is_none() { (PyString::new(py, "").into_any(),) } else { (value.clone(),) };
                error.setattr(names.args.bind(py), args)?;
                object::set(error, names.java_message.bind(py), &value)
            }
            // Java says "no cause" by naming the exception itself.
            Role::Cause if value.is(error) || value.is_none() => Ok(()),
            Role::Cause => {
                if value.is_instance_of::<pyo3::exceptions::PyBaseException>() {
                    error.setattr(names.cause.bind(py), &value)?;
                }
                if is_remote { object::set(error, names.java_cause.bind(py), &value) } else { Ok(()) }
            }
            Role::Stack if is_remote && value.is_instance_of::<PyList>() => {
                object::set(error, names.java_stack.bind(py), &value)
            }
            Role::Stack => Ok(()),
            Role::Suppressed if value.len().is_ok_and(|len| len == 0) || !is_remote => Ok(()),
            Role::Suppressed => error.getattr(names.fields.bind(py))?.set_item("suppressedExceptions", value),
            Role::Own(index) => match spec.and_then(|spec| spec.fields.get(*index)) {
                Some(field) => object::set(error, field.attribute.bind(py), &value),
                None => Ok(()),
            },
            Role::Other(name) if is_remote => error.getattr(names.fields.bind(py))?.set_item(name, value),
            Role::Other(_) => Ok(()),
        }
    }

    fn end_object(&self, node: &ObjectNode<'py>) -> PyResult<Ended<Node<'py>>> {
        match (&*node.mapping, &node.instance) {
            (Mapping::Bean { spec, fields, missing }, _) => self.end_bean(node, spec.get(), fields, missing),
            (Mapping::Enum { spec, name }, _) => self.end_enum(node, spec.get(), *name),
            (Mapping::Convert { function, names, java_class }, _) => {
                self.end_convert(node, function, names, java_class)
            }
            (Mapping::Throwable { .. } | Mapping::Unknown { .. }, Some(instance)) => {
                Ok(Ended::Same(Node::Value(instance.clone())))
            }
            (Mapping::Throwable { .. } | Mapping::Unknown { .. }, None) => {
                Err(crate::errors::internal("an object without an instance"))
            }
        }
    }

    fn end_bean(
        &self,
        node: &ObjectNode<'py>,
        spec: &ClassSpec,
        fields: &[Option<usize>],
        missing: &[usize],
    ) -> PyResult<Ended<Node<'py>>> {
        let Some(instance) = &node.instance else {
            return self.construct(node, spec, fields);
        };
        for &index in missing {
            let field = &spec.fields[index];
            let value = self.default_of(field)?;
            object::set(instance, field.attribute.bind(self.py), &value)?;
        }
        if spec.post_init {
            instance.call_method0("__post_init__")?;
        }
        Ok(Ended::Same(Node::Value(instance.clone())))
    }

    /// A class that cannot be filled field by field gets all of them at once.
    fn construct(
        &self,
        node: &ObjectNode<'py>,
        spec: &ClassSpec,
        fields: &[Option<usize>],
    ) -> PyResult<Ended<Node<'py>>> {
        let given = PyDict::new(self.py);
        for (value, index) in node.values.borrow().iter().zip(fields) {
            if let Some(index) = index {
                given.set_item(&spec.fields[*index].attribute, value)?;
            }
        }
        let made = match &spec.construct {
            Some(construct) => construct.bind(self.py).call((), Some(&given))?,
            None => spec.class.bind(self.py).call((), Some(&given))?,
        };
        Ok(Ended::Replaced(Node::Value(made)))
    }

    /// What a field holds that the sender did not know: its default, else what a JVM would put there.
    fn default_of(&self, field: &Field) -> PyResult<Bound<'py, PyAny>> {
        use super::plan::{Null, Plan};
        if let Some(default) = field.default.as_ref().filter(|default| !self.is_missing(default)) {
            return Ok(default.bind(self.py).clone());
        }
        if let Some(factory) = field.factory.as_ref().filter(|factory| !self.is_missing(factory)) {
            return factory.bind(self.py).call0();
        }
        Ok(match field.plan {
            Plan::Bool(Null::Forbidden) => PyBool::new(self.py, false).to_owned().into_any(),
            Plan::Int(_, Null::Forbidden) | Plan::Long(Null::Forbidden) => PyInt::new(self.py, 0).into_any(),
            Plan::Float(Null::Forbidden) | Plan::Double(Null::Forbidden) => {
                PyFloat::new(self.py, 0.0).into_any()
            }
            _ => self.py.None().into_bound(self.py),
        })
    }

    fn is_missing(&self, value: &Py<PyAny>) -> bool {
        value.is(self.host.missing.bind(self.py))
    }

    fn end_enum(&self, node: &ObjectNode<'py>, spec: &ClassSpec, name: usize) -> PyResult<Ended<Node<'py>>> {
        let values = node.values.borrow();
        let class = spec.class.bind(self.py);
        match values.get(name).map(|name| class.get_item(name)) {
            Some(Ok(member)) => Ok(Ended::Replaced(Node::Key(member))),
            // A constant that this program does not know yet.
            _ => {
                let name = values.get(name).cloned();
                let constant = self.host.java_enum.bind(self.py).call1((&*spec.java_name, name))?;
                Ok(Ended::Replaced(Node::Key(constant)))
            }
        }
    }

    fn end_convert(
        &self,
        node: &ObjectNode<'py>,
        function: &Py<PyAny>,
        names: &[Py<PyString>],
        java_class: &Py<PyString>,
    ) -> PyResult<Ended<Node<'py>>> {
        let values = node.values.borrow();
        let fields = PyDict::new(self.py);
        for (name, value) in names.iter().zip(values.iter()) {
            fields.set_item(name, value)?;
        }
        match function.bind(self.py).call1((fields,)) {
            Ok(value) => Ok(Ended::Replaced(Node::Key(value))),
            // A value that Python cannot hold stays as Java sent it.
            Err(error) if error.is_instance_of::<PyException>(self.py) => {
                let names = pyo3::types::PyTuple::new(self.py, names)?;
                let (instance, list) = self.new_unknown(java_class, names.as_any())?;
                for value in values.iter() {
                    list.append(value)?;
                }
                Ok(Ended::Replaced(Node::Value(instance)))
            }
            Err(error) => Err(error),
        }
    }

    fn end_set(&self, node: &SetNode<'py>) -> PyResult<Ended<Node<'py>>> {
        if !node.hashable.get() {
            return Ok(Ended::Same(Node::Value(node.items.as_any().clone())));
        }
        let set = PySet::empty(self.py)?;
        for item in &node.items {
            set.add(item)?;
        }
        Ok(Ended::Replaced(Node::Value(set.into_any())))
    }
}

impl<'py> MapNode<'py> {
    /// Puts an entry into the dict; false when a dict cannot hold its key, or hold it apart from another.
    fn put(&self, key: &Node<'py>, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let Node::Key(key) = key else { return Ok(false) };
        // `1`, `1.0` and `True` are one key to Python and three to Java.
        let class = key.get_type();
        let mixed = match &*self.key_class.borrow() {
            Some(first) => !first.is(&class),
            None => false,
        };
        self.mixed.set(self.mixed.get() || mixed);
        self.key_class.borrow_mut().get_or_insert(class);
        if self.mixed.get() && self.dict.contains(key)? {
            return Ok(false);
        }
        self.dict.set_item(key, value)?;
        Ok(true)
    }
}

impl<'py> Node<'py> {
    /// The Python object, finished or not.
    pub(crate) fn object(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Self::Key(value) | Self::Value(value) => value.clone(),
            Self::List(list) => list.as_any().clone(),
            Self::Set(set) => set.items.as_any().clone(),
            Self::Map(map) => map.dict.as_any().clone(),
            // Without an instance there is nothing yet that a child could refer to; the reader then
            // refuses the value, because what comes out at its end is another object.
            Self::Object(node) => node.instance.clone().unwrap_or_else(|| py.None().into_bound(py)),
        }
    }

    /// As [`Node::object`], for a value that goes into its container.
    fn into_object(self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Self::Key(value) | Self::Value(value) => value,
            other => other.object(py),
        }
    }
}

impl<'py> ValueBuilder for Builder<'py> {
    type Value = Node<'py>;
    type Error = BuildError;

    fn null(&mut self) -> Result<Node<'py>> {
        Ok(Node::Key(self.py.None().into_bound(self.py)))
    }

    fn bool(&mut self, value: bool) -> Result<Node<'py>> {
        Ok(Node::Key(PyBool::new(self.py, value).to_owned().into_any()))
    }

    fn int(&mut self, value: i32) -> Result<Node<'py>> {
        Ok(Node::Key(PyInt::new(self.py, value).into_any()))
    }

    fn long(&mut self, value: i64) -> Result<Node<'py>> {
        let number = PyInt::new(self.py, value).into_any();
        Ok(Node::Key(if self.lossless { self.host.long.bind(self.py).call1((number,))? } else { number }))
    }

    fn double(&mut self, value: f64) -> Result<Node<'py>> {
        Ok(Node::Key(PyFloat::new(self.py, value).into_any()))
    }

    fn date_ms(&mut self, ms: i64) -> Result<Node<'py>> {
        let (py, host) = (self.py, self.host);
        let date = match calendar::pickled(ms) {
            Some(state) => host.datetime.bind(py).call1((PyBytes::new(py, &state), host.utc.bind(py)))?,
            None => host.date_of.bind(py).call1((ms,))?,
        };
        Ok(Node::Key(date))
    }

    fn string(&mut self, text: Text<'_>) -> Result<Node<'py>> {
        if let Some(text) = text.as_str() {
            return Ok(Node::Key(PyString::new(self.py, text).into_any()));
        }
        let bytes = PyBytes::new(self.py, &text.to_wtf8());
        Ok(Node::Key(bytes.call_method1("decode", ("utf-8", "surrogatepass"))?))
    }

    fn binary(&mut self, data: Cow<'_, [u8]>) -> Result<Node<'py>> {
        Ok(Node::Key(PyBytes::new(self.py, &data).into_any()))
    }

    fn begin_list(&mut self, java_type: Option<&str>, _len: Option<usize>) -> Result<Node<'py>> {
        match java_type {
            Some(java_type) if self.lossless => Ok(self.typed_list(java_type)?),
            Some(java_type) if is_set(java_type) => {
                let items = PyList::empty(self.py);
                Ok(Node::Set(Rc::new(SetNode { items, hashable: Cell::new(true) })))
            }
            _ => Ok(Node::List(PyList::empty(self.py))),
        }
    }

    fn list_push(&mut self, list: &Node<'py>, item: Node<'py>) -> Result<()> {
        match list {
            Node::List(list) => list.append(item.into_object(self.py))?,
            Node::Set(set) => {
                set.hashable.set(set.hashable.get() && matches!(item, Node::Key(_)));
                set.items.append(item.into_object(self.py))?;
            }
            _ => return Err(crate::errors::internal("an element without a list").into()),
        }
        Ok(())
    }

    fn begin_map(&mut self, java_type: Option<&str>) -> Result<Node<'py>> {
        let dict = match java_type {
            Some(java_type) if self.lossless => self
                .host
                .typed_map
                .bind(self.py)
                .call1((java_type,))?
                .cast_into::<PyDict>()
                .map_err(PyErr::from)?,
            _ => PyDict::new(self.py),
        };
        let java_type = java_type.filter(|_| self.lossless).map(str::to_owned);
        Ok(Node::Map(Rc::new(MapNode {
            dict,
            pairs: RefCell::new(None),
            key_class: RefCell::new(None),
            mixed: Cell::new(false),
            java_type,
        })))
    }

    fn map_put(&mut self, map: &Node<'py>, key: Node<'py>, value: Node<'py>) -> Result<()> {
        let Node::Map(map) = map else {
            return Err(crate::errors::internal("an entry without a map").into());
        };
        let value = value.into_object(self.py);
        let mut pairs = map.pairs.borrow_mut();
        if pairs.is_none() {
            if map.put(&key, &value)? {
                return Ok(());
            }
            let entries = map.dict.call_method0("items")?;
            *pairs = Some(self.host.pair_map.bind(self.py).call1((entries, map.java_type.as_deref()))?);
        }
        if let Some(pairs) = &*pairs {
            pairs.call_method1("append", ((key.object(self.py), value),))?;
        }
        Ok(())
    }

    fn begin_object(&mut self, class: &Arc<ClassDef>) -> Result<Node<'py>> {
        let mapping = self.mapping(class)?;
        let mut list = None;
        let instance = match &*mapping {
            Mapping::Bean { spec, .. } => self.new_bean(spec.get())?,
            Mapping::Enum { .. } | Mapping::Convert { .. } => None,
            Mapping::Throwable { class, java_class, .. } => Some(self.new_throwable(class, java_class)?),
            Mapping::Unknown { names, java_class } => {
                let (instance, values) = self.new_unknown(java_class, names.bind(self.py).as_any())?;
                list = Some(values);
                Some(instance)
            }
        };
        Ok(Node::Object(Rc::new(ObjectNode { mapping, instance, list, values: RefCell::default() })))
    }

    fn field(&mut self, object: &Node<'py>, index: usize, value: Node<'py>) -> Result<()> {
        let Node::Object(node) = object else {
            return Err(crate::errors::internal("a field without an object").into());
        };
        let value = value.into_object(self.py);
        if let Some(list) = &node.list {
            list.append(value)?;
            return Ok(());
        }
        match (&*node.mapping, &node.instance) {
            (Mapping::Bean { spec, fields, .. }, Some(instance)) => {
                if let Some(field) = fields.get(index).copied().flatten() {
                    let spec = spec.get();
                    object::set(instance, spec.fields[field].attribute.bind(self.py), &value)?;
                }
            }
            (Mapping::Throwable { spec, fields, .. }, Some(error)) => {
                let spec = spec.as_ref().map(|spec| spec.get());
                if let Some(role) = fields.get(index) {
                    self.throwable_field(error, spec, role, value)?;
                }
            }
            _ => node.values.borrow_mut().push(value),
        }
        Ok(())
    }

    fn end(&mut self, container: Node<'py>) -> Result<Ended<Node<'py>>> {
        Ok(match container {
            Node::List(list) => Ended::Same(Node::Value(list.into_any())),
            Node::Set(set) => self.end_set(&set)?,
            Node::Map(map) => match map.pairs.borrow_mut().take() {
                None => Ended::Same(Node::Value(map.dict.as_any().clone())),
                Some(pairs) => Ended::Replaced(Node::Value(pairs)),
            },
            Node::Object(node) => self.end_object(&node)?,
            finished @ (Node::Key(_) | Node::Value(_)) => Ended::Same(finished),
        })
    }
}

/// Whether a list class is a set: Java's names say so.
fn is_set(java_type: &str) -> bool {
    !java_type.starts_with('[') && (java_type.ends_with("Set") || java_type.ends_with("$KeySet"))
}

/// Java's name of a list type: `[int` is `int[]`.
fn java_name(wire: &str) -> String {
    let component = wire.trim_start_matches('[');
    let dimensions = wire.len() - component.len();
    let component = match component {
        _ if dimensions == 0 => component,
        "string" => "java.lang.String",
        "object" => "java.lang.Object",
        "date" => "java.util.Date",
        other => other,
    };
    format!("{component}{}", "[]".repeat(dimensions))
}
