//! The figures that a process shares, as `include/starmalloc.h` lays them out.

use std::io;

use crate::status::Memory;

/// Words before those of the classes, and of each class.
const TOTALS: usize = 16;
const PER_CLASS: usize = 7;
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
}

/// The figures of one moment.
#[derive(Clone)]
pub(super) struct Figures {
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
    /// The classes that were ever used.
    pub(super) classes: Vec<Class>,
}

impl Figures {
    /// Reads those at `place`; `None` while the process shares none.
    pub(super) fn read(memory: &Memory, place: u64) -> io::Result<Option<Self>> {
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

    fn of(words: &[u64]) -> Self {
        let at = |index: usize| words.get(index).copied().unwrap_or(0);
        let classes = words.get(TOTALS..).unwrap_or(&[]).as_chunks::<PER_CLASS>().0;
        let class = |[slot_bytes, live, live_bytes, quarantined, free, committed_bytes, _]: &[u64; PER_CLASS]| Class {
            slot_bytes: *slot_bytes,
            live: *live,
            live_bytes: *live_bytes,
            quarantined: *quarantined,
            free: *free,
            committed_bytes: *committed_bytes,
        };
        Self {
            time_ms: at(2),
            large_live: at(6),
            large_live_bytes: at(7),
            retained_bytes: at(9),
            guards: at(10),
            purged_bytes: at(12),
            samples: at(14),
            classes: classes.iter().map(class).filter(|class| class.committed_bytes > 0).collect(),
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
    }
}
