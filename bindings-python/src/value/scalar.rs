//! Scalars of a declared type, with Java's ranges.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};

use super::classes;
use super::fault::{Fault, Walk};
use super::plan::IntKind;
use super::walk::Walker;

impl<'py> Walker<'_, 'py> {
    pub(super) fn bool(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let value = value.cast::<PyBool>().map_err(|_| Fault::mismatch("bool", value))?;
        self.w.bool(value.is_true());
        Ok(())
    }

    pub(super) fn int(&mut self, value: &Bound<'py, PyAny>, kind: IntKind) -> Walk {
        let number = self.integer(value, kind.name())?;
        match i32::try_from(number) {
            Ok(number) if kind.holds(number) => self.w.int(number),
            _ => return Err(out_of_range(&number, kind.name())),
        }
        Ok(())
    }

    pub(super) fn long(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let number = self.integer(value, "long")?;
        self.w.long(number);
        Ok(())
    }

    /// An integer that fits 64 bits; a bool or a float is none, even when it would fit.
    pub(super) fn integer(&self, value: &Bound<'py, PyAny>, expected: &str) -> Walk<i64> {
        if value.is_instance_of::<PyBool>() {
            return Err(Fault::mismatch(expected, value));
        }
        // Also NumPy's integers, which are no `int` but have `__index__`.
        if !value.is_instance_of::<PyInt>() && !value.hasattr("__index__").unwrap_or(false) {
            return Err(Fault::mismatch(expected, value));
        }
        value.extract::<i64>().map_err(|_| out_of_range(value, expected))
    }

    pub(super) fn float(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let number = self.number(value, "float")?;
        let narrow = number as f32;
        if narrow.is_infinite() && number.is_finite() {
            return Err(out_of_range(&number, "float"));
        }
        self.w.float(narrow);
        Ok(())
    }

    pub(super) fn double(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let number = self.number(value, "double")?;
        self.w.double(number);
        Ok(())
    }

    pub(super) fn number(&self, value: &Bound<'py, PyAny>, expected: &str) -> Walk<f64> {
        let is_number = value.is_instance_of::<PyFloat>()
            || (value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>())
            || (!value.is_instance_of::<PyBool>() && value.hasattr("__float__").unwrap_or(false));
        if !is_number {
            return Err(Fault::mismatch(expected, value));
        }
        Ok(value.extract::<f64>()?)
    }

    pub(super) fn char(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let text = value.cast::<PyString>().map_err(|_| Fault::mismatch("a character", value))?;
        let units = utf16_of(text)?;
        if units.len() != 1 {
            return Err(Fault::value(format!("a char is one UTF-16 unit, not {}", units.len())));
        }
        self.w.string_utf16(&units);
        Ok(())
    }

    pub(super) fn string(&mut self, value: &Bound<'py, PyAny>) -> Walk {
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

    pub(super) fn bytes(&mut self, value: &Bound<'py, PyAny>) -> Walk {
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

    pub(super) fn date(&mut self, value: &Bound<'py, PyAny>) -> Walk {
        let host = self.host;
        let is_date =
            value.is_instance(host.datetime.bind(self.py))? || value.is_instance(host.jdate.bind(self.py))?;
        if !is_date {
            return Err(Fault::mismatch("datetime", value));
        }
        let ms = match self.exact_ms(value)? {
            Some(ms) => ms,
            None => host.ms_of.bind(self.py).call1((value,))?.extract()?,
        };
        self.w.date_ms(ms);
        Ok(())
    }

    /// Milliseconds since 1970, cut below, where no function of Python's own is needed.
    fn exact_ms(&self, value: &Bound<'py, PyAny>) -> Walk<Option<i64>> {
        let py = self.py;
        if !value.is_exact_instance(self.host.datetime.bind(py)) {
            return Ok(None);
        }
        if value.getattr(intern!(py, "tzinfo"))?.is_none() {
            let stamp: f64 = value.call_method0(intern!(py, "timestamp"))?.extract()?;
            // Until the year 2096 the steps of a double are below half a microsecond.
            let exact = stamp.abs() < 4e9;
            return Ok(exact.then(|| ((stamp * 1e6).round() as i64).div_euclid(1000)));
        }
        let since = value.sub(self.host.epoch.bind(py))?;
        let days: i64 = since.getattr(intern!(py, "days"))?.extract()?;
        let seconds: i64 = since.getattr(intern!(py, "seconds"))?.extract()?;
        let microseconds: i64 = since.getattr(intern!(py, "microseconds"))?.extract()?;
        Ok(Some((days * 86_400 + seconds) * 1000 + microseconds / 1000))
    }

    /// A `java.sql` value: an object around a date.
    pub(super) fn sql(&mut self, value: &Bound<'py, PyAny>, class: &str) -> Walk {
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
}

/// The UTF-16 units of a string, lone surrogates included.
fn utf16_of(text: &Bound<'_, PyString>) -> Walk<Vec<u16>> {
    let encoded = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    let bytes = encoded.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes();
    Ok(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
}

#[cold]
fn out_of_range(value: &impl std::fmt::Display, java_type: &str) -> Fault {
    Fault::overflow(format!("value {value} out of range for {java_type}"))
}
