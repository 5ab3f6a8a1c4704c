//! 32-byte vectors. Written as assembly, so that they can stand in line in code that is compiled for
//! every processor; no branch depends on the length, except in loops.
//!
//! - **B-AVX2**: a caller has seen AVX2 at start, and every range is B-MAPPED.

use crate::base::addr::Addr;
use crate::region::bytes::{Cover, TAIL_SEEN};
use core::arch::asm;

/// Lengths that `spread_*` take: of slots from 32 to 192 bytes. Five vectors at equal distances, `cover.second`, and a
/// sixth over the slot's end and its canary cover the slot. The five do not reach the canary, but where the sixth is
/// all of the slot; there they stand where it does.
///
/// Sizes come mixed in most programs, and then a branch among them is mispredicted: with those to 64 bytes apart, 256
/// live objects of 8 to 512 bytes took a seventh more time. With eight vectors, for up to 256 bytes, they take 4 % less,
/// but those of 48 bytes alone 4 % more; with four, for up to 128 bytes, 6 % more.
pub(super) const SPREAD: core::ops::RangeInclusive<usize> = 24..=184;

/// The most slack that lies in the sixth vector, before the canary.
pub(super) const SPREAD_SLACK: usize = 24;

/// The distance of the five vectors: as far as they do not reach the canary.
pub(super) const fn step(len: usize) -> usize {
    let most = len.saturating_sub(32) / 4;
    if most < 32 { most } else { 32 }
}

const fn steps_cover() -> bool {
    let mut len = *SPREAD.start() + 16;
    while len <= *SPREAD.end() {
        let fifth = 4 * step(len);
        if fifth + 32 > len || fifth + 32 < len - 24 {
            return false;
        }
        len += 16;
    }
    step(*SPREAD.start()) == 0
}
static_assertions::const_assert!(steps_cover());

/// Masks that vectors look through, at any byte.
#[repr(align(64))]
pub(super) struct Masks<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Masks<BYTES> {
    /// Zeros up to `first`, then ones.
    pub(super) const fn ones_from(first: usize) -> Self {
        let mut bytes = [0; BYTES];
        let mut at = first;
        while at < BYTES {
            bytes[at] = 0xff;
            at += 1;
        }
        Self(bytes)
    }

    /// Where they are.
    #[inline(always)]
    pub(super) fn start(&'static self) -> Addr {
        Addr::of(&raw const self.0)
    }
}

/// From a slack on: which of a slot's last 160 bytes are its slack and its canary.
pub(super) static SLACK_MASKS: Masks<{ TAIL_SEEN + 160 }> = Masks::ones_from(152);

/// From twice a length of [`SPREAD`] on: whether the five vectors keep clear of the canary.
static SPREAD_MASKS: Masks<{ 2 * *SPREAD.end() + 32 }> = Masks::ones_from(2 * *SPREAD.start() + 32);

/// Makes a slot zero, if its `canary` and the `slack` before it are as they should be. The canary is written
/// again, with the zeros before it.
///
/// # Safety
/// B-AVX2, B-COVER; `len` is one of [`SPREAD`], and `slack` at most [`SPREAD_SLACK`].
#[inline(always)]
pub(super) unsafe fn spread_wipe(
    at: Addr,
    len: usize,
    slack: usize,
    cover: Cover,
    canary: u64,
) -> bool {
    // SAFETY: B-AVX2; all vectors lie in the slot (B-COVER, `steps_cover`), all masks in their tables.
    unsafe {
        asm!(
            "vmovq {last:x}, {canary}",
            "vpermq {last:y}, {last:y}, 0x15",
            "vpxor {body:y}, {last:y}, [{at} + {len} - 24]",
            "vptest {body:y}, [{slack_masks} + {slack} + 128]",
            "jnz {changed}",
            // The five are zero, or what the sixth is.
            "vmovdqu {body:y}, [{spread_masks} + 2*{len}]",
            "vpandn {body:y}, {body:y}, {last:y}",
            "vmovdqu [{at} + {len} - 24], {last:y}",
            "lea {canary}, [{at} + {step}]",
            "vmovdqu [{at}], {body:y}",
            "vmovdqu [{at} + {step}], {body:y}",
            "vmovdqu [{at} + 2*{step}], {body:y}",
            "vmovdqu [{canary} + 2*{step}], {body:y}",
            "vmovdqu [{at} + 4*{step}], {body:y}",
            "vzeroupper",
            at = in(reg) at.get(),
            step = in(reg) usize::from(cover.second),
            slack_masks = in(reg) SLACK_MASKS.start().get(),
            slack = in(reg) slack,
            spread_masks = in(reg) SPREAD_MASKS.start().get(),
            len = in(reg) len,
            canary = inout(reg) canary => _,
            body = out(xmm_reg) _,
            last = out(xmm_reg) _,
            changed = label { return false },
            options(nostack),
        );
    }
    true
}

/// Whether a slot is all zero up to its `canary`, and that is there.
///
/// # Safety
/// B-AVX2, B-COVER; `len` is one of [`SPREAD`].
#[inline(always)]
pub(super) unsafe fn spread_is_zero(at: Addr, len: usize, cover: Cover, canary: u64) -> bool {
    // SAFETY: B-AVX2; all vectors lie in the slot (B-COVER, `steps_cover`), the mask in its table.
    unsafe {
        asm!(
            "vmovq {last:x}, {canary}",
            "lea {canary}, [{at} + {step}]",
            "vpermq {last:y}, {last:y}, 0x15",
            "vmovdqu {a:y}, [{at}]",
            "vpxor {last:y}, {last:y}, [{at} + {len} - 24]",
            "vmovdqu {b:y}, [{at} + {step}]",
            "vpor {a:y}, {a:y}, [{at} + 2*{step}]",
            "vpor {b:y}, {b:y}, [{canary} + 2*{step}]",
            "vpor {a:y}, {a:y}, [{at} + 4*{step}]",
            "vpor {a:y}, {a:y}, {b:y}",
            "vpand {a:y}, {a:y}, [{masks} + 2*{len}]",
            "vpor {a:y}, {a:y}, {last:y}",
            "vptest {a:y}, {a:y}",
            "vzeroupper",
            "jnz {changed}",
            at = in(reg) at.get(),
            step = in(reg) usize::from(cover.second),
            masks = in(reg) SPREAD_MASKS.start().get(),
            len = in(reg) len,
            canary = inout(reg) canary => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            last = out(xmm_reg) _,
            changed = label { return false },
            options(nostack, readonly),
        );
    }
    true
}

/// Lengths that `blocks_*` take: four blocks of 128 bytes, the last of them of 160, cover the slot up to its canary.
pub(super) const BLOCKS: core::ops::RangeInclusive<usize> = 160..=544;

/// Where the second and third block start.
pub(super) const fn blocks(len: usize) -> (usize, usize) {
    let last = len - *BLOCKS.start();
    (if last < 128 { last } else { 128 }, if last < 256 { last } else { 256 })
}

/// As `spread_wipe`; the canary is left alone.
///
/// # Safety
/// B-AVX2, B-COVER; `len` is one of [`BLOCKS`], and `slack` at most `bytes::TAIL`.
#[inline(always)]
pub(super) unsafe fn blocks_wipe(
    at: Addr,
    len: usize,
    slack: usize,
    cover: Cover,
    canary: u64,
) -> bool {
    // SAFETY: B-AVX2; the blocks lie in the slot (B-COVER), the masks in their table.
    unsafe {
        asm!(
            "vmovq {zero:x}, {canary}",
            "vpermq {zero:y}, {zero:y}, 0x15",
            "vpxor {zero:y}, {zero:y}, [{at} + {len} - 24]",
            "vpand {zero:y}, {zero:y}, [{slack_masks} + {slack} + 128]",
            "vmovdqu {more:y}, [{at} + {len} - 56]",
            "vpand {more:y}, {more:y}, [{slack_masks} + {slack} + 96]",
            "vpor {zero:y}, {zero:y}, {more:y}",
            "vmovdqu {more:y}, [{at} + {len} - 88]",
            "vpand {more:y}, {more:y}, [{slack_masks} + {slack} + 64]",
            "vpor {zero:y}, {zero:y}, {more:y}",
            "vptest {zero:y}, {zero:y}",
            "jnz {changed}",
            ".irp block, {at}, {at}+{second}, {at}+{third}, {at}+{len}-160",
            "vmovdqu [\\block], {zero:y}",
            "vmovdqu [\\block + 32], {zero:y}",
            "vmovdqu [\\block + 64], {zero:y}",
            "vmovdqu [\\block + 96], {zero:y}",
            ".endr",
            "vmovdqu [{at} + {len} - 32], {zero:y}",
            "vzeroupper",
            at = in(reg) at.get(),
            second = in(reg) usize::from(cover.second),
            third = in(reg) cover.third(),
            slack_masks = in(reg) SLACK_MASKS.start().get(),
            slack = in(reg) slack,
            len = in(reg) len,
            canary = in(reg) canary,
            zero = out(xmm_reg) _,
            more = out(xmm_reg) _,
            changed = label { return false },
            options(nostack),
        );
    }
    true
}

/// Whether a slot is all zero up to its canary.
///
/// # Safety
/// B-AVX2, B-COVER; `len` is one of [`BLOCKS`].
#[inline(always)]
pub(super) unsafe fn blocks_are_zero(at: Addr, len: usize, cover: Cover) -> bool {
    // SAFETY: B-AVX2; the blocks lie in the slot (B-COVER).
    unsafe {
        asm!(
            "vmovdqu {a:y}, [{at} + {len} - 32]",
            "vpxor {b:x}, {b:x}, {b:x}",
            ".irp block, {at}, {at}+{second}, {at}+{third}, {at}+{len}-160",
            "vpor {a:y}, {a:y}, [\\block]",
            "vpor {b:y}, {b:y}, [\\block + 32]",
            "vpor {a:y}, {a:y}, [\\block + 64]",
            "vpor {b:y}, {b:y}, [\\block + 96]",
            ".endr",
            "vpor {a:y}, {a:y}, {b:y}",
            "vptest {a:y}, {a:y}",
            "vzeroupper",
            "jnz {changed}",
            at = in(reg) at.get(),
            second = in(reg) usize::from(cover.second),
            third = in(reg) cover.third(),
            len = in(reg) len,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            changed = label { return false },
            options(nostack, readonly),
        );
    }
    true
}
