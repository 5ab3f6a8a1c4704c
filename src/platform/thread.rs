//! The calling thread: its words of thread-local storage, its identity, how it gives way.
//!
//! Stable Rust's `thread_local!` in a shared library calls `__tls_get_addr`, which may allocate;
//! the words below are laid out by hand and read by the initial-exec model: two loads.

use super::processor::words;
use crate::base::sync::AtomicU32;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) use explored::{load, store, take};
#[cfg(not(all(test, any(loom, shuttle))))]
pub(crate) use words::{load, store, take};

core::arch::global_asm!(
    ".pushsection .tbss.starmalloc_words,\"awT\",@nobits",
    ".balign 16",
    ".hidden starmalloc_words",
    ".globl starmalloc_words",
    ".type starmalloc_words, @tls_object",
    ".size starmalloc_words, 40",
    "starmalloc_words:",
    ".zero 40",
    ".popsection",
);

/// The words of thread-local storage; all start as zero in every thread.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    /// The address of the thread's cache while nobody uses it.
    Cache = 0,
    /// The same, where options call for more than the hot paths do, which never look here.
    QuietCache = 8,
    /// How far the thread is in its life: see `heap::thread`.
    Phase = 16,
    /// How many locks the thread holds or is about to take: see `platform::lock`.
    Locks = 24,
    /// Whether the thread reports a fault, or has and is about to end the process.
    Reports = 32,
}

/// A number that no other live thread has; never zero.
#[inline]
pub(crate) fn identity() -> usize {
    #[cfg(all(test, any(loom, shuttle)))]
    if crate::base::sync::explored::is_running() {
        return crate::base::sync::explored::identity();
    }
    words::address()
}

/// Lets another thread run.
pub(crate) fn yield_now() {
    // SAFETY: sched_yield has no arguments and no preconditions.
    let _ = unsafe { super::syscall::syscall(libc::SYS_sched_yield, [0; 6]) };
}

/// Sleeps for a moment: unlike a yield, that lets a thread of lower priority run too.
pub(crate) fn nap() {
    static NOBODY_WAKES: AtomicU32 = AtomicU32::new(0);
    let moment = libc::timespec { tv_sec: 0, tv_nsec: 50_000 };
    let word = NOBODY_WAKES.as_ptr().expose_provenance();
    let operation = (libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG) as usize;
    let args = [word, operation, 0, (&raw const moment).expose_provenance(), 0, 0];
    // SAFETY: the word lives for ever, the time for the call; the kernel only reads them.
    let _ = unsafe { super::syscall::syscall(libc::SYS_futex, args) };
}

/// The words, which a model checker keeps for each of its threads.
#[cfg(all(test, any(loom, shuttle)))]
mod explored {
    use super::{Word, words};
    use crate::base::sync::explored::{is_running, with_word};
    use core::cell::Cell;

    pub(crate) fn load(word: Word) -> usize {
        if is_running() { with_word(word as usize / 8, Cell::get) } else { words::load(word) }
    }

    pub(crate) fn take(word: Word) -> usize {
        if is_running() { with_word(word as usize / 8, Cell::take) } else { words::take(word) }
    }

    pub(crate) fn store(word: Word, value: usize) {
        if is_running() {
            with_word(word as usize / 8, |kept| kept.set(value));
        } else {
            words::store(word, value);
        }
    }
}
