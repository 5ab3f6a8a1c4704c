//! The sizes that the layout comes in: the larger ones are tried first.

use super::classes::{LAST_CLASS, SLOT_SIZES};
use super::layout::PAGE_MAX;
use crate::base::index::{CLASS_SLOTS, MAX_ARENAS, SLOT_BITS};
use static_assertions::const_assert;

pub(super) const CLASS_BITS: u32 = CLASS_SLOTS.ilog2();
const_assert!(CLASS_SLOTS == 1 << CLASS_BITS);

/// One step of the ladder: how large the layout is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rung {
    /// log2 of the bytes of a class span.
    pub(super) span_bits: u32,
    /// log2 of the number of arenas.
    pub(super) arena_bits: u32,
    /// log2 of the most large allocations and retained ranges.
    pub(super) large_bits: u32,
    /// log2 of the most thread caches.
    pub(super) cache_bits: u32,
}

const fn rung(span_bits: u32, arena_bits: u32, large_bits: u32, cache_bits: u32) -> Rung {
    Rung { span_bits, arena_bits, large_bits, cache_bits }
}

/// From 4 TiB down to 32 MiB of data region; each is tried when the one before is refused. Below 256 GiB
/// each has half of the one before, for a program under a limit needs what it can get. Spans are
/// no longer than 256 MiB so that four of them share a page table of the second level: a fork copies
/// every table.
pub(crate) const LADDER: [Rung; 16] = [
    rung(28, 8, 22, 14),
    rung(28, 6, 22, 13),
    rung(28, 4, 20, 12),
    rung(28, 3, 20, 11),
    rung(27, 3, 19, 10),
    rung(27, 2, 19, 10),
    rung(26, 2, 18, 9),
    rung(26, 1, 18, 9),
    rung(25, 1, 17, 8),
    rung(25, 0, 17, 8),
    rung(24, 0, 16, 8),
    rung(23, 0, 15, 7),
    rung(22, 0, 14, 6),
    rung(21, 0, 13, 5),
    rung(20, 0, 12, 4),
    rung(19, 0, 12, 4),
];

/// Spans at least this long start at a random place of their first quarter.
const RANDOM_START_BITS: u32 = 26;

impl Rung {
    /// Bytes of the data region.
    pub(crate) const fn data_bytes(self) -> usize {
        1 << (self.span_bits + CLASS_BITS + self.arena_bits)
    }

    /// Bytes of a class span.
    pub(super) const fn span_bytes(self) -> usize {
        1 << self.span_bits
    }

    /// Bytes in which the first slot of a span is placed at random; 0 where spans are short.
    pub(crate) const fn start_range(self) -> usize {
        if self.span_bits < RANDOM_START_BITS { 0 } else { self.span_bytes() / 4 }
    }

    /// Slots of `class` in one span: what fits, at most what a `SlotId` can number. Some of a span is in no
    /// slot and stays closed, for what runs over its end or its start must not get to the next one.
    pub(super) const fn slots(self, class: usize) -> usize {
        let size = SLOT_SIZES[class] as usize;
        if size == 0 {
            return 0;
        }
        let closed = if self.start_range() > 0 { self.start_range() } else { PAGE_MAX };
        let fit = (self.span_bytes() - closed) / size;
        if fit < 1 << SLOT_BITS { fit } else { 1 << SLOT_BITS }
    }
}

// The smallest rung still has room for a few of the largest slots, and spans whose starts keep
// every slot's natural alignment.
const_assert!(LADDER[LADDER.len() - 1].slots(LAST_CLASS) >= 3);
const_assert!(LADDER[LADDER.len() - 1].span_bytes() >= 2 * 131_072);
const_assert!(LADDER[0].arena_bits == MAX_ARENAS.ilog2());
