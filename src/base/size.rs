//! Sizes and alignments that callers ask for.

/// The largest request: pointers into one object must be comparable by `ptrdiff_t`.
pub(crate) const SIZE_LIMIT: usize = isize::MAX as usize;

/// What every allocation is aligned to, in bytes: `alignof(max_align_t)`.
pub(crate) const MIN_ALIGN: usize = 16;

/// A number of bytes asked for, at most `PTRDIFF_MAX`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Size(usize);

impl Size {
    /// `None` above `PTRDIFF_MAX`.
    #[inline(always)]
    pub(crate) const fn new(bytes: usize) -> Option<Self> {
        if bytes <= SIZE_LIMIT { Some(Self(bytes)) } else { None }
    }

    /// `count * each` bytes; `None` when the product overflows or exceeds the limit.
    #[inline(always)]
    pub(crate) const fn of_array(count: usize, each: usize) -> Option<Self> {
        match count.checked_mul(each) {
            Some(bytes) => Self::new(bytes),
            None => None,
        }
    }

    /// The number of bytes.
    #[inline(always)]
    pub(crate) const fn get(self) -> usize {
        self.0
    }

    /// The least multiple of `unit` (a power of two) that is not less; `None` past the limit.
    pub(crate) const fn round_up(self, unit: usize) -> Option<Self> {
        match self.0.checked_add(unit - 1) {
            Some(sum) => Self::new(sum & !(unit - 1)),
            None => None,
        }
    }
}

/// A power of two, at least [`MIN_ALIGN`].
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Align(usize);

impl Align {
    /// The alignment every allocation has.
    pub(crate) const MIN: Self = Self(MIN_ALIGN);

    /// `None` unless `bytes` is a power of two; anything below [`MIN_ALIGN`] gives that.
    #[inline]
    pub(crate) const fn new(bytes: usize) -> Option<Self> {
        if !bytes.is_power_of_two() {
            None
        } else if bytes < MIN_ALIGN {
            Some(Self::MIN)
        } else {
            Some(Self(bytes))
        }
    }

    /// The alignment in bytes.
    #[inline(always)]
    pub(crate) const fn get(self) -> usize {
        self.0
    }
}

/// `bytes` rounded up to a multiple of `unit`, a power of two; for our own lengths, which are
/// bounded by the address space and so cannot overflow.
pub(crate) const fn round_up(bytes: usize, unit: usize) -> usize {
    (bytes.wrapping_add(unit - 1)) & !(unit - 1)
}

/// `bytes` rounded down to a multiple of `unit`, a power of two.
pub(crate) const fn round_down(bytes: usize, unit: usize) -> usize {
    bytes & !(unit - 1)
}

#[cfg(test)]
mod tests {
    use super::{Align, SIZE_LIMIT, Size, round_down, round_up};

    #[test]
    fn sizes_above_the_limit_are_refused() {
        assert!(Size::new(SIZE_LIMIT).is_some());
        assert!(Size::new(SIZE_LIMIT + 1).is_none());
        assert!(Size::of_array(usize::MAX, 2).is_none());
        assert!(Size::of_array(1 << 32, 1 << 31).is_none());
        assert!(Size::new(SIZE_LIMIT).unwrap().round_up(4096).is_none());
    }

    #[test]
    fn alignments_are_powers_of_two() {
        assert_eq!(Align::new(0), None);
        assert_eq!(Align::new(24), None);
        assert_eq!(Align::new(1), Some(Align::MIN));
        assert_eq!(Align::new(64).unwrap().get(), 64);
    }

    /// Every number up to a megabyte, and those next to every power of two.
    #[test]
    fn every_number_is_an_alignment_or_is_refused() {
        let edges = (0..usize::BITS).map(|bit| 1_usize << bit);
        let edges = edges.flat_map(|power| [power.wrapping_sub(1), power, power.wrapping_add(1)]);
        for bytes in (0..1 << 20).chain(edges).chain([usize::MAX]) {
            let expected = (bytes.count_ones() == 1).then_some(bytes.max(16));
            assert_eq!(Align::new(bytes).map(Align::get), expected, "{bytes}");
        }
    }

    #[test]
    fn every_rounding_is_the_least_multiple_that_is_not_less() {
        for unit in [4096, 16_384, 65_536] {
            for bytes in (0..4 * unit).chain(SIZE_LIMIT - 2 * unit..SIZE_LIMIT - unit) {
                let rounded = Size::new(bytes).unwrap().round_up(unit).unwrap().get();
                assert!(rounded.is_multiple_of(unit) && rounded >= bytes && rounded - bytes < unit);
                assert_eq!(round_up(bytes, unit), rounded);
                assert_eq!(round_down(bytes, unit), bytes - bytes % unit);
            }
            assert!(Size::new(SIZE_LIMIT + 2 - unit).unwrap().round_up(unit).is_none());
        }
    }
}
