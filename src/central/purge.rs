//! Handing pages back: slabs that stayed empty for a period are claimed, looked over for writes
//! after free while the evidence is still there, and their pages dropped.
//!
//! The work between `claim` and `unclaim` needs no lock: a claimed slab is in no list, so nobody
//! takes from it, and none of its slots is out, so nobody gives back to it.

use super::slab::{List, Slabs};
use crate::base::index::{ArenaId, ClassId, Place, SLAB_SLOTS, SlotId};
use crate::base::size::{round_down, round_up};
use crate::base::sync::{AtomicUsize, Ordering};
use crate::geometry::classes::CANARY_BYTES;
use crate::region::pages;
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::slot::life::{self, Flaw};

/// Bytes dropped since the start.
static PURGED_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Consecutive slots that nobody else may touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slots {
    pub(super) arena: ArenaId,
    pub(super) class: ClassId,
    /// First slot, and the one after the last.
    pub(super) first: u32,
    pub(super) end: u32,
}

/// Consecutive claimed slabs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    /// Their slots.
    pub(crate) slots: Slots,
    /// First slab, and the one after the last.
    first: u32,
    end: u32,
}

impl Slots {
    /// Those that were used and lie with their contents wiped.
    fn free(self) -> impl Iterator<Item = Place> + Clone {
        (self.first..self.end)
            .filter_map(move |number| SlotId::new(self.arena, number))
            .map(move |slot| Place { class: self.class, slot })
            .filter(|place| life::state(*place).is_free())
    }

    /// Those of them whose canary goes with the pages from `from` to `to`. One that reaches over the end
    /// keeps it, and what one that reaches over the start keeps is as it would be in a free slot.
    pub(super) fn losing(self, from: usize, to: usize) -> impl Iterator<Item = Place> {
        let slot = sealed().layout.slot_bytes(self.class);
        let ends = from + CANARY_BYTES..=to;
        self.free().filter(move |place| ends.contains(&((place.slot.number() as usize + 1) * slot)))
    }
}

/// Which empty slabs are to be purged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Which {
    /// Those that were empty a period ago.
    Old,
    /// All of them.
    All,
}

/// Claims a run of empty slabs of at most about `most` bytes, if there is one.
pub(crate) fn claim(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    which: Which,
    most: usize,
) -> Option<Run> {
    if class == ClassId::ZERO {
        return None;
    }
    let (first_open, opened) = (record.first, record.opened);
    let mut slabs = Slabs::new(record, arena, class);
    let seed = slabs.head(slabs.old_empties()).or_else(|| match which {
        Which::Old => None,
        Which::All => slabs.head(slabs.young_empties()),
    })?;
    let slab_bytes = (sealed().layout.slot_bytes(class) * SLAB_SLOTS as usize).max(1);
    let most = u32::try_from(most / slab_bytes).unwrap_or(u32::MAX).max(1);
    // Slabs that share the run's first and last page are claimed along when they are untouched.
    let margin = u32::try_from(sealed().page / slab_bytes).unwrap_or(0) + 1;
    let (low, high) = (first_open / SLAB_SLOTS, (opened - 1) / SLAB_SLOTS);
    let is_empty = |slabs: &Slabs<'_>, number| {
        matches!(slabs.load(number).list, List::EmptyEven | List::EmptyOdd)
    };
    let is_pristine = |slabs: &Slabs<'_>, number| slabs.load(number).list == List::Pristine;
    let (mut first, mut end) = (seed, seed + 1);
    while first > low && end - first < most && is_empty(&slabs, first - 1) {
        first -= 1;
    }
    while end <= high && end - first < most && is_empty(&slabs, end) {
        end += 1;
    }
    let (wide_first, wide_end) =
        (first.saturating_sub(margin).max(low), (end + margin).min(high + 1));
    while first > wide_first && is_pristine(&slabs, first - 1) {
        first -= 1;
    }
    while end < wide_end && is_pristine(&slabs, end) {
        end += 1;
    }
    for number in first..end {
        let slab = slabs.load(number);
        slabs.update(number, slab, List::Claimed);
    }
    let first_slot = (first * SLAB_SLOTS).max(first_open);
    let slots = Slots { arena, class, first: first_slot, end: (end * SLAB_SLOTS).min(opened) };
    Some(Run { slots, first, end })
}

/// The whole pages of some slots, as offsets into their span; `None` when there are none.
pub(super) fn pages_of(slots: Slots) -> Option<(usize, usize)> {
    let slot = sealed().layout.slot_bytes(slots.class);
    let from = round_up(slots.first as usize * slot, sealed().page);
    let to = round_down(slots.end as usize * slot, sealed().page);
    (from < to).then_some((from, to))
}

/// Drops the pages of slots that nobody else may touch, and says how many bytes of used slots those had;
/// `None` when they hold no whole page. A slot that was written after it was freed is reported instead.
pub(crate) fn drop_pages(slots: Slots) -> Result<Option<usize>, (Flaw, Place)> {
    let all = sealed();
    let slot = all.layout.slot_bytes(slots.class);
    let Some((from, to)) = pages_of(slots) else { return Ok(None) };
    for place in slots.free() {
        if all.options.check_on_reuse && !life::is_as_freed(place, all.layout.address_of(place)) {
            return Err((Flaw::WriteAfterFree, place));
        }
    }
    let span = all.layout.span_start(slots.arena, slots.class);
    let mut dropped = 0;
    // The states go first: who checks the canary of a slot as a neighbour asks its state again when
    // it finds none, and must not be told that there is one.
    for place in slots.losing(from, to) {
        life::forget(place);
        dropped += slot;
    }
    if !pages::purge(span.plus(from), span.plus(to)) {
        return Ok(None);
    }
    PURGED_BYTES.fetch_add(dropped, Ordering::Relaxed);
    Ok(Some(dropped))
}

/// Bytes dropped so far.
pub(crate) fn purged_bytes() -> usize {
    PURGED_BYTES.load(Ordering::Relaxed)
}

/// Puts a run's slabs back: untouched if their pages were dropped, else as empty as before.
pub(crate) fn unclaim(record: &mut CentralRecord, run: Run, dropped: bool) {
    let mut slabs = Slabs::new(record, run.slots.arena, run.slots.class);
    let list = if dropped { List::Pristine } else { slabs.young_empties() };
    for number in (run.first..run.end).rev() {
        let slab = slabs.load(number);
        slabs.update(number, slab, list);
    }
}

/// Begins a new period: slabs emptied from now on are young.
pub(crate) fn turn(record: &mut CentralRecord) {
    record.young ^= 1;
}
