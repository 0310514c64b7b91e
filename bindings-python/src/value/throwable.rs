//! Exceptions to Java throwables.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::classes;
use super::fault::Walk;
use super::plan::Plan;
use super::spec::{ClassSpec, THROWABLE_FIELDS};
use super::walk::Walker;

const FRAME_FIELDS: [&str; 4] = ["declaringClass", "methodName", "fileName", "lineNumber"];

impl<'py> Walker<'_, 'py> {
    /// Writes an exception as the Java class it is registered for, or says it is; any other as a
    /// `RuntimeException` that names its Python class.
    pub(super) fn throwable(&mut self, error: &Bound<'py, PyAny>, spec: Option<&ClassSpec>) -> Walk {
        let host = self.host;
        let is_remote = error.is_instance(host.remote_exception.bind(self.py))?;
        let extra = match (spec, is_remote) {
            (None, true) => Some(
                error.getattr(host.names.fields.bind(self.py))?.cast_into::<PyDict>().map_err(PyErr::from)?,
            ),
            _ => None,
        };
        let slot = match (spec, &extra) {
            (Some(spec), _) => self.w.begin_object(&spec.definition)?,
            (None, Some(fields)) => {
                let class: String = error.getattr(host.names.java_class.bind(self.py))?.extract()?;
                let mut names: Vec<String> = THROWABLE_FIELDS.iter().map(|&name| name.to_owned()).collect();
                for name in fields.keys() {
                    names.push(name.extract()?);
                }
                self.w.begin_object(&classes::definition(&class, &names)?)?
            }
            (None, None) => {
                self.w.begin_object(&classes::definition("java.lang.RuntimeException", &THROWABLE_FIELDS)?)?
            }
        };
        self.remember(error, slot);
        self.message(error, spec.is_some() || is_remote)?;
        self.cause(error, slot)?;
        self.stack(error, is_remote)?;
        self.w.begin_list(Some("java.util.Collections$EmptyList"), 0)?;
        if let Some(spec) = spec {
            for field in spec.fields.iter().filter(|field| !THROWABLE_FIELDS.contains(&&*field.wire)) {
                let value = match error.getattr_opt(field.attribute.bind(self.py))? {
                    Some(value) => value,
                    None => self.py.None().into_bound(self.py),
                };
                match value.is_none() {
                    true => self.w.null(),
                    false => self.write(&value, &field.plan).map_err(|fault| fault.in_field(&field.wire))?,
                }
            }
        }
        for (name, value) in extra.iter().flat_map(|fields| fields.iter()) {
            self.write(&value, &Plan::Any).map_err(|fault| fault.in_field(&name.to_string()))?;
        }
        Ok(())
    }

    /// The message: Java's own where the exception has one, else what Python prints.
    fn message(&mut self, error: &Bound<'py, PyAny>, is_java: bool) -> Walk {
        let own = match error.getattr_opt(self.host.names.java_message.bind(self.py))? {
            Some(message) => message,
            None => error.str()?.into_any(),
        };
        if own.is_none() {
            self.w.null();
            return Ok(());
        }
        let text = own.str()?;
        if is_java {
            return self.write(text.as_any(), &Plan::Str);
        }
        let named = format!("{}: {}", error.get_type().name()?, text.to_string_lossy());
        self.write(PyString::new(self.py, &named).as_any(), &Plan::Str)
    }

    /// The cause; Java says "none" by naming the exception itself.
    fn cause(&mut self, error: &Bound<'py, PyAny>, slot: u32) -> Walk {
        let cause = error.getattr(self.host.names.cause.bind(self.py))?;
        if cause.is_none() || cause.is(error) {
            return Ok(self.w.reference(slot)?);
        }
        self.write(&cause, &Plan::Any).map_err(|fault| fault.in_field("cause"))
    }

    /// The stack that came with the exception from another peer. Python's own frames stay here.
    fn stack(&mut self, error: &Bound<'py, PyAny>, is_remote: bool) -> Walk {
        let frames: Vec<(String, String, Option<String>, i32)> = match is_remote {
            true => error.getattr(self.host.names.java_stack.bind(self.py))?.extract()?,
            false => Vec::new(),
        };
        self.w.begin_list(Some("[java.lang.StackTraceElement"), frames.len())?;
        let definition = classes::definition("java.lang.StackTraceElement", &FRAME_FIELDS)?;
        for (class, method, file, line) in frames {
            self.w.begin_object(&definition)?;
            self.w.string(&class);
            self.w.string(&method);
            match file {
                Some(file) => self.w.string(&file),
                None => self.w.null(),
            }
            self.w.int(line);
        }
        Ok(())
    }
}
