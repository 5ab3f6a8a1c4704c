//! Allocation without a cache: for a thread whose cache is gone at its end or could not be had, and
//! for a signal handler that interrupted its use; and of allocations of no bytes, which no cache holds. One slot at a time,
//! under the record's lock.

use super::Trouble;
use super::arenas;
use super::exchange::take_from_any;
use super::foreign;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Entry, Place, SlotId};
use crate::central::store;
use crate::region::tables;
use crate::slot::life;

/// Takes one slot of `class`.
pub(crate) fn take(class: ClassId, generator: &mut Generator) -> Option<SlotId> {
    let mut found = [Entry::NONE];
    take_from_any(ArenaId::masked(0), class, &mut found, 1, generator);
    let [found] = found;
    found.get()
}

/// Takes one slot of `class` whose number is a multiple of `multiple`, a power of two.
pub(crate) fn take_at_multiple(
    class: ClassId,
    multiple: u32,
    generator: &mut Generator,
) -> Option<SlotId> {
    let arena = ArenaId::masked(0);
    if !arenas::open(arena) {
        return None;
    }
    let mut record = tables::record(arena, class).acquire().ok()?;
    store::take_at_multiple(&mut record, arena, class, multiple, generator)
}

/// Gives back a retired slot; it does not pass a quarantine.
pub(crate) fn give_back(place: Place) -> Result<(), Trouble> {
    life::release(place).map_err(|flaw| Trouble { flaw, place })?;
    foreign::give_back(&mut [Some(place)])
}
