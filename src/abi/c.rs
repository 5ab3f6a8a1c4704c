//! The C standard's and POSIX's functions: malloc(3), posix_memalign(3), free_sized (C23).

use super::outcome::{refuse, refuse_size};
use crate::base::addr::Addr;
use crate::base::size::{Align, Size};
use crate::heap::free::Claim;
use crate::heap::{allocate, free as release, realloc as change, slow};
use crate::platform::{errno, replaced};
use crate::region::sealed::sealed;
use crate::report::Operation;
use crate::slot::state::Kind;
use core::ffi::{c_int, c_void};
use core::ptr::with_exposed_provenance_mut;

/// malloc(3): `bytes` bytes, all zero, aligned to 16. NULL and `ENOMEM` when there is no memory or
/// `bytes` exceeds `PTRDIFF_MAX`. For 0 bytes, an address that is unique and faults when touched.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn malloc(bytes: usize) -> Addr {
    allocate::allocate(bytes, Kind::Malloc)
}

/// calloc(3): an array of `count` members of `each` bytes, all zero. NULL and `ENOMEM` also when
/// the product overflows.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn calloc(count: usize, each: usize) -> Addr {
    array(count, each)
}

#[inline(always)]
pub(super) fn array(count: usize, each: usize) -> Addr {
    match Size::of_array(count, each) {
        Some(bytes) => allocate::allocate(bytes.get(), Kind::Zeroed),
        None => refuse_size(count.saturating_mul(each)),
    }
}

/// realloc(3): as glibc has it. NULL allocates; 0 bytes free and give NULL; on NULL with `ENOMEM`
/// the allocation is as it was. Stops when `at` is not a live allocation's address.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn realloc(at: *mut c_void, bytes: usize) -> Addr {
    resized(at, bytes)
}

#[inline(always)]
pub(super) fn resized(at: *mut c_void, bytes: usize) -> Addr {
    if at.is_null() {
        return allocate::allocate(bytes, Kind::Malloc);
    }
    if bytes == 0 {
        release::free_any(Addr::of(at), Claim { operation: Operation::Realloc, ..Claim::FREE });
        return Addr::NULL;
    }
    match Size::new(bytes) {
        Some(bytes) => change::reallocate(Addr::of(at), bytes),
        None => refuse_size(bytes),
    }
}

/// reallocarray(3): `realloc` to `count` members of `each` bytes; `ENOMEM` when the product
/// overflows. Calls the program's own `realloc` if it has one, as `at` is then its block.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn reallocarray(at: *mut c_void, count: usize, each: usize) -> Addr {
    let Some(bytes) = count.checked_mul(each) else { return refuse_size(usize::MAX) };
    match replaced::realloc() {
        // SAFETY: it is realloc(3).
        Some(theirs) => Addr::of(unsafe { theirs(at, bytes) }),
        None => resized(at, bytes),
    }
}

/// free(3): gives an allocation back; NULL is fine; errno stays. Stops, with a report, when `at` is
/// not a live allocation's address, or when memory around it was overwritten.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn free(at: *mut c_void) {
    released(at);
}

#[inline(always)]
pub(super) fn released(at: *mut c_void) {
    release::free(Addr::of(at), Claim::FREE, &sealed().spans, released_wide, released_elsewhere);
}

#[inline(never)]
fn released_elsewhere(at: Addr) {
    release::free_any(at, Claim::FREE);
}

#[inline(never)]
fn released_wide(at: Addr) {
    release::free_wide(at, Claim::FREE);
}

/// free_sized (C23 7.24.3.4): `free` of an allocation of exactly `bytes` bytes. Stops when it has
/// another size, unless the option `sized_free_check` is off.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn free_sized(at: *mut c_void, bytes: usize) {
    let operation = Operation::FreeSized;
    checked_release(at, Claim { operation, size: Some(bytes), ..Claim::FREE });
}

/// free_aligned_sized (C23 7.24.3.5): `free` of an allocation of exactly `bytes` bytes made by
/// `aligned_alloc` with `align`. Stops when it has another size or is not aligned so.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn free_aligned_sized(at: *mut c_void, align: usize, bytes: usize) {
    let operation = Operation::FreeAlignedSized;
    let claim = Claim { operation, kind: Kind::Malloc, size: Some(bytes), align: Some(align) };
    checked_release(at, claim);
}

/// Gives an allocation back to the program's own `free` if it has one, as it is then its block.
fn checked_release(at: *mut c_void, claim: Claim) {
    match replaced::free() {
        // SAFETY: it is free(3).
        Some(theirs) => unsafe { theirs(at) },
        None => release::free_any(Addr::of(at), claim),
    }
}

/// aligned_alloc(3): `bytes` bytes at a multiple of `align`, a power of two; `bytes` need not be a
/// multiple of it. NULL and `EINVAL` for another alignment, `ENOMEM` when there is no memory.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn aligned_alloc(align: usize, bytes: usize) -> Addr {
    checked_aligned(align, bytes)
}

/// Checks the alignment first.
pub(super) fn checked_aligned(align: usize, bytes: usize) -> Addr {
    match Align::new(align) {
        Some(align) => aligned(align, bytes),
        None => refuse(errno::EINVAL),
    }
}

fn aligned(align: Align, bytes: usize) -> Addr {
    match Size::new(bytes) {
        Some(bytes) => allocate::allocate_aligned(bytes, align, Kind::Malloc),
        None => slow::refuse_for(bytes),
    }
}

/// posix_memalign(3): stores the address in `*result`. `EINVAL` unless `align` is a power of two and
/// a multiple of the pointer size, `ENOMEM` when there is no memory; `*result` and errno then stay.
///
/// # Safety
/// `result` points to a pointer that may be written.
#[cfg_attr(not(test), unsafe(no_mangle))]
unsafe extern "C" fn posix_memalign(result: *mut *mut c_void, align: usize, bytes: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { stored(result, align, bytes) }
}

/// # Safety
/// As `posix_memalign`.
pub(super) unsafe fn stored(result: *mut *mut c_void, align: usize, bytes: usize) -> c_int {
    if !align.is_multiple_of(size_of::<*mut c_void>()) {
        return errno::EINVAL;
    }
    let Some(align) = Align::new(align) else { return errno::EINVAL };
    let before = errno::get();
    let address = aligned(align, bytes);
    if address == Addr::NULL {
        errno::set(before);
        return errno::ENOMEM;
    }
    // SAFETY: the caller's promise.
    unsafe { result.write(with_exposed_provenance_mut(address.get())) };
    0
}

/// memalign(3): the older name of `aligned_alloc`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn memalign(align: usize, bytes: usize) -> Addr {
    checked_aligned(align, bytes)
}

/// The machine's page size, known or not yet.
fn page() -> usize {
    crate::heap::start::ensure();
    sealed().page
}

/// valloc(3): `bytes` bytes at a multiple of the page size. NULL and `ENOMEM` when there is no memory.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn valloc(bytes: usize) -> Addr {
    page_aligned(bytes)
}

pub(super) fn page_aligned(bytes: usize) -> Addr {
    checked_aligned(page(), bytes)
}

/// pvalloc(3): as `valloc`, `bytes` rounded up to whole pages; one page for 0. NULL and `ENOMEM` also
/// where that is above `PTRDIFF_MAX`.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn pvalloc(bytes: usize) -> Addr {
    whole_pages(bytes)
}

pub(super) fn whole_pages(bytes: usize) -> Addr {
    let whole = Size::new(bytes.max(1)).and_then(|bytes| bytes.round_up(page()));
    let Some(whole) = whole else { return refuse_size(bytes) };
    checked_aligned(page(), whole.get())
}

/// cfree(3): the old name of `free`, of which all holds that is said there.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn cfree(at: *mut c_void) {
    released(at);
}

/// malloc_usable_size(3): the bytes asked for, all of which may be used; 0 for NULL. Stops when `at`
/// is not a live allocation's address.
#[cfg_attr(not(test), unsafe(no_mangle))]
extern "C" fn malloc_usable_size(at: *mut c_void) -> usize {
    change::usable_size(Addr::of(at))
}
