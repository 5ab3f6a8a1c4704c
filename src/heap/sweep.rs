//! A look at every slot, for programs that end: overflows of what is still live and writes to what
//! is still held back would otherwise never be found.

use super::fault;
use crate::base::index::{ClassId, Place, SlotId};
use crate::cache::trim;
use crate::region::sealed::sealed;
use crate::slot::life::{self, Flaw, Slot};
use crate::slot::state::State;

/// Looks at every slot that was ever used and reports those that are not as they should be.
pub(crate) fn sweep() {
    // Nothing in the walk itself can go wrong.
    let _ = trim::for_each_record(|lock, arena, class| {
        let range = match lock.acquire() {
            Ok(record) if class != ClassId::ZERO => record.first..record.opened,
            _ => return Ok(()),
        };
        // The lock is open again: a report needs none to be held.
        for slot in range.filter_map(|number| SlotId::new(arena, number)) {
            let place = Place { class, slot };
            if let Some(flaw) = flaw_of(place) {
                fault::at_sweep(place, flaw);
            }
        }
        Ok(())
    });
}

/// What is wrong with a slot, if anything is.
fn flaw_of(place: Place) -> Option<Flaw> {
    match life::state(place) {
        State::FRESH | State::DEAD | State::PURGED => None,
        State::FREE | State::QUARANTINED => {
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
