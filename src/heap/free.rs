//! The way of a freed pointer: checks, wipe, quarantine; or `slow`.

use super::{fault, slow};
use crate::base::addr::Addr;
use crate::base::index::Place;
use crate::cache::retire::{self, Outcome};
use crate::geometry::classes::{MAX_SLACK, usable_bytes};
use crate::region::current;
use crate::region::sealed::sealed;
use crate::report::Operation;
use crate::slot::life;
use crate::slot::state::{Kind, State};

/// What the caller says about the memory it gives back.
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

    /// Whether something is stated that has to be compared.
    #[inline(always)]
    const fn states_more(&self) -> bool {
        self.size.is_some() || self.align.is_some()
    }
}

/// Takes back the allocation at `address`; null is fine.
#[inline(always)]
pub(crate) fn free(address: Addr, claim: Claim) {
    let Some(place) = sealed().layout.place_of(address) else {
        return slow::free_elsewhere(address, claim);
    };
    let state = match life::check(place, address) {
        Ok(state) => state,
        Err(flaw) => return fault::at_slot(place, flaw, claim.operation),
    };
    if claim.states_more() || sealed().options.type_mismatch_check {
        compare(place, address, state, claim);
    }
    life::retire(place, address, life::requested(place, state));
    enqueue(place);
}

/// Puts a retired slot on its way.
#[inline(always)]
pub(super) fn enqueue(place: Place) {
    let Some(mut current) = current::take() else { return slow::enqueue_without_cache(place) };
    match retire::enqueue(&mut current, place) {
        Outcome::Done => current::put(current),
        Outcome::NoRoom => slow::make_room_and_enqueue(current, place),
        Outcome::Wrong(trouble) => {
            current::put(current);
            fault::in_transit(trouble)
        }
    }
}

/// Compares what the caller states with what is known.
#[inline(never)]
fn compare(place: Place, address: Addr, state: State, claim: Claim) {
    let all = sealed();
    if let Some(size) = claim.size
        && all.options.sized_free_check
    {
        let slack = usable_bytes(place.class).checked_sub(size).map(|slack| slack.min(MAX_SLACK));
        if slack != Some(state.slack()) {
            fault::wrong_size(place, address, size, claim.operation);
        }
    }
    check_claim(address, state.kind(), claim);
}

/// Compares the stated alignment and family; for small and large alike.
pub(super) fn check_claim(address: Addr, made_by: Option<Kind>, claim: Claim) {
    if let Some(align) = claim.align
        && (!align.is_power_of_two() || !address.is_aligned(align))
    {
        fault::wrong_alignment(address, align, claim.operation);
    }
    if sealed().options.type_mismatch_check
        && let Some(made_by) = made_by
        && made_by != claim.kind
    {
        fault::wrong_family(address, made_by, claim);
    }
}
