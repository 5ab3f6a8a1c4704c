//! How many bytes the slots of all classes have pages for, about, beside how many are in use; so that
//! classes that lie idle give pages back when others grow, and not only when time has passed.

use super::rows::CentralRecord;
use super::sealed::sealed;
use crate::base::index::{ClassId, SLAB_SLOTS};
use crate::base::sync::{AtomicU64, AtomicUsize, Ordering};

/// Bytes that got pages since the start, modulo the word, and how many those were at the last look.
static GROWN: AtomicUsize = AtomicUsize::new(0);
static SEEN: AtomicUsize = AtomicUsize::new(0);
/// Bytes after which the next look is due.
static PATIENCE: AtomicUsize = AtomicUsize::new(LEAST_GROWTH);
/// Most bytes in use that were seen lately.
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// When the last look was, in milliseconds of the coarse clock.
static LAST_LOOK: AtomicU64 = AtomicU64::new(0);

/// Fewest milliseconds between two looks, unless this part of what was in use at most lately got pages, or memory is
/// limited. What a look takes costs a page fault for each page when it is used again, and brings the next look on: two threads with
/// blocks of all lengths, whose arenas had pages for both, took 4.4 times glibc's CPU time in place of 1.5.
const LEAST_GAP_MS: u64 = 50;
/// As above. With all in place of a quarter, 24 MiB of one size after another held 107 MB in place of 67, in the same time.
const SOON_PART: usize = 4;

/// Fewest bytes between two looks; more if more have pages,
const LEAST_GROWTH: usize = 2 << 20;
/// this part of them.
const GROWTH_PART: usize = 8;
/// Bytes that may have pages beyond one and a half times the peak. A program whose phases use two sets
/// of classes in turn keeps the pages of both.
const FREE_BYTES: usize = 4 << 20;
/// The part of the peak that is forgotten at each tick.
const FORGOTTEN_PART: usize = 4;

/// Notes that `bytes` are about to get pages, or may: what is claimed to be purged counts too.
pub(crate) fn grew(bytes: usize) {
    GROWN.fetch_add(bytes, Ordering::Relaxed);
}

/// Whether a look is due at `now`. Only one thread is told so.
pub(crate) fn is_look_due(now: u64) -> bool {
    let (grown_to, seen) = (GROWN.load(Ordering::Relaxed), SEEN.load(Ordering::Relaxed));
    // Another thread may have looked between the two.
    let grown = (grown_to.wrapping_sub(seen) as isize).max(0) as usize;
    // The clock may have gone back.
    let may_look = now.abs_diff(LAST_LOOK.load(Ordering::Relaxed)) >= LEAST_GAP_MS
        || grown > PEAK.load(Ordering::Relaxed) / SOON_PART
        || sealed().options.rss_limit_mb > 0;
    let is_due = may_look
        && grown > PATIENCE.load(Ordering::Relaxed)
        && SEEN.compare_exchange(seen, grown_to, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    if is_due {
        LAST_LOOK.store(now, Ordering::Relaxed);
    }
    is_due
}

/// Sums over records.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sum {
    touched: usize,
    used: usize,
}

impl Sum {
    /// Adds the record of `class`.
    pub(crate) fn add(&mut self, record: &CentralRecord, class: ClassId) {
        let slot = sealed().layout.slot_bytes(class);
        let touched = record.touched.saturating_mul(SLAB_SLOTS).min(record.opened);
        self.touched += touched as usize * slot;
        self.used += record.out.saturating_sub(record.stocked) as usize * slot;
    }

    /// Says how many bytes too many have pages, and when to look again.
    pub(crate) fn excess(self) -> usize {
        PATIENCE.store(LEAST_GROWTH.max(self.touched / GROWTH_PART), Ordering::Relaxed);
        let peak = PEAK.load(Ordering::Relaxed).max(self.used);
        PEAK.store(peak, Ordering::Relaxed);
        self.touched.saturating_sub(peak + peak / 2 + FREE_BYTES)
    }
}

/// Forgets a part of the peak; called at every tick.
pub(crate) fn forget() {
    let peak = PEAK.load(Ordering::Relaxed);
    PEAK.store(peak - peak / FORGOTTEN_PART, Ordering::Relaxed);
}
