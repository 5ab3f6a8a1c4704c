//! Ending the process.
#![allow(unsafe_code, reason = "signals and system calls")]

use core::{mem, ptr};

/// Raises SIGABRT and lets the program's handler for it run first, if it has one.
pub(crate) fn abort() -> ! {
    // SAFETY: may be called at any time and from any thread.
    unsafe { libc::abort() }
}

/// Ends the process by SIGABRT without running any handler: for trouble while reporting.
pub(crate) fn abort_now() -> ! {
    // SAFETY: all bytes zero is the default action with no flags and an empty mask.
    let default: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: `default` is valid for the call and the old action is not asked for.
    unsafe { libc::sigaction(libc::SIGABRT, &raw const default, ptr::null_mut()) };
    let mut set = mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: initialises the whole set it is given.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the set was initialised above.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGABRT) };
    // `pthread_sigmask` does the same, but would demand a newer libc.
    // SAFETY: reads the initialised set; the old mask is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut()) };
    let (pid, tid) = (super::process::pid(), super::process::tid());
    // SAFETY: sends a signal to this very thread.
    unsafe { libc::syscall(libc::SYS_tgkill, pid, tid, libc::SIGABRT) };
    // Only reached when the kernel refused the signal.
    // SAFETY: takes a plain number and does not return.
    unsafe { libc::_exit(128 + libc::SIGABRT) }
}
