//! Changing the size of an allocation, and asking for it.

use super::allocate::allocate;
use super::free::{self, Claim, enqueue};
use super::slow::{self, with_generator};
use super::{careful, fault, sampling, zero};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::size::{Align, Size};
use crate::geometry::classes::{self, SMALL_MAX, class_of, usable_bytes};
use crate::large;
use crate::large::extent::Extent;
use crate::large::free::LargeFlaw;
use crate::region::bytes;
use crate::region::sealed::sealed;
use crate::report::Operation;
use crate::slot::life::{self, Checked, Slot};
use crate::slot::state::Kind;

/// What a `realloc` states of the block that it takes.
const CLAIM: Claim = Claim { operation: Operation::Realloc, ..Claim::FREE };

/// Makes the allocation at `address` (not null) `size` bytes (not 0) long; it may move. Null, with
/// `ENOMEM` in errno, when out of memory: the allocation is then as it was.
#[inline]
pub(crate) fn reallocate(address: Addr, size: Size) -> Addr {
    let Some(place) = sealed().layout.place_of(address) else {
        return reallocate_elsewhere(address, size);
    };
    if sealed().hot_paths {
        reallocate_slot::<false>(place, address, size)
    } else {
        reallocate_carefully(place, address, size)
    }
}

#[inline(never)]
fn reallocate_carefully(place: Place, address: Addr, size: Size) -> Addr {
    reallocate_slot::<true>(place, address, size)
}

/// Resizes the allocation in the slot at `place`, as the options want if `CAREFUL`, else as the hot
/// paths do.
#[inline(always)]
fn reallocate_slot<const CAREFUL: bool>(place: Place, address: Addr, size: Size) -> Addr {
    let slot = Slot::at(place);
    let checked = match if CAREFUL { slot.check_chosen() } else { slot.check_in_line() } {
        Ok(checked) => checked,
        Err(flaw) => {
            fault::at_slot(place, flaw, Operation::Realloc);
            return copy_damaged(address, life::requested_despite(place, flaw), size);
        }
    };
    if CAREFUL {
        free::check_family(address, checked.state().kind(), CLAIM);
    }
    if stays(place, size.get()) {
        if CAREFUL {
            careful::resize(address, checked, size.get());
        } else {
            checked.resize(size.get());
        }
        return address;
    }
    move_slot::<CAREFUL>(place, address, checked, size)
}

/// Whether a request of `size` bytes may stay in the slot: one that fits, and does not waste more
/// than half of it.
fn stays(place: Place, size: usize) -> bool {
    let usable = usable_bytes(place.class);
    size <= usable
        && classes::records(place.class, size)
        && (size >= usable / 2 || class_of(size) == Some(place.class))
}

/// What a program that goes on after a report gets: of a block with damage around it a copy, while the block
/// itself stays as it is; of anything else nothing.
#[cold]
#[inline(never)]
fn copy_damaged(address: Addr, requested: Option<usize>, size: Size) -> Addr {
    let Some(requested) = requested else { return slow::refuse() };
    let new = allocate(size.get(), Kind::Malloc);
    if new != Addr::NULL {
        bytes::copy(address, new, requested.min(size.get()));
    }
    new
}

fn move_slot<const CAREFUL: bool>(place: Place, address: Addr, old: Checked, size: Size) -> Addr {
    let new = allocate_instead(size, old.requested());
    if new == Addr::NULL {
        return new;
    }
    bytes::copy(address, new, old.requested().min(size.get()));
    if CAREFUL {
        old.retire_chosen();
    } else {
        old.retire();
    }
    enqueue(place);
    new
}

/// Allocates for what had `requested` bytes: a large block that grew is likely to go on growing. In line, for a
/// call costs 2 % of moving a block of 1,000 bytes.
#[inline(always)]
fn allocate_instead(size: Size, requested: usize) -> Addr {
    if size.get() > SMALL_MAX && size.get() > requested {
        slow::allocate_with_room(size, Align::MIN, Kind::Malloc, size.get())
    } else {
        allocate(size.get(), Kind::Malloc)
    }
}

fn reallocate_elsewhere(address: Addr, size: Size) -> Addr {
    if sealed().layout.holds(address) {
        let Some(Ok(_)) = zero::check(address) else {
            fault::at_unknown(address, Operation::Realloc);
            return slow::refuse();
        };
        let new = allocate(size.get(), Kind::Malloc);
        if new != Addr::NULL {
            zero::free(address, CLAIM);
        }
        return new;
    }
    match large::free::check(address) {
        Ok(Some((extent, kind))) => {
            free::check_family(address, Some(kind), CLAIM);
            reallocate_large(address, extent, size)
        }
        // A signal handler interrupted the table's holder: no memory for it now.
        Ok(None) => slow::refuse(),
        Err(flaw) => {
            fault::at_large(address, flaw, Operation::Realloc);
            copy_damaged(address, flaw.requested_despite(), size)
        }
    }
}

fn reallocate_large(address: Addr, extent: Extent, size: Size) -> Addr {
    let resized = if size.get() > SMALL_MAX {
        with_generator(|generator| large::resize::resize(address, extent, size, generator))
    } else {
        Ok(None)
    };
    match resized {
        Ok(Some(new)) => {
            sampling::note_resize(address, extent.size, new, size.get());
            careful::fill(new, extent.size, size.get().max(extent.size));
            new
        }
        Ok(None) => {
            copy_large(address, extent, size).unwrap_or_else(|flaw| refuse_large(address, flaw))
        }
        Err(flaw) => refuse_large(address, flaw),
    }
}

#[cold]
fn refuse_large(address: Addr, flaw: LargeFlaw) -> Addr {
    fault::at_large(address, flaw, Operation::Realloc);
    slow::refuse()
}

/// Moves the block by a copy, during which nobody else can free it.
fn copy_large(address: Addr, extent: Extent, size: Size) -> Result<Addr, LargeFlaw> {
    let is_held = large::resize::hold(address, extent)?;
    let new = allocate_instead(size, extent.size);
    if new != Addr::NULL {
        bytes::copy(address, new, extent.size.min(size.get()));
    }
    if is_held {
        large::resize::let_go(address, extent);
    }
    if new != Addr::NULL {
        free::free_any(address, CLAIM);
    }
    Ok(new)
}

/// Bytes that the program may use at `address`: what it asked for. 0 for null.
pub(crate) fn usable_size(address: Addr) -> usize {
    if address == Addr::NULL {
        return 0;
    }
    let operation = Operation::UsableSize;
    if let Some(place) = sealed().layout.place_of(address) {
        return match careful::check(place) {
            Ok(checked) => checked.requested(),
            Err(flaw) => {
                fault::at_slot(place, flaw, operation);
                life::requested_despite(place, flaw).unwrap_or(0)
            }
        };
    }
    if sealed().layout.holds(address) {
        if let Some(Ok(Place { class: ClassId::ZERO, .. })) = zero::check(address) {
            return 0;
        }
        fault::at_unknown(address, operation);
        return 0;
    }
    match large::free::check(address) {
        Ok(Some((extent, _))) => extent.size,
        Ok(None) => 0,
        Err(flaw) => {
            fault::at_large(address, flaw, operation);
            flaw.requested_despite().unwrap_or(0)
        }
    }
}
