//! What a body remembers between values: to continue it elsewhere, or to take a value back.

use std::sync::Arc;

use smallvec::SmallVec;

use super::refs::IdentityMark;
use super::{Frame, Slot, Writer};
use crate::codec::hessian::class_def::ClassDef;

/// The tables of a body after its last value, with which the body can be continued.
#[derive(Debug, Clone, Default)]
pub struct TableState {
    pub(super) slots: Slot,
    pub(super) classes: SmallVec<[Arc<ClassDef>; 2]>,
    pub(super) types: SmallVec<[Box<str>; 1]>,
}

impl TableState {
    /// Number of lists, maps and objects so far.
    #[must_use]
    pub fn slots(&self) -> Slot {
        self.slots
    }

    /// The class definitions so far, by class index.
    #[must_use]
    pub fn classes(&self) -> &[Arc<ClassDef>] {
        &self.classes
    }
}

/// A place in a body to which [`Writer::rollback`] returns.
#[derive(Debug, Clone)]
pub struct Mark {
    len: usize,
    slots: Slot,
    classes: usize,
    types: usize,
    innermost: Frame,
    outer: SmallVec<[Frame; 4]>,
    identities: IdentityMark,
}

impl Writer {
    /// Notes the present place.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            len: self.out.len(),
            slots: self.slots,
            classes: self.classes.len(),
            types: self.types.len(),
            innermost: self.innermost,
            outer: self.outer.clone(),
            identities: self.identities.mark(),
        }
    }

    /// Takes back everything written since the mark, which must be of this writer.
    pub fn rollback(&mut self, mark: &Mark) {
        self.out.truncate(mark.len);
        self.slots = mark.slots;
        self.classes.truncate(mark.classes);
        self.types.truncate(mark.types);
        self.innermost = mark.innermost;
        self.outer.clone_from(&mark.outer);
        self.identities.rollback(mark.identities);
    }

    /// The buffer as written so far.
    #[must_use]
    pub fn buffer(&self) -> &[u8] {
        &self.out
    }
}
