//! Blocks in which nothing but zeros is found when they are freed: whether the program wrote them.
//!
//! What was never touched reads as zeros, too. Whether pages are there shows in the time that the kernel takes to drop
//! them. Where that was long, the next blocks keep theirs, for a while. Only while the process has one thread: to wait for
//! others takes as long, and blocks that nobody wrote would get their pages from the wipe.
//!
//! A precise clock would tell at once, but it asks the processor's counter, which a program may have forbidden, or the
//! kernel. The coarse one moves only now and then while pages are dropped, in proportion to how long that takes.

use super::extent::Extent;
use super::frames;
use super::stash::FRAME;
use crate::base::addr::Addr;
use crate::base::sync::{AtomicU32, AtomicU64, Ordering};
use crate::platform::{clock, symbols};
use crate::region::sealed::sealed;

/// Of shorter blocks the time says too little.
const LEAST: usize = 2 * FRAME;
/// Pages that are looked at before a block is taken for blank.
const SAMPLES: usize = 24;
/// To drop a page that was there took 130 to 240 ns, and to drop none in a block less than 50 us, even under `strace -f`.
const NS_A_PAGE: u64 = 40;
const NS_A_BLOCK: u64 = 50_000;
/// A step of the clock, and the most that one block may tell: where the thread had to wait the clock moves on by more, which
/// says nothing of the pages.
const STEP_MS: u64 = 4;
/// So far the clock is to move before it says anything, four steps; and so much is expected to be dropped in vain at most
/// before it is asked anew.
const ENOUGH_NS: u64 = 16_000_000;
/// So many blocks may keep their pages then, of those that are freed next. If they turn out not to be written any more, no
/// more than that are wiped in vain.
const KEPT: u32 = 512;
/// What was learned is forgotten when it was of no use for so long.
const STALE_MS: u64 = 1000;

/// What was learned.
struct Lesson {
    /// Nanoseconds that drops would have taken at least, of blocks with most of their pages, since it was asked anew.
    expected_ns: AtomicU64,
    /// Milliseconds that they took.
    taken_ms: AtomicU64,
    /// Blocks that may still keep their pages.
    left: AtomicU32,
    /// When it was learned, or of use.
    used_at: AtomicU64,
}

static LESSON: Lesson = Lesson::new();

impl Lesson {
    const fn new() -> Self {
        Self {
            expected_ns: AtomicU64::new(0),
            taken_ms: AtomicU64::new(0),
            left: AtomicU32::new(0),
            used_at: AtomicU64::new(0),
        }
    }

    /// Notes that so many pages of a block were dropped, if they were there, from one moment to another.
    fn note(&self, pages: usize, from: u64, to: u64) {
        let expected =
            self.expected_ns.load(Ordering::Relaxed) + NS_A_BLOCK + pages as u64 * NS_A_PAGE;
        let ms = to.saturating_sub(from).min(STEP_MS);
        let taken = self.taken_ms.load(Ordering::Relaxed) + ms;
        let is_learned = taken * 1_000_000 >= expected.max(ENOUGH_NS);
        if is_learned {
            self.left.store(KEPT, Ordering::Relaxed);
            self.used_at.store(to, Ordering::Relaxed);
        }
        let is_over = is_learned || expected >= ENOUGH_NS;
        self.expected_ns.store(if is_over { 0 } else { expected }, Ordering::Relaxed);
        self.taken_ms.store(if is_over { 0 } else { taken }, Ordering::Relaxed);
    }

    /// Whether one more block may keep its pages.
    fn take(&self, now: u64) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return false;
        }
        let is_stale = now.abs_diff(self.used_at.load(Ordering::Relaxed)) > STALE_MS;
        self.left.store(if is_stale { 0 } else { left - 1 }, Ordering::Relaxed);
        self.used_at.store(now, Ordering::Relaxed);
        !is_stale
    }
}

/// Whether a freed block may keep its pages if it is blank.
pub(super) fn may_keep_pages(extent: &Extent, now: u64) -> bool {
    tells(extent) && LESSON.take(now)
}

/// Pages of a block that are all zero if it is blank, as far as can be told.
pub(super) fn pages(extent: &Extent) -> impl Iterator<Item = Addr> {
    let (body, step) = (extent.body(), extent.body_len / SAMPLES);
    (0..SAMPLES).map(move |index| body.plus(step * index).align_down(sealed().page))
}

/// Drops the pages of a block of which little seems to be written by `drop`, and learns from the time that takes.
pub(super) fn time<T>(extent: &Extent, drop: impl FnOnce() -> T) -> T {
    // What was wiped for it is not the program's doing.
    if extent.warm || !tells(extent) {
        return drop();
    }
    let start = clock::coarse_ms();
    let result = drop();
    LESSON.note(extent.body_len >> sealed().page_bits, start, clock::coarse_ms());
    result
}

fn tells(extent: &Extent) -> bool {
    extent.body_len >= LEAST && frames::is_framed(extent) && symbols::is_only_one()
}

#[cfg(test)]
mod tests {
    use super::{ENOUGH_NS, KEPT, Lesson, NS_A_BLOCK, NS_A_PAGE, STALE_MS, STEP_MS};

    const PAGES: usize = 1250;
    const EACH_NS: u64 = NS_A_BLOCK + PAGES as u64 * NS_A_PAGE;
    const BLOCKS: u64 = ENOUGH_NS.div_ceil(EACH_NS);
    const STEPS: u64 = ENOUGH_NS.div_ceil(STEP_MS * 1_000_000);

    /// A lesson of so many drops, of which the last `steps` take a step of the clock.
    fn lesson_of(blocks: u64, steps: u64) -> Lesson {
        let lesson = Lesson::new();
        for index in 0..blocks {
            assert!(!lesson.take(0));
            lesson.note(PAGES, 0, if index + steps < blocks { 0 } else { STEP_MS });
        }
        lesson
    }

    #[test]
    fn so_many_keep_their_pages_where_drops_took_as_long_as_pages_do() {
        let cases = [(BLOCKS, STEPS, KEPT), (BLOCKS, STEPS - 1, 0), (STEPS, STEPS, KEPT)];
        for (blocks, steps, learned) in cases {
            let lesson = lesson_of(blocks, steps);
            assert_eq!((0..KEPT + 1).filter(|_| lesson.take(STEP_MS)).count() as u32, learned);
        }
    }

    #[test]
    fn steps_that_are_far_apart_tell_nothing() {
        let lesson = lesson_of(BLOCKS, STEPS / 2);
        for _ in 0..STEPS / 2 {
            lesson.note(PAGES, 0, STEP_MS);
        }
        assert!(!lesson.take(0));
    }

    #[test]
    fn one_wait_tells_nothing_however_long_the_block() {
        let lesson = Lesson::new();
        lesson.note(1 << 18, 0, STALE_MS);
        assert!(!lesson.take(STALE_MS));
    }

    #[test]
    fn what_is_of_no_use_for_long_is_forgotten() {
        let lesson = lesson_of(STEPS, STEPS);
        for uses in 1..3 {
            assert!(lesson.take(uses * STALE_MS));
        }
        for _ in 0..2 {
            assert!(!lesson.take(3 * STALE_MS + 1));
        }
    }

    #[test]
    fn a_thread_that_had_to_wait_long_tells_nothing() {
        let lesson = Lesson::new();
        for index in 0..2 * BLOCKS {
            lesson.note(PAGES, 0, if index % 100 == 0 { STALE_MS } else { 0 });
        }
        assert!(!lesson.take(STALE_MS));
    }
}
