//! Where guard pages stand in a class span.

use crate::base::size::round_down;

/// Bytes of a class span that hold one guard page, at a random place: `wanted`, but never less than
/// four slots and two pages, so that large slots are not all lost to guards.
pub(crate) const fn interval(wanted: usize, slot_bytes: usize, page: usize) -> usize {
    let least = if slot_bytes * 4 > page * 2 { slot_bytes * 4 } else { page * 2 };
    let bytes = if wanted > least { wanted } else { least };
    round_down(bytes + page - 1, page)
}

/// Byte offset of the guard page in the interval that starts at `start`, chosen by 16 random bits.
pub(crate) const fn position(start: usize, interval: usize, page: usize, draw: u16) -> usize {
    let pages = interval >> page.trailing_zeros();
    start + ((pages * draw as usize) >> 16) * page
}

/// Byte offsets where the guard around the page at `at` starts and ends: whole slots are lost to it, and
/// all pages that lie in nothing else belong to it, so that one byte below the slot that follows faults.
pub(crate) const fn extent(at: usize, slot_bytes: usize, page: usize) -> (usize, usize) {
    let lost = at / slot_bytes * slot_bytes;
    let lost_end = (at + page).next_multiple_of(slot_bytes);
    (round_down(lost + page - 1, page), round_down(lost_end, page))
}

#[cfg(test)]
mod tests {
    use super::{extent, interval, position};
    use crate::geometry::classes::{LAST_CLASS, SLOT_SIZES};

    #[test]
    fn a_guard_covers_the_pages_of_the_slots_it_costs() {
        for page in [4096, 16_384, 65_536] {
            for slot in classes() {
                // Every page of the longest span.
                for at in (0..1 << 28).step_by(page) {
                    let (from, to) = extent(at, slot, page);
                    assert!(from <= at && at + page <= to);
                    assert!(from.is_multiple_of(page) && to.is_multiple_of(page));
                    // Nothing of it lies in a slot that the page at `at` does not touch.
                    assert!(from >= at / slot * slot);
                    assert!(to <= (at + page - 1) / slot * slot + slot);
                    if slot % page == 0 {
                        assert!(from % slot == 0 && to % slot == 0);
                    } else if slot < page {
                        assert_eq!((from, to), (at, at + page));
                    }
                }
            }
        }
    }

    /// Every class and page size, every draw.
    #[test]
    fn guards_stay_inside_their_interval_and_may_be_any_page_of_it() {
        for page in [4096, 16_384, 65_536] {
            for slot in classes() {
                for wanted in [0, 65_536, 1 << 20] {
                    let bytes = interval(wanted, slot, page);
                    assert!(bytes.is_multiple_of(page) && bytes >= 4 * slot && bytes >= 2 * page);
                    assert!(bytes >= wanted && bytes < page + wanted.max(4 * slot).max(2 * page));
                }
                let bytes = interval(65_536, slot, page);
                let mut seen = vec![false; bytes / page];
                for draw in 0..=u16::MAX {
                    let at = position(bytes * 7, bytes, page, draw);
                    assert!(at.is_multiple_of(page) && at >= bytes * 7 && at + page <= bytes * 8);
                    seen[(at - bytes * 7) / page] = true;
                }
                assert!(seen.iter().all(|seen| *seen), "{slot} {page}");
            }
        }
    }

    fn classes() -> impl Iterator<Item = usize> {
        (1..=LAST_CLASS).map(|class| SLOT_SIZES[class] as usize)
    }
}
