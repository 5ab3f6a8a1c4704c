//! The way of a request: the calling thread's magazine, or `slow`.

use super::{fault, slow};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::size::{Align, Size};
use crate::cache::magazine;
use crate::geometry::classes;
use crate::region::current;
use crate::region::sealed::sealed;
use crate::slot::life;
use crate::slot::state::Kind;

/// Allocates `size` bytes, all zero, for a function of family `kind`. `None` when out of memory.
#[inline(always)]
pub(crate) fn allocate(size: usize, kind: Kind) -> Option<Addr> {
    match classes::class_of(size) {
        Some(class) => allocate_in(class, size, kind),
        None => slow::allocate_unclassed(size, kind),
    }
}

/// Allocates `size` bytes in a slot of `class`, which holds them.
#[inline(always)]
fn allocate_in(class: ClassId, size: usize, kind: Kind) -> Option<Addr> {
    let Some(mut current) = current::take() else {
        return slow::allocate_without_cache(class, size, kind);
    };
    let Some(slot) = magazine::pop(&mut current, class) else {
        return slow::refill_and_allocate(current, class, size, kind);
    };
    current::put(current);
    Some(hand_out(Place { class, slot }, size, kind))
}

/// Makes a slot that was taken from a magazine or a record the caller's.
#[inline(always)]
pub(super) fn hand_out(place: Place, size: usize, kind: Kind) -> Addr {
    let at = sealed().layout.address_of(place);
    if let Err(flaw) = life::hand_out(place, at, size, kind) {
        fault::at_reuse(place, flaw);
        // Only reached when the options say to go on after a report.
        life::hand_out_wiped(place, at, size, kind);
    }
    at
}

/// Allocates at a multiple of `align`.
pub(crate) fn allocate_aligned(size: Size, align: Align, kind: Kind) -> Option<Addr> {
    if align <= Align::MIN {
        return allocate(size.get(), kind);
    }
    match classes::class_of_aligned(size, align) {
        Some(class) => allocate_in(class, size.get(), kind),
        None => slow::allocate_large(size, align, kind),
    }
}
