//! Leaf functions that are nowhere a function of their own in the shipped library, compiled from the same
//! source with the same optimisation, each behind a name that a proof can find.
#![no_std]
#![allow(dead_code, reason = "only the leaves are called")]

#[path = "../../../src/geometry/guards.rs"]
mod guards;

#[path = "../../../src/base/size.rs"]
mod size;

/// As the source names it.
mod base {
    pub(crate) use crate::size;
}

#[unsafe(no_mangle)]
extern "C" fn guard_interval(wanted: usize, slot_bytes: usize, page: usize) -> usize {
    guards::interval(wanted, slot_bytes, page)
}

#[unsafe(no_mangle)]
extern "C" fn guard_position(start: usize, interval: usize, page: usize, draw: u16) -> usize {
    guards::position(start, interval, page, draw)
}

#[unsafe(no_mangle)]
extern "C" fn guard_start(at: usize, slot_bytes: usize, page: usize) -> usize {
    guards::extent(at, slot_bytes, page).0
}

#[unsafe(no_mangle)]
extern "C" fn guard_end(at: usize, slot_bytes: usize, page: usize) -> usize {
    guards::extent(at, slot_bytes, page).1
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
