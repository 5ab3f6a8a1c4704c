//! The registers that a walk of the stack follows, by the numbers that unwind tables give them.

use crate::platform::unwind::SignalReturn;

/// Registers that are of interest.
pub(crate) const COUNT: usize = 33;

/// The frame pointer and the stack pointer.
pub(crate) const FRAME_POINTER: usize = 29;
pub(crate) const STACK_POINTER: usize = 31;

/// The address of the next instruction.
pub(crate) const NEXT: usize = 32;

/// Registers that a function finds as its caller left them, its return address, the stack pointer and
/// the address of the next instruction: what is known without asking for more.
pub(crate) const KEPT: usize = 14;

/// Their numbers, in the order in which `store_here` stores them.
pub(crate) const NUMBERS: [usize; KEPT] =
    [19, 20, 21, 22, 23, 24, 25, 26, 27, 28, FRAME_POINTER, 30, STACK_POINTER, NEXT];

/// Stores the registers of the function that this is written in into an array of [`KEPT`].
macro_rules! store_here {
    ($into:ident) => {
        // SAFETY: writes the fourteen words of the array and changes nothing else.
        unsafe {
            core::arch::asm!(
                "stp x19, x20, [{into}]",
                "stp x21, x22, [{into}, 16]",
                "stp x23, x24, [{into}, 32]",
                "stp x25, x26, [{into}, 48]",
                "stp x27, x28, [{into}, 64]",
                "stp x29, x30, [{into}, 80]",
                "mov {word}, sp",
                "str {word}, [{into}, 96]",
                "adr {word}, .",
                "str {word}, [{into}, 104]",
                into = in(reg) $into.as_mut_ptr(),
                word = out(reg) _,
                options(nostack, preserves_flags),
            );
        }
    };
}
pub(crate) use store_here;

/// A return address as it is stored, without the signature that a program may give it.
#[inline]
pub(crate) fn plain(address: usize) -> usize {
    let plain;
    // SAFETY: `xpaclri` clears the signature of the address in x30, and does nothing on a processor
    // that knows of none.
    unsafe {
        core::arch::asm!("hint 7", inlateout("x30") address => plain,
                         options(pure, nomem, nostack, preserves_flags));
    }
    plain
}

/// How code is known that a signal handler returns to, since no table says it: `mov x8, 139` and
/// `svc 0`. On the stack lie then 128 bytes about the signal, 176 about the thread, the address of a
/// fault, and all registers.
pub(crate) const SIGNAL_RETURN: Option<SignalReturn> =
    Some(SignalReturn { code: 0xd400_0001_d280_1168, registers_at: 128 + 176 + 8 });
