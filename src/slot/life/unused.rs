//! What is looked for in a slot that was never used: somebody may have written there all the same.

use super::{Slot, canary_of};
use crate::base::addr::Addr;
use crate::region::bytes;
use crate::region::sealed::sealed;

/// Slots of up to so many bytes are looked at as a whole: they lie on the pages of their first and their last byte, of
/// which most programs write both. Each page more that is looked at is a fault of its own.
const WHOLE: usize = 4128;

impl Slot {
    /// Gives a FRESH slot its canary. Says whether there was nothing in that place, or the canary already.
    #[inline(always)]
    pub(super) fn has_place_for_canary(self) -> bool {
        let (end, canary) = (self.at.plus(self.usable), canary_of(self.at));
        bytes::touch_in_line(end);
        let before = bytes::load(end);
        let is_free = before == 0 || before == canary;
        if is_free {
            bytes::store(end, canary);
        }
        is_free
    }

    /// The same, and whether all else is zero; of more than [`WHOLE`] bytes, on the first page and the last.
    #[cold]
    #[inline(never)]
    pub(super) fn is_unused(self) -> bool {
        let end = self.at.plus(self.usable);
        if !self.has_place_for_canary() {
            return false;
        }
        // Before it is looked at: see `bytes::expect_writes`.
        bytes::touch(self.at);
        if self.usable <= WHOLE {
            return bytes::is_zero(self.at, self.usable);
        }
        // Pages may be longer than slots.
        let page = sealed().page;
        let second = self.at.align_down(page).plus(page).min(end);
        let last = end.align_down(page).max(second);
        let is_zero = |from: Addr, to: Addr| bytes::is_zero(from, to.offset_from(from));
        is_zero(self.at, second) && is_zero(last, end)
    }
}
