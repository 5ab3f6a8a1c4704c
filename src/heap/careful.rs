//! What the options ask for beyond the hot paths, or without: the general path's steps when
//! `sealed().hot_paths` is off.

use super::free::{self, Claim, check_family, compare};
use super::{allocate, fault};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::cache::{magazine, pool};
use crate::region::bytes;
use crate::region::current::Current;
use crate::region::sealed::sealed;
use crate::slot::life::{Checked, Flaw, Slot};
use crate::slot::state::Kind;

/// Most bytes of one allocation that are filled with a pattern: programs reserve far more than they
/// use, and a fill would touch all of it.
const FILL_MOST: usize = 64 << 20;

/// Takes the next slot out of the magazine of `class`.
pub(super) fn pop(current: &mut Current, class: ClassId) -> Option<Slot> {
    pool::renew_if_forked(current);
    let (part, entries) = current.class(class);
    let slot = magazine::pop(part, entries)?;
    Some(Slot::of(part, slot.number()))
}

/// Makes a slot that was taken from a magazine or a record the caller's, with or without the hot
/// paths.
pub(super) fn hand_out(slot: Slot, size: usize, kind: Kind) -> Addr {
    if sealed().hot_paths {
        return allocate::hand_out(slot, size, kind);
    }
    let address = match slot.hand_out_chosen(size, kind) {
        Ok(address) => address,
        Err(flaw) => fault::at_reuse(slot.address(), flaw, size, kind),
    };
    if kind != Kind::Zeroed {
        fill(address, 0, size);
    }
    address
}

/// Fills the bytes from `from` up to `to` of a new allocation, or of one that grew, with the pattern
/// if there is one. They are zero before.
pub(super) fn fill(address: Addr, from: usize, to: usize) {
    if let Some(byte) = sealed().options.fill()
        && address != Addr::NULL
    {
        bytes::fill(address.plus(from), byte, to.saturating_sub(from).min(FILL_MOST));
    }
}

/// The live slot at `place`, looked over as the options want.
pub(super) fn check(place: Place) -> Result<Checked, Flaw> {
    let slot = Slot::at(place);
    if sealed().hot_paths { slot.check() } else { slot.check_chosen() }
}

/// Gives a checked slot another requested size, which fits in it.
pub(super) fn resize(address: Addr, checked: Checked, new_size: usize) {
    let old_size = checked.requested();
    checked.resize(new_size);
    fill(address, old_size, new_size.max(old_size));
}

/// Takes back the slot at `place`.
pub(super) fn free(place: Place, address: Addr, claim: Claim) {
    let checked = match Slot::at(place).check_chosen() {
        Ok(checked) => checked,
        Err(flaw) => return fault::at_slot(place, flaw, claim.operation),
    };
    // The family first: of another one's block the size is wrong too.
    check_family(address, checked.state().kind(), claim);
    compare(place, address, checked.state(), claim);
    checked.retire_chosen();
    free::enqueue(place);
}
