//! What the process was started with: environment, privileges, limits.

use super::syscall::syscall;
use core::ffi::{CStr, c_char};

unsafe extern "C" {
    /// Set by libc's own initialisation; null before it.
    static environ: *const *const c_char;
}

/// The value of an environment variable; `name` ends with `=`. Never touches errno or the heap.
///
/// The first allocation may come before libc has set `environ`; the strings are then found
/// above the program's arguments on the initial stack.
pub(crate) fn variable(name: &[u8]) -> Option<&'static [u8]> {
    // SAFETY: a plain read of a word that libc writes once at start.
    let mut entry = unsafe { environ };
    if entry.is_null() {
        entry = initial_environment()?;
    }
    loop {
        // SAFETY: the array ends with a null entry, which ends this loop.
        let text = unsafe { entry.read() };
        if text.is_null() {
            return None;
        }
        // SAFETY: environment entries are C strings that live as long as the process unless the
        // program itself changes them; it has not run yet.
        let text = unsafe { CStr::from_ptr(text) }.to_bytes();
        if let Some(value) = text.strip_prefix(name) {
            return Some(value);
        }
        // SAFETY: this entry was not the last.
        entry = unsafe { entry.add(1) };
    }
}

fn initial_environment() -> Option<*const *const c_char> {
    let stack_end = super::symbols::stack_end()?;
    // SAFETY: ld.so sets this word before anything of ours can run.
    let arguments = unsafe { stack_end.as_ptr().read() };
    if arguments.is_null() {
        return None;
    }
    // SAFETY: the kernel puts argc here, then argc pointers and a null, then the environment.
    let count = unsafe { arguments.read() };
    // SAFETY: as above.
    Some(unsafe { arguments.add(count + 2) }.cast())
}

/// The limit on the address space in bytes, if there is one.
pub(crate) fn address_space_limit() -> Option<usize> {
    let mut limit = libc::rlimit64 { rlim_cur: libc::RLIM64_INFINITY, rlim_max: 0 };
    let args = [0, libc::RLIMIT_AS as usize, 0, (&raw mut limit) as usize, 0, 0];
    // SAFETY: the kernel writes one rlimit64 into `limit`.
    let answered = unsafe { syscall(libc::SYS_prlimit64, args) }.is_ok();
    if answered && limit.rlim_cur != libc::RLIM64_INFINITY {
        usize::try_from(limit.rlim_cur).ok()
    } else {
        None
    }
}
