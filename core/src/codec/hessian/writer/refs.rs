//! Which host objects a body holds already, and when to refer to them.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Slot;

/// Up to so many objects are searched linearly.
const LINEAR: usize = 16;

/// When a host object that was written before is written as a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefPolicy {
    /// Whenever the reader is sure to number slots as the writer does, and always for cycles.
    #[default]
    Auto,
    /// Always, as Java does.
    Always,
    /// Only for cycles; shared objects are written again.
    CyclesOnly,
}

/// Slots by identity, in the order of writing so that a rollback can forget the newest.
#[derive(Default)]
pub(super) struct Identities {
    pub(super) policy: RefPolicy,
    entries: Vec<Entry>,
    /// Present once the entries have outgrown a linear search. Boxed, because a writer moves about and few have one.
    index: Option<Box<FxHashMap<usize, Slot>>>,
    /// First slot that readers may have numbered otherwise.
    suspect_from: Option<Slot>,
}

struct Entry {
    identity: usize,
    slot: Slot,
    /// Keeps the address from being used again in this body.
    _alive: Option<Arc<dyn Any + Send + Sync>>,
}

/// How much [`Identities`] held at a mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdentityMark {
    entries: usize,
    suspect_from: Option<Slot>,
}

impl Identities {
    pub(super) fn seen(&self, identity: usize, is_open: impl Fn(Slot) -> bool) -> Option<Slot> {
        let slot = self.find(identity)?;
        let is_sure = match self.policy {
            RefPolicy::Always => true,
            RefPolicy::CyclesOnly => false,
            RefPolicy::Auto => self.suspect_from.is_none_or(|from| slot < from),
        };
        (is_sure || is_open(slot)).then_some(slot)
    }

    fn find(&self, identity: usize) -> Option<Slot> {
        if let Some(index) = &self.index {
            return index.get(&identity).copied();
        }
        // The newest entry wins: an object that was written again has two slots.
        self.entries.iter().rev().find(|entry| entry.identity == identity).map(|entry| entry.slot)
    }

    pub(super) fn remember(
        &mut self,
        identity: usize,
        slot: Slot,
        alive: Option<Arc<dyn Any + Send + Sync>>,
    ) {
        self.entries.push(Entry { identity, slot, _alive: alive });
        match &mut self.index {
            Some(index) => drop(index.insert(identity, slot)),
            None if self.entries.len() > LINEAR => self.rebuild(),
            None => {}
        }
    }

    /// Notes that a class follows whose slots some readers count otherwise.
    pub(super) fn note_suspect(&mut self, slot: Slot) {
        self.suspect_from.get_or_insert(slot);
    }

    pub(super) fn mark(&self) -> IdentityMark {
        IdentityMark { entries: self.entries.len(), suspect_from: self.suspect_from }
    }

    pub(super) fn rollback(&mut self, mark: IdentityMark) {
        if self.entries.len() > mark.entries {
            self.entries.truncate(mark.entries);
            self.rebuild();
        }
        self.suspect_from = mark.suspect_from;
    }

    /// Forgets everything, the policy too.
    pub(super) fn clear(&mut self) {
        self.policy = RefPolicy::default();
        self.entries.clear();
        self.index = None;
        self.suspect_from = None;
    }

    fn rebuild(&mut self) {
        let all = self.entries.iter().map(|entry| (entry.identity, entry.slot));
        self.index = (self.entries.len() > LINEAR).then(|| Box::new(all.collect()));
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").field("policy", &self.policy).field("len", &self.entries.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_found_on_both_sides_of_the_linear_limit() {
        let mut identities = Identities::default();
        for identity in 0..100 {
            identities.remember(identity, identity as Slot + 7, None);
            assert_eq!(identities.seen(identity / 2, |_| false), Some((identity / 2) as Slot + 7));
        }
        assert_eq!(identities.seen(100, |_| false), None);
    }

    #[test]
    fn rollback_forgets_only_what_came_after_the_mark() {
        let mut identities = Identities::default();
        (0..10).for_each(|identity| identities.remember(identity, identity as Slot, None));
        let mark = identities.mark();
        (10..40).for_each(|identity| identities.remember(identity, identity as Slot, None));
        identities.rollback(mark);
        assert_eq!(identities.seen(9, |_| false), Some(9));
        assert_eq!(identities.seen(10, |_| false), None);
    }

    #[test]
    fn after_a_suspect_class_only_sure_slots_are_referred_to() {
        let mut identities = Identities::default();
        identities.remember(1, 0, None);
        identities.note_suspect(1);
        identities.remember(2, 2, None);
        assert_eq!(identities.seen(1, |_| false), Some(0));
        assert_eq!(identities.seen(2, |_| false), None);
        assert_eq!(identities.seen(2, |slot| slot == 2), Some(2));
        identities.policy = RefPolicy::Always;
        assert_eq!(identities.seen(2, |_| false), Some(2));
    }
}
