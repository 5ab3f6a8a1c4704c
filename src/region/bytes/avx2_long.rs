//! As `avx2`, for slots of more than 528 bytes.
//!
//! - **B-AVX2**, **B-MAPPED**: as there.

use super::avx2::{Masks, SLACK_MASKS};
use crate::base::addr::Addr;
use crate::region::bytes::{FIRST, TAIL_SEEN};
use core::arch::asm;

/// Lengths that `eight_*` take: eight blocks of 128 bytes, the last of them of 160, cover the slot up to its canary. Four
/// stand one behind the other, the others no farther on than the last.
pub(super) const EIGHT: core::ops::RangeInclusive<usize> = 4 * 128 + 160 - 40..=7 * 128 + 160 - 24;

// The slack that `eight_wipe` sees: before the canary in one vector, and four more.
static_assertions::const_assert!(TAIL_SEEN <= 24 + 4 * 32 && TAIL_SEEN < *EIGHT.start());

/// As `avx2::blocks_wipe`.
///
/// # Safety
/// B-AVX2; `len` is one of [`EIGHT`], and `slack` at most [`TAIL_SEEN`].
#[inline(always)]
pub(super) unsafe fn eight_wipe(at: Addr, len: usize, slack: usize, canary: u64) -> bool {
    // SAFETY: B-AVX2; the blocks lie in the slot, the masks in their table.
    unsafe {
        asm!(
            "vmovq {zero:x}, {last}",
            "vpermq {zero:y}, {zero:y}, 0x15",
            "vpxor {zero:y}, {zero:y}, [{at} + {len} - 24]",
            "vpand {zero:y}, {zero:y}, [{slack_masks} + {slack} + 128]",
            ".irp back, 32, 64, 96, 128",
            "vmovdqu {more:y}, [{at} + {len} - 24 - \\back]",
            "vpand {more:y}, {more:y}, [{slack_masks} + {slack} + 128 - \\back]",
            "vpor {zero:y}, {zero:y}, {more:y}",
            ".endr",
            "vptest {zero:y}, {zero:y}",
            "jnz {changed}",
            ".irp from, 0, 128, 256, 384",
            "vmovdqu [{at} + \\from], {zero:y}",
            "vmovdqu [{at} + \\from + 32], {zero:y}",
            "vmovdqu [{at} + \\from + 64], {zero:y}",
            "vmovdqu [{at} + \\from + 96], {zero:y}",
            ".endr",
            "lea {last}, [{len} - 160]",
            ".irp from, 512, 640, 768, 1024",
            "mov {block:e}, \\from",
            "cmp {last}, {block}",
            "cmovb {block}, {last}",
            "vmovdqu [{at} + {block}], {zero:y}",
            "vmovdqu [{at} + {block} + 32], {zero:y}",
            "vmovdqu [{at} + {block} + 64], {zero:y}",
            "vmovdqu [{at} + {block} + 96], {zero:y}",
            ".endr",
            "vmovdqu [{at} + {last} + 128], {zero:y}",
            "vzeroupper",
            at = in(reg) at.get(),
            slack_masks = in(reg) SLACK_MASKS.start().get(),
            slack = in(reg) slack,
            len = in(reg) len,
            last = inout(reg) canary => _,
            block = out(reg) _,
            zero = out(xmm_reg) _,
            more = out(xmm_reg) _,
            changed = label { return false },
            options(nostack),
        );
    }
    true
}

/// As `avx2::blocks_are_zero`.
///
/// # Safety
/// B-AVX2; `len` is one of [`EIGHT`].
#[inline(always)]
pub(super) unsafe fn eight_are_zero(at: Addr, len: usize) -> bool {
    // SAFETY: B-AVX2; the blocks lie in the slot.
    unsafe {
        asm!(
            "vmovdqu {a:y}, [{at}]",
            "vmovdqu {b:y}, [{at} + 32]",
            "vpor {a:y}, {a:y}, [{at} + 64]",
            "vpor {b:y}, {b:y}, [{at} + 96]",
            ".irp from, 128, 256, 384",
            "vpor {a:y}, {a:y}, [{at} + \\from]",
            "vpor {b:y}, {b:y}, [{at} + \\from + 32]",
            "vpor {a:y}, {a:y}, [{at} + \\from + 64]",
            "vpor {b:y}, {b:y}, [{at} + \\from + 96]",
            ".endr",
            "lea {last}, [{len} - 160]",
            ".irp from, 512, 640, 768, 1024",
            "mov {block:e}, \\from",
            "cmp {last}, {block}",
            "cmovb {block}, {last}",
            "vpor {a:y}, {a:y}, [{at} + {block}]",
            "vpor {b:y}, {b:y}, [{at} + {block} + 32]",
            "vpor {a:y}, {a:y}, [{at} + {block} + 64]",
            "vpor {b:y}, {b:y}, [{at} + {block} + 96]",
            ".endr",
            "vpor {a:y}, {a:y}, [{at} + {last} + 128]",
            "vpor {a:y}, {a:y}, {b:y}",
            "vptest {a:y}, {a:y}",
            "vzeroupper",
            "jnz {changed}",
            at = in(reg) at.get(),
            len = in(reg) len,
            last = out(reg) _,
            block = out(reg) _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            changed = label { return false },
            options(nostack, readonly),
        );
    }
    true
}

/// Whether 128 bytes or more are all zero: 20 cycles per KiB in place of 53 with half as wide vectors.
///
/// # Safety
/// B-AVX2.
#[inline(always)]
pub(super) unsafe fn long_is_zero(at: Addr, len: usize) -> bool {
    // SAFETY: B-AVX2; the last block overlaps the one before it rather than leaving a rest.
    unsafe {
        asm!(
            "vmovdqu {a:y}, [{last}]",
            "vmovdqu {b:y}, [{last} + 32]",
            "vmovdqu {c:y}, [{last} + 64]",
            "vmovdqu {d:y}, [{last} + 96]",
            "2:",
            "vpor {a:y}, {a:y}, [{last} + {from}]",
            "vpor {b:y}, {b:y}, [{last} + {from} + 32]",
            "vpor {c:y}, {c:y}, [{last} + {from} + 64]",
            "vpor {d:y}, {d:y}, [{last} + {from} + 96]",
            "add {from}, 128",
            "js 2b",
            "vpor {a:y}, {a:y}, {b:y}",
            "vpor {c:y}, {c:y}, {d:y}",
            "vpor {a:y}, {a:y}, {c:y}",
            "vptest {a:y}, {a:y}",
            "vzeroupper",
            "jnz {changed}",
            from = inout(reg) 128_usize.wrapping_sub(len) => _,
            last = in(reg) at.get() + len - 128,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            changed = label { return false },
            options(nostack, readonly),
        );
    }
    true
}

/// From a length on: which of [`FIRST`] bytes before an end it has.
static FIRST_MASKS: Masks<{ 2 * FIRST }> = Masks::ones_from(FIRST);

/// Whether of the `len` bytes before `end` the first [`FIRST`] and the last 64 are zero, without a branch.
///
/// # Safety
/// B-AVX2, for the `len` or [`FIRST`] bytes before `end`, whichever are more.
#[inline(always)]
pub(super) unsafe fn ends_are_zero(end: Addr, len: usize) -> bool {
    // SAFETY: B-AVX2; the masks lie in their table.
    unsafe {
        asm!(
            "vmovdqu {a:y}, [{masks} + 192]",
            "vmovdqu {b:y}, [{masks} + 224]",
            "vpand {a:y}, {a:y}, [{end} - 64]",
            "vpand {b:y}, {b:y}, [{end} - 32]",
            ".irp from, 0, 64, 128, 192",
            "vmovdqu {c:y}, [{masks} + \\from]",
            "vmovdqu {d:y}, [{masks} + \\from + 32]",
            "vpand {c:y}, {c:y}, [{start} + \\from]",
            "vpand {d:y}, {d:y}, [{start} + \\from + 32]",
            "vpor {a:y}, {a:y}, {c:y}",
            "vpor {b:y}, {b:y}, {d:y}",
            ".endr",
            "vpor {a:y}, {a:y}, {b:y}",
            "vptest {a:y}, {a:y}",
            "vzeroupper",
            "jnz {changed}",
            end = in(reg) end.get(),
            start = in(reg) end.minus(len.max(FIRST)).get(),
            masks = in(reg) FIRST_MASKS.start().plus(len.min(FIRST)).get(),
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            changed = label { return false },
            options(nostack, readonly),
        );
    }
    true
}
