//! The registers of one frame, numbered as unwind tables number them.

/// Registers that the tables speak of.
pub(super) const COUNT: usize = 17;

/// The stack pointer's number.
pub(super) const STACK_POINTER: usize = 7;

/// The number that stands for the return address.
const RETURN_ADDRESS: usize = 16;

/// Registers that a function finds as its caller left them, the stack pointer and the address of
/// the next instruction: what is known without asking for more.
pub(super) const KEPT: usize = 8;

/// Their numbers, in the order in which `store_here` stores them.
const NUMBERS: [usize; KEPT] = [3, 6, STACK_POINTER, 12, 13, 14, 15, RETURN_ADDRESS];

/// Stores the registers of the function that this is written in into an array of [`KEPT`].
#[cfg(target_arch = "x86_64")]
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

/// Not written for other processors: nothing is stored, and a walk that starts at zero ends there.
#[cfg(not(target_arch = "x86_64"))]
macro_rules! store_here {
    ($into:ident) => {
        let _ = &mut $into;
    };
}

pub(super) use store_here;

/// What is known of a frame's registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers {
    values: [Option<usize>; COUNT],
    /// Whether the frame was interrupted by a signal: its address is then that of the next
    /// instruction, and elsewhere the address behind a call.
    pub(super) is_interrupted: bool,
}

impl Registers {
    /// Nothing known.
    pub(super) const UNKNOWN: Self = Self { values: [None; COUNT], is_interrupted: false };

    /// Those stored by `store_here`; none where it stores nothing.
    pub(super) fn of_caller(stored: &[usize; KEPT]) -> Option<Self> {
        let mut all = Self::UNKNOWN;
        for (number, value) in NUMBERS.into_iter().zip(stored) {
            all.set(number, Some(*value));
        }
        all.is_interrupted = true;
        all.get(STACK_POINTER).filter(|at| *at != 0).map(|_| all)
    }

    /// The value of register `number`, if it is known.
    pub(super) fn get(&self, number: usize) -> Option<usize> {
        self.values.get(number).copied().flatten()
    }

    /// Sets what is known of register `number`; the tables may name some that are not of interest.
    pub(super) fn set(&mut self, number: usize, value: Option<usize>) {
        if let Some(place) = self.values.get_mut(number) {
            *place = value;
        }
    }

    /// An address inside the instruction that the frame is at. A call may be a function's last
    /// instruction, so that the address behind it is another function's.
    pub(super) fn code_address(&self) -> Option<usize> {
        let next = self.get(RETURN_ADDRESS).filter(|address| *address != 0)?;
        Some(if self.is_interrupted { next } else { next - 1 })
    }

    /// Sets the address where the frame goes on.
    pub(super) fn go_on_at(&mut self, address: Option<usize>) {
        self.set(RETURN_ADDRESS, address);
    }
}
