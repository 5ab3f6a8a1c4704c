//! starmalloc: a hardened `malloc` for Linux. See README.md and docs/design.md.
#![cfg_attr(not(test), no_std)]
#![allow(dead_code, reason = "being built")]
mod base;
mod central;
mod geometry;
mod options;
mod platform;
mod region;
mod slot;
#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
