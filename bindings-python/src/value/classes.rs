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

type Shapes = FxHashMap<Box<str>, Vec<Shape>>;

struct Shape {
    definition: Arc<ClassDef>,
    /// The names of the last `JavaObject` of this shape: all objects that came with one definition share them.
    names: Option<Py<PyTuple>>,
}

const MAX_CLASSES: usize = 4096;
const MAX_SHAPES: usize = 16;

impl Shape {
    fn has<F: AsRef<str>>(&self, fields: &[F]) -> bool {
        let known = self.definition.fields();
        known.len() == fields.len()
            && known.iter().zip(fields).all(|(known, field)| **known == *field.as_ref())
    }

    fn is_of(&self, fields: &Bound<'_, PyTuple>) -> bool {
        self.names.as_ref().is_some_and(|names| names.is(fields))
    }
}

/// The definition of a class with these fields.
pub(super) fn definition<F: AsRef<str>>(class: &str, fields: &[F]) -> Walk<Arc<ClassDef>> {
    find(class, |shape| shape.has(fields)).map_or_else(|| make(class, fields, None), Ok)
}

/// The definition of a `JavaObject`.
pub(super) fn definition_of(class: &Bound<'_, PyString>, fields: &Bound<'_, PyTuple>) -> Walk<Arc<ClassDef>> {
    let class = class.to_str()?;
    if let Some(known) = find(class, |shape| shape.is_of(fields)) {
        return Ok(known);
    }
    let mut names = Vec::with_capacity(fields.len());
    for field in fields {
        names.push(field.extract::<pyo3::pybacked::PyBackedStr>()?);
    }
    let mut own = Some(fields.clone().unbind());
    let known = {
        let mut shapes = SHAPES.lock();
        let shape = shapes.get_mut(class).and_then(|all| all.iter_mut().find(|shape| shape.has(&names)));
        shape.map(|shape| {
            std::mem::swap(&mut shape.names, &mut own);
            Arc::clone(&shape.definition)
        })
    };
    known.map_or_else(|| make(class, &names, own), Ok)
}

fn find(class: &str, is_same: impl Fn(&Shape) -> bool) -> Option<Arc<ClassDef>> {
    let shapes = SHAPES.lock();
    let found = shapes.get(class)?.iter().find(|shape| is_same(shape));
    found.map(|shape| Arc::clone(&shape.definition))
}

fn make<F: AsRef<str>>(class: &str, fields: &[F], names: Option<Py<PyTuple>>) -> Walk<Arc<ClassDef>> {
    let definition = ClassDef::new(class, fields.iter().map(AsRef::as_ref)).map_err(Fault::from)?;
    let mut shapes = SHAPES.lock();
    let all = if shapes.len() >= MAX_CLASSES { std::mem::take(&mut *shapes) } else { Shapes::default() };
    let known = shapes.entry(class.into()).or_default();
    let some = if known.len() >= MAX_SHAPES { std::mem::take(known) } else { Vec::new() };
    known.push(Shape { definition: Arc::clone(&definition), names });
    drop(shapes);
    // Here and above, Python objects are dropped without the lock: a destructor may run Python code.
    drop((all, some));
    Ok(definition)
}
