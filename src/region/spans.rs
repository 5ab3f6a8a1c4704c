//! Opening and emptying parts of the two regions.
//!
//! - **P-OWN**: ranges lie inside one class span (or inside the metadata region); the caller holds
//!   the lock of the record they belong to, or has claimed the slabs that they hold.

use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::platform::memory::{self, Access};

/// Makes `[from, to)` of a class span usable; both are multiples of the page size.
pub(crate) fn commit(from: Addr, to: Addr) -> bool {
    from == to || memory::protect(from, to.offset_from(from), Access::ReadWrite).is_ok()
}

/// Makes one page of a usable range fault, without splitting the mapping.
pub(crate) fn guard(at: Addr) -> bool {
    sealed().guard_advice && memory::guard(at, sealed().page).is_ok()
}

/// Gives the pages of `[from, to)` back to the system; they read as zeros afterwards.
pub(crate) fn purge(from: Addr, to: Addr) -> bool {
    memory::purge(from, to.offset_from(from)).is_ok()
}

/// Makes the metadata in `[from, to)` writable, unless it was from the start. `end` remembers how
/// far earlier calls for the same rows went.
pub(crate) fn commit_metadata(from: Addr, to: Addr, end: &mut usize) -> bool {
    if !sealed().lazy_metadata || to.get() <= *end {
        return true;
    }
    let page = sealed().page;
    let start = from.align_down(page).get().max(*end);
    let stop = to.plus(page - 1).align_down(page);
    let done = memory::protect(Addr::new(start), stop.get() - start, Access::ReadWrite).is_ok();
    if done {
        *end = stop.get();
    }
    done
}
