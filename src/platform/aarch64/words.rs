//! The words of thread-local storage: see `platform::thread`.

use crate::platform::thread::Word;
use core::ptr::with_exposed_provenance_mut;

/// The address of this thread's words.
#[inline(always)]
pub(crate) fn address() -> usize {
    let address: usize;
    // SAFETY: reads the thread pointer, and a link-time constant from the global offset table.
    unsafe {
        core::arch::asm!(
            "mrs {address}, tpidr_el0",
            "adrp {offset}, :gottprel:starmalloc_words",
            "ldr {offset}, [{offset}, :gottprel_lo12:starmalloc_words]",
            "add {address}, {address}, {offset}",
            address = out(reg) address, offset = out(reg) _,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    address
}

#[inline(always)]
fn place(word: Word) -> *mut usize {
    with_exposed_provenance_mut(address().wrapping_add(word as usize))
}

/// Reads a word of this thread.
#[inline(always)]
pub(crate) fn load(word: Word) -> usize {
    // SAFETY: aligned, lives as long as the thread, touched by this thread only. Volatile because a
    // signal handler on this thread may use it between any two instructions.
    unsafe { place(word).read_volatile() }
}

/// Reads a word of this thread and makes it zero, as far as it is not; a signal handler that comes between
/// leaves a word that is not zero as it found it.
#[inline(always)]
pub(crate) fn take(word: Word) -> usize {
    let value = load(word);
    // A handler may have made an empty word its thread's first cache meanwhile.
    if value != 0 {
        store(word, 0);
    }
    value
}

/// Writes a word of this thread.
#[inline(always)]
pub(crate) fn store(word: Word, value: usize) {
    // SAFETY: as in `load`.
    unsafe { place(word).write_volatile(value) };
}
