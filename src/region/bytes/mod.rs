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
#[cfg(all(test, any(loom, shuttle)))]
use crate::base::sync::explored;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// The most bytes before the canary of a narrow slot: up to here some vectors in line do; beyond, libc's
/// memset and loops pay.
pub(crate) const NARROW: usize = 520;

/// How vectors cover the bytes of a narrow slot. Kept with each class of a cache: to work it out took 10 of the
/// 240 instructions of a `malloc` and a `free`.
///
/// - **B-COVER**: what is passed along with a length is that length's.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Cover {
    /// How far from the first the second vector stands, or the second block of vectors.
    second: u16,
    /// Positive where vectors at equal distances cover the slot: they do for less slack than this. Negative where
    /// blocks do: minus the start of the third. 0 where neither do.
    way: i16,
}

impl Cover {
    /// Neither way.
    pub(crate) const NONE: Self = Self { second: 0, way: 0 };

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
/// them, at most [`TAIL`], are zero already; else nothing is done and the answer is `false`. The canary may be
/// written again.
#[inline(always)]
pub(crate) fn wipe(at: Addr, len: usize, slack: usize, cover: &Cover, canary: u64) -> bool {
    base::wipe(at, len, slack, cover, canary)
}

/// Whether the `len` bytes of a narrow slot are all zero and its `canary` is behind them, without a call.
#[inline(always)]
pub(crate) fn is_wiped(at: Addr, len: usize, cover: Cover, canary: u64) -> bool {
    base::is_wiped(at, len, cover, canary)
}

/// Whether `len` bytes, a multiple of 8, are all zero; `at` is a multiple of 8.
#[inline(always)]
pub(crate) fn is_zero(at: Addr, len: usize) -> bool {
    if len <= NARROW {
        return short_is_zero(at, len);
    }
    long_is_zero(at, len)
}

/// The same for more than [`NARROW`] bytes.
#[inline(always)]
pub(crate) fn long_is_zero(at: Addr, len: usize) -> bool {
    base::long_is_zero(at, len)
}

/// The same for at most [`NARROW`] bytes. Out of line, for it is long, and not the hot paths' way.
#[inline(never)]
fn short_is_zero(at: Addr, len: usize) -> bool {
    len == 0 || some_are_zero(at, len)
}

/// The same for at least 8 and at most [`NARROW`] bytes, in line.
#[inline(always)]
pub(crate) fn some_are_zero(at: Addr, len: usize) -> bool {
    base::is_zero(at, len)
}

/// As `wipe`, for a slot without a cover.
#[inline(always)]
fn wipe_uncovered(at: Addr, len: usize, slack: usize, canary: u64) -> bool {
    let end = at.plus(len);
    let is_as_left = load(end) == canary && tail_is_zero(end, len, slack);
    if is_as_left {
        base::zero(at, len);
    }
    is_as_left
}

/// Most bytes that `tail_is_zero` looks at.
pub(crate) const TAIL: usize = 64;

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
pub(crate) mod tests {
    use super::{Cover, NARROW, TAIL, copy, first_nonzero, is_wiped, is_zero, wipe, zero};
    use crate::base::addr::Addr;
    use crate::platform::cpu;
    use std::cell::Cell;

    #[repr(align(16))]
    struct Slot([u8; 1056]);

    std::thread_local! {
        static ARE_VECTORS_LONG: Cell<bool> = const { Cell::new(true) };
    }

    /// Whether this thread takes the longest vectors of this processor.
    #[cfg_attr(
        any(not(target_arch = "x86_64"), loom, shuttle),
        expect(dead_code, reason = "there is one length")
    )]
    pub(super) fn has_avx2() -> bool {
        ARE_VECTORS_LONG.get() && cpu::has_avx2()
    }

    /// Does it with the shorter vectors, and with the longer ones that this processor may have.
    pub(crate) fn with_each_vector(check: impl Fn()) {
        for long in [false, true] {
            ARE_VECTORS_LONG.set(long);
            check();
        }
    }

    #[test]
    fn zero_clears_the_request_and_keeps_the_canary() {
        with_each_vector(zero_clears_just_the_request);
    }

    fn zero_clears_just_the_request() {
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
        with_each_vector(each_bit_is_seen);
    }

    fn each_bit_is_seen() {
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

    const CANARY: u64 = 0x00a1_b2c3_d4e5_f601;

    /// Bytes before the canary of each narrow slot, and of some that no class has.
    fn narrow() -> impl Iterator<Item = usize> {
        (8..=NARROW).step_by(16)
    }

    /// The same, with each slack that `wipe` takes.
    fn slacks() -> impl Iterator<Item = (usize, usize)> {
        narrow().flat_map(|len| (0..=len.min(TAIL)).map(move |slack| (len, slack)))
    }

    /// A slot behind 16 bytes of its neighbour, with its canary; all but its slack is set.
    fn left(len: usize, slack: usize) -> Slot {
        let mut slot = Slot([0xff; 1056]);
        slot.0[16 + len - slack..16 + len].fill(0);
        slot.0[16 + len..24 + len].copy_from_slice(&CANARY.to_ne_bytes());
        slot
    }

    fn at(slot: &Slot) -> Addr {
        Addr::of(&raw const slot.0).plus(16)
    }

    #[test]
    fn a_slot_that_is_as_it_was_left_is_wiped() {
        with_each_vector(what_is_as_it_was_left_is_wiped);
    }

    fn what_is_as_it_was_left_is_wiped() {
        for (len, slack) in slacks() {
            let (slot, wiped) = (left(len, slack), left(len, len));
            assert!(wipe(at(&slot), len, slack, &Cover::of(len), CANARY), "{len} {slack}");
            assert_eq!(slot.0, wiped.0, "{len} {slack}");
        }
    }

    #[test]
    fn a_slot_with_one_changed_bit_behind_the_request_is_left_alone() {
        with_each_vector(what_changed_behind_is_left_alone);
    }

    fn what_changed_behind_is_left_alone() {
        for (len, slack) in slacks() {
            for changed in len - slack..len + 8 {
                let mut slot = left(len, slack);
                slot.0[16 + changed] ^= 1 << (changed % 8);
                let before = slot.0;
                assert!(
                    !wipe(at(&slot), len, slack, &Cover::of(len), CANARY),
                    "{len} {slack} {changed}"
                );
                assert_eq!(slot.0, before);
            }
        }
    }

    #[test]
    fn one_bit_anywhere_in_a_wiped_slot_is_seen() {
        with_each_vector(each_bit_in_a_wiped_slot_is_seen);
    }

    fn each_bit_in_a_wiped_slot_is_seen() {
        for len in narrow() {
            let mut slot = left(len, len);
            assert!(is_wiped(at(&slot), len, Cover::of(len), CANARY));
            for bit in 0..8 * (len + 8) {
                slot.0[16 + bit / 8] ^= 1 << (bit % 8);
                assert!(!is_wiped(at(&slot), len, Cover::of(len), CANARY), "bit {bit} of {len}");
                slot.0[16 + bit / 8] ^= 1 << (bit % 8);
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
