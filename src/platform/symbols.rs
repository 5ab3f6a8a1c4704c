//! Symbols of other libraries, looked up on cold paths only: `dlsym` may itself allocate.

use core::ffi::{CStr, c_void};
use core::ptr::NonNull;

/// The flag of `dlopen` that lets a library find its own definitions before everybody else's.
pub(crate) const RTLD_DEEPBIND: i32 = libc::RTLD_DEEPBIND;

/// The first definition of `name` in the program's search order.
pub(crate) fn find(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: `name` is a C string.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}

/// The definition of `name` that this library's own export hides.
pub(crate) fn find_next(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: `name` is a C string.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) })
}

core::arch::global_asm!(".weak __libc_stack_end");

/// ld.so's record of the initial stack, where there is one: a weak reference, because looking a
/// name up may allocate and this is needed by the very first allocation.
#[cfg(target_arch = "x86_64")]
pub(crate) fn stack_end() -> Option<NonNull<*const usize>> {
    let at: *mut *const usize;
    // SAFETY: loads the symbol's address, or zero, from the global offset table.
    unsafe {
        core::arch::asm!("mov {}, qword ptr [rip + __libc_stack_end@GOTPCREL]", out(reg) at,
                         options(pure, nomem, nostack, preserves_flags));
    }
    NonNull::new(at)
}

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(".weak __libc_single_threaded");

/// Whether the process never had a second thread, as far as libc tells.
#[cfg(target_arch = "x86_64")]
pub(crate) fn is_only_one() -> bool {
    let flag: *const u8;
    // SAFETY: loads the symbol's address, or zero, from the global offset table.
    unsafe {
        core::arch::asm!("mov {}, qword ptr [rip + __libc_single_threaded@GOTPCREL]",
                         out(reg) flag, options(pure, nomem, nostack, preserves_flags));
    }
    // SAFETY: a byte that libc keeps; it changes only when this thread starts another.
    !flag.is_null() && unsafe { flag.read_volatile() } != 0
}

/// Not known on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn is_only_one() -> bool {
    false
}

/// Not looked up on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn stack_end() -> Option<NonNull<*const usize>> {
    None
}
