//! One word of slot bits. A set bit is a slot that the central record may hand out.

/// The bits of one slab.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct BitWord(u64);

impl BitWord {
    /// Wraps a word.
    pub(crate) const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// The word.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    /// Whether bit `i` (below 64) is set.
    pub(crate) const fn has(self, i: u32) -> bool {
        self.0 >> (i & 63) & 1 != 0
    }

    /// The same word with bit `i` set.
    #[must_use]
    pub(crate) const fn with(self, i: u32) -> Self {
        Self(self.0 | 1 << (i & 63))
    }

    /// The same word with bit `i` clear.
    #[must_use]
    pub(crate) const fn without(self, i: u32) -> Self {
        Self(self.0 & !(1 << (i & 63)))
    }

    /// How many bits are set.
    pub(crate) const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The first set bit at or after `start`, going round once.
    pub(crate) const fn next_from(self, start: u32) -> Option<u32> {
        if self.0 == 0 {
            return None;
        }
        let turn = start & 63;
        Some((self.0.rotate_right(turn).trailing_zeros() + turn) & 63)
    }
}

#[cfg(test)]
mod tests {
    use super::BitWord;

    #[test]
    fn every_position_sets_clears_and_is_found() {
        for i in 0..64 {
            let one = BitWord::new(0).with(i);
            assert!(one.has(i) && one.count() == 1 && one.without(i) == BitWord::new(0));
            for start in 0..64 {
                assert_eq!(one.next_from(start), Some(i));
                assert_eq!(BitWord::new(u64::MAX).without(i).next_from(i), Some((i + 1) & 63));
            }
        }
        assert_eq!(BitWord::new(0).next_from(9), None);
    }
}
