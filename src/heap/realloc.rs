//! Changing the size of an allocation, and asking for it.

use super::allocate::allocate;
use super::free::{self, Claim, enqueue};
use super::slow::{self, with_generator};
use super::{fault, zero};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::size::{Align, Size};
use crate::geometry::classes::{SMALL_MAX, class_of, usable_bytes};
use crate::large;
use crate::large::extent::Extent;
use crate::region::bytes;
use crate::region::sealed::sealed;
use crate::report::Operation;
use crate::slot::life;
use crate::slot::state::{Kind, State};

/// Makes the allocation at `address` (not null) `size` bytes (not 0) long; it may move. `None` when
/// out of memory: the allocation is then as it was.
#[inline]
pub(crate) fn reallocate(address: Addr, size: Size) -> Option<Addr> {
    let Some(place) = sealed().layout.place_of(address) else {
        return reallocate_elsewhere(address, size);
    };
    let state = match life::check(place, address) {
        Ok(state) => state,
        Err(flaw) => {
            fault::at_slot(place, flaw, Operation::Realloc);
            return None;
        }
    };
    if stays(place, size.get()) {
        life::resize(place, address, state, size.get());
        return Some(address);
    }
    move_slot(place, address, state, size)
}

/// Whether a request of `size` bytes may stay in the slot: one that fits, and does not waste more
/// than half of it.
fn stays(place: Place, size: usize) -> bool {
    let usable = usable_bytes(place.class);
    size <= usable
        && life::records(place, size)
        && (size >= usable / 2 || class_of(size) == Some(place.class))
}

fn move_slot(place: Place, address: Addr, state: State, size: Size) -> Option<Addr> {
    let old_size = life::requested(place, state);
    // A block that outgrows the small classes is likely to go on growing.
    let new = if size.get() > SMALL_MAX && size.get() > old_size {
        slow::allocate_with_room(size, Align::MIN, Kind::Malloc, size.get())?
    } else {
        allocate(size.get(), Kind::Malloc)?
    };
    bytes::copy(address, new, old_size.min(size.get()));
    life::retire(place, address, old_size);
    enqueue(place);
    Some(new)
}

fn reallocate_elsewhere(address: Addr, size: Size) -> Option<Addr> {
    if sealed().layout.holds(address) {
        let Some(Ok(_)) = zero::check(address) else {
            fault::at_unknown(address, Operation::Realloc);
            return None;
        };
        let new = allocate(size.get(), Kind::Malloc)?;
        zero::free(address, Claim { operation: Operation::Realloc, ..Claim::FREE });
        return Some(new);
    }
    match large::free::check(address) {
        Ok(Some((extent, _))) => reallocate_large(address, extent, size),
        // A signal handler interrupted the table's holder: no memory for it now.
        Ok(None) => None,
        Err(flaw) => {
            fault::at_large(address, flaw, Operation::Realloc);
            None
        }
    }
}

fn reallocate_large(address: Addr, extent: Extent, size: Size) -> Option<Addr> {
    if size.get() > SMALL_MAX {
        let resized =
            with_generator(|generator| large::resize::resize(address, extent, size, generator));
        if resized.is_some() {
            return resized;
        }
    }
    let new = allocate(size.get(), Kind::Malloc)?;
    bytes::copy(address, new, extent.size.min(size.get()));
    free::free(address, Claim { operation: Operation::Realloc, ..Claim::FREE });
    Some(new)
}

/// Bytes that the program may use at `address`: what it asked for. 0 for null.
pub(crate) fn usable_size(address: Addr) -> usize {
    if address == Addr::NULL {
        return 0;
    }
    let operation = Operation::UsableSize;
    if let Some(place) = sealed().layout.place_of(address) {
        return match life::check(place, address) {
            Ok(state) => life::requested(place, state),
            Err(flaw) => {
                fault::at_slot(place, flaw, operation);
                0
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
            0
        }
    }
}
