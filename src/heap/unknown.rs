//! An address that starts nothing of ours: says as well as can be what it is.

use super::fault::{block, in_large, state_of};
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Place};
use crate::base::size::MIN_ALIGN;
use crate::large::extent::Extent;
use crate::large::table;
use crate::region::sealed::sealed;
use crate::report::{self, Evidence, Fault, Kind, Operation};
use crate::slot::{life, state};

/// The fault of calling a function with `address`.
pub(super) fn explained(address: Addr, operation: Operation) -> Fault {
    if sealed().layout.holds(address) {
        in_data_region(address, operation)
    } else {
        outside(address, operation)
    }
}

fn in_data_region(address: Addr, operation: Operation) -> Fault {
    let fault = |kind| Fault::new(kind, operation, address.get());
    let Some(position) = sealed().layout.position_of(address) else { return fault(Kind::Wild) };
    let is_empty = position.class == ClassId::ZERO;
    let Some(slot) = position.slot else {
        return fault(if is_empty { Kind::ZeroSize } else { Kind::NeverAllocated });
    };
    let place = Place { class: position.class, slot };
    let found = life::state(place);
    let kind = if is_empty && position.offset == 0 && found.is_free() {
        Kind::Freed
    } else if is_empty {
        Kind::ZeroSize
    } else if !found.has_canary() && found != state::State::PURGED {
        Kind::NeverAllocated
    } else if address.is_aligned(MIN_ALIGN) {
        Kind::Interior
    } else {
        Kind::Unaligned
    };
    fault(kind).in_block(block(place, position.offset, found)).in_state(state_of(found))
}

/// Above the last address of any 64-bit user space.
const USER_SPACE_END: usize = 1 << 56;
/// No mapping can start below Linux's default `vm.mmap_min_addr`.
const LOWEST_MAPPING: usize = 65_536;

/// Whether no program, or not this one, can have memory at `address`.
///
/// Where user space ends depends on processor and kernel. What the kernel gives by itself lies below the
/// next power of two above the stack and our records, for these are near the top; a process may have asked
/// for addresses beyond, which the list of mappings then has.
fn is_nobodys(address: usize) -> bool {
    let highest = core::ptr::from_ref(&address).addr().max(sealed().metadata.get());
    let is_far = address >= highest.checked_next_power_of_two().unwrap_or(usize::MAX);
    !(LOWEST_MAPPING..USER_SPACE_END).contains(&address) || is_far && !report::is_mapped(address)
}

fn outside(address: Addr, operation: Operation) -> Fault {
    let fault = |kind| Fault::new(kind, operation, address.get());
    if is_nobodys(address.get()) {
        return fault(Kind::Wild);
    }
    let was_freed = || table::lock().is_ok_and(|table| table.was_at(address));
    let around = table::lock().ok().and_then(|table| table.around(address));
    match around {
        Some((start, extent)) if start <= address && extent.holds(address) => {
            let kind = match address.is_aligned(MIN_ALIGN) {
                false => Kind::Unaligned,
                true if was_freed() => Kind::Freed,
                true => Kind::Interior,
            };
            in_large(fault(kind), &extent, address.offset_from(start))
        }
        Some((start, extent)) if !address.is_aligned(MIN_ALIGN) => {
            beside(fault(Kind::Unaligned), &extent, start)
        }
        _ if !address.is_aligned(MIN_ALIGN) => fault(Kind::Unaligned),
        _ if was_freed() => fault(Kind::Freed),
        Some((start, extent)) => beside(fault(Kind::NeverAllocated), &extent, start),
        None => fault(Kind::Foreign),
    }
}

/// The fault, in the mapping of the large allocation at `start` and not in its bytes.
fn beside(fault: Fault, extent: &Extent, start: Addr) -> Fault {
    let (address, end) = (Addr::new(fault.address), start.plus(extent.size));
    let is_past = address >= end;
    let distance = if is_past { address.offset_from(end) } else { start.offset_from(address) };
    let is_guard = !extent.holds(address);
    let start = start.get();
    in_large(fault, extent, 0).with(Evidence::Beside { start, distance, is_past, is_guard })
}

#[cfg(test)]
mod tests {
    use super::{LOWEST_MAPPING, USER_SPACE_END, is_nobodys};

    #[test]
    fn what_lies_beyond_all_memory_is_nobodys() {
        let local = 0;
        let here = core::ptr::from_ref(&local).addr();
        let end = here.next_power_of_two();
        for address in [0, 1, LOWEST_MAPPING - 1, end, end + 16, USER_SPACE_END, usize::MAX] {
            assert!(is_nobodys(address), "{address:#x}");
        }
        for address in [LOWEST_MAPPING, 0x1234_5678, here, end - 1] {
            assert!(!is_nobodys(address), "{address:#x}");
        }
    }
}
