//! A look at every slot, for programs that end: overflows of what is still live and writes to what
//! is still held back would otherwise never be found.

use super::fault;
use crate::base::index::{ClassId, Place, SlotId};
use crate::cache::trim;
use crate::region::sealed::sealed;
use crate::slot::life::{self, Flaw, Slot};
use crate::slot::state::State;

/// Times a flaw is looked at again. Other threads may go on while the process ends.
const LOOKS: usize = 3;

/// Looks at every slot that was ever used and reports those that are not as they should be.
#[inline(never)]
pub(crate) fn sweep() {
    // Nothing in the walk itself can go wrong.
    let _ = trim::for_each_record(|lock, arena, class| {
        let mut from = 0;
        while class != ClassId::ZERO
            && let Ok(record) = lock.acquire()
        {
            let slots = (record.first.max(from)..record.opened)
                .filter_map(|number| SlotId::new(arena, number));
            let mut places = slots.map(|slot| Place { class, slot });
            let Some((place, flaw)) = places.find_map(|place| Some((place, flaw_of(place)?)))
            else {
                break;
            };
            // The lock keeps the span open; a report must not hold it.
            drop(record);
            fault::at_sweep(place, flaw);
            from = place.slot.number() + 1;
        }
        Ok(())
    });
}

/// What is wrong with a slot, if anything is, and stays wrong while its state stays the same.
fn flaw_of(place: Place) -> Option<Flaw> {
    let state = life::state(place);
    let flaw = flaw_in(place, state)?;
    let mut again = (0..LOOKS).map(|_| (flaw_in(place, state), life::state(place)));
    again.all(|seen| seen == (Some(flaw), state)).then_some(flaw)
}

/// What is wrong with a slot that has this state.
fn flaw_in(place: Place, state: State) -> Option<Flaw> {
    match state {
        State::FRESH | State::DEAD | State::PURGED => None,
        _ if state.is_wiped() => {
            let at = sealed().layout.address_of(place);
            (!life::is_as_freed(place, at)).then_some(Flaw::WriteAfterFree)
        }
        // A neighbour that another thread hands out at this moment is none of this slot's business, and
        // the canary of the slot before is looked at as that slot's own.
        _ => Slot::at(place)
            .check_chosen()
            .err()
            .filter(|flaw| !matches!(flaw, Flaw::NotLive | Flaw::Before)),
    }
}
