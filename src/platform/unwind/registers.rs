//! The registers of one frame, numbered as unwind tables number them.

pub(super) use crate::platform::processor::registers::{
    COUNT, KEPT, NEXT, SIGNAL_RETURN, STACK_POINTER, store_here,
};
use crate::platform::processor::registers::{NUMBERS, plain};

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

    /// Those stored by `store_here`.
    pub(super) fn of_caller(stored: &[usize; KEPT]) -> Self {
        let mut all = Self::UNKNOWN;
        for (number, value) in NUMBERS.into_iter().zip(stored) {
            all.set(number, Some(*value));
        }
        all.is_interrupted = true;
        all
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

    /// The address of the next instruction; none where the stack ends.
    pub(super) fn next(&self) -> Option<usize> {
        self.get(NEXT).filter(|address| *address != 0)
    }

    /// An address inside the instruction that the frame is at. A call may be a function's last
    /// instruction, so that the address behind it is another function's.
    pub(super) fn code_address(&self) -> Option<usize> {
        self.next().map(|next| if self.is_interrupted { next } else { next - 1 })
    }

    /// Sets the address where the frame goes on, as it was stored for a return.
    pub(super) fn go_on_at(&mut self, address: Option<usize>) {
        self.set(NEXT, address.map(plain));
    }
}
