//! The widest vectors that the processor has.

#[path = "avx2.rs"]
mod avx2;
#[path = "avx2_long.rs"]
mod avx2_long;
#[path = "sse2.rs"]
mod sse2;

use super::{Cover, LOOPLESS, NARROW, TAIL};
use crate::base::addr::Addr;
use crate::base::index::ClassId;
use crate::base::less_often;
use crate::geometry::classes;
#[cfg(not(test))]
use crate::region::sealed::sealed;
use core::arch::asm;
pub(super) use sse2::{short_tail_is_zero, tail_is_zero};

/// Up to here four 16-byte vectors do, without a branch.
const FEW: usize = 64;

static_assertions::const_assert!(*avx2::SPREAD.end() + 1 >= *avx2::BLOCKS.start());
static_assertions::const_assert!(LOOPLESS <= *avx2::BLOCKS.end() && LOOPLESS <= sse2::MORE);
static_assertions::const_assert!(NARROW == *avx2_long::EIGHT.end());

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

/// Not locked: a byte that somebody writes at this very moment may be lost, and nobody has a right to.
#[inline(always)]
pub(super) fn touch(at: Addr) {
    // SAFETY: B-MAPPED.
    unsafe { asm!("or qword ptr [{}], 0", in(reg) at.get(), options(nostack)) };
}

#[inline(always)]
pub(super) fn touch_in_line(at: Addr) {
    touch(at);
}

/// See `Cover`.
pub(super) fn cover(len: usize) -> Cover {
    if !has_avx2() || len < *avx2::SPREAD.start() {
        Cover::NONE
    } else if len <= *avx2::SPREAD.end() {
        Cover::spread(avx2::step(len), avx2::SPREAD_SLACK)
    } else if len <= *avx2::BLOCKS.end() {
        let (second, third) = avx2::blocks(len);
        Cover::blocks(second, third)
    } else if avx2_long::EIGHT.contains(&len) {
        Cover::EIGHT
    } else {
        Cover::NONE
    }
}

#[inline(always)]
pub(super) fn wipe(
    at: Addr,
    len: usize,
    class: ClassId,
    slack: usize,
    cover: &Cover,
    canary: u64,
) -> bool {
    if classes::is_short(class) {
        if cover.is_spread_with(slack) {
            // SAFETY: B-AVX2, B-COVER.
            return unsafe { avx2::spread_wipe(at, len, slack, *cover, canary) };
        }
    } else {
        less_often();
        if !classes::is_medium(class) {
            // SAFETY: B-AVX2, B-COVER.
            return cover.is_eight() && unsafe { avx2_long::eight_wipe(at, len, slack, canary) };
        }
        if cover.is_blocks() && slack <= TAIL {
            // SAFETY: B-AVX2, B-COVER.
            return unsafe { avx2::blocks_wipe(at, len, slack, *cover, canary) };
        }
    }
    less_often();
    super::wipe_uncovered(at, len, slack, canary)
}

#[inline(always)]
pub(super) fn is_wiped(at: Addr, len: usize, class: ClassId, cover: Cover, canary: u64) -> bool {
    let has_canary = || super::load(at.plus(len)) == canary;
    if classes::is_short(class) {
        if cover.is_spread() {
            // SAFETY: B-AVX2, B-COVER.
            return unsafe { avx2::spread_is_zero(at, len, cover, canary) };
        }
    } else {
        less_often();
        if !classes::is_medium(class) {
            // SAFETY: B-AVX2, B-COVER.
            return cover.is_eight()
                && has_canary()
                && unsafe { avx2_long::eight_are_zero(at, len) };
        }
        if cover.is_blocks() {
            // SAFETY: B-AVX2, B-COVER.
            return has_canary() && unsafe { avx2::blocks_are_zero(at, len, cover) };
        }
    }
    less_often();
    has_canary() && is_zero_by_short_vectors(at, len)
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
        return unsafe { avx2_long::long_is_zero(at, len) };
    }
    sse2::long_is_zero(at, len)
}

#[inline(always)]
pub(super) fn ends_are_zero(end: Addr, len: usize) -> bool {
    if has_avx2() {
        // SAFETY: B-AVX2.
        return unsafe { avx2_long::ends_are_zero(end, len) };
    }
    super::parts_are_zero(end, len)
}
