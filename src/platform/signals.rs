//! Handlers of signals.
#![allow(unsafe_code, reason = "signal handlers")]

use super::syscall::syscall;
use super::{errno, thread};
use core::ffi::c_void;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::{mem, ptr};

/// What handled memory faults before: a function and its flags. The only address of a function that
/// the library keeps where it can be written, and only after `on_memory_fault`.
static FORMER: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);
static FORMER_FLAGS: AtomicUsize = AtomicUsize::new(0);

/// The thread whose memory fault is being handled; 0 for none.
static HANDLING: AtomicUsize = AtomicUsize::new(0);

/// What to do on a signal. A type and not a function, so that no address of one need be kept.
pub(crate) trait Handler {
    /// Does it; `address` is what a memory fault is about. Async-signal-safe.
    fn handle(address: usize);
}

type Entry = extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void);

/// Lets `H` have every memory fault (SIGSEGV) from now on, before what handles them until now: the
/// program's handler, or the default, which ends the process. To be called again now and then, for a
/// program may set its handler at any time.
pub(crate) fn on_memory_fault<H: Handler>() {
    let entry: Entry = memory_fault::<H>;
    // SAFETY: all bytes zero is a valid value.
    let mut now: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: only asks, and `now` is valid for the answer.
    let asked = unsafe { libc::sigaction(libc::SIGSEGV, ptr::null(), &raw mut now) };
    if asked != 0 || now.sa_sigaction == entry as usize {
        return;
    }
    // Before the new handler can run.
    FORMER_FLAGS.store(now.sa_flags as usize, Ordering::Relaxed);
    FORMER.store(now.sa_sigaction, Ordering::Release);
    // A program that runs its handler on a stack of its own has a reason.
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    install(libc::SIGSEGV, entry as usize, flags);
}

/// Lets `H` have `signal`; `false` for one that nobody may handle.
pub(crate) fn on_signal<H: Handler>(signal: i32) -> bool {
    let entry: Entry = signalled::<H>;
    install(signal, entry as usize, libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK)
}

/// Installs a handler. A refusal leaves the old one.
fn install(signal: i32, entry: usize, flags: i32) -> bool {
    // SAFETY: all bytes zero is a valid value.
    let mut new: libc::sigaction = unsafe { mem::zeroed() };
    new.sa_sigaction = entry;
    new.sa_flags = flags;
    // SAFETY: `new` is valid for the call, and `entry` is a function of the form that `flags` says.
    unsafe { libc::sigaction(signal, &raw const new, ptr::null_mut()) == 0 }
}

extern "C" fn memory_fault<H: Handler>(
    signal: i32,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // A fault of the handler itself, most likely on a stack that is too short for it, would come again
    // and again. So this function needs little stack.
    let me = thread::identity();
    if HANDLING.swap(me, Ordering::Relaxed) == me {
        return restore_default(signal);
    }
    tell::<H>(info);
    HANDLING.store(0, Ordering::Relaxed);
    chain(signal, info, context);
}

/// Gives a signal its default action, by a system call of our own: libc's function takes more stack than there
/// may be.
#[inline(always)]
fn restore_default(signal: i32) {
    /// The kernel's structure of a signal's action, on all machines: nothing but zeros is the default.
    static DEFAULT: [usize; 4] = [0; 4];
    let action = (&raw const DEFAULT).expose_provenance();
    // SAFETY: the kernel reads the structure, and the default is a valid action.
    let _ = unsafe { syscall(libc::SYS_rt_sigaction, [signal as usize, action, 0, 8, 0, 0]) };
}

#[inline(never)]
fn tell<H: Handler>(info: *mut libc::siginfo_t) {
    let errno_before = errno::get();
    // SAFETY: the kernel passes a valid structure.
    let info = unsafe { &*info };
    // Positive codes are the kernel's: a signal that a process sent names no address.
    if info.si_code > 0 {
        // SAFETY: the address is part of the structure for this signal.
        H::handle(unsafe { info.si_addr() }.addr());
    }
    errno::set(errno_before);
}

/// Does what would have happened without us.
fn chain(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    let (former, flags) = (FORMER.load(Ordering::Acquire), FORMER_FLAGS.load(Ordering::Relaxed));
    if former == libc::SIG_DFL || former == libc::SIG_IGN {
        // The access is made again, or the signal sent again by who sent it, and the default applies.
        install(signal, libc::SIG_DFL, 0);
        // SAFETY: reads a field that every signal has.
        if unsafe { (*info).si_code } <= 0 {
            // SAFETY: sends a signal to this thread.
            unsafe { libc::raise(signal) };
        }
    } else if flags & libc::SA_SIGINFO as usize != 0 {
        // SAFETY: the program registered a function of this form.
        let handler: Entry = unsafe { mem::transmute(former) };
        handler(signal, info, context);
    } else {
        // SAFETY: the program registered a function of this form.
        let handler: extern "C" fn(i32) = unsafe { mem::transmute(former) };
        handler(signal);
    }
}

extern "C" fn signalled<H: Handler>(_: i32, _: *mut libc::siginfo_t, _: *mut c_void) {
    let errno_before = errno::get();
    H::handle(0);
    errno::set(errno_before);
}
