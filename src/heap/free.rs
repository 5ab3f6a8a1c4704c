//! The way of a freed pointer: checks, wipe, quarantine; or `slow`.

use super::{careful, fault, slow};
use crate::base::addr::Addr;
use crate::base::index::{Place, SlotId};
use crate::cache::{quarantine, shape};
use crate::geometry::classes::{self, MAX_SLACK, slot_bytes, usable_bytes};
use crate::geometry::layout::Spans;
use crate::platform::replaced;
use crate::region::current::{self, Current};
use crate::region::sealed::sealed;
use crate::report::Operation;
use crate::slot::life::{Checked, Slot};
use crate::slot::state::{Kind, Mark, State};

/// What the caller says about the memory it gives back. Small enough to travel in registers.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    /// The function that was called.
    pub(crate) operation: Operation,
    /// The family it belongs to.
    pub(crate) kind: Kind,
    /// The size it states, if it does.
    pub(crate) size: Option<usize>,
    /// The alignment it states, if it does.
    pub(crate) align: Option<usize>,
}

impl Claim {
    /// That of plain `free`.
    pub(crate) const FREE: Self =
        Self { operation: Operation::Free, kind: Kind::Malloc, size: None, align: None };

    /// Whether what is stated is right, as far as the hot path can tell.
    #[inline(always)]
    fn holds(self, slot: Checked) -> bool {
        self.size.is_none_or(|size| size == slot.requested())
            && self.align.is_none_or(|align| slot.serves(align))
    }
}

/// Takes back the allocation at `address`; null is fine. Whatever starts no narrow slot, or is wrong, is left to
/// `general`, which is to call `free_wide` with the same claim, out of line: as a tail call with nothing
/// but the address to pass, it needs no stack frame. So is all that lies outside `spans`; what is in no slot of
/// the thread's own span is left to `elsewhere`, which may call `free_any`.
///
/// The slot enters the quarantine first and is checked then: what the one needs is out of the
/// registers before the other begins.
#[inline(always)]
pub(crate) fn free(
    address: Addr,
    claim: Claim,
    spans: &Spans,
    general: impl FnOnce(Addr),
    elsewhere: impl FnOnce(Addr),
) {
    let class = spans.class_at(address);
    if !classes::is_narrow(class) {
        return general(address);
    }
    let Some(mut current) = current::take_hot() else { return general(address) };
    let (part, entries) = current.class(class);
    let Some(number) = part.span.number_of(address) else {
        current::put_hot(current);
        return elsewhere(address);
    };
    let slot = Slot::found(part, number, address);
    if !quarantine::append(part, entries, SlotId::in_arena(part.arena, number)) {
        return make_room_and_free(current, address, general);
    }
    let holds = |checked| claim.holds(checked);
    let Some(slack) = slot.retire_narrow(claim.kind, class, &part.cover, holds) else {
        return withdraw_and_free(current, address, general);
    };
    slot.retired_by(Mark::of_raw(current.mark()), slack);
    current::put_hot(current);
}

/// The line of the slot's class is full: half of it leaves, then the slot is freed.
#[inline(never)]
fn make_room_and_free(current: Current, address: Addr, general: impl FnOnce(Addr)) {
    slow::make_room(current, sealed().spans.class_at(address));
    general(address);
}

/// Takes the slot at `address`, the newest in its line, out again; `general` is to look closer.
#[cold]
#[inline(never)]
fn withdraw_and_free(mut current: Current, address: Addr, general: impl FnOnce(Addr)) {
    quarantine::withdraw(current.class(sealed().spans.class_at(address)).0);
    current::put_hot(current);
    general(address);
}

/// As `free`, for slots of any size; the rest goes to `free_any`.
#[inline(always)]
pub(crate) fn free_wide(address: Addr, claim: Claim) {
    let class = sealed().spans.class_at(address);
    let Some(mut current) = current::take_hot() else { return free_any(address, claim) };
    let (part, entries) = current.class(class);
    let Some(number) = part.span.number_of(address) else {
        current::put_hot(current);
        return free_any(address, claim);
    };
    let slot = Slot::found(part, number, address);
    let (checked, intact) = slot.check_wide();
    if !(intact & claim.holds(checked)) {
        current::put_hot(current);
        return free_any(address, claim);
    }
    checked.retire();
    let id = SlotId::in_arena(part.arena, number);
    if quarantine::append(part, entries, id) {
        current::put_hot(current);
    } else {
        slow::make_room_and_enqueue(current, Place { class, slot: id });
    }
}

/// Takes back any allocation, with every check that the options ask for.
#[inline(never)]
pub(crate) fn free_any(address: Addr, claim: Claim) {
    let Some(place) = sealed().layout.place_of(address) else {
        return slow::free_elsewhere(address, claim);
    };
    if !sealed().hot_paths {
        return careful::free(place, address, claim);
    }
    let checked = match Slot::at(place).check_in_line() {
        Ok(checked) => checked,
        Err(flaw) => return fault::at_slot(place, flaw, claim.operation),
    };
    compare(place, address, checked.state(), claim);
    checked.retire();
    enqueue(place);
}

/// Puts a retired slot on its way.
pub(super) fn enqueue(place: Place) {
    let Some(mut current) = current::take() else { return slow::enqueue_without_cache(place) };
    let (part, entries) = current.class(place.class);
    shape::reach(part, place);
    if quarantine::append(part, entries, place.slot) {
        current::put(current);
    } else {
        slow::make_room_and_enqueue(current, place);
    }
}

/// Compares the size and alignment that the caller states with what is known.
pub(super) fn compare(place: Place, address: Addr, state: State, claim: Claim) {
    if !sealed().options.sized_free_check {
        return;
    }
    if let Some(size) = claim.size {
        let slack = usable_bytes(place.class).checked_sub(size).map(|slack| slack.min(MAX_SLACK));
        if slack != Some(state.slack()) {
            fault::wrong_size(place, address, size, claim.operation);
        }
    }
    if let Some(align) = claim.align
        // Whatever the address happens to be: a block with that alignment would be in another class.
        && !classes::serves(slot_bytes(place.class), align)
    {
        fault::wrong_alignment(address, align, claim.operation);
    }
}

/// Compares the stated alignment and family of what is in no slot, or in one without bytes.
pub(super) fn check_claim(address: Addr, made_by: Option<Kind>, claim: Claim) {
    if let Some(align) = claim.align
        && sealed().options.sized_free_check
        && (!align.is_power_of_two() || !address.is_aligned(align))
    {
        fault::wrong_alignment(address, align, claim.operation);
    }
    check_family(address, made_by, claim);
}

/// Compares the family; where the option for it is on, the hot paths are off.
pub(super) fn check_family(address: Addr, made_by: Option<Kind>, claim: Claim) {
    if sealed().options.type_mismatch_check
        && let Some(made_by) = made_by
        && made_by != claim.kind
        && !replaced::operators_are_elsewhere_too()
    {
        fault::wrong_family(address, made_by, claim);
    }
}
