//! Freed slots of more than 4 KiB: quarantined under one byte budget per thread, for all their classes.

use super::Trouble;
use super::exchange::turn;
use super::foreign;
use super::shape::{HELD_MAX, shares, staying};
use super::{quarantine, troubles};
use crate::base::index::{CLASS_SLOTS, ClassId, Place};
use crate::geometry::classes::{LAST_CLASS, slot_bytes};
use crate::region::current::Current;
use crate::region::sealed::sealed;
use crate::slot::life;

/// Puts a retired slot into its line, where that and the budget have room: all that most frees of such slots take.
pub(super) fn append(current: &mut Current, place: Place) -> bool {
    let (cache, entries) = current.parts();
    let held = cache.held_bytes + slot_bytes(place.class) as u64;
    let Some(part) = cache.classes.get_mut(place.class.get()) else { return false };
    if part.quarantine_hot_cap > 0
        || held > HELD_MAX >> cache.crowd
        || !quarantine::append_to(part, entries, place.slot)
    {
        return false;
    }
    cache.held_bytes = held;
    true
}

/// Puts a retired slot into the quarantine; what leaves it goes into the magazine, or home.
pub(super) fn enqueue(current: &mut Current, place: Place) -> Result<(), Trouble> {
    let (cache, _) = current.parts();
    let Some(part) = cache.classes.get_mut(place.class.get()) else { return Ok(()) };
    if part.quarantine_cap == 0 {
        return go_home(place);
    }
    let (before, is_full) = (part.quarantine_len, part.quarantine_len >= part.quarantine_cap);
    let mut result = if is_full { turn(current, place.class) } else { Ok(()) };
    let (cache, entries) = current.parts();
    let Some(part) = cache.classes.get_mut(place.class.get()) else { return result };
    let left = u64::from(before.saturating_sub(part.quarantine_len));
    quarantine::append_to(part, entries, place.slot);
    let bytes = slot_bytes(place.class) as u64;
    cache.held_bytes = (cache.held_bytes + bytes).saturating_sub(left * bytes);
    let most = HELD_MAX >> cache.crowd;
    while current.cache().held_bytes > most
        && let Some(place) = evict(current)
    {
        result = troubles::both(result, go_home(place));
    }
    result
}

fn go_home(place: Place) -> Result<(), Trouble> {
    life::release(place).map_err(|flaw| Trouble { flaw, place })?;
    foreign::give_back(&mut [Some(place)])
}

/// Takes one slot out of its line, taking the classes in turn: lines that were long before others shared with them.
/// `None` when none has more than stay whatever they take: if the slot that was just freed could leave, the next `malloc`
/// might return it, and a second `free` would go untold.
fn evict(current: &mut Current) -> Option<Place> {
    let (cache, entries) = current.parts();
    for _ in 0..CLASS_SLOTS {
        let class = cache.evict_class as usize % (LAST_CLASS + 1);
        cache.evict_class = cache.evict_class.wrapping_add(1);
        let Some(part) = cache.classes.get_mut(class) else { continue };
        if part.in_use == 0 || !shares(part) {
            continue;
        }
        let class = ClassId::masked(class);
        let staying = staying(class, cache.crowd, &sealed().options);
        if let Some(slot) = quarantine::take_older(part, entries, staying, &mut cache.generator) {
            cache.held_bytes = cache.held_bytes.saturating_sub(slot_bytes(class) as u64);
            return Some(Place { class, slot });
        }
    }
    None
}
