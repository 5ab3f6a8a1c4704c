//! The registers that a walk of the stack follows, by the numbers that unwind tables give them.

use crate::platform::unwind::SignalReturn;

/// Registers that are of interest.
pub(crate) const COUNT: usize = 17;

/// The frame pointer and the stack pointer.
pub(crate) const FRAME_POINTER: usize = 6;
pub(crate) const STACK_POINTER: usize = 7;

/// The address of the next instruction. The tables use the same number for the return address.
pub(crate) const NEXT: usize = 16;

/// Registers that a function finds as its caller left them, the stack pointer and the address of
/// the next instruction: what is known without asking for more.
pub(crate) const KEPT: usize = 8;

/// Their numbers, in the order in which `store_here` stores them.
pub(crate) const NUMBERS: [usize; KEPT] = [3, FRAME_POINTER, STACK_POINTER, 12, 13, 14, 15, NEXT];

/// Stores the registers of the function that this is written in into an array of [`KEPT`].
macro_rules! store_here {
    ($into:ident) => {
        // SAFETY: writes the eight words of the array and changes nothing else.
        unsafe {
            core::arch::asm!(
                "mov [{into}], rbx",
                "mov [{into} + 8], rbp",
                "mov [{into} + 16], rsp",
                "mov [{into} + 24], r12",
                "mov [{into} + 32], r13",
                "mov [{into} + 40], r14",
                "mov [{into} + 48], r15",
                "lea {here}, [rip]",
                "mov [{into} + 56], {here}",
                into = in(reg) $into.as_mut_ptr(),
                here = out(reg) _,
                options(nostack, preserves_flags),
            );
        }
    };
}
pub(crate) use store_here;

/// A return address as it is stored.
#[inline]
pub(crate) fn plain(address: usize) -> usize {
    address
}

/// How code is known that a signal handler returns to, where tables do not say it: here they do.
pub(crate) const SIGNAL_RETURN: Option<SignalReturn> = None;
