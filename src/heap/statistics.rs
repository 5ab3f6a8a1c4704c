//! Adding it all up, on demand: the states of all slots are counted, so that the hot paths need no
//! counters.

use super::fault;
use crate::base::index::{CLASS_SLOTS, ClassId, Place, SlotId};
use crate::cache::{arenas, trim};
use crate::geometry::classes::usable_bytes;
use crate::large::{self, table};
use crate::platform::clock;
use crate::region::pages;
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::sample::record;
use crate::slot::life;
use crate::slot::state::State;

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

/// The bytes that a class is named by: those of its slots, and 0 for blocks of no bytes, whose slots are out
/// of reach.
pub(crate) fn class_bytes(class: ClassId) -> usize {
    if class == ClassId::ZERO { 0 } else { sealed().layout.slot_bytes(class) }
}

/// What the heap holds at one moment. Other threads go on meanwhile.
#[derive(Clone, Copy, Default)]
pub(crate) struct Snapshot {
    /// Live small allocations, and the bytes asked for in them.
    pub(crate) small_live: usize,
    /// As above.
    pub(crate) small_live_bytes: usize,
    /// Freed slots held back from reuse.
    pub(crate) quarantined: usize,
    /// Slots ready for use that had been used before.
    pub(crate) free: usize,
    /// Bytes of slots that are not live, but were used.
    pub(crate) small_idle_bytes: usize,
    /// Bytes of class spans made usable.
    pub(crate) committed_bytes: usize,
    /// Live large allocations, and the bytes asked for in them.
    pub(crate) large_live: usize,
    /// As above.
    pub(crate) large_live_bytes: usize,
    /// Ranges of address space for large allocations: live, waiting, and kept for their pages.
    pub(crate) large_ranges: usize,
    /// Bytes of freed large ranges whose pages are kept.
    pub(crate) retained_bytes: usize,
    /// Guard pages in class spans.
    pub(crate) guards: usize,
    /// Guards that could not be had.
    pub(crate) missing_guards: usize,
    /// Sampled allocations in use.
    pub(crate) samples: usize,
    /// Faults reported by a process that went on.
    pub(crate) faults: usize,
}

/// One class, all arenas together.
#[derive(Clone, Copy, Default)]
pub(crate) struct ClassSnapshot {
    /// Live allocations.
    pub(crate) live: usize,
    /// Bytes asked for in them.
    pub(crate) live_bytes: usize,
    /// Freed slots held back.
    pub(crate) quarantined: usize,
    /// Slots ready for use that had been used before.
    pub(crate) free: usize,
    /// Bytes made usable.
    pub(crate) committed_bytes: usize,
    /// Guard pages.
    pub(crate) guards: usize,
}

/// Counts one class.
pub(crate) fn class(class: ClassId) -> ClassSnapshot {
    let mut sum = ClassSnapshot::default();
    for arena in arenas::all_open() {
        let Ok(record) = tables::record(arena, class).acquire() else { continue };
        let (first, opened) = (record.first, record.opened);
        let start = first as usize * sealed().layout.slot_bytes(class);
        sum.committed_bytes += (record.committed as usize).saturating_sub(start);
        sum.guards += record.guards as usize;
        drop(record);
        for slot in (first..opened).filter_map(|number| SlotId::new(arena, number)) {
            let place = Place { class, slot };
            let state = life::state(place);
            if state.is_live() {
                sum.live += 1;
                sum.live_bytes += usable_bytes(class) - state.slack();
            } else if state.is_quarantined() || state == State::RETIRING {
                sum.quarantined += 1;
            } else if state.is_free() {
                sum.free += 1;
            }
        }
    }
    if class == ClassId::ZERO {
        (sum.live_bytes, sum.committed_bytes) = (0, 0);
    }
    sum
}

/// Counts everything.
pub(crate) fn snapshot() -> Snapshot {
    snapshot_with(|_, _| {})
}

/// Counts everything, and tells about each class that was ever used.
pub(crate) fn snapshot_with(mut tell: impl FnMut(ClassId, &ClassSnapshot)) -> Snapshot {
    let mut all = Snapshot {
        missing_guards: pages::missing_guards(),
        samples: record::live(),
        faults: fault::reported() as usize,
        ..Snapshot::default()
    };
    for class_id in (0..CLASS_SLOTS).filter_map(ClassId::new) {
        let one = class(class_id);
        if one.live + one.quarantined + one.free + one.committed_bytes > 0 {
            tell(class_id, &one);
        }
        all.small_live += one.live;
        all.small_live_bytes += one.live_bytes;
        all.quarantined += one.quarantined;
        all.free += one.free;
        all.small_idle_bytes += (one.quarantined + one.free) * usable_bytes(class_id);
        all.committed_bytes += one.committed_bytes;
        all.guards += one.guards;
    }
    if let Ok(table) = table::lock() {
        all.large_live = table.live;
        all.large_live_bytes = table.live_bytes;
        all.large_ranges = table.live + table.retained.count() + table.stash.count();
        all.retained_bytes = table.kept_bytes();
    }
    all
}

/// Gives back whatever lies idle; says how many bytes that were.
pub(crate) fn trim() -> usize {
    if !super::start::is_done() {
        return 0;
    }
    super::thread::flush();
    let dropped = match trim::purge_all() {
        Ok(bytes) => bytes,
        Err(trouble) => {
            fault::in_transit(trouble);
            0
        }
    };
    dropped + large::free::give_back_overdue(clock::coarse_ms(), true)
}
