//! Freed slots of other arenas: gathered, then taken home with one lock per record.

use super::Trouble;
use super::{parked, troubles};
use crate::base::index::{ArenaBits, ClassId, Entry, Place};
use crate::base::sync::{Ordering, fence};
use crate::central::store;
use crate::platform::lock::HeldHere;
use crate::region::rows::FOREIGN_ENTRIES;
use crate::region::tables;

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

/// A thread's batch.
type Waiting = [Option<Place>; FOREIGN_ENTRIES];

/// Adds a released slot to the batch; sends the batch home when that fills it.
pub(crate) fn add(waiting: &mut Waiting, len: &mut u32, place: Place) -> Result<(), Trouble> {
    if let Some(entry) = waiting.get_mut(*len as usize) {
        *entry = Some(place);
        // C-ONCE: what the entry held before is elsewhere.
        fence(Ordering::Release);
        *len += 1;
    }
    if *len as usize == FOREIGN_ENTRIES { send_home(waiting, len) } else { Ok(()) }
}

/// Sends the batch home.
pub(crate) fn send_home(waiting: &mut Waiting, len: &mut u32) -> Result<(), Trouble> {
    let count = core::mem::take(len) as usize;
    give_back(waiting.get_mut(..count).unwrap_or_default())
}

/// Gives released slots back to their records: the lock of each record is taken once for all of
/// its slots.
pub(crate) fn give_back(batch: &mut [Option<Place>]) -> Result<(), Trouble> {
    let mut result = Ok(());
    let mut rest = batch;
    while let Some((first, others)) = rest.split_first_mut() {
        if let Some(place) = first.take() {
            let same = |other: &Place| {
                other.class == place.class && other.slot.arena() == place.slot.arena()
            };
            let lock = tables::record(place.slot.arena(), place.class);
            let mut record = lock.acquire();
            let mates = others.iter_mut().filter(|other| other.as_ref().is_some_and(same));
            for mate in core::iter::once(Some(place)).chain(mates.map(Option::take)).flatten() {
                let returned = match &mut record {
                    Ok(record) => store::give_back(record, mate),
                    Err(HeldHere) => {
                        parked::add(mate);
                        Ok(())
                    }
                };
                if let Err(flaw) = returned {
                    result = troubles::both(result, Err(Trouble { flaw, place: mate }));
                }
            }
        }
        rest = others;
    }
    result
}

/// Where slots go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// Where the next refill takes them from, the last first.
    Stock,
    /// Among all that are free: who knows when they were freed knows nothing of when they come again.
    Slabs,
}

/// The same for slots of one class, most often of one arena.
pub(crate) fn give_back_of_class(
    class: ClassId,
    slots: &mut [Entry],
    home: Home,
) -> Result<(), Trouble> {
    let mut result = Ok(());
    let mut rest = slots;
    while let Some(first) = rest.first() {
        let arena = first.slot().arena();
        let (mine, others) = split(rest, ArenaBits::of(arena));
        match tables::record(arena, class).acquire() {
            Ok(mut record) => {
                let refused = |flaw, place| {
                    result = troubles::both(result, Err(Trouble { flaw, place }));
                };
                match home {
                    Home::Stock => store::give_back_all(&mut record, arena, class, mine, refused),
                    Home::Slabs => store::give_back_to_slabs(&mut record, class, mine, refused),
                }
            }
            Err(HeldHere) => {
                mine.iter().for_each(|entry| parked::add(Place { class, slot: entry.slot() }));
            }
        }
        rest = others;
    }
    result
}

/// Splits slots in those of one arena and others.
fn split(slots: &mut [Entry], arena: ArenaBits) -> (&mut [Entry], &mut [Entry]) {
    if arena.holds_all(slots) {
        return (slots, &mut []);
    }
    let mut mine = 0;
    for at in 0..slots.len() {
        if slots.get(at).is_some_and(|entry| arena.holds(entry.slot())) {
            slots.swap(mine.min(at), at);
            mine += 1;
        }
    }
    slots.split_at_mut_checked(mine).unwrap_or_default()
}
