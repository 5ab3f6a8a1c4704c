//! Where this library itself lies in memory.

use super::processor::link::own_address;

core::arch::global_asm!(".hidden __ehdr_start", ".hidden _end");

/// The addresses from the library's first byte to the one after its last, which the linker defines.
pub(crate) fn bounds() -> (usize, usize) {
    (own_address!("__ehdr_start"), own_address!("_end"))
}

/// Whether `address` is one of the library's own.
pub(crate) fn holds(address: usize) -> bool {
    let (start, end) = bounds();
    (start..end).contains(&address)
}
