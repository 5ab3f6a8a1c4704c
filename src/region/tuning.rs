//! What `mallopt` may change while the process runs: how memory is kept, never what is checked. It
//! lies beside no other state, for it is the only part of the settings that stays writable.

use super::sealed::sealed;
use crate::base::sync::{AtomicU32, AtomicUsize, Ordering};

/// The setting in force where a word holds this: that of the options.
const UNSET: u32 = u32::MAX;

static DECAY_MS: AtomicU32 = AtomicU32::new(UNSET);
static ARENAS: AtomicU32 = AtomicU32::new(UNSET);
static KEPT_RANGES: AtomicU32 = AtomicU32::new(UNSET);
static KEPT_RANGE_BYTES: AtomicUsize = AtomicUsize::new(64 << 20);

fn or(word: &AtomicU32, option: u32) -> u32 {
    match word.load(Ordering::Relaxed) {
        UNSET => option,
        value => value,
    }
}

/// Time after which unused memory goes back to the system, in milliseconds.
pub(crate) fn decay_ms() -> u32 {
    or(&DECAY_MS, sealed().options.decay_ms)
}

/// Arenas that threads are spread over; at least one.
pub(crate) fn arenas() -> u32 {
    or(&ARENAS, sealed().active_arenas).max(1)
}

/// Most freed large ranges that keep their pages, if that was ever limited.
pub(crate) fn kept_ranges() -> Option<u32> {
    Some(KEPT_RANGES.load(Ordering::Relaxed)).filter(|most| *most != UNSET)
}

/// Longest freed large range that keeps its pages, in bytes.
pub(crate) fn kept_range_bytes() -> usize {
    KEPT_RANGE_BYTES.load(Ordering::Relaxed)
}

/// Sets `decay_ms`.
pub(crate) fn set_decay_ms(value: u32) {
    DECAY_MS.store(value, Ordering::Relaxed);
}

/// Sets `arenas`, which may grow up to what the layout has; says whether that is so.
pub(crate) fn set_arenas(value: u32) -> bool {
    let is_growth = (arenas()..=sealed().layout.arenas()).contains(&value);
    if is_growth {
        ARENAS.store(value, Ordering::Relaxed);
    }
    is_growth
}

/// Sets `kept_ranges`.
pub(crate) fn set_kept_ranges(value: u32) {
    KEPT_RANGES.store(value, Ordering::Relaxed);
}

/// Sets `kept_range_bytes`.
pub(crate) fn set_kept_range_bytes(value: usize) {
    KEPT_RANGE_BYTES.store(value, Ordering::Relaxed);
}
