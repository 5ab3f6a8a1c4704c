//! Mappings of large allocations: made, opened, closed and given back.
//!
//! - **G-OWN**: ranges lie inside one mapping made by `make`, which the caller alone works on: its
//!   table entry is live and the program asked for it, or it was taken out of the table.

use super::pages;
use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::platform::memory::{self, Access, Promise};
pub(crate) use crate::platform::memory::{Move, is_locked, move_pages};

/// Live large allocations from which on guards are made by advice, which lets neighbouring mappings
/// merge: inaccessible guards cost two mappings each.
pub(crate) const FEW: usize = 256;

/// Makes a mapping of `total` bytes of which `[before, before + body)` is accessible and the rest
/// is guard. `live` is how many there are already. Says too whether the guards are made by advice.
pub(crate) fn make(total: usize, before: usize, body: usize, live: usize) -> Option<(Addr, bool)> {
    if live >= FEW && sealed().guard_advice {
        return make_mergeable(total, before, body);
    }
    let base = memory::map(Addr::NULL, total, Access::None, Promise::Kept).ok()?;
    if open(base.plus(before), body) {
        return Some((base, false));
    }
    // Most likely out of mappings: this form needs fewer.
    let _ = memory::release(base, total);
    if sealed().guard_advice { make_mergeable(total, before, body) } else { None }
}

fn make_mergeable(total: usize, before: usize, body: usize) -> Option<(Addr, bool)> {
    let base = memory::map(Addr::NULL, total, Access::ReadWrite, Promise::Kept).ok()?;
    let after = before + body;
    for (start, len) in [(0, before), (after, total - after)] {
        if len > 0 && memory::guard(base.plus(start), len).is_err() {
            // Locked memory takes no such guards; it may still be made inaccessible.
            if memory::protect(base.plus(start), len, Access::None).is_err() {
                pages::miss_guard();
            }
        }
    }
    Some((base, true))
}

/// Makes a mapping of `total` bytes, all of it inaccessible.
pub(crate) fn reserve(total: usize) -> Option<Addr> {
    memory::map(Addr::NULL, total, Access::None, Promise::Kept).ok()
}

/// Fills a hole in a mapping with what is inaccessible. `false` where somebody was given it.
pub(crate) fn fill_hole(at: Addr, len: usize) -> bool {
    memory::map_at(at, len, Access::None, Promise::Kept).is_ok()
}

/// Makes part of a mapping accessible.
pub(crate) fn open(at: Addr, len: usize) -> bool {
    len == 0 || memory::protect(at, len, Access::ReadWrite).is_ok()
}

/// Makes part of a mapping inaccessible; its pages stay.
pub(crate) fn close(at: Addr, len: usize) -> bool {
    len == 0 || memory::protect(at, len, Access::None).is_ok()
}

/// Makes what a mapping was stretched by inaccessible. In locked memory that got pages, which nobody would give back.
pub(crate) fn close_room(at: Addr, len: usize) -> bool {
    let is_closed = close(at, len);
    if is_closed && len > 0 {
        let _ = memory::purge(at, len);
    }
    is_closed
}

/// Makes part of a mapping inaccessible without its pages: in one call, where taking the access away and
/// dropping the pages are two. What is next accessible there is zero also where advice is said to be taken
/// and is not, as under a filter that answers it with success: a new mapping is one or none.
pub(crate) fn replace(at: Addr, len: usize) -> bool {
    len == 0 || memory::map_over(at, len, Access::None, Promise::Kept).is_ok()
}

/// Gives a mapping, or part of one, back. `false` when it is mapped as before: in the midst of another it leaves one
/// mapping more behind, and there may be too many.
pub(crate) fn release(at: Addr, len: usize) -> bool {
    len == 0 || memory::release(at, len).is_ok()
}

/// Takes a range out of use that can be neither closed nor given back: that takes no mapping. Its pages go, and where
/// guards by advice are to be had, it cannot be touched.
pub(crate) fn strand(at: Addr, len: usize) {
    if !(sealed().guard_advice && memory::guard(at, len).is_ok()) {
        let _ = memory::purge(at, len);
    }
}

/// Moves accessible pages into another mapping of ours, growing them to `new_len`.
pub(crate) fn relocate(from: Addr, old_len: usize, to: Addr, new_len: usize) -> Move {
    memory::relocate(from, old_len, to, new_len)
}
