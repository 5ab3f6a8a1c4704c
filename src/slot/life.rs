//! The transitions of a slot, and the checks that belong to each.
//!
//! States are stored with Release and loaded with Acquire: who sees a neighbour's state sees the canary that
//! it promises.

mod chosen;
mod empty;
mod idle;
#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;
mod slack;
mod unused;

pub(crate) use chosen::is_as_freed;
pub(crate) use empty::{hand_out_empty, retire_empty};
pub(crate) use idle::{bury, bury_first, forget, release, release_by, release_in, reset, settle};

use slack::slack_is_zero;

use super::state::{Kind, Mark, State};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::less_often;
use crate::base::sync::{AtomicU16, Ordering};
use crate::geometry::classes::{self, CANARY_BYTES, usable_bytes};
use crate::region::bytes::Cover;
use crate::region::footprint;
use crate::region::rows::ClassCache;
use crate::region::sealed::sealed;
use crate::region::span::Span;
use crate::region::{bytes, tables};
use core::sync::atomic::compiler_fence;

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
    /// It was never used, and there is something in it.
    Unused,
    /// It left the quarantine twice: two threads freed it at the same moment.
    FreedTwice,
    /// A slot about to be handed out is in no state that allows it.
    NotFree,
    /// The record has it already.
    Returned,
}

/// The state of a slot.
#[inline(always)]
pub(crate) fn state(place: Place) -> State {
    State::of(tables::state(place).load(Ordering::Acquire))
}

#[inline(always)]
fn set(place: Place, state: State) {
    tables::open_state(place).store(state.get(), Ordering::Release);
}

#[inline(always)]
fn canary_of(at: Addr) -> u64 {
    sealed().canary_keys.canary(at)
}

/// A slot, with all that its transitions need.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// Its first byte.
    at: Addr,
    /// Its state, and that of the slot before it.
    cell: &'static AtomicU16,
    before: &'static AtomicU16,
    /// Bytes before its canary.
    usable: usize,
}

impl Slot {
    /// The slot at `place`.
    pub(crate) fn at(place: Place) -> Self {
        let (cell, before) = tables::state_and_before(place);
        Self {
            at: sealed().layout.address_of(place),
            cell,
            before,
            usable: usable_bytes(place.class),
        }
    }

    /// Slot `number` of the span of `part`.
    #[inline(always)]
    pub(crate) fn of(part: &ClassCache, number: u32) -> Self {
        let at = part.span.address_of(number, part.slot_bytes());
        Self::with(part, at, part.span.state(number))
    }

    /// The same, whose first byte is known.
    #[inline(always)]
    pub(crate) fn found(part: &ClassCache, number: u32, at: Addr) -> Self {
        Self::with(part, at, part.span.state_to_keep(number))
    }

    #[inline(always)]
    fn with(part: &ClassCache, at: Addr, cell: &'static AtomicU16) -> Self {
        Self { at, cell, before: Span::state_before(cell), usable: part.usable as usize }
    }

    /// Its first byte.
    #[inline(always)]
    pub(crate) fn address(self) -> Addr {
        self.at
    }

    #[inline(always)]
    fn load(self) -> State {
        State::of(self.cell.load(Ordering::Acquire))
    }

    #[inline(always)]
    fn store(self, state: State) {
        self.cell.store(state.get(), Ordering::Release);
    }

    /// FRESH, FREE or PURGED to LIVE: hands the slot out for a request of `size` bytes.
    pub(crate) fn hand_out(self, size: usize, kind: Kind) -> Result<Addr, Flaw> {
        let is_common = if self.usable <= bytes::LOOPLESS {
            self.hand_out_hot::<true>(size, kind, ClassId::ZERO, Cover::NONE)
        } else {
            self.hand_out_hot::<false>(size, kind, ClassId::ZERO, Cover::NONE)
        };
        if is_common {
            return Ok(self.at);
        }
        match self.load() {
            State::PURGED => self.revive()?,
            state if state.is_wiped() => return Err(Flaw::WriteAfterFree),
            State::FRESH => return Err(Flaw::Unused),
            _ => return Err(Flaw::NotFree),
        }
        self.store(State::live(kind, self.usable.wrapping_sub(size)));
        Ok(self.at)
    }

    /// The same for the common cases alone, for `NARROW` slots, which have this `cover` and are of this class, or, with a
    /// loop, for any of more than [`bytes::LOOPLESS`] bytes. `false`, and nothing done, when `hand_out` must look closer.
    #[inline(always)]
    pub(crate) fn hand_out_hot<const NARROW: bool>(
        self,
        size: usize,
        kind: Kind,
        class: ClassId,
        cover: Cover,
    ) -> bool {
        // Loaded anew below: to keep it takes a register that must be saved.
        let is_wiped = self.load().is_wiped();
        if !is_wiped {
            less_often();
            if self.load() != State::FRESH || NARROW && !self.has_place_for_canary() {
                return false;
            }
        }
        let is_clean = if NARROW {
            bytes::is_wiped(self.at, self.usable, class, cover, canary_of(self.at))
        } else if is_wiped {
            let end = self.at.plus(self.usable);
            bytes::long_is_zero(self.at, self.usable) && bytes::load(end) == canary_of(self.at)
        } else {
            self.is_unused()
        };
        if !is_clean {
            return false;
        }
        let slack = self.usable.wrapping_sub(size);
        self.store(if NARROW {
            State::live_exactly(kind, slack)
        } else {
            State::live(kind, slack)
        });
        true
    }

    /// Gives a PURGED slot its canary again. Its page went back to the system, but may have been written
    /// since through a pointer that should be gone.
    fn revive(self) -> Result<(), Flaw> {
        let (end, canary) = (self.at.plus(self.usable), canary_of(self.at));
        bytes::expect_writes(self.at, self.usable);
        // The old canary is still there where the system refused to take the page.
        if !bytes::is_zero(self.at, self.usable) || ![0, canary].contains(&bytes::load(end)) {
            return Err(Flaw::WriteAfterFree);
        }
        bytes::store(end, canary);
        footprint::grew(self.usable);
        Ok(())
    }

    /// Makes the slot LIVE whatever was found in it: wiped, with a new canary.
    pub(crate) fn hand_out_wiped(self, size: usize, kind: Kind) -> Addr {
        bytes::fill(self.at, 0, self.usable);
        bytes::store(self.at.plus(self.usable), canary_of(self.at));
        self.store(State::live(kind, self.usable.saturating_sub(size)));
        self.at
    }

    /// As `check`, without saying what is wrong.
    #[inline(always)]
    pub(crate) fn check_wide(self) -> (Checked, bool) {
        let state = self.load();
        let end = self.at.plus(self.usable);
        let intact = state.is_live()
            && bytes::load(end) == canary_of(self.at)
            && slack_is_zero(end, self.usable, state.slack())
            && self.before_is_intact();
        (Checked { slot: self, state }, intact)
    }

    /// As `check`, with a call only where something seems wrong.
    #[inline(always)]
    pub(crate) fn check_in_line(self) -> Result<Checked, Flaw> {
        let (checked, intact) = self.check_wide();
        if intact { Ok(checked) } else { self.check() }
    }

    /// Checks that the slot is live and nothing around its contents changed.
    pub(crate) fn check(self) -> Result<Checked, Flaw> {
        let state = self.load();
        if !state.is_live() {
            return Err(Flaw::NotLive);
        }
        let end = self.at.plus(self.usable);
        if bytes::load(end) != canary_of(self.at) {
            return Err(Flaw::Canary);
        }
        let slack = state.slack();
        if !slack_is_zero(end, self.usable, slack) {
            return Err(Flaw::Slack);
        }
        if !self.before_is_intact() && !self.before_changed_under_us() {
            return Err(Flaw::Before);
        }
        Ok(Checked { slot: self, state })
    }

    /// LIVE to QUARANTINED, for the common case alone and without a call: `None`, and nothing done, when anything
    /// is wrong, when the slack is long, when another family of functions made the slot or when `holds` says so: then
    /// `check` must look closer. Else the slot is wiped and this its slack, for `retired_by`. Only for narrow slots, which
    /// have this `cover`.
    #[inline(always)]
    pub(crate) fn retire_narrow(
        self,
        kind: Kind,
        class: ClassId,
        cover: &Cover,
        holds: impl FnOnce(Checked) -> bool,
    ) -> Option<usize> {
        let state = self.load();
        let slack = state.slack_if(kind, bytes::TAIL_SEEN)?;
        if !self.before_is_intact() || !holds(Checked { slot: self, state }) {
            return None;
        }
        // What the two canaries are worked out from is loaded for each: kept, it takes four registers that must be
        // saved, 10 instructions more.
        compiler_fence(Ordering::SeqCst);
        let canary = canary_of(self.at);
        bytes::wipe(self.at, self.usable, class, slack, cover, canary).then_some(slack)
    }

    /// The end of `retire_narrow`: the slot is QUARANTINED by the thread whose cache has this mark.
    #[inline(always)]
    pub(crate) fn retired_by(self, mark: Mark, slack: usize) {
        self.store(State::quarantined_by(mark, slack));
    }

    /// Whether the slot before this one has its canary, or, if it should have none, ends in zeros. Not
    /// looked at where that end may be in a guard page: below the first slot, and below one that starts a
    /// page when the slot before is DEAD.
    #[inline(always)]
    fn before_is_intact(self) -> bool {
        let before = State::of(self.before.load(Ordering::Acquire));
        if before == State::DEAD && self.at.is_aligned(sealed().page) {
            return true;
        }
        let canary = canary_of(self.at.minus(self.usable + CANARY_BYTES));
        // A mask in place of a branch, which is mispredicted where some neighbours were never used: a pair of malloc
        // and free then took a seventh longer.
        let expected = canary & 0_u64.wrapping_sub(u64::from(before.has_canary()));
        bytes::load(self.at.minus(CANARY_BYTES)) == expected
    }

    /// The same for a neighbour in transition: a purged slot has its old canary where the system kept the
    /// page, and one that is handed out at this moment its new one.
    fn before_has_canary(self) -> bool {
        let canary = canary_of(self.at.minus(self.usable + CANARY_BYTES));
        bytes::load(self.at.minus(CANARY_BYTES)) == canary
    }

    /// The neighbour may have been purged, or handed out anew, between the two loads: only a canary
    /// that stays wrong beside a state that promises one is wrong.
    #[cold]
    #[inline(never)]
    fn before_changed_under_us(self) -> bool {
        (0..3).any(|_| self.before_is_intact() || self.before_has_canary())
    }
}

/// A live slot around whose contents nothing changed.
#[derive(Clone, Copy)]
pub(crate) struct Checked {
    slot: Slot,
    state: State,
}

impl Checked {
    /// Its state, as it was when checked.
    #[inline(always)]
    pub(crate) fn state(self) -> State {
        self.state
    }

    /// Whether its class serves blocks aligned to `align`.
    #[inline(always)]
    pub(crate) fn serves(self, align: usize) -> bool {
        classes::serves(self.slot.usable.wrapping_add(CANARY_BYTES), align)
    }

    /// Bytes the caller asked for.
    #[inline(always)]
    pub(crate) fn requested(self) -> usize {
        self.slot.usable.wrapping_sub(self.state.slack())
    }

    /// LIVE to QUARANTINED: the slot is wiped and withdrawn. Marked first, for wiping takes long: another
    /// thread's free of it is told meanwhile.
    #[inline(always)]
    pub(crate) fn retire(self) {
        self.slot.store(State::RETIRING);
        // The bytes up to the next multiple of 8 are the slot's, and zero.
        bytes::zero(self.slot.at, self.requested().next_multiple_of(8));
        self.slot.store(self.state.quarantined());
    }

    /// Gives the slot another requested size, which fits in it.
    pub(crate) fn resize(self, new_size: usize) {
        if new_size < self.requested() {
            bytes::fill(self.slot.at.plus(new_size), 0, self.requested() - new_size);
        }
        let kind = self.state.kind().unwrap_or(Kind::Malloc);
        self.slot.store(State::live(kind, self.slot.usable.saturating_sub(new_size)));
    }
}

/// Whether the slot before `place` should end in a canary, and not in zeros.
pub(crate) fn canary_is_due_before(place: Place) -> bool {
    let (_, before) = tables::state_and_before(place);
    State::of(before.load(Ordering::Acquire)).has_canary()
}

/// Bytes the caller asked for, of a live slot: none where slots are out of reach, and have no slack.
pub(crate) fn requested(place: Place, state: State) -> usize {
    requested_once(place, state).unwrap_or(0)
}

/// The same, or what the last owner of a freed slot asked for, where that is recorded.
pub(crate) fn requested_once(place: Place, state: State) -> Option<usize> {
    let slack = state.slack_known()?;
    Some(if place.class == ClassId::ZERO {
        0
    } else {
        usable_bytes(place.class).checked_sub(slack)?
    })
}

/// Bytes the caller asked for, of a live slot in which `flaw` was found.
pub(crate) fn requested_despite(place: Place, flaw: Flaw) -> Option<usize> {
    let is_damaged = matches!(flaw, Flaw::Canary | Flaw::Slack | Flaw::Before);
    let state = state(place);
    (is_damaged && state.is_live()).then(|| requested(place, state))
}
