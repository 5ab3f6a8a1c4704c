//! Handing back the pages of free slots in slabs of which other slots are in use, where nothing was taken
//! for a while.
//!
//! The free slots of a slab are taken, as a thread would take them, their pages dropped without the
//! lock, and given back.

use super::purge::{self, Slots};
use super::slab::{self, Asks, List, Slabs};
use crate::base::bits::BitWord;
use crate::base::index::{ArenaId, ClassId, Place, SLAB_SLOTS};
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::slot::life::Flaw;
use core::ops::Range;

/// Pages that are worth a system call.
const LEAST_PAGES: usize = 2;

/// The free slots of one slab, taken.
#[derive(Clone, Copy)]
pub(crate) struct Holes {
    arena: ArenaId,
    class: ClassId,
    slab: u32,
    slots: BitWord,
}

/// Takes the free slots of the first slab of `range` that is in use in part and from which nothing was
/// taken since bit `who` of its row was cleared, which is done on the way; `None` for `who` takes those of
/// any such slab. What is left of the range stays in it. `None` when there is no more.
pub(crate) fn take(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    who: Option<Asks>,
    range: &mut Range<u32>,
) -> Option<Holes> {
    let slab_bytes = sealed().layout.slot_bytes(class) * SLAB_SLOTS as usize;
    if slab_bytes < LEAST_PAGES * sealed().page {
        return None;
    }
    range.end = range.end.min(slab::end(record));
    let mut slabs = Slabs::new(record, arena, class);
    let bit = who.map_or(0, |who| 1 << who as u32);
    let (number, mut slab) = range.find_map(|number| {
        let mut slab = slabs.load(number);
        if slab.taken & bit != 0 {
            slab.taken &= !bit;
            slabs.update(number, slab, slab.list);
            return None;
        }
        let is_partial =
            (List::Partial16 as u8..=List::Partial64 as u8).contains(&(slab.list as u8));
        is_partial.then_some((number, slab))
    })?;
    let slots = slab.available;
    slab.out += slots.count();
    slab.available = BitWord::default();
    slabs.update(number, slab, List::None);
    record.out += slots.count();
    Some(Holes { arena, class, slab: number, slots })
}

/// Drops the pages under taken slots where that is worth it, and says how many bytes they had. A slot
/// that was written after it was freed is reported instead.
pub(crate) fn drop_pages(holes: Holes) -> Result<usize, (Flaw, Place)> {
    let mut dropped = 0;
    let mut rest = holes.slots.get();
    while rest != 0 {
        let (low, high) = lowest_run(rest);
        rest &= u64::MAX.checked_shl(high).unwrap_or(0);
        let base = holes.slab * SLAB_SLOTS;
        let slots =
            Slots { arena: holes.arena, class: holes.class, first: base + low, end: base + high };
        if is_worth_it(slots) {
            dropped += purge::drop_pages(slots)?.unwrap_or(0);
        }
    }
    Ok(dropped)
}

/// The lowest run of set bits: its first bit, and the one after its last.
const fn lowest_run(bits: u64) -> (u32, u32) {
    let low = bits.trailing_zeros();
    (low, low + (bits >> low).trailing_ones())
}

/// Whether there are pages enough, and one of them holds the end of a slot that was used since its pages
/// were dropped last.
fn is_worth_it(slots: Slots) -> bool {
    let Some((from, to)) = purge::pages_of(slots) else { return false };
    to - from >= LEAST_PAGES * sealed().page && slots.losing(from, to).next().is_some()
}

/// Gives taken slots back.
pub(crate) fn give_back(record: &mut CentralRecord, holes: Holes) {
    let mut slabs = Slabs::new(record, holes.arena, holes.class);
    let mut slab = slabs.load(holes.slab);
    slab.available = BitWord::new(slab.available.get() | holes.slots.get());
    slab.out = slab.out.saturating_sub(holes.slots.count());
    let home = slabs.home_of(slab);
    slabs.update(holes.slab, slab, home);
    record.out = record.out.saturating_sub(holes.slots.count());
}

#[cfg(test)]
mod tests {
    use super::lowest_run;

    #[test]
    fn runs_are_found_one_after_the_other() {
        for (bits, expected) in [
            (1, (0, 1)),
            (u64::MAX, (0, 64)),
            (1 << 63, (63, 64)),
            (0b0110_1100, (2, 4)),
            (!1, (1, 64)),
        ] {
            assert_eq!(lowest_run(bits), expected);
        }
    }
}
