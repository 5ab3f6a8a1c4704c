//! The transitions of a slot that is in nobody's hands.

use super::{Flaw, set};
use crate::base::index::Place;
use crate::base::less_often;
use crate::base::sync::{AtomicU16, Ordering};
use crate::region::span::Span;
use crate::region::tables;
use crate::slot::state::{Mark, State};

/// QUARANTINED to FREE, when the slot leaves the quarantine of the cache with this mark. Of two copies of one slot that a
/// race between two frees put in, one is found here: by the other's mark, or by an exchange, for they may leave two
/// threads' quarantines at the same moment. An exchange for each slot took 5 to 9 % of the time of threads with
/// objects of 16 to 1,024 bytes.
#[inline(always)]
pub(crate) fn release_by(place: Place, mark: Mark) -> Result<(), Flaw> {
    release_cell(tables::open_state(place), mark)
}

/// The same, for slot `number` of `span`.
#[inline(always)]
pub(crate) fn release_in(span: &Span, number: u32, mark: Mark) -> Result<(), Flaw> {
    release_cell(span.state(number), mark)
}

/// The same for a slot that no hot path freed.
pub(crate) fn release(place: Place) -> Result<(), Flaw> {
    let cell = tables::open_state(place);
    exchange(cell, State::of(cell.load(Ordering::Relaxed)))
}

#[inline(always)]
fn release_cell(cell: &AtomicU16, mark: Mark) -> Result<(), Flaw> {
    let state = State::of(cell.load(Ordering::Relaxed));
    if let Some(released) = state.released_by(mark) {
        cell.store(released.get(), Ordering::Release);
        return Ok(());
    }
    less_often();
    exchange(cell, state)
}

#[inline(always)]
fn exchange(cell: &AtomicU16, found: State) -> Result<(), Flaw> {
    // Any other state is not the expected one.
    let from = found.as_if_unmarked();
    let (from, to) = (from.get(), from.released().get());
    let swapped = cell.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);
    swapped.map(drop).map_err(|_| Flaw::FreedTwice)
}

/// Makes slot `number` of `span`, which leaves a magazine, FREE for all to see: a process with one
/// thread, whose cache has this mark, put it there without `release`.
pub(crate) fn settle(span: &Span, number: u32, mark: Mark) {
    let cell = span.state(number);
    let state = State::of(cell.load(Ordering::Acquire));
    if let Some(released) = state.released_by(mark) {
        cell.store(released.get(), Ordering::Release);
    } else if state.is_quarantined() {
        cell.store(state.released().get(), Ordering::Release);
    }
}

/// FREE to PURGED: the slot's canary is about to go with its page.
pub(crate) fn forget(place: Place) {
    set(place, State::PURGED);
}

/// Any state but LIVE to FRESH: the slot's span is closed.
pub(crate) fn reset(place: Place) {
    set(place, State::FRESH);
}

/// FRESH to DEAD: a guard page overlaps the slot.
pub(crate) fn bury(place: Place) {
    set(place, State::DEAD);
}

/// FRESH to DEAD: slot 0 of a span, which nobody is ever given and which may lie in no page.
pub(crate) fn bury_first(span: &Span) {
    span.state(0).store(State::DEAD.get(), Ordering::Release);
}
