//! The transitions of a slot, and the checks that belong to each.
//!
//! States are relaxed atomics; a Release store with the Acquire load of a neighbour's state orders
//! the canary before the state that promises it.

use super::canary;
use super::state::{Kind, State};
use crate::base::addr::Addr;
use crate::base::index::{Place, SlotId};
use crate::geometry::classes::{CANARY_BYTES, MAX_SLACK, slot_bytes, usable_bytes};
use crate::region::sealed::sealed;
use crate::region::{bytes, tables};
use core::sync::atomic::Ordering;

/// What is wrong with a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flaw {
    /// It is not live: freed already, never handed out, or under a guard.
    NotLive,
    /// Its canary changed while it was live.
    Canary,
    /// Bytes between the requested size and the canary changed.
    Slack,
    /// The canary of the slot before it changed: somebody wrote below this one.
    Before,
    /// Its contents changed after it was freed.
    WriteAfterFree,
    /// It left the quarantine twice: two threads freed it at the same moment.
    FreedTwice,
    /// A slot about to be handed out is in no state that allows it.
    NotFree,
    /// The record has it already.
    Returned,
}

/// Most bytes of slack looked at by `free`; a linear overflow cannot skip these, and all the rest
/// is looked at when the slot is used again.
const SLACK_LOOK: usize = 256;

/// The state of a slot.
#[inline(always)]
pub(crate) fn state(place: Place) -> State {
    State::of(tables::state(place).load(Ordering::Acquire))
}

#[inline(always)]
fn set(place: Place, state: State) {
    tables::state(place).store(state.get(), Ordering::Release);
}

#[inline(always)]
fn canary_of(at: Addr) -> u64 {
    canary::value(sealed().canary_keys, at)
}

/// FRESH or FREE to LIVE: hands out the slot at `at` for a request of `size` bytes.
#[inline(always)]
pub(crate) fn hand_out(place: Place, at: Addr, size: usize, kind: Kind) -> Result<(), Flaw> {
    let usable = usable_bytes(place.class);
    let end = at.plus(usable);
    let before = state(place);
    if before == State::FREE {
        if !bytes::is_zero(at, usable) || bytes::load(end) != canary_of(at) {
            return Err(Flaw::WriteAfterFree);
        }
    } else if before == State::FRESH {
        bytes::store(end, canary_of(at));
    } else {
        return Err(Flaw::NotFree);
    }
    set(place, State::live(kind, usable - size));
    Ok(())
}

/// Makes a slot LIVE whatever was found in it: wiped, with a new canary.
pub(crate) fn hand_out_wiped(place: Place, at: Addr, size: usize, kind: Kind) {
    let usable = usable_bytes(place.class);
    bytes::fill(at, 0, usable);
    bytes::store(at.plus(usable), canary_of(at));
    set(place, State::live(kind, usable - size));
}

/// Checks that the slot at `at` is live and nothing around its contents changed; gives its state.
#[inline(always)]
pub(crate) fn check(place: Place, at: Addr) -> Result<State, Flaw> {
    let state = state(place);
    if !state.is_live() {
        return Err(Flaw::NotLive);
    }
    let end = at.plus(usable_bytes(place.class));
    if bytes::load(end) != canary_of(at) {
        return Err(Flaw::Canary);
    }
    let slack = state.slack();
    if slack != 0 && !slack_is_zero(end, slack) {
        return Err(Flaw::Slack);
    }
    if !before_is_intact(place, at) {
        return Err(Flaw::Before);
    }
    Ok(state)
}

/// Bytes the caller asked for, of a live slot.
#[inline(always)]
pub(crate) fn requested(place: Place, state: State) -> usize {
    usable_bytes(place.class) - state.slack()
}

/// LIVE to QUARANTINED: a checked slot of `size` requested bytes is wiped and withdrawn.
#[inline(always)]
pub(crate) fn retire(place: Place, at: Addr, size: usize) {
    bytes::zero(at, size);
    set(place, State::QUARANTINED);
}

/// QUARANTINED to FREE, when the slot leaves a quarantine. Of two copies of one slot that a race
/// between two frees put in, the second is found here.
#[inline(always)]
pub(crate) fn release(place: Place) -> Result<(), Flaw> {
    if state(place) != State::QUARANTINED {
        return Err(Flaw::FreedTwice);
    }
    set(place, State::FREE);
    Ok(())
}

/// Gives a checked live slot another requested size, which fits in it.
pub(crate) fn resize(place: Place, at: Addr, from: State, new_size: usize) {
    let usable = usable_bytes(place.class);
    let old_size = usable - from.slack();
    if new_size < old_size {
        bytes::fill(at.plus(new_size), 0, old_size - new_size);
    }
    set(place, State::live(from.kind().unwrap_or(Kind::Malloc), usable - new_size));
}

/// Whether `size` bytes can be recorded as the request of a slot of this class.
pub(crate) fn records(place: Place, size: usize) -> bool {
    usable_bytes(place.class).checked_sub(size).is_some_and(|slack| slack <= MAX_SLACK)
}

/// FREE to FRESH: the slot's canary is about to be purged with its page.
pub(crate) fn forget(place: Place) {
    set(place, State::FRESH);
}

/// FRESH to DEAD: a guard page overlaps the slot.
pub(crate) fn bury(place: Place) {
    set(place, State::DEAD);
}

/// A zero-size slot goes LIVE; its memory is never accessible, so there is nothing to check.
pub(crate) fn hand_out_empty(place: Place, kind: Kind) {
    set(place, State::live(kind, 0));
}

/// A live zero-size slot goes FREE.
pub(crate) fn retire_empty(place: Place) -> Result<(), Flaw> {
    if !state(place).is_live() {
        return Err(Flaw::NotLive);
    }
    set(place, State::FREE);
    Ok(())
}

/// Whether a FREE slot still is as `retire` left it.
pub(crate) fn is_untouched(place: Place, at: Addr) -> bool {
    let usable = usable_bytes(place.class);
    bytes::is_zero(at, usable) && bytes::load(at.plus(usable)) == canary_of(at)
}

#[inline(always)]
fn slack_is_zero(end: Addr, slack: usize) -> bool {
    // The 8 bytes before the canary always belong to the slot; the last `slack` of them are on top.
    let last = u64::from_le(bytes::load(end.minus(8)));
    if slack < 8 { last >> (64 - 8 * slack) == 0 } else { last == 0 && long_slack_is_zero(end, slack) }
}

#[inline(never)]
fn long_slack_is_zero(end: Addr, slack: usize) -> bool {
    let start = end.minus(slack);
    let whole = (slack / 8 * 8).min(SLACK_LOOK);
    bytes::load(start) == 0 && bytes::is_zero(end.minus(slack / 8 * 8), whole)
}

/// Whether the slot before this one has its canary, if it should have one.
#[inline(always)]
fn before_is_intact(place: Place, at: Addr) -> bool {
    let Some(slot) = SlotId::new(place.slot.arena(), place.slot.number() - 1) else { return true };
    let before = Place { class: place.class, slot };
    !state(before).has_canary()
        || bytes::load(at.minus(CANARY_BYTES)) == canary_of(at.minus(slot_bytes(place.class)))
        || changed_under_us(before, at)
}

/// The neighbour may have been purged, or handed out anew, between the two loads: only a canary
/// that stays wrong beside a state that promises one is wrong.
#[cold]
#[inline(never)]
fn changed_under_us(before: Place, at: Addr) -> bool {
    (0..3).any(|_| {
        !state(before).has_canary()
            || bytes::load(at.minus(CANARY_BYTES))
                == canary_of(at.minus(slot_bytes(before.class)))
    })
}

#[cfg(test)]
mod tests {
    use super::{long_slack_is_zero, slack_is_zero};
    use crate::base::addr::Addr;

    #[repr(align(16))]
    struct Slot([u8; 512]);

    #[test]
    fn the_first_byte_past_a_request_is_seen_for_every_slack() {
        for slack in 1..=496usize {
            let mut slot = Slot([0; 512]);
            let end = Addr::of(&raw const slot.0).plus(504);
            slot.0[504 - slack - 1] = 0xff;
            slot.0[504] = 0xff;
            assert!(slack_is_zero(end, slack), "{slack}");
            slot.0[504 - slack] = 1;
            assert!(!slack_is_zero(end, slack), "{slack}");
            assert!(slack < 8 || !long_slack_is_zero(end, slack));
        }
    }
}
