//! The calling thread's `errno`, which a free or a report must leave as it was.
#![allow(unsafe_code, reason = "errno is reached through a C function and a raw pointer")]

/// Out of memory.
pub(crate) const ENOMEM: i32 = libc::ENOMEM;
/// An argument that makes no sense.
pub(crate) const EINVAL: i32 = libc::EINVAL;

/// The present value.
pub(crate) fn get() -> i32 {
    // SAFETY: takes no arguments; the result points to the calling thread's errno.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: errno lives as long as its thread and nobody else reads or writes it.
    unsafe { place.read() }
}

/// Replaces the value.
pub(crate) fn set(value: i32) {
    // SAFETY: takes no arguments; the result points to the calling thread's errno.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: errno lives as long as its thread and nobody else reads or writes it.
    unsafe { place.write(value) }
}
