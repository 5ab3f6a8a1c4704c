//! The way of a request: the calling thread's magazine, or `slow`.

use super::{fault, slow};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::size::{Align, Size};
use crate::cache::magazine;
use crate::geometry::classes;
use crate::region::{bytes, current};
use crate::region::sealed::sealed;
use crate::slot::life;
use crate::slot::state::Kind;

/// Allocates `size` bytes, all zero, for a function of family `kind`. When out of memory the result
/// is null and errno `ENOMEM`, which only the slow side ever touches.
#[inline(always)]
pub(crate) fn allocate(size: usize, kind: Kind) -> Addr {
    match classes::class_of(size) {
        Some(class) => allocate_in(class, size, kind),
        None => slow::allocate_unclassed(size, kind),
    }
}

/// Allocates `size` bytes in a slot of `class`, which holds them.
#[inline(always)]
fn allocate_in(class: ClassId, size: usize, kind: Kind) -> Addr {
    let Some(mut current) = current::take_hot() else {
        return slow::allocate_without_cache(class, size, kind);
    };
    let Some(slot) = magazine::pop(&mut current, class) else {
        return slow::refill_and_allocate(current, class, size, kind);
    };
    current::put_hot(current);
    hand_out(Place { class, slot }, size, kind)
}

/// Makes a slot that was taken from a magazine or a record the caller's. The check of wide slots is
/// left to a function of its own, so that this one needs no stack frame.
#[inline(always)]
fn hand_out(place: Place, size: usize, kind: Kind) -> Addr {
    if sealed().layout.usable_bytes(place.class) <= bytes::NARROW {
        hand_out_any(place, size, kind)
    } else {
        hand_out_wide(place, size, kind)
    }
}

#[inline(never)]
fn hand_out_wide(place: Place, size: usize, kind: Kind) -> Addr {
    hand_out_any(place, size, kind)
}

/// As `hand_out`, for slots of any size.
#[inline(always)]
pub(super) fn hand_out_any(place: Place, size: usize, kind: Kind) -> Addr {
    let at = sealed().layout.address_of(place);
    match life::hand_out(place, at, size, kind) {
        Ok(()) => at,
        Err(flaw) => fault::at_reuse(place, flaw, size, kind),
    }
}

/// Allocates at a multiple of `align`.
pub(crate) fn allocate_aligned(size: Size, align: Align, kind: Kind) -> Addr {
    if align <= Align::MIN {
        return allocate(size.get(), kind);
    }
    match classes::class_of_aligned(size, align) {
        Some(class) => allocate_in(class, size.get(), kind),
        None => slow::allocate_large(size, align, kind),
    }
}
