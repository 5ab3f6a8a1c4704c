//! The transitions of zero-size slots.

use super::{Flaw, set, state};
use crate::base::index::Place;
use crate::slot::state::{Kind, State};

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
