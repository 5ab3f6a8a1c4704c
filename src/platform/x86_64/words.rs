//! The words of thread-local storage: see `platform::thread`.

use crate::platform::thread::Word;
use core::arch::asm;

#[inline(always)]
fn offset() -> usize {
    let offset: usize;
    // SAFETY: loads a link-time constant from the global offset table.
    unsafe {
        asm!("mov {}, qword ptr [rip + starmalloc_words@GOTTPOFF]", out(reg) offset,
             options(pure, nomem, nostack, preserves_flags));
    }
    offset
}

/// The address of this thread's words.
#[inline(always)]
pub(crate) fn address() -> usize {
    let base: usize;
    // SAFETY: the thread control block starts with its own address on this ABI.
    unsafe {
        asm!("mov {}, qword ptr fs:[0]", out(reg) base,
             options(pure, nomem, nostack, preserves_flags));
    }
    base.wrapping_add(offset())
}

/// Reads a word of this thread. One segment-relative load: the thread pointer is not needed.
#[inline(always)]
pub(crate) fn load(word: Word) -> usize {
    let value: usize;
    let at = offset().wrapping_add(word as usize);
    // SAFETY: the word exists in every thread at this offset; only this thread touches it.
    unsafe {
        asm!("mov {}, qword ptr fs:[{}]", out(reg) value, in(reg) at,
             options(nostack, preserves_flags));
    }
    value
}

/// The words whose offset is part of the instruction below.
macro_rules! at_each_word {
    ($word:expr, $access:ident) => {
        match $word {
            Word::Cache => $access!(Word::Cache),
            Word::QuietCache => $access!(Word::QuietCache),
            Word::Phase => $access!(Word::Phase),
            Word::Locks => $access!(Word::Locks),
            Word::Reports => $access!(Word::Reports),
        }
    };
}

/// Reads a word of this thread and makes it zero, as far as it is not; a signal handler on this thread
/// that comes between leaves a word that is not zero as it found it.
#[inline(always)]
pub(crate) fn take(word: Word) -> usize {
    let offset: usize;
    let value: usize;
    macro_rules! load_at {
        ($word:expr) => {
            // SAFETY: as in `load`.
            unsafe {
                asm!("mov {offset}, qword ptr [rip + starmalloc_words@GOTTPOFF]",
                     "mov {value}, qword ptr fs:[{offset} + {word}]",
                     offset = out(reg) offset, word = const $word as usize, value = out(reg) value,
                     options(nostack, preserves_flags));
            }
        };
    }
    macro_rules! clear_at {
        ($word:expr) => {
            // SAFETY: as in `load`.
            unsafe {
                asm!("mov qword ptr fs:[{offset} + {word}], 0",
                     offset = in(reg) offset, word = const $word as usize,
                     options(nostack, preserves_flags));
            }
        };
    }
    at_each_word!(word, load_at);
    // A handler may have made an empty word its thread's first cache meanwhile.
    if value != 0 {
        at_each_word!(word, clear_at);
    }
    value
}

/// Writes a word of this thread.
///
/// The offset is loaded anew each time, and loads of it do not count as the same to the compiler: across
/// the work in between it would cost the hot paths a register, and so a stack frame.
#[inline(always)]
pub(crate) fn store(word: Word, value: usize) {
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
