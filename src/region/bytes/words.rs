//! Machine words, on processors without vector code of their own here.

use super::Cover;
use crate::base::addr::Addr;
use crate::base::index::ClassId;
use core::ptr::with_exposed_provenance;
use core::sync::atomic::{AtomicU64, Ordering};

#[inline(always)]
pub(super) fn prefetch(at: Addr) {
    #[cfg(all(target_arch = "aarch64", not(all(test, any(loom, shuttle)))))]
    // SAFETY: a hint, which does nothing where nothing is mapped.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) at.get(), options(nostack, readonly, preserves_flags));
    }
    let _ = at;
}

#[inline(always)]
pub(super) fn touch(at: Addr) {
    // SAFETY: B-MAPPED, at a multiple of 8. Whoever writes to it at this moment does so before or after.
    let word = unsafe { &*with_exposed_provenance::<AtomicU64>(at.get()) };
    let _ = word.compare_exchange(0, 0, Ordering::Relaxed, Ordering::Relaxed);
}

/// A plain read and write would not be one access.
#[inline(always)]
pub(super) const fn touch_in_line(_: Addr) {}

/// There are no vectors.
pub(super) const fn cover(_: usize) -> Cover {
    Cover::NONE
}

#[inline]
pub(super) fn wipe(at: Addr, len: usize, _: ClassId, slack: usize, _: &Cover, canary: u64) -> bool {
    super::wipe_uncovered(at, len, slack, canary)
}

#[inline]
pub(super) fn is_wiped(at: Addr, len: usize, _: ClassId, _: Cover, canary: u64) -> bool {
    super::load(at.plus(len)) == canary && is_zero(at, len)
}

#[inline]
pub(super) fn zero(at: Addr, len: usize) {
    super::fill(at, 0, len);
}

#[inline]
pub(super) fn is_zero(at: Addr, len: usize) -> bool {
    long_is_zero(at, len)
}

pub(super) fn long_is_zero(at: Addr, len: usize) -> bool {
    (0..len / 8).fold(0, |seen, i| seen | super::load(at.plus(i * 8))) == 0
}

pub(super) fn tail_is_zero(end: Addr, len: usize) -> bool {
    long_is_zero(end.minus(len.min(super::TAIL) & !7), len.min(super::TAIL) & !7)
        && super::load(end.minus(len.min(super::TAIL))) == 0
}

pub(super) fn short_tail_is_zero(end: Addr, len: usize) -> bool {
    super::word_tail_is_zero(end, len.min(8)) && (len <= 8 || super::load(end.minus(len)) == 0)
}

pub(super) fn ends_are_zero(end: Addr, len: usize) -> bool {
    super::parts_are_zero(end, len)
}
