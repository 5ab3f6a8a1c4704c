//! Where this library itself lies in memory.

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(".hidden __ehdr_start", ".hidden _end");

/// The addresses from the library's first byte to the one after its last.
#[cfg(target_arch = "x86_64")]
pub(crate) fn bounds() -> (usize, usize) {
    let (start, end): (usize, usize);
    // SAFETY: computes addresses that the linker defines.
    unsafe {
        core::arch::asm!("lea {}, [rip + __ehdr_start]", "lea {}, [rip + _end]", out(reg) start,
                         out(reg) end, options(pure, nomem, nostack, preserves_flags));
    }
    (start, end)
}

/// Not known on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn bounds() -> (usize, usize) {
    (0, 0)
}

/// Whether `address` is one of the library's own.
pub(crate) fn holds(address: usize) -> bool {
    let (start, end) = bounds();
    (start..end).contains(&address)
}
