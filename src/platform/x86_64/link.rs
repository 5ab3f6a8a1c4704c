//! What the linkers leave behind: addresses of symbols, and stubs.

use core::ffi::c_void;

/// The address of a symbol that need not be defined, or null. Its reference is made weak elsewhere.
macro_rules! weak_address {
    ($name:literal) => {{
        let at: *mut core::ffi::c_void;
        // SAFETY: loads the address from the global offset table.
        unsafe {
            core::arch::asm!(concat!("mov {}, qword ptr [rip + ", $name, "@GOTPCREL]"),
                             out(reg) at, options(pure, nomem, nostack, preserves_flags));
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
            core::arch::asm!(concat!("lea {}, [rip + ", $name, "]"), out(reg) at,
                             options(pure, nomem, nostack, preserves_flags));
        }
        at
    }};
}
pub(crate) use own_address;

/// Where a call of this function goes: its stub in this library, or the function itself if the
/// library was linked to it.
macro_rules! call_target {
    ($name:literal) => {{
        let at: *const $crate::platform::processor::link::Stub;
        // SAFETY: computes an address.
        unsafe {
            core::arch::asm!(concat!("lea {}, [rip + ", $name, "@PLT]"), out(reg) at,
                             options(pure, nomem, nostack, preserves_flags));
        }
        at
    }};
}
pub(crate) use call_target;

/// A stub of the procedure linkage table.
pub(crate) type Stub = [u8; 16];

/// The slot that a stub jumps through: `jmp [rip + offset]`, after what linkers put before it.
/// Nothing for code of an unknown kind.
///
/// # Safety
/// There is code at `stub`.
pub(crate) unsafe fn slot_of(stub: *const Stub) -> Option<*const *mut c_void> {
    // SAFETY: the caller's promise, and there is always more code of ours behind it.
    let code = unsafe { stub.read() };
    let (length, offset) = match code {
        [0xff, 0x25, a, b, c, d, ..] => (6, [a, b, c, d]),
        // bnd
        [0xf2, 0xff, 0x25, a, b, c, d, ..] => (7, [a, b, c, d]),
        // endbr64, and bnd; or mov r11d, number of the slot
        [0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, a, b, c, d, ..] => (10, [a, b, c, d]),
        [0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, a, b, c, d, ..] => (11, [a, b, c, d]),
        [0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0xbb, _, _, _, _, 0xff, 0x25, a, b, c, d] => {
            (16, [a, b, c, d])
        }
        _ => return None,
    };
    let offset = i32::from_le_bytes(offset) as isize;
    Some(stub.cast::<u8>().wrapping_offset(length + offset).cast())
}
