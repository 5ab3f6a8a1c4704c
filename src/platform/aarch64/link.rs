//! What the linkers leave behind: addresses of symbols, and stubs.

use core::ffi::c_void;

/// The address of a symbol that need not be defined, or null. Its reference is made weak elsewhere.
macro_rules! weak_address {
    ($name:literal) => {{
        let at: *mut core::ffi::c_void;
        // SAFETY: loads the address from the global offset table.
        unsafe {
            core::arch::asm!(concat!("adrp {at}, :got:", $name),
                             concat!("ldr {at}, [{at}, :got_lo12:", $name, "]"), at = out(reg) at,
                             options(pure, nomem, nostack, preserves_flags));
        }
        at
    }};
}
pub(crate) use weak_address;

/// The address of a hidden symbol, which lies in this library.
macro_rules! own_address {
    ($name:literal) => {{
        let at: usize;
        // SAFETY: computes an address.
        unsafe {
            core::arch::asm!(concat!("adrp {at}, ", $name),
                             concat!("add {at}, {at}, :lo12:", $name), at = out(reg) at,
                             options(pure, nomem, nostack, preserves_flags));
        }
        at
    }};
}
pub(crate) use own_address;

/// Where a call of this function goes: its stub in this library, or the function itself if the
/// library was linked to it. Linkers give the address of a stub to branches only, so here is one
/// that is never executed.
macro_rules! call_target {
    ($name:literal) => {{
        let branch: *const u32;
        // SAFETY: computes an address and jumps over the branch.
        unsafe {
            core::arch::asm!("b 3f", concat!("2: b ", $name), "3: adr {}, 2b", out(reg) branch,
                             options(pure, nomem, nostack, preserves_flags));
        }
        // SAFETY: the branch above is there.
        unsafe { $crate::platform::processor::link::target_of(branch) }
    }};
}
pub(crate) use call_target;

/// Where the instruction `b` at `branch` leads.
///
/// # Safety
/// There is one.
pub(crate) unsafe fn target_of(branch: *const u32) -> *const Stub {
    // SAFETY: the caller's promise.
    let code = unsafe { branch.read() };
    // The low 26 bits are a signed number of instructions.
    let instructions = (code << 6) as i32 >> 6;
    branch.wrapping_offset(instructions as isize).cast()
}

/// A stub of the procedure linkage table, as far as it is of interest.
pub(crate) type Stub = [u32; 3];

/// The slot that a stub jumps through: `adrp x16, page` and `ldr x17, [x16, offset]`, after a `bti c`
/// if there is one. Nothing for code of an unknown kind.
///
/// # Safety
/// There is code at `stub`.
pub(crate) unsafe fn slot_of(stub: *const Stub) -> Option<*const *mut c_void> {
    const BTI_C: u32 = 0xd503_245f;
    const PAGE_BYTES: usize = 4096;
    // SAFETY: the caller's promise, and there is always more code of ours behind it.
    let code = unsafe { stub.read() };
    let (adrp, ldr, at) = match code {
        [BTI_C, adrp, ldr] => (adrp, ldr, stub.addr() + size_of::<u32>()),
        [adrp, ldr, _] => (adrp, ldr, stub.addr()),
    };
    if adrp & 0x9f00_001f != 0x9000_0010 || ldr & 0xffc0_03ff != 0xf940_0211 {
        return None;
    }
    // A signed number of pages in 21 bits: the low two stand apart.
    let high = ((adrp << 8) as i32 >> 13) << 2;
    let pages = (high | (adrp >> 29 & 3) as i32) as isize;
    let page = (at & !(PAGE_BYTES - 1)).wrapping_add_signed(pages * PAGE_BYTES as isize);
    // A number of words of eight bytes.
    let offset = (ldr >> 10 & 0xfff) as usize * 8;
    Some(stub.with_addr(page.wrapping_add(offset)).cast())
}
