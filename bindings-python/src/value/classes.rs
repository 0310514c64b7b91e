//! Class definitions of objects that have no registered class, made once for each shape.

use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use polydubbo::api::hessian::ClassDef;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use rustc_hash::FxHashMap;

use super::fault::{Fault, Walk};

/// Shapes by class name. Class names come from the program, so there are few; one that makes them up starts anew.
static SHAPES: LazyLock<Mutex<Shapes>> = LazyLock::new(Mutex::default);

type Shapes = FxHashMap<Box<str>, Vec<Arc<ClassDef>>>;

const MAX_CLASSES: usize = 4096;
const MAX_SHAPES: usize = 16;

/// The definition of a class with these fields.
pub(super) fn definition<F: AsRef<str>>(class: &str, fields: &[F]) -> Walk<Arc<ClassDef>> {
    find(class, |known| {
        known.len() == fields.len()
            && known.iter().zip(fields).all(|(known, field)| **known == *field.as_ref())
    })
    .map_or_else(|| make(class, fields.iter().map(AsRef::as_ref)), Ok)
}

/// The definition of a `JavaObject`.
pub(super) fn definition_of(class: &Bound<'_, PyString>, fields: &Bound<'_, PyTuple>) -> Walk<Arc<ClassDef>> {
    let mut names = Vec::with_capacity(fields.len());
    for field in fields {
        names.push(field.extract::<pyo3::pybacked::PyBackedStr>()?);
    }
    definition(class.to_str()?, &names)
}

fn find(class: &str, is_same: impl Fn(&[Box<str>]) -> bool) -> Option<Arc<ClassDef>> {
    let shapes = SHAPES.lock();
    shapes.get(class)?.iter().find(|known| is_same(known.fields())).cloned()
}

fn make<'a>(class: &str, fields: impl Iterator<Item = &'a str>) -> Walk<Arc<ClassDef>> {
    let made = ClassDef::new(class, fields).map_err(Fault::from)?;
    let mut shapes = SHAPES.lock();
    if shapes.len() >= MAX_CLASSES {
        shapes.clear();
    }
    let known = shapes.entry(class.into()).or_default();
    if known.len() >= MAX_SHAPES {
        known.clear();
    }
    known.push(Arc::clone(&made));
    Ok(made)
}
