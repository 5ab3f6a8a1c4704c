//! Which arenas have records: they become writable one arena at a time, before a thread first uses one.

use super::pool;
use crate::base::index::{ArenaId, MAX_ARENAS};
use crate::base::sync::{AtomicU64, Ordering};
use crate::region::sealed::sealed;
use crate::region::tables;

/// Arenas whose records may be used, one bit each.
static OPEN: [AtomicU64; MAX_ARENAS / 64] = [const { AtomicU64::new(0) }; MAX_ARENAS / 64];

/// The word and the bit of an arena.
fn open_bit(arena: usize) -> Option<(&'static AtomicU64, u64)> {
    Some((OPEN.get(arena / 64)?, 1 << (arena % 64)))
}

/// Whether an arena's records may be touched.
pub(crate) fn is_open(arena: usize) -> bool {
    open_bit(arena).is_some_and(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
}

/// The arenas whose records may be touched.
pub(crate) fn all_open() -> impl Iterator<Item = ArenaId> {
    let arenas = 0..sealed().layout.arenas() as usize;
    arenas.filter(|arena| is_open(*arena)).map(ArenaId::masked)
}

/// Makes an arena's records writable before its first use.
pub(super) fn open(arena: ArenaId) -> bool {
    if is_open(arena.get()) {
        return true;
    }
    // A fork holds the pool, so that no arena opens behind its back.
    pool::while_held(|| {
        let opened = tables::commit_records(arena);
        if opened && let Some((word, bit)) = open_bit(arena.get()) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
        opened
    })
}
