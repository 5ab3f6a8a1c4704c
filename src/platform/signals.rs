//! Handlers of signals.
#![allow(unsafe_code, reason = "signal handlers")]

use super::errno;
use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use core::{mem, ptr};

/// What to call with the address that a memory fault is about.
static ON_MEMORY_FAULT: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());
/// What was there before: a function and its flags.
static FORMER: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);
static FORMER_FLAGS: AtomicUsize = AtomicUsize::new(0);

/// What to call on the signal that was chosen.
static ON_SIGNAL: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Calls `handler` with the address of every memory fault (SIGSEGV) from now on, before what handled them
/// until now: the program's handler, or the default, which ends the process.
pub(crate) fn on_memory_fault(handler: fn(usize)) {
    ON_MEMORY_FAULT.store(handler as *mut (), Ordering::Relaxed);
    let entry: extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void) = memory_fault;
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    let Some(former) = install(libc::SIGSEGV, entry as usize, flags) else { return };
    FORMER_FLAGS.store(former.sa_flags as usize, Ordering::Relaxed);
    FORMER.store(former.sa_sigaction, Ordering::Release);
}

/// Calls `handler` when `signal` arrives. Says whether there is such a signal.
pub(crate) fn on_signal(signal: i32, handler: fn()) -> bool {
    ON_SIGNAL.store(handler as *mut (), Ordering::Relaxed);
    let entry: extern "C" fn(i32) = signalled;
    install(signal, entry as usize, libc::SA_RESTART | libc::SA_ONSTACK).is_some()
}

/// Installs a handler; what was there before, or `None` when the kernel refuses.
fn install(signal: i32, entry: usize, flags: i32) -> Option<libc::sigaction> {
    // SAFETY: all bytes zero is a valid value of either.
    let (mut new, mut old): (libc::sigaction, libc::sigaction) = unsafe { mem::zeroed() };
    new.sa_sigaction = entry;
    new.sa_flags = flags;
    // SAFETY: both are valid for the call, and `entry` is a function of the form that `flags` says.
    let result = unsafe { libc::sigaction(signal, &raw const new, &raw mut old) };
    (result == 0).then_some(old)
}

extern "C" fn memory_fault(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    let errno_before = errno::get();
    // SAFETY: the kernel passes a valid structure; the address is part of it for this signal.
    let (address, code) = unsafe { ((*info).si_addr(), (*info).si_code) };
    let handler = ON_MEMORY_FAULT.load(Ordering::Relaxed);
    // Positive codes are the kernel's: a signal that a process sent names no address.
    if code > 0 && !handler.is_null() {
        // SAFETY: only `on_memory_fault` stores here, and only functions of this type.
        let handler: fn(usize) = unsafe { mem::transmute(handler) };
        handler(address.addr());
    }
    errno::set(errno_before);
    chain(signal, info, context);
}

/// Does what would have happened without us.
fn chain(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    let (former, flags) = (FORMER.load(Ordering::Acquire), FORMER_FLAGS.load(Ordering::Relaxed));
    if former == libc::SIG_DFL || former == libc::SIG_IGN {
        // The access is made again, or the signal sent again by who sent it, and the default applies.
        let _ = install(signal, libc::SIG_DFL, 0);
        // SAFETY: reads a field that every signal has.
        if unsafe { (*info).si_code } <= 0 {
            // SAFETY: sends a signal to this thread.
            unsafe { libc::raise(signal) };
        }
    } else if flags & libc::SA_SIGINFO as usize != 0 {
        // SAFETY: the program registered a function of this form.
        let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void) =
            unsafe { mem::transmute(former) };
        handler(signal, info, context);
    } else {
        // SAFETY: the program registered a function of this form.
        let handler: extern "C" fn(i32) = unsafe { mem::transmute(former) };
        handler(signal);
    }
}

extern "C" fn signalled(_: i32) {
    let errno_before = errno::get();
    let handler = ON_SIGNAL.load(Ordering::Relaxed);
    if !handler.is_null() {
        // SAFETY: only `on_signal` stores here, and only functions of this type.
        let handler: fn() = unsafe { mem::transmute(handler) };
        handler();
    }
    errno::set(errno_before);
}
