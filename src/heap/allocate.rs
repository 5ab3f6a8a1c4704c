//! The way of a request: the calling thread's magazine, or `slow`.

use super::{fault, slow};
use crate::base::addr::Addr;
use crate::base::index::ClassId;
use crate::base::size::{Align, Size};
use crate::cache::magazine;
use crate::geometry::classes;
use crate::region::current;
use crate::region::sealed::sealed;
use crate::slot::life::Slot;
use crate::slot::state::Kind;

/// Allocates `size` bytes, all zero, for a function of family `kind`. When out of memory the result
/// is null and errno `ENOMEM`, which only the slow side ever touches.
#[inline(always)]
pub(crate) fn allocate(size: usize, kind: Kind) -> Addr {
    match classes::narrow_class_of(size) {
        Some(class) => allocate_in::<true>(class, size, Align::MIN, kind),
        None => allocate_wide(size, kind),
    }
}

/// Allocates zero bytes, or more than a narrow slot holds.
#[inline(never)]
fn allocate_wide(size: usize, kind: Kind) -> Addr {
    match classes::class_of(size) {
        Some(class) => allocate_in::<false>(class, size, Align::MIN, kind),
        None => slow::allocate_unclassed(size, kind),
    }
}

/// Allocates `size` bytes in a slot of `class`, which holds them.
#[inline(always)]
fn allocate_in<const NARROW: bool>(class: ClassId, size: usize, align: Align, kind: Kind) -> Addr {
    let Some(mut current) = current::take_hot() else {
        return slow::allocate_without_cache(class, size, align, kind);
    };
    let (part, entries) = current.class(class);
    let Some(slot) = magazine::pop(part, entries) else {
        return slow::refill_and_allocate(current, class, size, align, kind);
    };
    let (slot, cover) = (Slot::of(part, slot.number()), part.cover);
    current::put_hot(current);
    if slot.hand_out_hot::<NARROW>(size, kind, class, cover) {
        slot.address()
    } else {
        look_closer(slot.address(), size, kind)
    }
}

/// Makes a slot that was taken from a magazine or a record the caller's.
#[inline(never)]
pub(super) fn hand_out(slot: Slot, size: usize, kind: Kind) -> Addr {
    match slot.hand_out(size, kind) {
        Ok(address) => address,
        Err(flaw) => fault::at_reuse(slot.address(), flaw, size, kind),
    }
}

/// The same for the slot at `at`, which a hot path found to be no common case. Out of line and the last
/// thing it does: the hot path then needs no stack frame.
#[cold]
#[inline(never)]
fn look_closer(at: Addr, size: usize, kind: Kind) -> Addr {
    sealed().layout.place_of(at).map_or(Addr::NULL, |place| hand_out(Slot::at(place), size, kind))
}

/// Allocates at a multiple of `align`.
pub(crate) fn allocate_aligned(size: Size, align: Align, kind: Kind) -> Addr {
    if align <= Align::MIN {
        return allocate(size.get(), kind);
    }
    if size.get() == 0 {
        return slow::allocate_empty(size, align, kind);
    }
    match classes::class_of_aligned(size, align) {
        Some(class) if classes::is_narrow(class) => {
            allocate_in::<true>(class, size.get(), align, kind)
        }
        Some(class) => allocate_in::<false>(class, size.get(), align, kind),
        None => slow::allocate_large(size, align, kind),
    }
}
