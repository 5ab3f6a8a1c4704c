//! Opening and emptying parts of the two regions.
//!
//! - **P-OWN**: ranges lie inside one class span (or inside the metadata region); the caller holds
//!   the lock of the record they belong to, or has claimed the slabs that they hold, or has taken out every
//!   slot that lies in them.

use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::base::sync::{AtomicUsize, Ordering};
use crate::platform::memory::{self, Access, Promise};

/// Makes `[from, to)` of a class span usable, and dumped; both are multiples of the page size.
pub(crate) fn commit(from: Addr, to: Addr) -> bool {
    let len = to.offset_from(from);
    if len == 0 {
        return true;
    }
    let opened = memory::protect(from, len, Access::ReadWrite).is_ok();
    if opened {
        let _ = memory::show_in_dumps(from, len);
    }
    opened
}

/// Makes pages of a usable range fault, without splitting the mapping.
pub(crate) fn guard(at: Addr, len: usize) -> bool {
    let done = memory::guard(at, len).is_ok();
    if !done {
        miss_guard();
    }
    done
}

/// Gives the pages of `[from, to)` back to the system; they read as zeros afterwards.
pub(crate) fn purge(from: Addr, to: Addr) -> bool {
    memory::purge(from, to.offset_from(from)).is_ok()
}

/// Makes `[from, to)` of a class span as it was before it was ever opened: inaccessible, without pages
/// or guards, and not charged for.
pub(crate) fn close(from: Addr, to: Addr) -> bool {
    let len = to.offset_from(from);
    let closed = memory::map_over(from, len, Access::None, Promise::NotAsked).is_ok();
    if closed {
        settle_reserved(from, len, sealed().options.thp);
    }
    closed
}

/// What is said of all that is reserved for blocks: huge pages or none, and that it is no part of a dump until it is used.
/// gdb's `gcore` would write all of it as zeros.
pub(crate) fn settle_reserved(at: Addr, len: usize, huge: bool) {
    choose_page_size(at, len, huge);
    let _ = memory::leave_out_of_dumps(at, len);
}

/// Asks for huge pages, or for none, in a range; all of a region alike, for neighbours that differ
/// are mappings of their own. A kernel that has none refuses, and nothing is lost.
pub(crate) fn choose_page_size(at: Addr, len: usize, huge: bool) {
    let _ = if huge { memory::want_huge_pages(at, len) } else { memory::avoid_huge_pages(at, len) };
}

/// Makes the metadata in `[from, to)` writable. `end` remembers how far earlier calls for the same
/// rows went.
pub(crate) fn commit_metadata(from: Addr, to: Addr, end: &mut usize) -> bool {
    if to.get() <= *end {
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

/// Guard pages that were left as holes, each of which splits a mapping in two.
static HOLES: AtomicUsize = AtomicUsize::new(0);
/// Guard pages that could not be had: the budget is used up or being saved, or the system refused.
static MISSING_GUARDS: AtomicUsize = AtomicUsize::new(0);

/// Most holes: two mappings each, a quarter of Linux's default limit of 65,530 in all.
const HOLE_BUDGET: usize = 8_192;
/// Parts of the budget after each of which the distance between holes doubles.
const WIDENINGS: usize = 8;

/// How far apart guards stand at the moment, for a wish of `wanted` bytes: the scarcer the budget
/// of mappings, the farther.
pub(crate) fn widened(wanted: usize) -> usize {
    if sealed().guard_advice {
        return wanted;
    }
    wanted << (HOLES.load(Ordering::Relaxed) / (HOLE_BUDGET / WIDENINGS)).min(WIDENINGS)
}

/// Notes that a page stays inaccessible as a guard; `false` when the budget is used up.
pub(crate) fn leave_hole() -> bool {
    if HOLES.fetch_add(1, Ordering::Relaxed) < HOLE_BUDGET {
        return true;
    }
    HOLES.fetch_sub(1, Ordering::Relaxed);
    miss_guard();
    false
}

/// Notes a guard that could not be had, for the statistics: none is dropped silently.
pub(crate) fn miss_guard() {
    miss_guards(1);
}

/// The same for `count` of them.
pub(crate) fn miss_guards(count: usize) {
    MISSING_GUARDS.fetch_add(count, Ordering::Relaxed);
}

/// Guards that could not be had so far.
pub(crate) fn missing_guards() -> usize {
    MISSING_GUARDS.load(Ordering::Relaxed)
}
