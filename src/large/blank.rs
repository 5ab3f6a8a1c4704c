//! Blocks in which nothing but zeros is found when they are freed: whether the program wrote them.
//!
//! What was never touched reads as zeros, too. Whether a page is there shows in the time that the kernel takes to drop it.
//! Where blocks had their pages, the next ones keep theirs.

use super::extent::Extent;
use super::frames;
use super::stash::FRAME;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::sync::{AtomicU32, Ordering};
use crate::platform::clock;
use crate::region::sealed::sealed;

/// Of shorter blocks the time says too little: what else the kernel does takes as long as a hundred pages, and varies.
const LEAST: usize = FRAME;
/// Pages that are looked at. Of blocks that are used here and there, some are found not to be zero.
const SAMPLES: usize = 24;
/// Nanoseconds. To drop a page that is there takes 50 to 150; where one is in a third of the block, `SAMPLES` would tell.
const NS_A_PAGE: u64 = 40;
/// So many blocks in a row must have had their pages; one that had not ends it.
const IN_A_ROW: u32 = 3;
/// Of blocks that could get pages which others left, one in so many gets none, to be told by what it has at its free.
const PROBE_EVERY: u32 = 16;
/// And of those that have none but their own, one in so many is timed.
const TIMED_EVERY: u32 = 8;

/// How many of the blocks that were timed last had their pages.
struct Row(AtomicU32);

static ROW: Row = Row(AtomicU32::new(0));

impl Row {
    /// Notes how much longer it took to drop so many pages than to drop none.
    fn note(&self, pages: usize, more_ns: u64) {
        let had_pages = more_ns / NS_A_PAGE >= pages as u64;
        let in_a_row = if had_pages { self.0.load(Ordering::Relaxed) + 1 } else { 0 };
        self.0.store(in_a_row.min(IN_A_ROW), Ordering::Relaxed);
    }

    fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= IN_A_ROW
    }
}

/// Whether the time that it takes to drop its pages tells of them.
pub(super) fn tells_of(extent: &Extent) -> bool {
    extent.body_len >= LEAST && frames::is_framed(extent)
}

/// Pages of a block that are all zero if it is blank, as far as can be told.
pub(super) fn pages(extent: &Extent) -> impl Iterator<Item = Addr> {
    let (body, step) = (extent.body(), extent.body_len / SAMPLES);
    (0..SAMPLES).map(move |index| body.plus(step * index).align_down(sealed().page))
}

/// Whether such a block is to lose its pages, and how long that takes is to be noted: where those before were not written,
/// and some that have no pages but their own.
pub(super) fn is_to_be_timed(extent: &Extent, generator: &mut Generator) -> bool {
    !ROW.is_full() || !extent.warm && generator.next_below(TIMED_EVERY) == 0
}

/// Whether a new block of `len` bytes is to get no pages but its own.
pub(super) fn is_probe(len: usize, generator: &mut Generator) -> bool {
    len >= LEAST && ROW.is_full() && generator.next_below(PROBE_EVERY) == 0
}

/// Drops the pages of such a block by `drop`, and if it had none but its own, learns from the time that takes: from how
/// much less is taken by the same again, when none are left.
pub(super) fn time<T>(extent: &Extent, drop: impl Fn() -> T) -> T {
    if extent.warm {
        return drop();
    }
    let start = clock::precise_ns();
    drop();
    let middle = clock::precise_ns();
    let result = drop();
    let end = clock::precise_ns();
    let more = middle.wrapping_sub(start).saturating_sub(end.wrapping_sub(middle));
    ROW.note(extent.body_len >> sealed().page_bits, more);
    result
}

#[cfg(test)]
mod tests {
    use super::{IN_A_ROW, NS_A_PAGE, Row, time};
    use crate::base::addr::Addr;
    use crate::base::sync::AtomicU32;
    use crate::large::extent::{Extent, Status};
    use core::cell::Cell;

    #[test]
    fn some_blocks_in_a_row_must_have_had_most_of_their_pages() {
        let row = Row(AtomicU32::new(0));
        for _ in 1..IN_A_ROW {
            row.note(1000, 1000 * NS_A_PAGE);
            assert!(!row.is_full());
        }
        row.note(1000, 1000 * NS_A_PAGE - 1);
        for _ in 0..IN_A_ROW {
            assert!(!row.is_full());
            row.note(1000, u64::MAX);
        }
        assert!(row.is_full());
        row.note(1000, 0);
        assert!(!row.is_full());
    }

    /// What was wiped for a block would be taken for the program's doing.
    #[test]
    fn blocks_that_got_pages_are_not_timed() {
        let extent = |warm| Extent {
            base: Addr::new(0x1000),
            total: 1 << 30,
            before: 0,
            body_len: 1 << 29,
            size: 1 << 29,
            stale: 0,
            front: 0,
            status: Status::Held,
            advised: false,
            moved: warm,
            grows: false,
            parted: false,
            warm,
        };
        for (warm, drops) in [(true, 1), (false, 2)] {
            let done = Cell::new(0);
            time(&extent(warm), || done.set(done.get() + 1));
            assert_eq!(done.get(), drops);
        }
    }
}
