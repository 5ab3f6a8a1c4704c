//! glibc's second names, which some programs call directly. They must not reach glibc's own heap.

use super::c::{checked_aligned, page_aligned, resized, stored, whole_pages};
use super::outcome::or_enomem;
use crate::base::addr::Addr;
use crate::base::size::Size;
use crate::heap::free::Claim;
use crate::heap::{allocate, free};
use crate::slot::state::Kind;
use core::ffi::{c_int, c_void};

/// As `malloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_malloc(bytes: usize) -> *mut c_void {
    or_enomem(allocate::allocate(bytes, Kind::Malloc))
}

/// As `calloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_calloc(count: usize, each: usize) -> *mut c_void {
    let bytes = Size::of_array(count, each);
    or_enomem(bytes.and_then(|bytes| allocate::allocate(bytes.get(), Kind::Malloc)))
}

/// As `realloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_realloc(at: *mut c_void, bytes: usize) -> *mut c_void {
    resized(at, bytes)
}

/// As `free`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_free(at: *mut c_void) {
    free::free(Addr::of(at), Claim::FREE);
}

/// As `memalign`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_memalign(align: usize, bytes: usize) -> *mut c_void {
    checked_aligned(align, bytes)
}

/// As `valloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_valloc(bytes: usize) -> *mut c_void {
    page_aligned(bytes)
}

/// As `pvalloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn __libc_pvalloc(bytes: usize) -> *mut c_void {
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
