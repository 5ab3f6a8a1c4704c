//! A look at every slot, for programs that end: overflows of what is still live and writes to what
//! is still held back would otherwise never be found.

use super::fault;
use crate::base::index::{ClassId, Place, SlotId};
use crate::cache::trim;
use crate::region::sealed::sealed;
use crate::slot::life::{self, Flaw, Slot};
use crate::slot::state::State;

/// Looks at every slot that was ever used and reports the first that is not as it should be.
pub(crate) fn sweep() {
    let mut found = None;
    // Nothing in the walk itself can go wrong.
    let _ = trim::for_each_record(|lock, arena, class| {
        let range = match lock.acquire() {
            Ok(record) if class != ClassId::ZERO => record.first..record.opened,
            _ => return Ok(()),
        };
        for slot in range.filter_map(|number| SlotId::new(arena, number)) {
            let place = Place { class, slot };
            if found.is_none()
                && let Some(flaw) = flaw_of(place)
            {
                found = Some((place, flaw));
            }
        }
        Ok(())
    });
    if let Some((place, flaw)) = found {
        fault::at_sweep(place, flaw);
    }
}

/// What is wrong with a slot, if anything is.
fn flaw_of(place: Place) -> Option<Flaw> {
    match life::state(place) {
        State::FRESH | State::DEAD | State::PURGED => None,
        State::FREE | State::QUARANTINED => {
            let at = sealed().layout.address_of(place);
            (!life::is_as_freed(place, at)).then_some(Flaw::WriteAfterFree)
        }
        // A neighbour that another thread hands out at this moment is none of this slot's business.
        _ => Slot::at(place).check_chosen().err().filter(|flaw| *flaw != Flaw::NotLive),
    }
}
