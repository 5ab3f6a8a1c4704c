//! Reading memory that may not be there.
//!
//! The kernel is asked about each page first, by a call that does nothing: `rt_sigprocmask` reads
//! the signal set it is given before it refuses an operation that does not exist. `abort` needs that
//! call anyway, so that a system call filter that lets a program abort lets it be walked.

use crate::platform::syscall::{Errno, syscall};
use core::ptr::with_exposed_provenance;

/// Bytes that are readable if one of them is.
pub(super) const PAGE: usize = 4096;

/// Pages that are asked about at most. It bounds the time of a walk in which every search fails.
const QUESTIONS: u32 = 1 << 17;

/// An address that no process has memory at.
const LOWEST: usize = 8;

/// Pages known to be readable: a walk reads tables, modules' starts and the stack in turn.
const KNOWN: usize = 32;

/// The memory of this process.
pub(super) struct Memory {
    known: [usize; KNOWN],
    /// The page of the last answer.
    last: usize,
    next: usize,
    questions: u32,
}

impl Memory {
    /// Nothing where the kernel answers in another way than is relied on.
    pub(super) fn new() -> Option<Self> {
        let here = 0usize;
        let answers = !answers_readable(LOWEST) && answers_readable((&raw const here).addr());
        // Address 1 starts no page.
        answers.then_some(Self { known: [1; KNOWN], last: 1, next: 0, questions: QUESTIONS })
    }

    /// Whether the page that starts at `page` can be read.
    fn is_readable(&mut self, page: usize) -> bool {
        if self.last == page {
            return true;
        }
        if self.known.contains(&page) {
            self.last = page;
            return true;
        }
        if self.questions == 0 {
            return false;
        }
        self.questions -= 1;
        let is_readable = answers_readable(page);
        if is_readable && let Some(place) = self.known.get_mut(self.next) {
            *place = page;
            self.next = (self.next + 1) % KNOWN;
        }
        is_readable
    }

    /// Whether there may still be answers.
    pub(super) fn is_patient(&self) -> bool {
        self.questions > 0
    }

    /// The byte at `at`.
    pub(super) fn byte(&mut self, at: usize) -> Option<u8> {
        if !self.is_readable(at & !(PAGE - 1)) {
            return None;
        }
        // SAFETY: readable a moment ago. Only a program that unmaps it from another thread at just
        // this moment ends differently from how it was ending anyway.
        Some(unsafe { with_exposed_provenance::<u8>(at).read_volatile() })
    }

    /// `N` bytes from `at` on, which may be unaligned.
    fn bytes<const N: usize>(&mut self, at: usize) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        if at % PAGE <= PAGE - N {
            // SAFETY: as in `byte`; all of it is in one page, and any bytes are valid.
            return self
                .is_readable(at & !(PAGE - 1))
                .then(|| unsafe { with_exposed_provenance::<[u8; N]>(at).read_volatile() });
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = self.byte(at.checked_add(i)?)?;
        }
        Some(bytes)
    }

    /// The two-byte number at `at`.
    pub(super) fn half(&mut self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_le_bytes)
    }

    /// The four-byte number at `at`.
    pub(super) fn word(&mut self, at: usize) -> Option<u32> {
        self.bytes(at).map(u32::from_le_bytes)
    }

    /// The eight-byte number at `at`.
    pub(super) fn long(&mut self, at: usize) -> Option<usize> {
        self.bytes(at).map(|bytes| u64::from_le_bytes(bytes) as usize)
    }
}

/// Whether the kernel could read at `at`, a multiple of eight.
fn answers_readable(at: usize) -> bool {
    const NO_OPERATION: usize = 0x7fff_ffff;
    const SET_BYTES: usize = 8;
    let args = [NO_OPERATION, at, 0, SET_BYTES, 0, 0];
    // A set at address zero is no set at all, and then the operation is not looked at.
    // SAFETY: changes nothing, for there is no such operation; the kernel checks the address.
    at != 0 && unsafe { syscall(libc::SYS_rt_sigprocmask, args) } == Err(Errno(libc::EINVAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_there() {
        let mut memory = Memory::new().unwrap();
        for at in [0, 8, PAGE - 1, 1 << 47, (1 << 47) - 1, 0xdead_beef_dead_beef, usize::MAX] {
            assert_eq!(memory.byte(at), None, "{at:#x}");
            assert_eq!(memory.long(at), None, "{at:#x}");
        }
    }

    #[test]
    fn numbers_are_read_at_any_address() {
        let mut memory = Memory::new().unwrap();
        let bytes: Vec<u8> = (1..=16).collect();
        let at = bytes.as_ptr().expose_provenance();
        assert_eq!(memory.byte(at + 3), Some(4));
        assert_eq!(memory.half(at + 1), Some(0x0302));
        assert_eq!(memory.word(at + 1), Some(0x0504_0302));
        assert_eq!(memory.long(at + 7), Some(0x0f0e_0d0c_0b0a_0908));
    }

    #[test]
    fn questions_come_to_an_end() {
        let mut memory = Memory::new().unwrap();
        memory.questions = 3;
        for _ in 0..3 {
            assert!(memory.is_patient());
            assert_eq!(memory.byte(0), None);
        }
        assert!(!memory.is_patient());
        assert_eq!(memory.byte((&raw const memory).addr()), None);
    }
}
