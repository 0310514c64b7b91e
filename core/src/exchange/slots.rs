//! The calls of one connection that wait for an answer.
//!
//! A call is a slot in a vector; its id names the slot and the generation of the slot, so finding
//! the call of a response is an array access, and a late or forged id never hits another call.

use super::clock::{self, Tick};
use super::outcome::Outcome;

/// How slot and generation form an id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdFormat {
    index_bits: u32,
    generation_mask: u64,
    salt: u64,
}

impl IdFormat {
    /// Ids below 2^53, which also a peer that keeps ids in a floating-point number echoes exactly.
    pub(crate) const fn wide(salt: u64) -> Self {
        Self::new(20, 33, salt)
    }

    /// Ids below 2^31, for peers that keep 32 bits.
    pub(crate) const fn narrow(salt: u64) -> Self {
        Self::new(19, 12, salt)
    }

    const fn new(index_bits: u32, generation_bits: u32, salt: u64) -> Self {
        let mask = (1 << (index_bits + generation_bits)) - 1;
        Self { index_bits, generation_mask: (1 << generation_bits) - 1, salt: salt & mask }
    }

    const fn capacity(self) -> usize {
        1 << self.index_bits
    }

    const fn id(self, index: u32, generation: u64) -> i64 {
        ((generation << self.index_bits | index as u64) ^ self.salt) as i64
    }

    /// Ids that were never given out yield an index or generation that no slot has.
    const fn split(self, id: i64) -> (usize, u64) {
        let plain = id as u64 ^ self.salt;
        ((plain & (self.capacity() as u64 - 1)) as usize, plain >> self.index_bits)
    }
}

/// A call that was handed to the connection.
#[derive(Debug)]
pub(crate) struct Waiting<W> {
    /// Whom to tell; taken when the wait ends.
    notify: Option<W>,
    /// When the call fails.
    pub(crate) deadline: Tick,
    /// The span between submission and `deadline`.
    pub(crate) timeout: u32,
    /// Position in the outgoing stream behind the last byte of the request.
    pub(crate) end: u64,
}

/// States are changed in place and what they hold is taken out piece by piece: a state moved as a whole is put together
/// in memory and read back at once in other pieces, which processors are slow at.
#[derive(Debug)]
enum State<W> {
    Free { next: u32 },
    Waiting(Waiting<W>),
    Done(Option<Outcome>),
}

/// A cache line, so that each of the three visits to a slot costs one at most.
#[derive(Debug)]
#[repr(align(64))]
struct Slot<W> {
    generation: u64,
    state: State<W>,
}

/// End of the list of free slots.
const NONE: u32 = u32::MAX;

/// The slots of one connection.
#[derive(Debug)]
pub(crate) struct SlotTable<W> {
    slots: Vec<Slot<W>>,
    free: u32,
    waiting: u32,
    occupied: u32,
    format: IdFormat,
}

impl<W> SlotTable<W> {
    pub(crate) const fn new(format: IdFormat) -> Self {
        Self { slots: Vec::new(), free: NONE, waiting: 0, occupied: 0, format }
    }

    /// Calls that wait for an answer.
    pub(crate) const fn count(&self) -> u32 {
        self.waiting
    }

    /// Takes a slot for a call and returns its id; `None` when all ids are in use.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        notify: impl Into<W>,
        deadline: Tick,
        timeout: u32,
        end: u64,
    ) -> Option<i64> {
        let index = self.allocate()?;
        let slot = &mut self.slots[index as usize];
        slot.state = State::Waiting(Waiting { notify: Some(notify.into()), deadline, timeout, end });
        self.waiting += 1;
        Some(self.format.id(index, slot.generation))
    }

    /// An id for a message that nobody answers.
    pub(crate) fn pass(&mut self) -> Option<i64> {
        let index = self.allocate()?;
        let id = self.format.id(index, self.slots[index as usize].generation);
        self.release(index as usize);
        Some(id)
    }

    /// The call that waits under `id`.
    pub(crate) fn waiting(&self, id: i64) -> Option<&Waiting<W>> {
        let (index, generation) = self.format.split(id);
        match self.slots.get(index)? {
            Slot { generation: current, state: State::Waiting(waiting) } if *current == generation => {
                Some(waiting)
            }
            _ => None,
        }
    }

    /// Whom to tell about call `id`, while it waits.
    pub(crate) fn notify_mut(&mut self, id: i64) -> Option<&mut W> {
        match self.find(id)? {
            (_, State::Waiting(waiting)) => waiting.notify.as_mut(),
            _ => None,
        }
    }

    /// Ends the wait under `id` and frees the slot; returns whom to tell.
    pub(crate) fn remove(&mut self, id: i64) -> Option<W> {
        let (index, State::Waiting(waiting)) = self.find(id)? else { return None };
        let notify = waiting.notify.take();
        self.release(index);
        self.waiting -= 1;
        notify
    }

    /// Ends the wait under `id` and keeps the outcome until it is taken; returns whom to tell.
    #[inline]
    pub(crate) fn finish(&mut self, id: i64, outcome: Outcome) -> Option<W> {
        let (_, state) = self.find(id)?;
        let State::Waiting(waiting) = state else { return None };
        let notify = waiting.notify.take();
        *state = State::Done(Some(outcome));
        self.waiting -= 1;
        notify
    }

    /// Takes the outcome of call `id` and frees the slot; `None` while the call waits.
    #[inline]
    pub(crate) fn take(&mut self, id: i64) -> Option<Outcome> {
        let (index, State::Done(outcome)) = self.find(id)? else { return None };
        let outcome = outcome.take();
        self.release(index);
        outcome
    }

    /// Collects the ids of the calls whose deadline has passed, and returns the earliest deadline
    /// of the others.
    pub(crate) fn overdue(&self, now: Tick, ids: &mut Vec<i64>) -> Option<Tick> {
        let mut earliest = None;
        for (index, slot) in self.slots.iter().enumerate() {
            let State::Waiting(waiting) = &slot.state else { continue };
            if clock::passed(waiting.deadline, now) {
                ids.push(self.format.id(index as u32, slot.generation));
            } else {
                earliest = Some(earliest.map_or(waiting.deadline, |e| clock::earlier(e, waiting.deadline)));
            }
        }
        earliest
    }

    /// The ids of all calls that wait.
    pub(crate) fn waiting_ids(&self) -> Vec<i64> {
        let waits = |slot: &Slot<W>| matches!(slot.state, State::Waiting(_));
        let all = self.slots.iter().enumerate().filter(|(_, slot)| waits(slot));
        all.map(|(index, slot)| self.format.id(index as u32, slot.generation)).collect()
    }

    /// Gives the memory back when no call is left. Generations start anew, so the ids get a new
    /// salt from the caller.
    pub(crate) fn shrink(&mut self, salt: u64) {
        if self.occupied == 0 && !self.slots.is_empty() {
            self.slots = Vec::new();
            self.free = NONE;
            self.format.salt = salt
                & (self.format.generation_mask << self.format.index_bits
                    | (self.format.capacity() as u64 - 1));
        }
    }

    /// Slots for which memory is held.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    #[inline]
    fn find(&mut self, id: i64) -> Option<(usize, &mut State<W>)> {
        let (index, generation) = self.format.split(id);
        let slot = self.slots.get_mut(index)?;
        (slot.generation == generation).then_some((index, &mut slot.state))
    }

    #[inline]
    fn allocate(&mut self) -> Option<u32> {
        let index = self.free;
        if let Some(slot) = self.slots.get(index as usize) {
            let State::Free { next } = slot.state else { return None };
            self.free = next;
            self.occupied += 1;
            return Some(index);
        }
        if self.slots.len() == self.format.capacity() {
            return None;
        }
        self.slots.push(Slot { generation: 0, state: State::Free { next: NONE } });
        self.occupied += 1;
        Some(self.slots.len() as u32 - 1)
    }

    /// Frees a slot under a new generation: from now on the old id is unknown.
    #[inline]
    fn release(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.generation = (slot.generation + 1) & self.format.generation_mask;
        slot.state = State::Free { next: self.free };
        self.free = index as u32;
        self.occupied -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::call::Waiter;
    use crate::exchange::outcome::Failure;

    fn insert(table: &mut SlotTable<u32>, notify: u32) -> Option<i64> {
        table.insert(notify, 0, 0, 0)
    }

    fn done() -> Outcome {
        Err(Failure::Cancelled)
    }

    #[test]
    fn a_pending_call_costs_no_more_than_its_budget() {
        let size = size_of::<Slot<Waiter>>();
        assert!(size <= 128, "{size} bytes per slot");
    }

    #[test]
    fn ids_stay_in_their_range_and_are_unique_while_in_use() {
        for (format, bits) in [(IdFormat::wide(u64::MAX), 53), (IdFormat::narrow(u64::MAX), 31)] {
            let mut table = SlotTable::new(format);
            let ids: std::collections::HashSet<_> =
                (0..1000).map(|n| insert(&mut table, n).expect("room")).collect();
            assert_eq!(ids.len(), 1000);
            assert!(ids.iter().all(|&id| id >= 0 && id < 1 << bits), "{bits} bits");
        }
    }

    #[test]
    fn an_old_id_never_reaches_the_next_call_of_its_slot() {
        let mut table = SlotTable::new(IdFormat::wide(12345));
        let old = insert(&mut table, 1).expect("room");
        assert_eq!(table.remove(old), Some(1));
        let new = insert(&mut table, 2).expect("room");
        assert_ne!(old, new);
        assert!(
            table.finish(old, done()).is_none() && table.remove(old).is_none() && table.take(old).is_none()
        );
        assert_eq!(table.finish(new, done()), Some(2));
        assert!(table.finish(new, done()).is_none(), "finished twice");
        assert!(table.remove(new).is_none(), "the outcome waits to be taken");
        assert_eq!(table.take(new), Some(done()));
        assert!(table.take(new).is_none(), "taken twice");
        assert_eq!(table.count(), 0);
    }

    #[test]
    fn forged_ids_find_nothing() {
        let mut table = SlotTable::new(IdFormat::wide(0x0012_3456_789a_bcde));
        let id = insert(&mut table, 1).expect("room");
        for forged in
            [0, -1, i64::MIN, i64::MAX, !id, -id, id + 1, id - 1, id ^ 1 << 53, id ^ 1 << 20, id | i64::MIN]
        {
            assert!(table.waiting(forged).is_none(), "{forged:#x}");
        }
        assert!(table.waiting(id).is_some());
    }

    #[test]
    fn the_generation_wraps_without_leaving_its_bits() {
        let mut table = SlotTable::<u32>::new(IdFormat::narrow(0));
        let first = table.pass().expect("room");
        let between: Vec<_> = (1..1 << 12).map(|_| table.pass().expect("room")).collect();
        assert!(!between.contains(&first));
        assert_eq!(table.pass(), Some(first));
    }

    #[test]
    fn the_table_ends_when_all_ids_are_in_use() {
        let mut table = SlotTable::new(IdFormat::narrow(7));
        let ids: Vec<_> = (0..1 << 19).map(|n| insert(&mut table, n).expect("room")).collect();
        assert!(insert(&mut table, 0).is_none() && table.pass().is_none());
        assert!(table.remove(ids[77]).is_some());
        assert!(insert(&mut table, 0).is_some());
    }

    #[test]
    fn memory_is_given_back_only_without_calls() {
        let mut table = SlotTable::new(IdFormat::wide(1));
        let id = insert(&mut table, 1).expect("room");
        table.shrink(2);
        assert!(table.capacity() > 0 && table.waiting(id).is_some());
        table.remove(id);
        table.shrink(2);
        assert_eq!(table.capacity(), 0);
        assert!(insert(&mut table, 2).is_some_and(|new| new != id));
    }
}
