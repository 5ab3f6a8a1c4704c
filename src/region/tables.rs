//! The rows of the metadata region, by typed index.
//!
//! - **T-MAPPED**: from start to the end of the process the metadata region can be read, and reads zero
//!   where nothing was written, but for chunks of states and slab rows that were not opened yet; rows
//!   are written only after `chunks` or `current` made their pages writable.
//! - **T-ATOMIC**: states and slab rows are only ever accessed as atomics, so sharing is sound.

use super::rows::{CentralRecord, LargeRow, SlabRow};
use super::sealed::sealed;
use super::{chunks, pages};
use crate::base::addr::Addr;
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Place};
use crate::base::sync::{AtomicU16, AtomicU32};
use crate::geometry::layout::{
    CHUNK_SLOTS, LARGE_ROW_BYTES, RECORD_BYTES, STOCK_ENTRIES, STOCK_ENTRY_BYTES,
};
use crate::platform::lock::Lock;
use core::ptr::with_exposed_provenance;

fn row<T>(at: Addr) -> &'static T {
    // SAFETY: callers pass addresses of rows of type T in the metadata region: T-MAPPED, R-ZERO,
    // and every T used is made of atomics or a `Lock`.
    unsafe { &*with_exposed_provenance(at.get()) }
}

/// What stands for the state of a slot whose chunk was never opened. Nobody writes to it.
static NEVER_USED: AtomicU16 = AtomicU16::new(0);

#[inline(always)]
fn is_readable(place: Place) -> bool {
    place.slot.number() / CHUNK_SLOTS < chunks::readable(place.slot.arena())
}

/// The state of any slot.
#[inline(always)]
pub(crate) fn state(place: Place) -> &'static AtomicU16 {
    if is_readable(place) { open_state(place) } else { &NEVER_USED }
}

/// The state of a slot that was opened: one that was handed out, is in quarantine or with its record.
#[inline(always)]
pub(crate) fn open_state(place: Place) -> &'static AtomicU16 {
    let at = sealed().layout.state_address(place);
    // SAFETY: T-MAPPED and T-ATOMIC; `Layout` gives every representable slot an address inside.
    unsafe { &*with_exposed_provenance(at.get()) }
}

/// The state of a slot, and that of the slot before it. There is one, used or not: no slot has number 0.
#[inline(always)]
pub(crate) fn state_and_before(place: Place) -> (&'static AtomicU16, &'static AtomicU16) {
    if !is_readable(place) {
        return (&NEVER_USED, &NEVER_USED);
    }
    let before = sealed().layout.state_before_address(place);
    // SAFETY: as in `open_state`; the slot before is in the same chunk or in an earlier one.
    (open_state(place), unsafe { &*with_exposed_provenance(before.get()) })
}

/// The row of slab number `slab`.
#[inline]
pub(crate) fn slab(arena: ArenaId, class: ClassId, slab: u32) -> &'static SlabRow {
    row(sealed().layout.slab_address(arena, class, slab))
}

/// The central record of an (arena, class).
#[inline]
pub(crate) fn record(arena: ArenaId, class: ClassId) -> &'static Lock<CentralRecord> {
    row(sealed().metadata.plus((arena.get() * CLASS_SLOTS + class.get()) * RECORD_BYTES))
}

/// Row number `index` of the large allocations, below `Layout::large_rows`.
#[inline]
pub(crate) fn large_row(index: u32) -> &'static LargeRow {
    let index = index.min(sealed().layout.large_rows.saturating_sub(1)) as usize;
    row(sealed().metadata.plus(sealed().plan.large_rows + index * LARGE_ROW_BYTES))
}

/// The stock of an (arena, class), used with its record's lock held.
pub(crate) fn stock(arena: ArenaId, class: ClassId) -> &'static [AtomicU32; STOCK_ENTRIES] {
    let index = arena.get() * CLASS_SLOTS + class.get();
    row(sealed().metadata.plus(sealed().plan.stocks + index * STOCK_ENTRIES * STOCK_ENTRY_BYTES))
}

/// Makes the large row number `index` writable; `end` remembers how far earlier calls went.
pub(crate) fn commit_large_row(index: u32, end: &mut usize) -> bool {
    if index >= sealed().layout.large_rows {
        return false;
    }
    let at = sealed().metadata.plus(sealed().plan.large_rows + index as usize * LARGE_ROW_BYTES);
    pages::commit_metadata(at, at.plus(LARGE_ROW_BYTES), end)
}

/// Makes the records of an arena writable, and its stocks where there are any.
pub(crate) fn commit_records(arena: ArenaId) -> bool {
    let all = sealed();
    let commit = |table: usize, bytes: usize| {
        let from = all.metadata.plus(table + arena.get() * bytes);
        pages::commit_metadata(from, from.plus(bytes), &mut 0)
    };
    let stocks = CLASS_SLOTS * STOCK_ENTRIES * STOCK_ENTRY_BYTES;
    commit(0, CLASS_SLOTS * RECORD_BYTES)
        && (all.scarce_metadata || commit(all.plan.stocks, stocks))
}
