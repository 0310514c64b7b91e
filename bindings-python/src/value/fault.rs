//! Why a Python value cannot be encoded, and where in the arguments it stands.

use std::fmt::Write as _;

use polydubbo::api::hessian::EncodeError;
use pyo3::PyErr;
use pyo3::prelude::*;

/// An error on its way out of nested values; each level adds its step to the path.
pub(crate) struct Fault(Box<Inner>);

struct Inner {
    kind: Kind,
    /// Innermost step first.
    path: Vec<Step>,
}

enum Kind {
    Type(String),
    Overflow(String),
    Value(String),
    /// Raised by Python code that ran on the way; keeps its type.
    Python(PyErr),
}

enum Step {
    Index(usize),
    Name(String),
}

/// Steps beyond this many are dropped: a cycle of faults is impossible, but depth is up to the user.
const MAX_STEPS: usize = 32;

pub(crate) type Walk<T = ()> = Result<T, Fault>;

impl Fault {
    fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, path: Vec::new() }))
    }

    #[cold]
    pub(crate) fn of_type(text: impl Into<String>) -> Self {
        Self::new(Kind::Type(text.into()))
    }

    #[cold]
    pub(crate) fn overflow(text: impl Into<String>) -> Self {
        Self::new(Kind::Overflow(text.into()))
    }

    #[cold]
    pub(crate) fn value(text: impl Into<String>) -> Self {
        Self::new(Kind::Value(text.into()))
    }

    /// The value is not of the declared type.
    #[cold]
    pub(crate) fn mismatch(expected: &str, found: &Bound<'_, PyAny>) -> Self {
        let found = found.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
        Self::of_type(format!("expected {expected}, got {found}"))
    }

    /// Adds the index of a list element.
    pub(crate) fn at(mut self, index: usize) -> Self {
        self.step(Step::Index(index));
        self
    }

    /// Adds the name of a field, or the key of an entry.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.step(Step::Name(name.chars().take(128).collect()));
        self
    }

    fn step(&mut self, step: Step) {
        if self.0.path.len() < MAX_STEPS {
            self.0.path.push(step);
        }
    }

    /// The exception to raise: `args[1].items[3].price: expected double, got str`.
    pub(crate) fn raise(self, root: &str) -> PyErr {
        let Inner { kind, path } = *self.0;
        let mut place = root.to_owned();
        for step in path.iter().rev() {
            let _ = match step {
                Step::Index(index) => write!(place, "[{index}]"),
                Step::Name(name) => write!(place, ".{name}"),
            };
        }
        match kind {
            Kind::Type(text) => crate::errors::argument("ArgumentTypeError", &format!("{place}: {text}")),
            Kind::Overflow(text) => {
                crate::errors::argument("ArgumentRangeError", &format!("{place}: {text}"))
            }
            Kind::Value(text) => crate::errors::argument("ArgumentValueError", &format!("{place}: {text}")),
            Kind::Python(error) => crate::errors::located(error, &place),
        }
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::new(Kind::Python(error))
    }
}

impl From<EncodeError> for Fault {
    fn from(error: EncodeError) -> Self {
        Self::value(error.to_string())
    }
}
