//! Callers' memory: zero, check, copy. No reference to it is ever made, for a dangling pointer of
//! the program may write it at any moment.
//!
//! - **B-MAPPED**: every range passed in lies in a slot or a large allocation that is committed for
//!   reading and writing, and that the allocator, not the program, owns at this moment (or owns
//!   jointly with it: inside `realloc`). Slots start at multiples of 16.

use super::sealed::sealed;
use crate::base::addr::Addr;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// Up to here a few inlined vector stores or loads do; beyond, libc's memset and the widest vector
/// routine pay.
pub(crate) const NARROW: usize = 256;

/// Reads 8 bytes.
#[inline(always)]
pub(crate) fn load(at: Addr) -> u64 {
    // SAFETY: B-MAPPED. Unaligned, so that the end of a request can be looked at directly.
    unsafe { with_exposed_provenance::<u64>(at.get()).read_unaligned() }
}

/// Writes 8 bytes.
#[inline(always)]
pub(crate) fn store(at: Addr, value: u64) {
    // SAFETY: B-MAPPED.
    unsafe { with_exposed_provenance_mut::<u64>(at.get()).write_unaligned(value) };
}

/// Copies `len` bytes between two allocations that do not overlap.
#[inline]
pub(crate) fn copy(from: Addr, to: Addr, len: usize) {
    let from = with_exposed_provenance::<u8>(from.get());
    let to = with_exposed_provenance_mut::<u8>(to.get());
    // SAFETY: B-MAPPED for both; different allocations do not overlap.
    unsafe { core::ptr::copy_nonoverlapping(from, to, len) };
}

/// Sets `len` bytes to `byte`.
pub(crate) fn fill(at: Addr, byte: u8, len: usize) {
    // SAFETY: B-MAPPED.
    unsafe { with_exposed_provenance_mut::<u8>(at.get()).write_bytes(byte, len) };
}

/// Makes `len` bytes, a multiple of 8, zero.
#[inline(always)]
pub(crate) fn zero(at: Addr, len: usize) {
    if len <= NARROW {
        small::zero(at, len);
    } else {
        fill(at, 0, len);
    }
}

/// Makes 8 to [`NARROW`] bytes, a multiple of 8, zero, without a call.
#[inline(always)]
pub(crate) fn zero_narrow(at: Addr, len: usize) {
    small::zero(at, len);
}

/// Whether 8 to [`NARROW`] bytes, a multiple of 8, are all zero, without a call.
#[inline(always)]
pub(crate) fn is_zero_narrow(at: Addr, len: usize) -> bool {
    small::is_zero(at, len)
}

/// Whether `len` bytes, a multiple of 8, are all zero; `at` is a multiple of 8.
#[inline(always)]
pub(crate) fn is_zero(at: Addr, len: usize) -> bool {
    if len <= NARROW { len == 0 || small::is_zero(at, len) } else { wide_is_zero(at, len) }
}

#[inline(never)]
fn wide_is_zero(at: Addr, len: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    if sealed().avx2 {
        // SAFETY: AVX2 was seen at start; B-MAPPED.
        return unsafe { avx2::is_zero(at, len) };
    }
    small::long_is_zero(at, len)
}

/// How many bytes `is_zero_before` looks at.
pub(crate) const TAIL: usize = 64;

/// Whether the last `len` bytes before `end` are all zero, of more than [`TAIL`] only the last; at least
/// 16. Without a branch.
#[inline(always)]
pub(crate) fn is_zero_before(end: Addr, len: usize) -> bool {
    small::tail_is_zero(end, len)
}

/// The first byte of the range that is not zero, as its offset and value.
#[cold]
pub(crate) fn first_nonzero(at: Addr, len: usize) -> Option<(usize, u8)> {
    (0..len).find_map(|offset| {
        // SAFETY: B-MAPPED.
        let byte = unsafe { with_exposed_provenance::<u8>(at.plus(offset).get()).read_volatile() };
        (byte != 0).then_some((offset, byte))
    })
}

/// 16-byte vectors, which every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
mod small {
    use crate::base::addr::Addr;
    use core::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128,
        _mm_setzero_si128, _mm_storeu_si128,
    };
    use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

    /// - **B-SSE2**: the instructions used here are part of every x86-64 processor.
    #[inline(always)]
    fn zeros() -> __m128i {
        // SAFETY: B-SSE2.
        unsafe { _mm_setzero_si128() }
    }

    #[inline(always)]
    fn clear(at: Addr) {
        // SAFETY: B-SSE2, B-MAPPED; an unaligned store.
        unsafe { _mm_storeu_si128(with_exposed_provenance_mut(at.get()), zeros()) };
    }

    /// `seen` with the bits of the 16 bytes at `at` added.
    #[inline(always)]
    fn gather(seen: __m128i, at: Addr) -> __m128i {
        // SAFETY: B-SSE2, B-MAPPED; an unaligned load.
        let vector = unsafe { _mm_loadu_si128(with_exposed_provenance(at.get())) };
        // SAFETY: B-SSE2.
        unsafe { _mm_or_si128(seen, vector) }
    }

    #[inline(always)]
    fn none_set(seen: __m128i) -> bool {
        // SAFETY: B-SSE2.
        let same = unsafe { _mm_cmpeq_epi8(seen, zeros()) };
        // SAFETY: B-SSE2.
        unsafe { _mm_movemask_epi8(same) == 0xffff }
    }

    /// Stores that overlap rather than stop short: no loop that the compiler would turn into a call, and
    /// no branch among the sizes up to 64, which come mixed in most programs: three mispredicted ones
    /// cost as much as the rest of malloc and free. `len` is a multiple of 8.
    #[inline(always)]
    pub(super) fn zero(at: Addr, len: usize) {
        let Some(last) = len.checked_sub(16) else { return super::store(at, 0) };
        for step in [0, 16, 32] {
            clear(at.plus(last.min(step)));
        }
        clear(at.plus(last));
        if len > 64 {
            let end = at.plus(len);
            clear(at.plus(48));
            for step in [32, 48, 64] {
                clear(end.minus(step));
            }
            if len > 128 {
                for step in [64, 80, 96, 112] {
                    clear(at.plus(step));
                    clear(end.minus(step + 16));
                }
            }
        }
    }

    /// Overlapping loads, as in `zero`.
    #[inline(always)]
    pub(super) fn is_zero(at: Addr, len: usize) -> bool {
        let Some(last) = len.checked_sub(16) else { return super::load(at) == 0 };
        let mut seen = gather(zeros(), at.plus(last));
        for step in [0, 16, 32] {
            seen = gather(seen, at.plus(last.min(step)));
        }
        if len > 64 {
            let end = at.plus(len);
            seen = gather(seen, at.plus(48));
            for step in [32, 48, 64] {
                seen = gather(seen, end.minus(step));
            }
            if len > 128 {
                for step in [64, 80, 96, 112] {
                    seen = gather(gather(seen, at.plus(step)), end.minus(step + 16));
                }
            }
        }
        none_set(seen)
    }

    /// Overlapping loads once more, from the end.
    #[inline(always)]
    pub(super) fn tail_is_zero(end: Addr, len: usize) -> bool {
        let mut seen = gather(zeros(), end.minus(16));
        for step in [32, 48, super::TAIL] {
            seen = gather(seen, end.minus(len.min(step)));
        }
        none_set(seen)
    }

    /// Any length, a vector at a time.
    pub(super) fn long_is_zero(at: Addr, len: usize) -> bool {
        let vectors = len / 16;
        let seen = (0..vectors).fold(zeros(), |seen, i| gather(seen, at.plus(i * 16)));
        let tail = if len & 8 != 0 { super::load(at.plus(vectors * 16)) } else { 0 };
        none_set(seen) && tail == 0
    }
}

/// Machine words, on other processors.
#[cfg(not(target_arch = "x86_64"))]
mod small {
    use crate::base::addr::Addr;

    #[inline]
    pub(super) fn zero(at: Addr, len: usize) {
        super::fill(at, 0, len);
    }

    #[inline]
    pub(super) fn is_zero(at: Addr, len: usize) -> bool {
        (0..len / 8).fold(0, |seen, i| seen | super::load(at.plus(i * 8))) == 0
    }

    pub(super) fn long_is_zero(at: Addr, len: usize) -> bool {
        is_zero(at, len)
    }

    pub(super) fn tail_is_zero(end: Addr, len: usize) -> bool {
        is_zero(end.minus(len.min(super::TAIL) & !7), len.min(super::TAIL) & !7)
            && super::load(end.minus(len.min(super::TAIL))) == 0
    }
}

/// 32-byte vectors: 20 cycles per KiB in place of 53.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use crate::base::addr::Addr;
    use core::arch::x86_64::{_mm256_loadu_si256, _mm256_or_si256, _mm256_testz_si256};
    use core::ptr::with_exposed_provenance;

    /// # Safety
    /// The processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn is_zero(at: Addr, len: usize) -> bool {
        let load = |offset: usize| {
            let from = with_exposed_provenance(at.plus(offset).get());
            // SAFETY: B-MAPPED; an unaligned load.
            unsafe { _mm256_loadu_si256(from) }
        };
        if len < 128 {
            return super::small::long_is_zero(at, len);
        }
        let mut block = 0;
        loop {
            // The last block overlaps the one before it rather than leaving a rest.
            let at = block.min(len - 128);
            let low = _mm256_or_si256(load(at), load(at + 32));
            let high = _mm256_or_si256(load(at + 64), load(at + 96));
            let seen = _mm256_or_si256(low, high);
            if _mm256_testz_si256(seen, seen) == 0 {
                return false;
            }
            block += 128;
            if block >= len {
                return true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{copy, first_nonzero, is_zero, zero};
    use crate::base::addr::Addr;

    #[repr(align(16))]
    struct Slot([u8; 1056]);

    #[test]
    fn zero_clears_the_request_and_keeps_the_canary() {
        // The smallest slot has 8 bytes before its canary.
        for len in (8..=1040usize).step_by(8) {
            let usable = (len + 8).next_multiple_of(16) - 8;
            let mut slot = Slot([0xff; 1056]);
            slot.0[len..usable].fill(0);
            zero(Addr::of(&raw const slot.0), len);
            assert!(slot.0[..usable].iter().all(|byte| *byte == 0), "{len}");
            assert!(slot.0[usable..].iter().all(|byte| *byte == 0xff), "{len}");
        }
    }

    #[test]
    fn one_bit_anywhere_is_seen() {
        for len in (8..=1040).step_by(8) {
            let mut slot = Slot([0; 1056]);
            slot.0[len] = 1;
            assert!(is_zero(Addr::of(&raw const slot.0), len));
            for at in 0..len {
                slot.0[at] = 0x80;
                assert!(!is_zero(Addr::of(&raw const slot.0), len), "{at} of {len}");
                let found = first_nonzero(Addr::of(&raw const slot.0), len);
                assert_eq!(found, Some((at, 0x80)));
                slot.0[at] = 0;
            }
        }
    }

    #[test]
    fn copies_are_exact() {
        let from = Slot(core::array::from_fn(|i| i as u8));
        let to = Slot([0; 1056]);
        copy(Addr::of(&raw const from.0), Addr::of(&raw const to.0), 77);
        assert_eq!(from.0[..77], to.0[..77]);
        assert_eq!(to.0[77], 0);
    }
}
