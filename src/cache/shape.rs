//! How many entries each class has: byte budgets, not counts, so that large classes do not keep
//! megabytes per thread.

use crate::base::index::ClassId;
use crate::geometry::classes::{LAST_CLASS, slot_bytes};
use crate::options::Options;
use crate::region::rows::ClassCache;

/// Slots up to this many bytes have the full number of entries; above, it falls with the size.
const FULL_COUNT_BYTES: usize = 128;
/// Entries of a magazine of small slots.
const MAGAZINE: usize = 64;
/// Fewest entries of a magazine: half of it is one batch.
const MAGAZINE_MIN: usize = 4;
/// Classes with larger slots have no magazine: each malloc and free goes to the central record,
/// whose lock costs little beside wiping and checking that many bytes.
pub(crate) const MAGAZINE_SLOT_MAX: usize = 4096 + 16;
/// Fewest entries of each quarantine part, where the class is quarantined at all.
const QUARANTINE_MIN: usize = 2;

fn entries(of_small: usize, class: ClassId, least: usize) -> usize {
    if of_small == 0 {
        return 0;
    }
    let fit = of_small * FULL_COUNT_BYTES / slot_bytes(class).max(1);
    fit.clamp(least.min(of_small), of_small)
}

/// Entries of the magazine, the ring and the FIFO of `class`.
fn counts(options: &Options, class: ClassId) -> (usize, usize, usize) {
    let slot = slot_bytes(class);
    if class == ClassId::ZERO || slot == 0 {
        return (0, 0, 0);
    }
    let magazine =
        if slot > MAGAZINE_SLOT_MAX { 0 } else { entries(MAGAZINE, class, MAGAZINE_MIN) };
    let quarantined = slot <= options.quarantine_max_size as usize;
    let part = |of_small: u32| if quarantined { entries(of_small as usize, class, QUARANTINE_MIN) } else { 0 };
    (magazine, part(options.quarantine_random), part(options.quarantine_fifo))
}

/// Entries behind each thread cache.
pub(crate) fn total_entries(options: &Options) -> usize {
    (0..=LAST_CLASS).filter_map(ClassId::new).map(|class| whole(options, class)).sum()
}

fn whole(options: &Options, class: ClassId) -> usize {
    let (magazine, ring, fifo) = counts(options, class);
    magazine + ring + fifo
}

/// The part of `class`, still empty.
pub(crate) fn empty(options: &Options, class: ClassId) -> ClassCache {
    let before = (0..class.get()).filter_map(ClassId::new).map(|class| whole(options, class));
    let start = before.sum::<usize>();
    let (magazine, ring, fifo) = counts(options, class);
    ClassCache {
        magazine: start as u32,
        ring: (start + magazine) as u32,
        fifo: (start + magazine + ring) as u32,
        magazine_len: 0,
        magazine_cap: magazine as u16,
        ring_len: ring as u16,
        fifo_len: fifo as u16,
        fifo_at: 0,
        in_use: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAGAZINE_SLOT_MAX, counts, empty, total_entries};
    use crate::base::index::ClassId;
    use crate::geometry::classes::{LAST_CLASS, slot_bytes};
    use crate::options::Options;

    #[test]
    fn the_parts_of_all_classes_fill_the_entries_without_overlap() {
        let options = Options::DEFAULT;
        let mut next = 0;
        for class in (0..=LAST_CLASS).filter_map(ClassId::new) {
            let part = empty(&options, class);
            assert_eq!(part.magazine, next);
            assert_eq!(part.ring, part.magazine + u32::from(part.magazine_cap));
            assert_eq!(part.fifo, part.ring + u32::from(part.ring_len));
            next = part.fifo + u32::from(part.fifo_len);
        }
        assert_eq!(next as usize, total_entries(&options));
    }

    #[test]
    fn no_part_of_a_small_class_holds_many_bytes() {
        for class in (1..=LAST_CLASS).filter_map(ClassId::new) {
            let (magazine, ring, fifo) = counts(&Options::DEFAULT, class);
            let slot = slot_bytes(class);
            if slot <= MAGAZINE_SLOT_MAX {
                assert!((magazine + ring + fifo) * slot <= 8 * MAGAZINE_SLOT_MAX, "{slot}");
                assert!(magazine >= 4 && ring >= 2 && fifo >= 2);
            } else {
                assert_eq!(magazine, 0);
            }
        }
    }
}
