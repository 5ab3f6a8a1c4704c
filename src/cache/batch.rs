//! Slots on their way home from a thread's cache, many under one lock.

use super::foreign::Home;
use super::{Trouble, foreign, troubles};
use crate::base::index::{ClassId, Entry, SlotId};

/// Most slots that move at once under one lock.
pub(super) const BATCH: usize = 64;

/// Slots of one class for which a magazine has no room, sent home as many at a time as a batch holds,
/// and the first trouble met on the way; others wait with `troubles`.
pub(super) struct Batch {
    class: ClassId,
    home: Home,
    slots: [Entry; BATCH],
    count: usize,
    result: Result<(), Trouble>,
}

impl Batch {
    /// None yet.
    pub(super) const fn new(class: ClassId) -> Self {
        Self::to(class, Home::Stock)
    }

    /// None yet; for slots that come in the order in which they were freed.
    pub(super) const fn for_slabs(class: ClassId) -> Self {
        Self::to(class, Home::Slabs)
    }

    const fn to(class: ClassId, home: Home) -> Self {
        Self { class, home, slots: [Entry::NONE; BATCH], count: 0, result: Ok(()) }
    }

    /// Keeps the trouble of `result`, if it is the first.
    pub(super) fn note(&mut self, result: Result<(), Trouble>) {
        self.result = troubles::both(self.result, result);
    }

    /// Adds a released slot; sends the batch home first where it is full.
    pub(super) fn add(&mut self, slot: SlotId) {
        if self.count == BATCH {
            self.flush();
        }
        if let Some(space) = self.slots.get_mut(self.count) {
            *space = Entry::of(slot);
            self.count += 1;
        }
    }

    fn flush(&mut self) {
        let slots = self.slots.get_mut(..self.count).unwrap_or_default();
        let result = foreign::give_back_of_class(self.class, slots, self.home);
        self.note(result);
        self.count = 0;
    }

    /// Sends what there is home; says what trouble there was.
    pub(super) fn send(mut self) -> Result<(), Trouble> {
        self.flush();
        self.result
    }
}
