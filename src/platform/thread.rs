//! The calling thread: its words of thread-local storage, its identity, how it gives way.
//!
//! Stable Rust's `thread_local!` in a shared library calls `__tls_get_addr`, which may allocate;
//! the words below are laid out by hand and read by the initial-exec model: two loads.

#[cfg(all(test, any(loom, shuttle)))]
use crate::base::sync::explored;
use core::arch::{asm, global_asm};
#[cfg(all(test, any(loom, shuttle)))]
use core::cell::Cell;

#[cfg(target_arch = "x86_64")]
global_asm!(
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

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".pushsection .tbss.starmalloc_words,\"awT\",@nobits",
    ".balign 16",
    ".hidden starmalloc_words",
    ".globl starmalloc_words",
    ".type starmalloc_words, %tls_object",
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

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn words_offset() -> usize {
    let offset: usize;
    // SAFETY: loads a link-time constant from the global offset table.
    unsafe {
        asm!("mov {}, qword ptr [rip + starmalloc_words@GOTTPOFF]", out(reg) offset,
             options(pure, nomem, nostack, preserves_flags));
    }
    offset
}

/// The address of this thread's words: unique among live threads, so it also identifies the thread.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn words() -> *mut usize {
    let base: usize;
    // SAFETY: the thread control block starts with its own address on this ABI.
    unsafe {
        asm!("mov {}, qword ptr fs:[0]", out(reg) base,
             options(pure, nomem, nostack, preserves_flags));
    }
    core::ptr::with_exposed_provenance_mut(base.wrapping_add(words_offset()))
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn words() -> *mut usize {
    let address: usize;
    // SAFETY: reads the thread pointer and a link-time constant.
    unsafe {
        asm!("mrs {0}, tpidr_el0",
             "adrp {1}, :gottprel:starmalloc_words",
             "ldr {1}, [{1}, :gottprel_lo12:starmalloc_words]",
             "add {0}, {0}, {1}",
             out(reg) address, out(reg) _, options(pure, nomem, nostack, preserves_flags));
    }
    core::ptr::with_exposed_provenance_mut(address)
}

/// Reads a word of this thread.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn load(word: Word) -> usize {
    // SAFETY: all words lie behind `words()`.
    let at = unsafe { words().byte_add(word as usize) };
    // SAFETY: aligned, live as long as the thread, touched by this thread only. Volatile because
    // a signal handler on this thread may use it between any two instructions.
    unsafe { at.read_volatile() }
}

/// Writes a word of this thread.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn store(word: Word, value: usize) {
    // SAFETY: all words lie behind `words()`.
    let at = unsafe { words().byte_add(word as usize) };
    // SAFETY: as in `load`.
    unsafe { at.write_volatile(value) };
}

/// Reads a word of this thread. One segment-relative load: the thread pointer is not needed.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn load(word: Word) -> usize {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        return explored::with_word(word as usize / 8, Cell::get);
    }
    let value: usize;
    let at = words_offset().wrapping_add(word as usize);
    // SAFETY: the word exists in every thread at this offset; only this thread touches it.
    unsafe {
        asm!("mov {}, qword ptr fs:[{}]", out(reg) value, in(reg) at,
             options(nostack, preserves_flags));
    }
    value
}

/// Reads a word of this thread and makes it zero.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn take(word: Word) -> usize {
    let value = load(word);
    store(word, 0);
    value
}

/// The words whose offset is part of the instruction below.
#[cfg(target_arch = "x86_64")]
macro_rules! at_each_word {
    ($word:expr, $access:ident) => {
        match $word {
            Word::Cache => $access!(Word::Cache),
            Word::QuietCache => $access!(Word::QuietCache),
            Word::Phase => $access!(Word::Phase),
            Word::Locks => $access!(Word::Locks),
        }
    };
}

/// Reads a word of this thread and makes it zero; nothing comes between for a signal handler on this
/// thread that leaves the word as it found it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn take(word: Word) -> usize {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        return explored::with_word(word as usize / 8, Cell::take);
    }
    let value: usize;
    macro_rules! take_at {
        ($word:expr) => {
            // SAFETY: as in `load`.
            unsafe {
                asm!("mov {offset}, qword ptr [rip + starmalloc_words@GOTTPOFF]",
                     "mov {value}, qword ptr fs:[{offset} + {word}]",
                     "mov qword ptr fs:[{offset} + {word}], 0",
                     offset = out(reg) _, word = const $word as usize, value = out(reg) value,
                     options(nostack, preserves_flags));
            }
        };
    }
    at_each_word!(word, take_at);
    value
}

/// Writes a word of this thread.
///
/// The offset is loaded anew each time, and loads of it do not count as the same to the compiler: across
/// the work in between it would cost the hot paths a register, and so a stack frame.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn store(word: Word, value: usize) {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        return explored::with_word(word as usize / 8, |kept| kept.set(value));
    }
    macro_rules! store_at {
        ($word:expr) => {
            // SAFETY: as in `load`.
            unsafe {
                asm!("mov {offset}, qword ptr [rip + starmalloc_words@GOTTPOFF]",
                     "mov qword ptr fs:[{offset} + {word}], {value}",
                     offset = out(reg) _, word = const $word as usize, value = in(reg) value,
                     options(nostack, preserves_flags));
            }
        };
    }
    at_each_word!(word, store_at);
}

/// A number that no other live thread has; never zero.
#[inline]
pub(crate) fn identity() -> usize {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        return explored::identity();
    }
    words().addr()
}

/// Lets another thread run.
pub(crate) fn yield_now() {
    // SAFETY: sched_yield has no arguments and no preconditions.
    let _ = unsafe { super::syscall::syscall(libc::SYS_sched_yield, [0; 6]) };
}
