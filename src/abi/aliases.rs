//! glibc's second names, which some programs call directly. They must not reach glibc's own heap.

use super::c::{array, checked_aligned, page_aligned, released, resized, stored, whole_pages};
use crate::base::addr::Addr;
use crate::heap::allocate;
use crate::slot::state::Kind;
use core::ffi::{c_int, c_void};

/// As `malloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_malloc(bytes: usize) -> Addr {
    allocate::allocate(bytes, Kind::Malloc)
}

/// As `calloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_calloc(count: usize, each: usize) -> Addr {
    array(count, each)
}

/// As `realloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_realloc(at: *mut c_void, bytes: usize) -> Addr {
    resized(at, bytes)
}

/// As `free`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_free(at: *mut c_void) {
    released(at);
}

/// As `memalign`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_memalign(align: usize, bytes: usize) -> Addr {
    checked_aligned(align, bytes)
}

/// As `valloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_valloc(bytes: usize) -> Addr {
    page_aligned(bytes)
}

/// As `pvalloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_pvalloc(bytes: usize) -> Addr {
    whole_pages(bytes)
}

/// As `posix_memalign`.
///
/// # Safety
/// `result` points to a pointer that may be written.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn __posix_memalign(
    result: *mut *mut c_void,
    align: usize,
    bytes: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { stored(result, align, bytes) }
}
