//! starmalloc: a hardened general-purpose `malloc` for Linux.
//!
//! The modules in layer order, lowest first; each names only those before it:
//! - `base`: values and arithmetic.
//! - `platform`: the only callers of libc and the kernel.
//! - `report`: what we say when we stop. `options`: what can be set.
//! - `geometry`: where everything is; pointer to slot and back.
//! - `region`: reserved address space made typed; callers' memory.
//! - `slot`: one slot's state machine, canary and slack.
//! - `central`: the record of one (arena, class).
//! - `cache`: one thread's magazines and quarantine. `large`: allocations with mappings of their own.
//!   `sample`: which ones are watched, and who made and freed them.
//! - `heap`: the whole allocator.
//! - `abi`: exported names.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(test, allow(dead_code, reason = "unit tests export nothing, so little is called"))]

#[cfg(not(any(test, panic = "abort")))]
compile_error!("an allocator must not unwind: build with panic = \"abort\"");

mod base;
mod platform;

mod options;
mod report;

mod geometry;
mod region;
mod slot;

mod central;

mod cache;
mod large;
mod sample;

mod heap;

mod abi;

/// Nothing in the library panics; if a mistake of ours makes it, this stops like any other fault.
#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    use report::{Fault, Kind, Operation};
    report::die(&Fault::new(Kind::Internal, Operation::Query, 0), &[])
}
