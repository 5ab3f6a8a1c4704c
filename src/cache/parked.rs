//! Freed slots that could not go home because this very thread holds their record's lock: a signal
//! handler interrupted it there. They wait here, without a lock, for the next tick.

use crate::base::index::{ArenaId, ClassId, Place, SlotId};
use crate::base::sync::{AtomicU64, Ordering, rounds};

/// Slots that can wait. More than these stay quarantined for good: a leak, never a fault.
const SPACES: usize = rounds(256, 2) as usize;

/// Zero, or class number plus one above a slot's arena and number.
static PARKED: [AtomicU64; SPACES] = [const { AtomicU64::new(0) }; SPACES];

const CLASS_SHIFT: u32 = 40;
const ARENA_SHIFT: u32 = 32;

pub(super) fn pack(place: Place) -> u64 {
    (place.class.get() as u64 + 1) << CLASS_SHIFT
        | (place.slot.arena().get() as u64) << ARENA_SHIFT
        | u64::from(place.slot.number())
}

pub(super) fn unpack(word: u64) -> Option<Place> {
    let class = ClassId::new((word >> CLASS_SHIFT).checked_sub(1)? as usize)?;
    let arena = ArenaId::masked((word >> ARENA_SHIFT) as usize);
    Some(Place { class, slot: SlotId::new(arena, word as u32)? })
}

/// Leaves a released slot here.
#[cold]
pub(crate) fn add(place: Place) {
    let word = pack(place);
    let _ = PARKED.iter().find(|space| {
        // Release pairs with the Acquire of whoever takes it out.
        space.compare_exchange(0, word, Ordering::Release, Ordering::Relaxed).is_ok()
    });
}

/// Takes out whatever waits.
pub(crate) fn take_all(mut sink: impl FnMut(Place)) {
    for space in &PARKED {
        if space.load(Ordering::Relaxed) != 0
            && let Some(place) = unpack(space.swap(0, Ordering::Acquire))
        {
            sink(place);
        }
    }
}

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::{add, take_all};
    use crate::base::index::{ArenaId, ClassId, Place, SlotId};

    #[test]
    fn what_is_parked_is_found_once() {
        let place = |number| Place {
            class: ClassId::new(61).unwrap(),
            slot: SlotId::new(ArenaId::masked(63), number).unwrap(),
        };
        add(place(1));
        add(place((1 << 24) - 1));
        let mut found = Vec::new();
        take_all(|place| found.push(place));
        take_all(|_| panic!("taken twice"));
        assert_eq!(found, [place(1), place((1 << 24) - 1)]);
    }
}
