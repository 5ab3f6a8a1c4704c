//! The widest vectors that the processor has.

#[path = "avx2.rs"]
mod avx2;
#[path = "sse2.rs"]
mod sse2;

use super::{Cover, NARROW};
use crate::base::addr::Addr;
#[cfg(not(test))]
use crate::region::sealed::sealed;
use core::arch::asm;
pub(super) use sse2::{short_tail_is_zero, tail_is_zero};

/// Up to here four 16-byte vectors do, without a branch.
const FEW: usize = 64;

static_assertions::const_assert!(FEW + 8 >= *avx2::SPREAD.start() && NARROW <= 512);

/// Whether the 32-byte routines may run.
#[cfg(not(test))]
#[inline(always)]
fn has_avx2() -> bool {
    sealed().avx2
}

/// Unit tests have no start, where that is found out.
#[cfg(test)]
use super::tests::has_avx2;

#[inline(always)]
pub(super) fn prefetch(at: Addr) {
    // SAFETY: a hint, which does nothing where nothing is mapped.
    unsafe {
        asm!("prefetcht0 [{}]", in(reg) at.get(), options(nostack, readonly, preserves_flags));
    }
}

/// See `Cover`.
#[inline(always)]
pub(super) fn cover(len: usize) -> (usize, usize) {
    if len <= FEW {
        sse2::cover(len)
    } else if !has_avx2() {
        (0, 0)
    } else if len <= *avx2::SPREAD.end() {
        (avx2::step(len), 0)
    } else {
        avx2::blocks(len)
    }
}

#[inline(always)]
pub(super) fn zero(at: Addr, len: usize, cover: Cover) {
    if len <= FEW {
        sse2::few_zero(at, len, cover);
    } else if !has_avx2() {
        sse2::more_zero(at, len);
    } else if len <= *avx2::SPREAD.end() {
        // SAFETY: B-AVX2, B-COVER.
        unsafe { avx2::spread_zero(at, len, cover) };
    } else {
        // SAFETY: B-AVX2, B-COVER.
        unsafe { avx2::blocks_zero(at, len, cover) };
    }
}

#[inline(always)]
pub(super) fn is_zero(at: Addr, len: usize, cover: Cover) -> bool {
    if len <= FEW {
        sse2::few_are_zero(at, len, cover)
    } else if !has_avx2() {
        sse2::more_are_zero(at, len)
    } else if len <= *avx2::SPREAD.end() {
        // SAFETY: B-AVX2, B-COVER.
        unsafe { avx2::spread_is_zero(at, len, cover) }
    } else {
        // SAFETY: B-AVX2, B-COVER.
        unsafe { avx2::blocks_are_zero(at, len, cover) }
    }
}

#[inline(always)]
pub(super) fn long_is_zero(at: Addr, len: usize) -> bool {
    if has_avx2() {
        // SAFETY: B-AVX2.
        return unsafe { avx2::long_is_zero(at, len) };
    }
    sse2::long_is_zero(at, len)
}
