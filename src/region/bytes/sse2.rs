//! 16-byte vectors, which every x86-64 processor has.
//!
//! - **B-SSE2**: the instructions used here are part of every x86-64 processor.

use crate::base::addr::Addr;
use crate::region::bytes::{TAIL, load, store};
use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128,
    _mm_setzero_si128, _mm_storeu_si128,
};
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

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

/// The most bytes that `more_*` take.
pub(in crate::region::bytes) const MORE: usize = 528;
/// Where the vectors beyond the first 128 bytes from each end are, for up to 512 bytes in all.
const FAR_STEPS: [usize; 8] = [128, 144, 160, 176, 192, 208, 224, 240];

/// Makes up to 64 bytes zero, a multiple of 8, with stores that overlap rather than stop short: no branch among
/// the sizes, which come mixed in most programs: three mispredicted ones cost as much as the rest of malloc and free.
#[inline(always)]
pub(in crate::region::bytes) fn few_zero(at: Addr, len: usize) {
    let Some(last) = len.checked_sub(16) else { return store(at, 0) };
    clear(at);
    clear(at.plus(last.min(16)));
    clear(at.plus(last.min(32)));
    clear(at.plus(last));
}

/// Overlapping loads, as in `few_zero`.
#[inline(always)]
pub(in crate::region::bytes) fn few_are_zero(at: Addr, len: usize) -> bool {
    let Some(last) = len.checked_sub(16) else { return load(at) == 0 };
    let seen = gather(gather(zeros(), at), at.plus(last));
    let second = gather(seen, at.plus(last.min(16)));
    none_set(gather(second, at.plus(last.min(32))))
}

/// As `few_zero`, for 64 to [`MORE`] bytes; no loop, which the compiler would turn into a call.
#[inline(always)]
pub(in crate::region::bytes) fn more_zero(at: Addr, len: usize) {
    let end = at.plus(len);
    for step in [0, 16, 32, 48] {
        clear(at.plus(step));
        clear(end.minus(step + 16));
    }
    if len > 128 {
        for step in [64, 80, 96, 112] {
            clear(at.plus(step));
            clear(end.minus(step + 16));
        }
        if len > 256 {
            for step in FAR_STEPS {
                clear(at.plus(step));
                clear(end.minus(step + 16));
            }
            if len > 512 {
                clear(at.plus(256));
            }
        }
    }
}

/// As `few_are_zero`, for 64 to [`MORE`] bytes.
#[inline(always)]
pub(in crate::region::bytes) fn more_are_zero(at: Addr, len: usize) -> bool {
    let (end, mut seen) = (at.plus(len), zeros());
    for step in [0, 16, 32, 48] {
        seen = gather(gather(seen, at.plus(step)), end.minus(step + 16));
    }
    if len > 128 {
        for step in [64, 80, 96, 112] {
            seen = gather(gather(seen, at.plus(step)), end.minus(step + 16));
        }
        if len > 256 {
            for step in FAR_STEPS {
                seen = gather(gather(seen, at.plus(step)), end.minus(step + 16));
            }
            if len > 512 {
                seen = gather(seen, at.plus(256));
            }
        }
    }
    none_set(seen)
}

/// The last 16 of these, from `n` on, select the last `n` of 16 bytes.
static LAST: [u8; 32] = {
    let mut mask = [0; 32];
    let mut at = 16;
    while at < 32 {
        mask[at] = 0xff;
        at += 1;
    }
    mask
};

/// See `bytes::short_tail_is_zero`.
#[inline(always)]
pub(in crate::region::bytes) fn short_tail_is_zero(end: Addr, len: usize) -> bool {
    debug_assert!(len <= 16);
    // SAFETY: B-SSE2, B-MAPPED; an unaligned load.
    let tail = unsafe { _mm_loadu_si128(with_exposed_provenance(end.minus(16).get())) };
    let mask = Addr::of(&raw const LAST).plus(len);
    // SAFETY: B-SSE2; `len` is at most 16, so the load ends inside `LAST`.
    let mask = unsafe { _mm_loadu_si128(with_exposed_provenance(mask.get())) };
    // SAFETY: B-SSE2.
    none_set(unsafe { _mm_and_si128(tail, mask) })
}

/// Overlapping loads once more, from the end.
#[inline(always)]
pub(in crate::region::bytes) fn tail_is_zero(end: Addr, len: usize) -> bool {
    let mut seen = gather(zeros(), end.minus(16));
    for step in [32, 48, TAIL] {
        seen = gather(seen, end.minus(len.min(step)));
    }
    none_set(seen)
}

/// Any length, a vector at a time.
pub(in crate::region::bytes) fn long_is_zero(at: Addr, len: usize) -> bool {
    let vectors = len / 16;
    let seen = (0..vectors).fold(zeros(), |seen, i| gather(seen, at.plus(i * 16)));
    let tail = if len & 8 != 0 { load(at.plus(vectors * 16)) } else { 0 };
    none_set(seen) && tail == 0
}
