//! The widest vectors that the processor has.

#[path = "avx2.rs"]
mod avx2;
#[path = "sse2.rs"]
mod sse2;

use super::{Cover, NARROW};
use crate::base::addr::Addr;
use crate::base::less_often;
#[cfg(not(test))]
use crate::region::sealed::sealed;
use core::arch::asm;
pub(super) use sse2::{short_tail_is_zero, tail_is_zero};

/// Up to here four 16-byte vectors do, without a branch.
const FEW: usize = 64;

static_assertions::const_assert!(*avx2::SPREAD.end() + 1 >= *avx2::BLOCKS.start());
static_assertions::const_assert!(NARROW <= *avx2::BLOCKS.end() && NARROW <= sse2::MORE);

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
pub(super) fn cover(len: usize) -> Cover {
    if !has_avx2() || len < *avx2::SPREAD.start() {
        Cover::NONE
    } else if len <= *avx2::SPREAD.end() {
        Cover::spread(avx2::step(len), avx2::SPREAD_SLACK)
    } else {
        let (second, third) = avx2::blocks(len);
        Cover::blocks(second, third)
    }
}

#[inline(always)]
pub(super) fn wipe(at: Addr, len: usize, slack: usize, cover: &Cover, canary: u64) -> bool {
    if cover.is_spread_with(slack) {
        // SAFETY: B-AVX2, B-COVER.
        return unsafe { avx2::spread_wipe(at, len, slack, *cover, canary) };
    }
    less_often();
    if cover.is_blocks() {
        // SAFETY: B-AVX2, B-COVER.
        return unsafe { avx2::blocks_wipe(at, len, slack, *cover, canary) };
    }
    super::wipe_uncovered(at, len, slack, canary)
}

#[inline(always)]
pub(super) fn is_wiped(at: Addr, len: usize, cover: Cover, canary: u64) -> bool {
    if cover.is_spread() {
        // SAFETY: B-AVX2, B-COVER.
        return unsafe { avx2::spread_is_zero(at, len, cover, canary) };
    }
    less_often();
    super::load(at.plus(len)) == canary
        && if cover.is_blocks() {
            // SAFETY: B-AVX2, B-COVER.
            unsafe { avx2::blocks_are_zero(at, len, cover) }
        } else {
            is_zero_by_short_vectors(at, len)
        }
}

#[inline(always)]
pub(super) fn zero(at: Addr, len: usize) {
    if len <= FEW { sse2::few_zero(at, len) } else { sse2::more_zero(at, len) }
}

#[inline(always)]
pub(super) fn is_zero(at: Addr, len: usize) -> bool {
    if has_avx2() && len >= *avx2::BLOCKS.start() {
        let (second, third) = avx2::blocks(len);
        // SAFETY: B-AVX2; these are for this length.
        return unsafe { avx2::blocks_are_zero(at, len, Cover::blocks(second, third)) };
    }
    is_zero_by_short_vectors(at, len)
}

#[inline(always)]
fn is_zero_by_short_vectors(at: Addr, len: usize) -> bool {
    if len <= FEW { sse2::few_are_zero(at, len) } else { sse2::more_are_zero(at, len) }
}

#[inline(always)]
pub(super) fn long_is_zero(at: Addr, len: usize) -> bool {
    if has_avx2() {
        // SAFETY: B-AVX2.
        return unsafe { avx2::long_is_zero(at, len) };
    }
    sse2::long_is_zero(at, len)
}
