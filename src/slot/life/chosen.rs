//! The transitions of a slot as the options want them, where those differ from what the hot paths do.
//! Only the general path comes here, and only when `sealed().hot_paths` is off.
//!
//! | option off | then |
//! |---|---|
//! | `zero_on_free` | a freed slot keeps its contents and is wiped when it is handed out; of writes after free only those to the canary can be seen |
//! | `check_on_reuse` | a slot is handed out as it is found, but with a canary that is right |
//! | `canary` | neither the canaries nor the bytes between a request and its canary are looked at; all of the slot is wiped when it is freed, so that these bytes are not taken for a write after free |

use super::{Checked, Flaw, Slot, canary_of};
use crate::base::addr::Addr;
use crate::base::index::Place;
use crate::geometry::classes::usable_bytes;
use crate::region::bytes;
use crate::region::sealed::sealed;
use crate::slot::state::{Kind, State};

impl Slot {
    /// As `hand_out`.
    pub(crate) fn hand_out_chosen(self, size: usize, kind: Kind) -> Result<Addr, Flaw> {
        let options = &sealed().options;
        let (end, state) = (self.at.plus(self.usable), self.load());
        match state {
            State::FRESH => {
                if options.check_on_reuse && !self.is_unused() {
                    return Err(Flaw::Unused);
                }
            }
            state if state.is_wiped() || state == State::PURGED => {
                if options.check_on_reuse && !self.is_as_kept(state) {
                    return Err(Flaw::WriteAfterFree);
                }
                if !options.zero_on_free {
                    bytes::zero(self.at, self.usable);
                }
            }
            _ => return Err(Flaw::NotFree),
        }
        // One that nobody looked at must not be held against the next owner.
        bytes::store(end, canary_of(self.at));
        self.store(State::live(kind, self.usable.wrapping_sub(size)));
        Ok(self.at)
    }

    /// Whether what should have stayed since the slot was freed did.
    fn is_as_kept(self, state: State) -> bool {
        let options = &sealed().options;
        let found = bytes::load(self.at.plus(self.usable));
        // The canary went with its page, unless the system refused to take that.
        let is_gone = state == State::PURGED && found == 0;
        let has_canary = !options.canary || is_gone || found == canary_of(self.at);
        has_canary && (!options.zero_on_free || bytes::is_zero(self.at, self.usable))
    }

    /// As `check`.
    pub(crate) fn check_chosen(self) -> Result<Checked, Flaw> {
        if sealed().options.canary {
            return self.check();
        }
        let state = self.load();
        if state.is_live() { Ok(Checked { slot: self, state }) } else { Err(Flaw::NotLive) }
    }
}

impl Checked {
    /// As `retire`.
    pub(crate) fn retire_chosen(self) {
        let options = &sealed().options;
        if !options.zero_on_free {
            self.slot.store(self.state.quarantined());
        } else if options.canary {
            self.retire();
        } else {
            self.slot.store(State::RETIRING);
            bytes::zero(self.slot.at, self.slot.usable);
            self.slot.store(self.state.quarantined());
        }
    }
}

/// Whether a slot that is not live still is as it was left when it was freed, as far as the options
/// let that be seen.
pub(crate) fn is_as_freed(place: Place, at: Addr) -> bool {
    let options = &sealed().options;
    let usable = usable_bytes(place.class);
    (!options.zero_on_free || bytes::is_zero(at, usable))
        && (!options.canary || bytes::load(at.plus(usable)) == canary_of(at))
}
