//! Closing a span that nobody uses any more. Purged pages stay usable, and where the system charges
//! for usable address space (strict overcommit, a limit on data) they stay charged; this gives the
//! charge back. Done when memory ran out, not on the way.

use super::slab::Slabs;
use crate::base::index::{ArenaId, ClassId, Place, SlotId};
use crate::region::pages;
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::slot::life;

/// Closes the span of a record whose slots are all at home. Says whether there was something to close.
pub(crate) fn retract(record: &mut CentralRecord, arena: ArenaId, class: ClassId) -> bool {
    let is_open = record.first > 0 && record.opened > record.first;
    if record.out != 0 || !is_open || class == ClassId::ZERO {
        return false;
    }
    // A purge looks at its slabs without the lock.
    if Slabs::new(record, arena, class).any_claimed() {
        return false;
    }
    let all = sealed();
    let first = record.first as usize * all.layout.slot_bytes(class);
    let start = first & !(all.page - 1);
    let span = all.layout.span_start(arena, class);
    if !pages::close(span.plus(start), span.plus(record.committed as usize)) {
        return false;
    }
    // Everything reads as zeros again once it is opened, guards included: as if never used.
    for number in record.first..record.opened {
        if let Some(slot) = SlotId::new(arena, number) {
            life::reset(Place { class, slot });
        }
    }
    Slabs::new(record, arena, class).clear();
    record.first = 0;
    record.guards = 0;
    record.committed = 0;
    true
}
