//! The calling thread: its words of thread-local storage, its identity, how it gives way.
//!
//! Stable Rust's `thread_local!` in a shared library calls `__tls_get_addr`, which may allocate;
//! the words below are laid out by hand and read by the initial-exec model: two loads.

use super::processor::words;
pub(crate) use super::processor::words::{load, store, take};

core::arch::global_asm!(
    ".pushsection .tbss.starmalloc_words,\"awT\",@nobits",
    ".balign 16",
    ".hidden starmalloc_words",
    ".globl starmalloc_words",
    ".type starmalloc_words, @tls_object",
    ".size starmalloc_words, 32",
    "starmalloc_words:",
    ".zero 32",
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
}

/// A number that no other live thread has; never zero.
#[inline]
pub(crate) fn identity() -> usize {
    words::address()
}

/// Lets another thread run.
pub(crate) fn yield_now() {
    // SAFETY: sched_yield has no arguments and no preconditions.
    let _ = unsafe { super::syscall::syscall(libc::SYS_sched_yield, [0; 6]) };
}
