//! Handlers of signals.
#![allow(unsafe_code, reason = "signal handlers")]

use super::syscall::syscall;
use super::{errno, thread};
use core::ffi::c_void;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::{mem, ptr};

/// What handled memory faults when the library's handler of that number was set: a function, its flags, and the
/// signals that are blocked while it runs.
/// The only addresses of functions that the library keeps where they can be written, and only after
/// `on_memory_fault`.
struct Former {
    handler: AtomicUsize,
    flags: AtomicUsize,
    mask: AtomicUsize,
}

impl Former {
    const fn new() -> Self {
        Self {
            handler: AtomicUsize::new(libc::SIG_DFL),
            flags: AtomicUsize::new(0),
            mask: AtomicUsize::new(0),
        }
    }
}

/// Handlers that the library has. A program may keep the one it finds, set its own, and put that one back:
/// each stands for what it was set in the place of.
const HANDLERS: usize = 4;
static FORMER: [Former; HANDLERS] = [const { Former::new() }; HANDLERS];
/// How many of them were ever set.
static SET: AtomicUsize = AtomicUsize::new(0);

/// The thread whose memory fault is being handled; 0 for none.
static HANDLING: AtomicUsize = AtomicUsize::new(0);

/// The signal whose former handler was called last: its structure, and where on the stack.
static CHAINED_INFO: AtomicUsize = AtomicUsize::new(0);
static CHAINED_FRAME: AtomicUsize = AtomicUsize::new(0);

/// What to do on a signal. A type and not a function, so that no address of one need be kept.
pub(crate) trait Handler {
    /// Does it; `address` is what a memory fault is about. Async-signal-safe.
    fn handle(address: usize);
}

type Entry = extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void);

/// The library's handlers.
fn entries<H: Handler>() -> [Entry; HANDLERS] {
    [memory_fault::<H, 0>, memory_fault::<H, 1>, memory_fault::<H, 2>, memory_fault::<H, 3>]
}

/// Lets `H` have every memory fault (SIGSEGV) from now on, before what handles them until now: the
/// program's handler, or the default, which ends the process. To be called again now and then, for a
/// program may set its handler at any time.
pub(crate) fn on_memory_fault<H: Handler>() {
    let entries = entries::<H>();
    // SAFETY: all bytes zero is a valid value.
    let mut now: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: only asks, and `now` is valid for the answer.
    let asked = unsafe { libc::sigaction(libc::SIGSEGV, ptr::null(), &raw mut now) };
    if asked != 0 || entries.iter().any(|entry| now.sa_sigaction == *entry as usize) {
        return;
    }
    // The handler that stands for this one already, or else a new one, or the last.
    let set = SET.load(Ordering::Relaxed);
    let mask = first_word(&now.sa_mask);
    let stands_for = |former: &Former| {
        former.handler.load(Ordering::Relaxed) == now.sa_sigaction
            && former.flags.load(Ordering::Relaxed) == now.sa_flags as usize
            && former.mask.load(Ordering::Relaxed) == mask
    };
    let known = FORMER.iter().take(set).position(stands_for);
    let number = known.unwrap_or(set).min(HANDLERS - 1);
    let (Some(former), Some(entry)) = (FORMER.get(number), entries.get(number)) else { return };
    // Before the new handler can run.
    former.flags.store(now.sa_flags as usize, Ordering::Relaxed);
    former.mask.store(mask, Ordering::Relaxed);
    former.handler.store(now.sa_sigaction, Ordering::Release);
    SET.store(set.max(number + 1), Ordering::Relaxed);
    // A program that runs its handler on a stack of its own has a reason.
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    install(libc::SIGSEGV, *entry as usize, flags);
}

/// The signals of a set, as the kernel has them: one bit for each.
fn first_word(set: &libc::sigset_t) -> usize {
    const { assert!(size_of::<libc::sigset_t>() >= size_of::<usize>()) };
    // SAFETY: the set is at least as long; libc keeps the kernel's bits in front.
    unsafe { ptr::from_ref(set).cast::<usize>().read_unaligned() }
}

/// Lets `H` have `signal`; `false` for one that nobody may handle, or that an instruction causes which
/// would be carried out again and again.
pub(crate) fn on_signal<H: Handler>(signal: i32) -> bool {
    if [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE].contains(&signal) {
        return false;
    }
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

extern "C" fn memory_fault<H: Handler, const NUMBER: usize>(
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
    // The program's handler may call the one that it found, which is ours: deeper on the stack, with the very
    // same structure.
    let here = (&raw const me).addr();
    let is_told = CHAINED_INFO.load(Ordering::Relaxed) == info.addr()
        && here < CHAINED_FRAME.load(Ordering::Relaxed);
    if !is_told {
        CHAINED_INFO.store(info.addr(), Ordering::Relaxed);
        CHAINED_FRAME.store(here, Ordering::Relaxed);
        tell::<H>(info);
    }
    HANDLING.store(0, Ordering::Relaxed);
    if let Some(former) = FORMER.get(NUMBER) {
        chain(former, signal, info, context);
    }
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

/// Blocks what the kernel would have while the program's handler runs. The mask from before is in the
/// signal's frame, and comes back with the handler's return.
fn block(of: &Former, signal: i32) {
    let own = if of.flags.load(Ordering::Relaxed) & libc::SA_NODEFER as usize == 0 {
        1 << (signal - 1)
    } else {
        0
    };
    change_mask(libc::SIG_BLOCK, (of.mask.load(Ordering::Relaxed) | own) as u64);
}

/// Changes which signals are blocked, and says which were.
pub(super) fn change_mask(how: i32, set: u64) -> u64 {
    let mut before = 0u64;
    let args = [
        how as usize,
        (&raw const set).expose_provenance(),
        (&raw mut before).expose_provenance(),
        size_of_val(&set),
        0,
        0,
    ];
    // SAFETY: the kernel reads one set and writes the other, each as long as it is told.
    let _ = unsafe { syscall(libc::SYS_rt_sigprocmask, args) };
    before
}

/// Does what would have happened without us.
#[inline(never)]
fn chain(of: &Former, signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    let (former, flags) = (of.handler.load(Ordering::Acquire), of.flags.load(Ordering::Relaxed));
    if flags & libc::SA_RESETHAND as usize != 0 {
        // It wants to be called once, and the default next time.
        of.handler.store(libc::SIG_DFL, Ordering::Relaxed);
    }
    // SAFETY: reads a field that every signal has.
    let is_sent = unsafe { (*info).si_code } <= 0;
    if former == libc::SIG_IGN && is_sent {
        // A fault of the program's own cannot be ignored.
        return;
    }
    if former == libc::SIG_DFL || former == libc::SIG_IGN {
        // The access is made again, or the signal sent again by who sent it, and the default applies.
        install(signal, libc::SIG_DFL, 0);
        if is_sent {
            // SAFETY: sends a signal to this thread.
            unsafe { libc::raise(signal) };
        }
        return;
    }
    block(of, signal);
    if flags & libc::SA_SIGINFO as usize != 0 {
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
