//! The figures that a process shares, as `include/starmalloc.h` lays them out.

use std::io;
use std::ops::Range;

use crate::status::Memory;

/// Words before those of the classes, and of each class.
const TOTALS: usize = 18;
const PER_CLASS: usize = 7;
/// Classes that an arena has spans for.
pub(super) const CLASSES: usize = 64;
/// Tries to read figures that are not being written at the moment.
const TRIES: u32 = 100;
/// More classes than any version has.
const MOST_WORDS: usize = 4096;

/// Small allocations of one class.
#[derive(Clone, Copy)]
pub(super) struct Class {
    /// Bytes of a slot.
    pub(super) slot_bytes: u64,
    /// Allocations in use.
    pub(super) live: u64,
    /// Bytes asked for in them.
    pub(super) live_bytes: u64,
    /// Freed slots that are held back.
    pub(super) quarantined: u64,
    /// Slots ready for use.
    pub(super) free: u64,
    /// Bytes made usable.
    pub(super) committed_bytes: u64,
    /// Its number, below [`CLASSES`].
    pub(super) number: usize,
}

/// The figures of one moment.
#[derive(Clone)]
pub(crate) struct Figures {
    /// When, in milliseconds of the process's monotonic clock.
    pub(super) time_ms: u64,
    /// Large allocations in use.
    pub(super) large_live: u64,
    /// Bytes asked for in them.
    pub(super) large_live_bytes: u64,
    /// Pages kept of freed ones.
    pub(super) retained_bytes: u64,
    /// Guard pages.
    pub(super) guards: u64,
    /// Bytes given back to the system.
    pub(super) purged_bytes: u64,
    /// Sampled allocations in use.
    pub(super) samples: u64,
    /// Where small allocations lie, and how many bytes of that are one class's, in turn.
    data: Range<u64>,
    span_bytes: u64,
    /// The classes that were ever used.
    pub(super) classes: Vec<Class>,
}

impl Figures {
    /// Reads those at `place`; `None` while the process shares none.
    pub(crate) fn read(memory: &Memory, place: u64) -> io::Result<Option<Self>> {
        let words = memory.word(place)? as usize / 8;
        if words == 0 {
            return Ok(None);
        }
        if !(TOTALS..=MOST_WORDS).contains(&words) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        for _ in 0..TRIES {
            let before = memory.word(place + 8)?;
            let read = memory.words(place, words)?;
            if before % 2 == 0 && memory.word(place + 8)? == before {
                return Ok(Some(Self::of(&read)));
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Bytes of each class in physical memory. `mappings` are those of the process: where each starts
    /// and how much of it is in memory.
    pub(super) fn resident(&self, mappings: impl Iterator<Item = (u64, u64)>) -> [u64; CLASSES] {
        let mut classes = [0; CLASSES];
        for (start, bytes) in mappings.filter(|(start, _)| self.data.contains(start)) {
            // Between the used parts of two spans there are pages that nobody may touch.
            let span = (start - self.data.start).checked_div(self.span_bytes).unwrap_or(0);
            classes[span as usize % CLASSES] += bytes;
        }
        classes
    }

    /// Bytes asked for in small allocations in use.
    pub(super) fn small_live_bytes(&self) -> u64 {
        self.classes.iter().map(|class| class.live_bytes).sum()
    }

    /// Bytes asked for in all allocations in use.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.small_live_bytes() + self.large_live_bytes
    }

    pub(super) fn of(words: &[u64]) -> Self {
        let at = |index: usize| words.get(index).copied().unwrap_or(0);
        let classes = words.get(TOTALS..).unwrap_or(&[]).as_chunks::<PER_CLASS>().0;
        let class = |(
            number,
            [slot_bytes, live, live_bytes, quarantined, free, committed_bytes, _],
        ): (usize, &[u64; PER_CLASS])| Class {
            slot_bytes: *slot_bytes,
            live: *live,
            live_bytes: *live_bytes,
            quarantined: *quarantined,
            free: *free,
            committed_bytes: *committed_bytes,
            number,
        };
        Self {
            time_ms: at(2),
            large_live: at(6),
            large_live_bytes: at(7),
            retained_bytes: at(9),
            guards: at(10),
            purged_bytes: at(12),
            samples: at(14),
            data: at(15)..at(15).saturating_add(at(16)),
            span_bytes: at(17),
            classes: classes
                .iter()
                .enumerate()
                .map(class)
                .filter(|class| class.committed_bytes > 0)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_were_never_used_are_left_out() {
        let mut words = vec![0; TOTALS + 2 * PER_CLASS];
        words[6] = 3;
        words[TOTALS + PER_CLASS..].copy_from_slice(&[48, 5, 200, 2, 1, 65536, 0]);
        let figures = Figures::of(&words);
        assert_eq!((figures.large_live, figures.classes.len()), (3, 1));
        assert_eq!((figures.classes[0].slot_bytes, figures.classes[0].live_bytes), (48, 200));
        assert_eq!(figures.classes[0].number, 1);
    }

    #[test]
    fn resident_bytes_are_counted_by_class_in_all_arenas() {
        let mut words = vec![0; TOTALS];
        words[15..18].copy_from_slice(&[0x10_0000, 0x8_0000, 0x1000]);
        let mappings = [
            (0xf_f000, 1),
            (0x10_0000, 2),
            (0x10_1800, 4),
            (0x14_1000, 8),
            (0x17_f000, 16),
            (0x18_0000, 32),
        ];
        let resident = Figures::of(&words).resident(mappings.into_iter());
        assert_eq!(resident[..2], [2, 4 + 8]);
        assert_eq!((resident[CLASSES - 1], resident.iter().sum::<u64>()), (16, 30));
    }
}
