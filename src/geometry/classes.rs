//! Size classes: which slot serves a request.
//!
//! Slots are 32 to 256 bytes by 16, then five sizes per doubling: just above the power of two (so
//! that a request of exactly a power of two still has room for its canary without paying for the
//! next quarter), then the quarters.

use crate::base::index::{CLASS_SLOTS, ClassId};
use crate::base::size::{Align, MIN_ALIGN, Size};
use static_assertions::const_assert;

/// Bytes of canary at the end of every slot.
pub(crate) const CANARY_BYTES: usize = 8;
/// Classes up to here are multiples of 16 bytes, from 32 on. Slots of 16, for requests of up to 8 bytes, would take code
/// of their own, for no 32-byte vector fits in them: 1,024 live blocks of 4 bytes to 32 KB, half of them of up to 8, took 1.8
/// times glibc's CPU time, and take 1.25. glibc's least chunk has 32 bytes too.
const LINEAR_CLASSES: usize = 15;
/// Sizes per doubling above the linear classes.
const PER_DOUBLING: usize = 5;
/// Doublings from 256 bytes to 128 KiB.
const DOUBLINGS: usize = 9;
/// How much larger than `power`, a power of two, the first size of its doubling is: room for the canary.
///
/// From 4 KiB on slots are multiples of 32 bytes, for `memcpy` of that much is a `rep movsb`, and on Zen 3 one takes
/// 32 times as long where it ends up 1 to 31 bytes past a multiple of 4 KiB from where it began (12,000 bytes: 124 ns and
/// 4,000): with 16 that was so from each slot of 4 KiB and more to the next.
const fn edge_of(power: usize) -> usize {
    if power < 4096 { 16 } else { 32 }
}

/// Number of the largest class.
pub(crate) const LAST_CLASS: usize = LINEAR_CLASSES + PER_DOUBLING * DOUBLINGS + 1;
/// Slot size of the largest class, in bytes.
pub(crate) const LARGEST_SLOT: usize = slot_size(LAST_CLASS);
/// The largest request that a slot serves, in bytes.
pub(crate) const SMALL_MAX: usize = LARGEST_SLOT - CANARY_BYTES;
/// Most bytes between the end of a request and the canary that a slot's state can record.
pub(crate) const MAX_SLACK: usize = (1 << 14) - 1;

const_assert!(LAST_CLASS < CLASS_SLOTS);
const_assert!(LARGEST_SLOT == 128 * 1024 + 32);
// A slot holds its canary and at least one byte.
const_assert!(slot_size(1) > CANARY_BYTES);
const_assert!(slot_size(1) >= MIN_ALIGN);

/// Bytes of one slot of class number `class`; the zero class has slots as the first that stay closed.
const fn slot_size(class: usize) -> usize {
    if class <= LINEAR_CLASSES {
        return if class == 0 { slot_size(1) } else { (class + 1) * 16 };
    }
    let from_edge = class - LINEAR_CLASSES - 1;
    let power = 256 << (from_edge / PER_DOUBLING);
    match from_edge % PER_DOUBLING {
        0 => power + edge_of(power),
        quarter => power + power / 4 * quarter,
    }
}

const fn sizes() -> [u32; CLASS_SLOTS] {
    let mut table = [0; CLASS_SLOTS];
    let mut class = 0;
    while class <= LAST_CLASS {
        table[class] = slot_size(class) as u32;
        class += 1;
    }
    table
}

/// Slot size in bytes by class number; 0 for numbers that name no class.
pub(crate) const SLOT_SIZES: [u32; CLASS_SLOTS] = sizes();

const fn classes_are_sound() -> bool {
    let mut class = 2;
    while class <= LAST_CLASS {
        if slot_size(class) <= slot_size(class - 1)
            || slot_size(class) - slot_size(class - 1) - 1 > MAX_SLACK
            || !slot_size(class).is_multiple_of(if slot_size(class) < 4096 {
                MIN_ALIGN
            } else {
                32
            })
        {
            return false;
        }
        class += 1;
    }
    true
}
const_assert!(classes_are_sound());

/// Slot bytes up to here are looked up; one byte per 16, so the table spans three cache lines.
const TABLE_REACH: usize = 2048 + edge_of(2048);
const TABLE_ROWS: usize = TABLE_REACH / 16 + 1;

const fn lookup() -> [u8; TABLE_ROWS] {
    let mut table = [0; TABLE_ROWS];
    let mut row = 0;
    let mut class = 1;
    while row < TABLE_ROWS {
        while slot_size(class) < row * 16 {
            class += 1;
        }
        table[row] = class as u8;
        row += 1;
    }
    table
}
static CLASS_BY_SIXTEENTH: [u8; TABLE_ROWS] = lookup();

/// The least class whose slots hold `bytes` (canary included), 1 to [`LARGEST_SLOT`].
#[inline(always)]
const fn holding(bytes: usize) -> ClassId {
    let row = bytes.div_ceil(16);
    if row < TABLE_ROWS {
        return ClassId::masked(CLASS_BY_SIXTEENTH[row] as usize);
    }
    holding_many(bytes)
}

/// As `holding`, by arithmetic, above 256 bytes.
const fn holding_many(bytes: usize) -> ClassId {
    let last = bytes - 1;
    // Not `ilog2`, which would have to say what it does for zero.
    let log = usize::BITS - 1 - last.leading_zeros();
    let edge = LINEAR_CLASSES + 1 + PER_DOUBLING * (log as usize - 8);
    let quarter =
        if bytes <= (1 << log) + edge_of(1 << log) { 0 } else { 1 + (last >> (log - 2) & 3) };
    ClassId::masked(edge + quarter)
}

/// The class that serves a request of 1 to [`SMALL_MAX`] bytes; `None` for 0 and above.
#[inline(always)]
pub(crate) const fn class_of(bytes: usize) -> Option<ClassId> {
    if bytes.wrapping_sub(1) < SMALL_MAX { Some(holding(bytes + CANARY_BYTES)) } else { None }
}

/// Bytes of the slots that serve requests of so many, 1 to [`SMALL_MAX`].
pub(crate) const fn slot_bytes_for(bytes: usize) -> usize {
    slot_size(holding(bytes + CANARY_BYTES).get())
}

/// Classes up to this one are served by the hot paths in line.
const NARROW_CLASS: usize = LINEAR_CLASSES + 2 * PER_DOUBLING + 1;
const_assert!(slot_size(NARROW_CLASS) == NARROW_SLOT);
/// Bytes of their largest slot.
const NARROW_SLOT: usize = 1040;
const_assert!(NARROW_SLOT <= TABLE_REACH);

/// Whether the slots of a class have at most 1,040 bytes, so that 1,024 are a request for one.
#[inline(always)]
pub(crate) const fn is_narrow(class: ClassId) -> bool {
    class.get() <= NARROW_CLASS
}

const SHORT_CLASS: usize = 11;
const MEDIUM_CLASS: usize = LINEAR_CLASSES + PER_DOUBLING + 1;
const_assert!(slot_size(SHORT_CLASS) == 192 && slot_size(MEDIUM_CLASS) == 528);

/// Whether the slots of a class have at most 192 bytes. Other code looks at those and wipes them, and a processor that
/// goes the wrong way loses the time until it finds out: so this is asked of the class, which follows from the size or
/// the address alone, and not of what is kept with it or of a slot's state, which are loaded late. 256 live blocks of 8
/// to 512 bytes replaced at random take 1.8 times glibc's time in place of 2.05.
#[inline(always)]
pub(crate) const fn is_short(class: ClassId) -> bool {
    class.get() <= SHORT_CLASS
}

/// Whether the slots of a class have at most 528 bytes.
#[inline(always)]
pub(crate) const fn is_medium(class: ClassId) -> bool {
    class.get() <= MEDIUM_CLASS
}

/// As `class_of`, for requests that narrow slots serve, without a branch among them.
#[inline(always)]
pub(crate) const fn narrow_class_of(bytes: usize) -> Option<ClassId> {
    if bytes.wrapping_sub(1) < NARROW_SLOT - CANARY_BYTES {
        let row = (bytes + CANARY_BYTES).div_ceil(16);
        Some(ClassId::masked(CLASS_BY_SIXTEENTH[row] as usize))
    } else {
        None
    }
}

/// The class that serves `size` bytes at a multiple of `align`: its slot size is a multiple of
/// `align`, and spans start at multiples of more than that. None where a slot is so much longer than
/// `size` that its state could not tell what was asked for.
pub(crate) fn class_of_aligned(size: Size, align: Align) -> Option<ClassId> {
    let first = class_of(size.get().max(align.get() - CANARY_BYTES))?;
    (first.get()..=LAST_CLASS)
        .find(|class| slot_size(*class).is_multiple_of(align.get()))
        .and_then(ClassId::new)
        // No smaller alignment leaves that much.
        .filter(|class| align.get() <= MAX_SLACK || records(*class, size.get()))
}

/// Whether a slot of `class` holds `size` bytes, and its state can tell that no more were asked for.
pub(crate) fn records(class: ClassId, size: usize) -> bool {
    usable_bytes(class).checked_sub(size).is_some_and(|slack| slack <= MAX_SLACK)
}

/// Bytes of one slot; 0 for a number that names no class.
#[inline(always)]
pub(crate) const fn slot_bytes(class: ClassId) -> usize {
    SLOT_SIZES[class.get()] as usize
}

/// Whether a class with slots of so many bytes serves blocks aligned to `align`, a power of two: slots start
/// at multiples of what their size is a multiple of.
#[inline(always)]
pub(crate) const fn serves(slot_bytes: usize, align: usize) -> bool {
    align.is_power_of_two() && slot_bytes & align.wrapping_sub(1) == 0
}

/// Bytes before the canary.
#[inline(always)]
pub(crate) const fn usable_bytes(class: ClassId) -> usize {
    slot_bytes(class).saturating_sub(CANARY_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{
        CANARY_BYTES, LAST_CLASS, MAX_SLACK, NARROW_SLOT, SMALL_MAX, class_of, class_of_aligned,
        is_narrow, narrow_class_of, serves, slot_bytes, slot_size, usable_bytes,
    };
    use crate::base::index::ClassId;
    use crate::base::size::{Align, SIZE_LIMIT, Size};

    #[test]
    fn every_request_gets_the_least_class_that_holds_it() {
        let mut class = 1;
        for bytes in 1..=SMALL_MAX {
            while slot_size(class) - CANARY_BYTES < bytes {
                class += 1;
            }
            assert_eq!(class_of(bytes).unwrap().get(), class, "request of {bytes}");
            let narrow = (slot_size(class) <= NARROW_SLOT).then_some(class_of(bytes).unwrap());
            assert_eq!(narrow_class_of(bytes), narrow);
            assert_eq!(is_narrow(class_of(bytes).unwrap()), narrow.is_some());
        }
        assert_eq!(class, LAST_CLASS);
        assert!(class_of(0).is_none() && class_of(SMALL_MAX + 1).is_none());
        assert!(class_of(usize::MAX).is_none());
    }

    #[test]
    fn powers_of_two_waste_few_bytes() {
        for power in 8..=17 {
            let edge = if power < 12 { 16 } else { 32 };
            assert_eq!(slot_bytes(class_of(1 << power).unwrap()), (1 << power) + edge);
        }
        assert_eq!(slot_bytes(class_of(40).unwrap()), 48);
    }

    /// Every size at every alignment that a slot could have, and some above.
    #[test]
    fn aligned_requests_get_the_least_slot_that_keeps_the_alignment() {
        for power in 0..=20 {
            let align = Align::new(1 << power).unwrap();
            let fitting: Vec<_> =
                (1..=LAST_CLASS).filter(|c| slot_size(*c).is_multiple_of(align.get())).collect();
            let mut least = fitting.into_iter().peekable();
            for bytes in 0..=SMALL_MAX + 1 {
                let used = bytes.max(1) + CANARY_BYTES;
                while least.next_if(|class| slot_size(*class) < used).is_some() {}
                let is_told = |class: &usize| {
                    align.get() <= MAX_SLACK
                        || slot_size(*class) - CANARY_BYTES - bytes <= MAX_SLACK
                };
                let expected = least.peek().copied().filter(is_told);
                let class = class_of_aligned(Size::new(bytes).unwrap(), align);
                assert_eq!(class.map(ClassId::get), expected, "{bytes} at {}", align.get());
                if let Some(class) = class {
                    assert!(usable_bytes(class) - bytes <= MAX_SLACK);
                }
            }
        }
        let large = Align::new(1 << 40).unwrap();
        assert!(class_of_aligned(Size::new(1).unwrap(), large).is_none());
        assert!(class_of_aligned(Size::new(SIZE_LIMIT).unwrap(), Align::MIN).is_none());
    }

    /// Every slot size, at every number to 4096 and at each power of two.
    #[test]
    fn a_class_serves_the_powers_of_two_that_its_slots_are_multiples_of() {
        for size in (0..=LAST_CLASS).map(slot_size) {
            for align in (0..=4096_usize).chain((12..64).map(|power| 1 << power)) {
                let expected = align.is_power_of_two() && size.is_multiple_of(align);
                assert_eq!(serves(size, align), expected, "{size} at {align}");
            }
        }
    }

    #[test]
    fn the_zero_class_and_unused_numbers_hold_nothing() {
        assert_eq!(usable_bytes(ClassId::ZERO), 24);
        assert_eq!(slot_bytes(ClassId::new(63).unwrap()), 0);
        assert_eq!(LAST_CLASS, 61);
    }
}
