//! Slots that came home a moment ago and lie ready in one array, so that the next refill takes them
//! from there instead of looking for them slab by slab: a program that builds and drops a structure
//! larger than a thread's magazine moves every slot through here and back.
//!
//! To their slabs the slots still count as out. What lay untouched for a period goes home for good,
//! so that slabs empty and their pages can be dropped.

use super::store;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Entry, Place};
use crate::base::sync::Ordering;
use crate::geometry::classes::slot_bytes;
use crate::geometry::layout::STOCK_ENTRIES;
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life::Flaw;

/// Most bytes of slots that one record holds ready.
const STOCK_BYTES: usize = 256 << 10;
/// Slots of more bytes go home at once: their threads take and give but few.
const STOCK_SLOT_MAX: usize = 4096 + 16;

/// Whether a record that holds `stocked` slots of `class` may hold one more. Without a division, which would be a
/// quarter of all that is done when slots come home.
fn has_room(class: ClassId, stocked: u32) -> bool {
    let slot = slot_bytes(class);
    let (stocked, bytes) = (stocked as usize, (stocked as usize + 1) * slot);
    // Where every page of metadata is charged for, none is spent on this.
    class != ClassId::ZERO
        && slot <= STOCK_SLOT_MAX
        && stocked < STOCK_ENTRIES
        && bytes <= STOCK_BYTES
        && !sealed().scarce_metadata
}

/// Puts a slot that comes home in stock; `false` when there is no room.
pub(super) fn put(record: &mut CentralRecord, place: Place) -> bool {
    let at = record.stocked;
    if !has_room(place.class, at) {
        return false;
    }
    let stock = tables::stock(place.slot.arena(), place.class);
    let Some(word) = stock.get(at as usize) else { return false };
    word.store(Entry::of(place.slot).raw(), Ordering::Relaxed);
    record.stocked = at + 1;
    true
}

/// Takes slots, those that came last, to the front of `space`. Says how many.
pub(super) fn take(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    space: &mut [Entry],
) -> usize {
    let left = record.stocked.saturating_sub(space.len() as u32);
    let taken = tables::stock(arena, class).get(left as usize..record.stocked as usize);
    let taken = taken.unwrap_or_default();
    record.stocked = left;
    record.stock_low = record.stock_low.min(left);
    for (to, word) in space.iter_mut().zip(taken) {
        *to = Entry::of_raw(word.load(Ordering::Relaxed));
    }
    taken.len()
}

/// Brings what is in stock into another order, after fork number `fork`: parent and child take from copies
/// of it.
pub(crate) fn shuffle_after(
    fork: u32,
    record: &mut CentralRecord,
    (arena, class): (ArenaId, ClassId),
    generator: &mut Generator,
) {
    if record.stock_fork == fork {
        return;
    }
    record.stock_fork = fork;
    let stock = tables::stock(arena, class);
    generator.shuffle(record.stocked as usize, |a, b| {
        if let (Some(a), Some(b)) = (stock.get(a), stock.get(b)) {
            let word = a.load(Ordering::Relaxed);
            a.store(b.load(Ordering::Relaxed), Ordering::Relaxed);
            b.store(word, Ordering::Relaxed);
        }
    });
}

/// Sends home what was not needed since the last time.
pub(crate) fn send_idle_home(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
) -> Result<(), (Flaw, Place)> {
    let idle = record.stock_low.min(record.stocked);
    let sent = send_home(record, arena, class, idle);
    record.stock_low = record.stocked;
    sent
}

/// Sends everything home.
pub(crate) fn send_all_home(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
) -> Result<(), (Flaw, Place)> {
    let stocked = record.stocked;
    send_home(record, arena, class, stocked)
}

/// Sends home the `count` slots that have lain longest.
fn send_home(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    count: u32,
) -> Result<(), (Flaw, Place)> {
    if count == 0 {
        return Ok(());
    }
    let stock = tables::stock(arena, class);
    let mut result = Ok(());
    for word in stock.iter().take(count as usize) {
        let Some(slot) = Entry::of_raw(word.load(Ordering::Relaxed)).get() else { continue };
        let place = Place { class, slot };
        if let Err(flaw) = store::put_into_slab(record, place) {
            result = Err((flaw, place));
        }
    }
    let rest = stock.get(count as usize..record.stocked as usize).unwrap_or_default();
    for (to, from) in stock.iter().zip(rest) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    record.stocked -= count;
    result
}
