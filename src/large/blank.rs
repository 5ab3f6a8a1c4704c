//! Blocks in which nothing but zeros is found when they are freed: whether the program wrote them.
//!
//! What was never touched reads as zeros, too. Whether pages are there shows in the time that the kernel takes to drop
//! them. Where that was long, the next blocks keep theirs, for a while.
//!
//! A precise clock would tell at once, but it asks the processor's counter, which a program may have forbidden, or the
//! kernel. The coarse one moves only now and then while pages are dropped, in proportion to how long that takes.

use super::extent::Extent;
use super::frames;
use super::stash::FRAME;
use crate::base::addr::Addr;
use crate::base::sync::{AtomicU32, AtomicU64, Ordering};
use crate::platform::clock;
use crate::region::sealed::sealed;

/// Of shorter blocks the time says too little.
const LEAST: usize = 2 * FRAME;
/// Pages that are looked at before a block is taken for blank.
const SAMPLES: usize = 24;
/// To drop a page that was there took 130 to 240 ns, and to drop none in a block less than 50 us, even under strace.
const NS_A_PAGE: u64 = 40;
const NS_A_BLOCK: u64 = 50_000;
/// So many pages take a millisecond at most, if the thread need not wait.
const PAGES_A_MS: u64 = 1024;
/// A step of the clock. It moves on by more where the thread had to wait, which says nothing of the pages.
const STEP_MS: u64 = 4;
/// So much is to be dropped before the clock says anything: four steps.
const ENOUGH_NS: u64 = 16_000_000;
/// So many blocks keep their pages then. If they turn out not to be written any more, no more than that are wiped in vain.
const KEPT: u32 = 512;

/// What was learned. Threads that change it at once may lose one block's part.
struct Lesson {
    /// Nanoseconds that drops would have taken at least, of blocks with most of their pages.
    expected_ns: AtomicU64,
    /// Milliseconds that they took.
    taken_ms: AtomicU64,
    /// Blocks that may still keep their pages.
    left: AtomicU32,
}

static LESSON: Lesson = Lesson::new();

impl Lesson {
    const fn new() -> Self {
        Self {
            expected_ns: AtomicU64::new(0),
            taken_ms: AtomicU64::new(0),
            left: AtomicU32::new(0),
        }
    }

    /// Notes that so many pages of a block were dropped, if they were there.
    fn note(&self, pages: usize, ms: u64) {
        let expected =
            self.expected_ns.load(Ordering::Relaxed) + NS_A_BLOCK + pages as u64 * NS_A_PAGE;
        let most_ms = STEP_MS + pages as u64 / PAGES_A_MS;
        let taken = self.taken_ms.load(Ordering::Relaxed) + ms.min(most_ms);
        let is_enough = expected >= ENOUGH_NS;
        if is_enough && taken * 1_000_000 >= expected {
            self.left.store(KEPT, Ordering::Relaxed);
        }
        self.expected_ns.store(if is_enough { 0 } else { expected }, Ordering::Relaxed);
        self.taken_ms.store(if is_enough { 0 } else { taken }, Ordering::Relaxed);
    }

    /// Whether one more block may keep its pages.
    fn take(&self) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }
}

/// Whether blank blocks of such a length were written lately.
pub(super) fn are_written(extent: &Extent) -> bool {
    tells(extent) && LESSON.left.load(Ordering::Relaxed) > 0
}

/// Pages of a block that are all zero if it is blank, as far as can be told; none while that makes no difference.
pub(super) fn pages(extent: &Extent) -> impl Iterator<Item = Addr> {
    let (body, step) = (extent.body(), extent.body_len / SAMPLES);
    let count = if are_written(extent) { SAMPLES } else { 0 };
    (0..count).map(move |index| body.plus(step * index).align_down(sealed().page))
}

/// Whether a blank block is to keep its pages.
pub(super) fn keeps_pages(extent: &Extent) -> bool {
    tells(extent) && LESSON.take()
}

/// Drops the pages of a block of which little seems to be written by `drop`, and learns from the time that takes.
pub(super) fn time<T>(extent: &Extent, drop: impl FnOnce() -> T) -> T {
    // What was wiped for it is not the program's doing.
    if extent.warm || !tells(extent) {
        return drop();
    }
    let start = clock::coarse_ms();
    let result = drop();
    LESSON.note(extent.body_len >> sealed().page_bits, clock::coarse_ms().saturating_sub(start));
    result
}

fn tells(extent: &Extent) -> bool {
    extent.body_len >= LEAST && frames::is_framed(extent)
}

#[cfg(test)]
mod tests {
    use super::{ENOUGH_NS, KEPT, Lesson, NS_A_BLOCK, NS_A_PAGE, STEP_MS};

    const PAGES: usize = 1250;
    const EACH_NS: u64 = NS_A_BLOCK + PAGES as u64 * NS_A_PAGE;

    #[test]
    fn so_many_keep_their_pages_where_drops_took_as_long_as_pages_do() {
        let blocks = ENOUGH_NS.div_ceil(EACH_NS);
        let steps = (blocks * EACH_NS).div_ceil(STEP_MS * 1_000_000);
        for (steps, learned) in [(steps, KEPT), (steps - 1, 0)] {
            let lesson = Lesson::new();
            for index in 0..blocks {
                assert!(!lesson.take());
                lesson.note(PAGES, if index < steps { STEP_MS } else { 0 });
            }
            assert_eq!((0..KEPT + 1).filter(|_| lesson.take()).count() as u32, learned);
        }
    }

    #[test]
    fn a_thread_that_had_to_wait_long_tells_nothing() {
        let lesson = Lesson::new();
        for index in 0..2 * ENOUGH_NS / EACH_NS {
            lesson.note(PAGES, if index % 100 == 0 { u64::MAX } else { 0 });
        }
        assert!(!lesson.take());
    }
}
