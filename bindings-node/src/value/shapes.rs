//! Numbers for the kinds of containers: classes, and lists and maps by their Java type.

use std::sync::Arc;

use polydubbo::api::hessian::ClassDef;
use rustc_hash::FxHashMap;

/// Shapes that are kept; peers choose how many there are.
const MAX_SHAPES: u32 = 4096;

/// The numbers that JavaScript knows, and those that it is yet to be told.
#[derive(Debug)]
pub(super) struct Shapes {
    classes: FxHashMap<u64, u32>,
    /// By type name; the second is for values that stay exact.
    lists: [FxHashMap<Box<str>, u32>; 2],
    maps: [FxHashMap<Box<str>, u32>; 2],
    next: u32,
    pub(super) fresh: Vec<(u32, Shape)>,
}

/// What a number stands for.
#[derive(Debug)]
pub(super) enum Shape {
    Class(Arc<ClassDef>),
    List { java_type: Box<str>, exact: bool },
    Map { java_type: Box<str>, exact: bool },
}

impl Default for Shapes {
    fn default() -> Self {
        let (classes, lists, maps) = Default::default();
        Self { classes, lists, maps, next: Self::FIRST, fresh: Vec::new() }
    }
}

impl Shapes {
    /// A list without a type.
    pub(super) const ARRAY: u32 = 0;
    /// A map without a type.
    const MAP: u32 = 1;
    const FIRST: u32 = 2;

    /// True when numbers should be given anew, which is possible between plans only.
    pub(super) fn is_full(&self) -> bool {
        self.next >= MAX_SHAPES
    }

    /// Forgets all numbers.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets the numbers of classes.
    pub(super) fn forget_classes(&mut self) {
        self.classes.clear();
    }

    pub(super) fn class(&mut self, class: &Arc<ClassDef>) -> u32 {
        if let Some(known) = self.classes.get(&class.id()) {
            return *known;
        }
        let number = self.add(Shape::Class(Arc::clone(class)));
        self.classes.insert(class.id(), number);
        number
    }

    pub(super) fn list(&mut self, java_type: Option<&str>, exact: bool) -> u32 {
        let Some(java_type) = java_type else { return Self::ARRAY };
        if let Some(known) = self.lists[usize::from(exact)].get(java_type) {
            return *known;
        }
        let number = self.add(Shape::List { java_type: java_type.into(), exact });
        self.lists[usize::from(exact)].insert(java_type.into(), number);
        number
    }

    pub(super) fn map(&mut self, java_type: Option<&str>, exact: bool) -> u32 {
        let Some(java_type) = java_type else { return Self::MAP };
        if let Some(known) = self.maps[usize::from(exact)].get(java_type) {
            return *known;
        }
        let number = self.add(Shape::Map { java_type: java_type.into(), exact });
        self.maps[usize::from(exact)].insert(java_type.into(), number);
        number
    }

    fn add(&mut self, shape: Shape) -> u32 {
        let number = self.next;
        self.next += 1;
        self.fresh.push((number, shape));
        number
    }
}
