//! Callers' memory: zero, check, copy. No reference to it is ever made, for a dangling pointer of
//! the program may write it at any moment.
//!
//! - **B-MAPPED**: every range passed in lies in a slot or a large allocation that is committed for
//!   reading and writing. What is written, the allocator, not the program, owns at this moment (or owns
//!   jointly with it: inside `realloc`). What is only looked at may be somebody's: the bytes around a
//!   request, and a neighbour's canary, which another thread may be writing; a word that is half written is
//!   neither right nor zero, and is looked at again. Slots start at multiples of 16.

#[cfg_attr(all(target_arch = "x86_64", not(all(test, any(loom, shuttle)))), path = "x86_64.rs")]
#[cfg_attr(any(not(target_arch = "x86_64"), all(test, any(loom, shuttle))), path = "words.rs")]
mod base;
mod sparse;

use crate::base::addr::Addr;
use crate::base::index::ClassId;
#[cfg(all(test, any(loom, shuttle)))]
use crate::base::sync::explored;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// The most bytes before the canary of a narrow slot: up to here some vectors in line do; beyond, libc's
/// memset and loops pay.
pub(crate) const NARROW: usize = 1032;

/// The most bytes that are looked at without a loop where they are no whole slot.
pub(crate) const LOOPLESS: usize = 520;

/// How vectors cover the bytes of a narrow slot. Kept with each class of a cache: to work it out took 10 of the
/// 240 instructions of a `malloc` and a `free`.
///
/// - **B-COVER**: what is passed along with a length is that length's, or [`Cover::NONE`].
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Cover {
    /// How far from the first the second vector stands, or the second block of vectors.
    second: u16,
    /// Positive where vectors at equal distances cover the slot: they do for less slack than this. Negative where
    /// four blocks do: minus the start of the third. 0 where eight do, and where none do.
    way: i16,
}

impl Cover {
    /// In none of these ways.
    pub(crate) const NONE: Self = Self { second: 0, way: 0 };

    /// By eight blocks.
    #[cfg(target_arch = "x86_64")]
    const EIGHT: Self = Self { second: 1, way: 0 };

    /// For a slot with `len` bytes before its canary, at most [`NARROW`].
    pub(crate) fn of(len: usize) -> Self {
        base::cover(len)
    }

    /// Vectors at this distance, which do for `slack` bytes of slack or less.
    #[cfg(target_arch = "x86_64")]
    const fn spread(step: usize, slack: usize) -> Self {
        Self { second: step as u16, way: slack as i16 + 1 }
    }

    /// Blocks that start here.
    #[cfg(target_arch = "x86_64")]
    const fn blocks(second: usize, third: usize) -> Self {
        Self { second: second as u16, way: -(third as i16) }
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    const fn is_spread(self) -> bool {
        self.way > 0
    }

    /// Whether vectors at equal distances do, also for so much slack, which is short.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    const fn is_spread_with(self, slack: usize) -> bool {
        (slack as i16) < self.way
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    const fn is_blocks(self) -> bool {
        self.way < 0
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    const fn is_eight(self) -> bool {
        self.second == Self::EIGHT.second && self.way == 0
    }

    /// Where the third block starts.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    const fn third(self) -> usize {
        self.way.unsigned_abs() as usize
    }
}

/// Reads 8 bytes.
#[inline(always)]
pub(crate) fn load(at: Addr) -> u64 {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        // SAFETY: B-MAPPED.
        let before = unsafe { with_exposed_provenance::<u64>(at.get()).read_unaligned() };
        return explored::read(at.get(), before).unwrap_or(before);
    }
    // SAFETY: B-MAPPED. Unaligned, so that the end of a request can be looked at directly.
    unsafe { with_exposed_provenance::<u64>(at.get()).read_unaligned() }
}

/// Writes 8 bytes.
#[inline(always)]
pub(crate) fn store(at: Addr, value: u64) {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        // SAFETY: B-MAPPED.
        let before = unsafe { with_exposed_provenance::<u64>(at.get()).read_unaligned() };
        explored::write(at.get(), before, value);
        return;
    }
    // SAFETY: B-MAPPED.
    unsafe { with_exposed_provenance_mut::<u64>(at.get()).write_unaligned(value) };
}

/// The least page of any Linux machine.
const PAGE_LEAST: usize = 4096;

/// Has the kernel give pages to a range of zeros, of `len` bytes and 8 more, as far as its owner is likely to write to
/// it. Of a page that is looked at before it is written the kernel hears twice: 40 blocks of 64 to 130 KB in turn, each
/// time without pages, take 3.9 s in place of 8.6, and eight threads whose objects have another size in each round 1.2
/// times glibc's CPU time in place of 1.9. `at` and `len` are multiples of 8.
pub(crate) fn expect_writes(at: Addr, len: usize) {
    let end = at.plus(len);
    touch(at);
    touch(end);
    let mut page = at.align_down(PAGE_LEAST).plus(PAGE_LEAST);
    if page < end && sparse::is_used_whole(len) {
        while page < end {
            touch(page);
            page = page.plus(PAGE_LEAST);
        }
    }
}

/// Touches 8 bytes at a multiple of 8 as a write does, and leaves them as they are: of a page that is first read and then
/// written the kernel hears twice.
#[inline(always)]
pub(crate) fn touch(at: Addr) {
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        return;
    }
    base::touch(at);
}

/// The same where it takes no lock on the bus, else nothing.
#[inline(always)]
pub(crate) fn touch_in_line(at: Addr) {
    base::touch_in_line(at);
}

/// Bytes of a cache line, on nearly all processors.
const LINE: usize = 64;
/// Most bytes that `expect` has fetched: what follows the processor fetches by itself.
const EXPECTED: usize = 4 * LINE;

/// Has the processor fetch the first bytes of a slot of `len`, which will be looked at soon. Slots come in random
/// order, in which it cannot tell what comes next: fetched a batch at a time, a million live blocks of 60 bytes
/// are built and dropped in four fifths of the time.
#[inline(always)]
pub(crate) fn expect(at: Addr, len: usize) {
    (0..len.min(EXPECTED)).step_by(LINE).for_each(|offset| base::prefetch(at.plus(offset)));
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
    #[cfg(all(test, any(loom, shuttle)))]
    if explored::is_running() {
        let value = u64::from_ne_bytes([byte; 8]);
        return (0..len)
            .step_by(explored::space::step(at.get()))
            .for_each(|offset| store(at.plus(offset), value));
    }
    // SAFETY: B-MAPPED.
    unsafe { with_exposed_provenance_mut::<u8>(at.get()).write_bytes(byte, len) };
}

/// Up to so many bytes a few vectors cost less than a call.
const SHORT: usize = 64;

/// Makes `len` bytes, a multiple of 8, zero. Of no bytes 8 are made zero: no slot has less.
#[inline(always)]
pub(crate) fn zero(at: Addr, len: usize) {
    if len <= SHORT {
        base::zero(at, len);
    } else if len < sparse::SPARSE_MIN {
        fill(at, 0, len);
    } else {
        sparse::zero(at, len);
    }
}

/// Makes the `len` bytes of a narrow slot zero, without a call, if its `canary` is behind them and the last `slack` of
/// them, at most [`TAIL_SEEN`], are zero already; else nothing is done and the answer is `false`, as it is where only
/// calls or loops would do. The canary may be written again. The `class` tells
/// what code to take: `classes::is_short`.
#[inline(always)]
pub(crate) fn wipe(
    at: Addr,
    len: usize,
    class: ClassId,
    slack: usize,
    cover: &Cover,
    canary: u64,
) -> bool {
    base::wipe(at, len, class, slack, cover, canary)
}

/// Whether the `len` bytes of a narrow slot are all zero and its `canary` is behind them, without a call. Also `false`
/// where only calls or loops would do.
#[inline(always)]
pub(crate) fn is_wiped(at: Addr, len: usize, class: ClassId, cover: Cover, canary: u64) -> bool {
    base::is_wiped(at, len, class, cover, canary)
}

/// Whether `len` bytes, a multiple of 8, are all zero; `at` is a multiple of 8.
#[inline(always)]
pub(crate) fn is_zero(at: Addr, len: usize) -> bool {
    if len <= LOOPLESS { short_is_zero(at, len) } else { long_is_zero(at, len) }
}

/// The same for more than [`LOOPLESS`] bytes.
#[inline(always)]
pub(crate) fn long_is_zero(at: Addr, len: usize) -> bool {
    base::long_is_zero(at, len)
}

/// The same for at most [`LOOPLESS`] bytes. Out of line, for it is long, and not the hot paths' way.
#[inline(never)]
fn short_is_zero(at: Addr, len: usize) -> bool {
    len == 0 || some_are_zero(at, len)
}

/// The same for at least 8 and at most [`LOOPLESS`] bytes, in line.
#[inline(always)]
fn some_are_zero(at: Addr, len: usize) -> bool {
    base::is_zero(at, len)
}

/// Whether of the `len` bytes before `end` the first [`FIRST`] and the last [`TAIL`] are zero. Before `end` there are
/// more than [`LOOPLESS`] bytes to be looked at.
#[inline(always)]
pub(crate) fn ends_are_zero(end: Addr, len: usize) -> bool {
    base::ends_are_zero(end, len)
}

/// The same without long vectors.
#[inline(always)]
fn parts_are_zero(end: Addr, len: usize) -> bool {
    tail_is_zero(end, NARROW, len) && first_are_zero(end, len)
}

/// Whether the first [`FIRST`] of the `len` bytes before `end` are zero.
#[inline(always)]
pub(crate) fn first_are_zero(end: Addr, len: usize) -> bool {
    let whole = len / 8 * 8;
    len < 8 || load(end.minus(len)) == 0 && some_are_zero(end.minus(whole), whole.min(FIRST))
}

/// As `wipe`, for a slot without a cover, of which at most [`LOOPLESS`] bytes are to be zero.
#[inline(always)]
fn wipe_uncovered(at: Addr, len: usize, slack: usize, canary: u64) -> bool {
    let end = at.plus(len);
    let is_as_left = slack <= TAIL && load(end) == canary && tail_is_zero(end, len, slack);
    if is_as_left {
        base::zero(at, len);
    }
    is_as_left
}

/// Most bytes that `tail_is_zero` looks at.
pub(crate) const TAIL: usize = 64;

/// Most bytes that `first_are_zero` looks at.
pub(crate) const FIRST: usize = 256;

/// Most bytes of slack that `wipe` may look at.
pub(crate) const TAIL_SEEN: usize = 128;

/// Most bytes that `short_tail_is_zero` looks at.
const SHORT_TAIL: usize = 16;

/// Whether the last `len` bytes of the `whole` before `end` are all zero, of more than [`TAIL`] only the last.
#[inline(always)]
pub(crate) fn tail_is_zero(end: Addr, whole: usize, len: usize) -> bool {
    if len <= SHORT_TAIL {
        short_tail_is_zero(end, whole, len)
    } else {
        base::tail_is_zero(end, len)
    }
}

/// The same for at most [`SHORT_TAIL`] bytes, without a branch on `len`.
#[inline(always)]
fn short_tail_is_zero(end: Addr, whole: usize, len: usize) -> bool {
    // Nothing before the range is read: before the first slot of a page there may be a guard.
    if whole < 16 { word_tail_is_zero(end, len) } else { base::short_tail_is_zero(end, len) }
}

/// The same for at most 8 bytes.
#[inline(always)]
fn word_tail_is_zero(end: Addr, len: usize) -> bool {
    // In two steps, for a shift by all 64 bits is none.
    let before = u64::MAX >> (4 * len) >> (4 * len);
    u64::from_le(load(end.minus(8))) & !before == 0
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

#[cfg(test)]
pub(crate) mod tests;
