//! The calling thread's `errno`.

/// Sets `errno`.
pub(crate) fn set(value: i32) {
    // SAFETY: libc gives every thread a valid location.
    let location = unsafe { libc::__errno_location() };
    // SAFETY: as above; only this thread writes it.
    unsafe { location.write(value) };
}

/// Reads `errno`.
pub(crate) fn get() -> i32 {
    // SAFETY: libc gives every thread a valid location.
    let location = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { location.read() }
}
