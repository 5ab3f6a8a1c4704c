//! What the processor offers and how many of them this process may use.

use super::syscall::syscall;

/// Whether the 32-byte vector routines may run: the processor has AVX2 and the system saves its
/// registers.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    // A model checker sees words alone.
    if cfg!(all(test, any(loom, shuttle))) {
        return false;
    }
    use core::arch::x86_64::{__cpuid_count, _xgetbv};
    const OSXSAVE_AND_AVX: u32 = 1 << 27 | 1 << 28;
    const AVX2: u32 = 1 << 5;
    const XMM_AND_YMM: u64 = 0b110;
    /// Which registers the system saves.
    ///
    /// # Safety
    /// The processor has the instruction.
    #[target_feature(enable = "xsave")]
    fn saved_registers() -> u64 {
        // SAFETY: only called when the processor says that the instruction is there.
        unsafe { _xgetbv(0) }
    }
    #[allow(unused_unsafe, reason = "a call of it is unsafe before Rust 1.94")]
    // SAFETY: every x86-64 processor has the instruction.
    let ask = |leaf| unsafe { __cpuid_count(leaf, 0) };
    if ask(0).eax < 7 || ask(1).ecx & OSXSAVE_AND_AVX != OSXSAVE_AND_AVX {
        return false;
    }
    // SAFETY: OSXSAVE was seen above.
    let saved = unsafe { saved_registers() };
    saved & XMM_AND_YMM == XMM_AND_YMM && ask(7).ebx & AVX2 != 0
}

/// No wider routines on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn has_avx2() -> bool {
    false
}

/// Processors that this process may run on, at least 1.
pub(crate) fn count() -> u32 {
    let mut mask = [0u64; 128];
    let args = [0, size_of_val(&mask), (&raw mut mask) as usize, 0, 0, 0];
    // SAFETY: the kernel writes at most `size_of_val(&mask)` bytes into `mask`.
    match unsafe { syscall(libc::SYS_sched_getaffinity, args) } {
        Ok(bytes) => mask.iter().take(bytes / 8).map(|w| w.count_ones()).sum::<u32>().max(1),
        Err(_) => 1,
    }
}
