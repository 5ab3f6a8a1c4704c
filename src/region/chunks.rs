//! Making states and slab rows writable, before the slots that they are for are opened.
//!
//! Nothing of the metadata is writable from the start: what a process may write counts against its
//! limit on data (`RLIMIT_DATA`, also one that it sets later), and a region of hundreds of
//! gigabytes would leave nothing of it.

use super::pages::commit_metadata;
use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::base::index::{ArenaId, ClassId, MAX_ARENAS};
use crate::base::sync::{AtomicU32, Ordering};
use crate::geometry::layout::MetadataPlan;
use crate::platform::memory::{self, Access};

/// Chunks of each arena that are writable for every class, or at least readable. Set to what was true at
/// that moment, so that of two threads that come at once neither takes anything back.
static WRITABLE: [AtomicU32; MAX_ARENAS] = [const { AtomicU32::new(0) }; MAX_ARENAS];

/// Takes access to the chunks of all arenas away, in the region at `metadata`. Programs that lock their
/// memory would wait for a page of zeros everywhere, over a minute.
pub(super) fn close_all(metadata: Addr, plan: MetadataPlan) {
    let _ = memory::protect(metadata.plus(plan.arenas), plan.total - plan.arenas, Access::None);
}

/// Notes that all chunks of a class span can be read from the start, as it is where every page is charged for.
pub(super) fn leave_readable(all: u32) {
    WRITABLE.iter().for_each(|chunks| chunks.store(all, Ordering::Relaxed));
}

/// Chunks of each class span of `arena` that can be read.
#[inline(always)]
pub(super) fn readable(arena: ArenaId) -> u32 {
    WRITABLE.get(arena.get()).map_or(0, |chunks| chunks.load(Ordering::Acquire))
}

/// Makes chunk number `chunk` of a class span writable. Called for every chunk in turn.
///
/// All classes have theirs at once, and some chunks ahead: the writable part stays in one piece, one
/// mapping for each table of an arena however many classes are in use. Where every page is charged
/// for, whether touched or not, only what is asked for becomes writable.
pub(crate) fn open(arena: ArenaId, class: ClassId, chunk: u32) -> bool {
    let all = sealed();
    if all.scarce_metadata {
        let ranges = all.layout.chunk_ranges(arena, class, chunk);
        return ranges.into_iter().all(|(at, len)| commit_metadata(at, at.plus(len), &mut 0));
    }
    let Some(writable) = WRITABLE.get(arena.get()) else { return false };
    let from = writable.load(Ordering::Relaxed);
    if chunk < from {
        return true;
    }
    let to = (chunk + 1 + chunk / 4).min(all.layout.chunks).max(chunk + 1);
    let ranges = all.layout.stride_ranges(arena, from, to);
    let done = ranges.into_iter().all(|(at, len)| commit_metadata(at, at.plus(len), &mut 0));
    if done {
        writable.fetch_max(to, Ordering::Release);
    }
    done
}
