//! The statistics as numbers in a row, for `starmalloc_stats` and for tools that look at the process
//! from outside. The order is that of `struct starmalloc_statistics` in the header.

use super::statistics;
use crate::base::index::CLASS_SLOTS;
use crate::base::sync::{AtomicBool, AtomicU64, Ordering, fence};
use crate::central::purge;
use crate::platform::clock;
use crate::region::sealed::sealed;

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

/// Numbers before those of the classes, and of each class.
const TOTALS: usize = 18;
const PER_CLASS: usize = 7;
/// All of them.
pub(crate) const WORDS: usize = TOTALS + CLASS_SLOTS * PER_CLASS;

/// Where the sequence number is.
const SEQUENCE: usize = 1;
/// Milliseconds between two updates of the shared figures: so many at least, and one more for so many
/// slots, which are counted in a fiftieth of that time.
const LEAST_MS: u64 = 4;
const SLOTS_PER_MS: u64 = 20_000;
/// No update is longer in coming, whatever the clock does; one of a billion slots is due after 50 s.
const MOST_MS: u64 = 60_000;

/// Figures that others may read.
#[repr(transparent)]
pub(crate) struct Shared([AtomicU64; WORDS]);

/// Those figures: all zero unless the option `share_stats` is on.
pub(crate) static SHARED: Shared = Shared([const { AtomicU64::new(0) }; WORDS]);

/// Whether a thread updates them, and when that is due next. No lock: counting takes others.
static IS_BUSY: AtomicBool = AtomicBool::new(false);
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The figures of this moment. The threads go on meanwhile.
pub(crate) fn collect() -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let (totals, classes) = words.split_at_mut(TOTALS);
    let all = statistics::snapshot_with(|class, one| {
        let first = class.get() * PER_CLASS;
        let numbers = [
            statistics::class_bytes(class),
            one.live,
            one.live_bytes,
            one.quarantined,
            one.free,
            one.committed_bytes,
            one.guards,
        ];
        let places = classes.get_mut(first..first + PER_CLASS).unwrap_or(&mut []);
        for (place, number) in places.iter_mut().zip(numbers) {
            *place = number as u64;
        }
    });
    let [data_start, data_bytes, span_bytes] = sealed().layout.data_region();
    let numbers = [
        (WORDS * 8) as u64,
        0,
        clock::coarse_ms(),
        sealed().options.level as u64,
        u64::from(sealed().rung),
        CLASS_SLOTS as u64,
        all.large_live as u64,
        all.large_live_bytes as u64,
        all.large_ranges as u64,
        all.retained_bytes as u64,
        all.guards as u64,
        all.missing_guards as u64,
        purge::purged_bytes() as u64,
        all.faults as u64,
        all.samples as u64,
        data_start as u64,
        data_bytes as u64,
        span_bytes as u64,
    ];
    for (place, number) in totals.iter_mut().zip(numbers) {
        *place = number;
    }
    words
}

/// Updates the shared figures if that is due. Slow paths call it when the option is on.
#[cold]
pub(super) fn share() {
    let now = clock::coarse_ms();
    let next = NEXT.load(Ordering::Relaxed);
    let is_early = now < next && next - now <= MOST_MS;
    if is_early || IS_BUSY.swap(true, Ordering::Acquire) {
        return;
    }
    let words = collect();
    let classes = words.get(TOTALS..).unwrap_or(&[]).as_chunks::<PER_CLASS>().0;
    let slots = |[_, live, _, quarantined, free, ..]: &[u64; PER_CLASS]| live + quarantined + free;
    let due = now + LEAST_MS + classes.iter().map(slots).sum::<u64>() / SLOTS_PER_MS;
    NEXT.store(due, Ordering::Relaxed);
    write(&words);
    IS_BUSY.store(false, Ordering::Release);
}

fn write(words: &[u64; WORDS]) {
    // Odd while they change, so that a reader knows to read again.
    let Some(sequence) = SHARED.0.get(SEQUENCE) else { return };
    let before = sequence.load(Ordering::Relaxed);
    sequence.store(before | 1, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    for (index, (place, word)) in SHARED.0.iter().zip(words).enumerate() {
        if index != SEQUENCE {
            place.store(*word, Ordering::Relaxed);
        }
    }
    sequence.store((before | 1) + 1, Ordering::Release);
}

/// In a forked child: the thread that may have been at it is not there.
pub(super) fn restart_in_child() {
    IS_BUSY.store(false, Ordering::Relaxed);
}
