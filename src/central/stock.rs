//! Slots that came home a moment ago and lie ready in one array, so that the next refill takes them
//! from there instead of looking for them slab by slab: a program that builds and drops a structure
//! larger than a thread's magazine moves every slot through here and back.
//!
//! To their slabs the slots still count as out. What lay untouched for a period goes home for good,
//! so that slabs empty and their pages can be dropped.

use super::store;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Entry, Place};
use crate::base::sync::Ordering;
use crate::geometry::classes::{LAST_CLASS, SLOT_SIZES, slot_bytes_for};
use crate::geometry::layout::STOCK_ENTRIES;
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life::Flaw;
use static_assertions::const_assert;

/// Most bytes of slots that one record holds ready.
const STOCK_BYTES: usize = 256 << 10;
/// Slots of more bytes go home at once: their threads take and give but few.
const STOCK_SLOT_MAX: usize = slot_bytes_for(4 << 10);

const fn most() -> [u16; CLASS_SLOTS] {
    let mut table = [0; CLASS_SLOTS];
    // Slots without bytes are not kept.
    let mut class = 1;
    while class <= LAST_CLASS && SLOT_SIZES[class] as usize <= STOCK_SLOT_MAX {
        let fit = STOCK_BYTES / SLOT_SIZES[class] as usize;
        table[class] = if fit < STOCK_ENTRIES { fit } else { STOCK_ENTRIES } as u16;
        class += 1;
    }
    table
}
/// Most slots that one record holds, by class.
static MOST: [u16; CLASS_SLOTS] = most();
const_assert!(STOCK_ENTRIES <= u16::MAX as usize);

/// Puts slots of (`arena`, `class`) that come home in stock, as many as there is room for, the first first. Says how many.
pub(super) fn put(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    slots: &[Entry],
) -> usize {
    let stocked = record.stocked as usize;
    // Where every page of metadata is charged for, none is spent on this.
    if sealed().scarce_metadata {
        return 0;
    }
    let most = usize::from(MOST.get(class.get()).copied().unwrap_or(0));
    let room = tables::stock(arena, class).get(stocked..most).unwrap_or_default();
    for (word, slot) in room.iter().zip(slots) {
        word.store(slot.raw(), Ordering::Relaxed);
    }
    let count = room.len().min(slots.len());
    record.stocked += count as u32;
    count
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
