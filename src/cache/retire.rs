//! The freed slot's way: into the quarantine; what leaves it goes into the magazine, or home.

use super::{foreign, magazine, quarantine};
use crate::base::index::Place;
use crate::region::current::Current;
use crate::slot::life::{self, Flaw};

/// A slot that turned out wrong on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Trouble {
    /// What is wrong.
    pub(crate) flaw: Flaw,
    /// With which slot.
    pub(crate) place: Place,
}

/// What became of a freed slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// It is in the quarantine.
    Done,
    /// Nothing happened: `exchange` must make room first.
    NoRoom,
    /// The slot that left the quarantine for it is wrong.
    Wrong(Trouble),
}

/// Puts a retired slot into the quarantine.
#[inline(always)]
pub(crate) fn enqueue(current: &mut Current, place: Place) -> Outcome {
    let (cache, entries) = current.parts();
    let part = &mut cache.classes[place.class.get()];
    if part.magazine_len >= part.magazine_cap {
        return Outcome::NoRoom;
    }
    let Some(draw) = cache.generator.try_next() else { return Outcome::NoRoom };
    let Some(slot) = quarantine::exchange(part, entries, place.slot, draw) else {
        return Outcome::Done;
    };
    let leaving = Place { class: place.class, slot };
    if let Err(flaw) = life::release(leaving) {
        return Outcome::Wrong(Trouble { flaw, place: leaving });
    }
    let home = slot.arena().get() as u32 == cache.arena;
    // There is room: the length was seen to be below the capacity.
    if home && magazine::push(part, entries, slot).is_ok() {
        return Outcome::Done;
    }
    match foreign::add(cache, leaving) {
        Ok(()) => Outcome::Done,
        Err(trouble) => Outcome::Wrong(trouble),
    }
}
