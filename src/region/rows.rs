//! What the rows of the metadata region look like. Plain data; the rules for each live above:
//! `central` for records and slabs, `cache` for thread caches, `large` for large rows.
//!
//! - **R-ZERO**: every row type is valid when all its bytes are zero, because that is how the
//!   kernel hands out metadata pages.

use super::bytes::Cover;
use super::span::Span;
use crate::base::generator::Generator;
use crate::base::index::{ArenaBits, CLASS_SLOTS, Place};
use crate::base::sync::AtomicU64;
use crate::geometry::classes::CANARY_BYTES;
use crate::geometry::layout::{LARGE_ROW_BYTES, RECORD_BYTES, SLAB_ROW_BYTES};
use crate::platform::lock::Lock;
use static_assertions::const_assert;

/// Lists of slabs that a central record keeps, by what can be taken from them.
pub(crate) const SLAB_LISTS: usize = 8;

/// The record of one (arena, class): which slabs have free slots, how far the span is open.
#[repr(C)]
pub(crate) struct CentralRecord {
    /// First slab of each list plus one, 0 where the list is empty.
    pub(crate) heads: [u32; SLAB_LISTS],
    /// Bytes from the span's start up to which pages are usable; 0 before the first use.
    pub(crate) committed: u64,
    /// Start of the interval that holds the next guard page, as bytes from the span's start.
    pub(crate) guard_interval_start: u64,
    /// Where the next guard page will stand, as bytes from the span's start.
    pub(crate) next_guard: u64,
    /// Chunks of states and slab rows, from the first, that are writable.
    pub(crate) chunks: u32,
    /// Number of the first slot that was never opened.
    pub(crate) opened: u32,
    /// Number of the first slot in use, 1; 0 while the span is closed.
    pub(crate) first: u32,
    /// Bytes to commit at the next extension.
    pub(crate) step: u32,
    /// Slots handed out to caches and callers.
    pub(crate) out: u32,
    /// Guard pages that stand in the span.
    pub(crate) guards: u32,
    /// 0 or 1: which list newly emptied slabs join; the other one is purged next.
    pub(crate) young: u32,
    /// Slots in stock, and the fewest since idle ones were last sent home: see `central::stock`.
    pub(crate) stocked: u32,
    /// As above.
    pub(crate) stock_low: u32,
    /// The fork since which the stock's order is this process's own.
    pub(crate) stock_fork: u32,
    /// Slabs that are not pristine: those that may have pages.
    pub(crate) touched: u32,
    /// The last of the lists that slots were taken from since somebody asked; 0 for none.
    pub(crate) deepest: u32,
    /// The slab at which the next look for holes begins.
    pub(crate) next_look: u32,
}

const_assert!(size_of::<Lock<CentralRecord>>() <= RECORD_BYTES);

/// One slab: which of its slots the record may hand out, and its place in a list.
#[repr(C)]
pub(crate) struct SlabRow {
    /// Bit set: the slot is with the record.
    pub(crate) available: AtomicU64,
    /// Links, list number and count, packed by `central::slab`.
    pub(crate) links: AtomicU64,
}

const_assert!(size_of::<SlabRow>() == SLAB_ROW_BYTES);

/// One class's part of a thread cache: its span in the thread's arena, where its entries are and how
/// many. All zero until the thread first uses the class, so that every hot path finds an empty
/// magazine and no span. One cache line: a malloc or free touches no other of the allocator's for
/// its class.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
pub(crate) struct ClassCache {
    /// The span that the magazine's slots are in.
    pub(crate) span: Span,
    /// Bytes of a slot before its canary: what hot paths ask for more than once.
    pub(crate) usable: u32,
    /// The arena of the span.
    pub(crate) arena: ArenaBits,
    /// 1 once the class is in use.
    pub(crate) in_use: u16,
    /// Most slots in the quarantine.
    pub(crate) quarantine_cap: u16,
    /// Index of the magazine's first entry.
    pub(crate) magazine: u32,
    /// Index of the first entry of the quarantine, which follows the magazine.
    pub(crate) quarantine: u32,
    /// Slots in the magazine.
    pub(crate) magazine_len: u16,
    /// Most slots the magazine holds; 0 for classes that have none.
    pub(crate) magazine_cap: u16,
    /// Slots in the quarantine.
    pub(crate) quarantine_len: u16,
    /// Most slots that the hot path lets in; 0 for classes that it does not serve.
    pub(crate) quarantine_hot_cap: u16,
    /// How vectors cover a slot's bytes.
    pub(crate) cover: Cover,
}

const_assert!(size_of::<ClassCache>() == 64);

impl ClassCache {
    /// Bytes of a slot.
    #[inline(always)]
    pub(crate) fn slot_bytes(&self) -> usize {
        self.usable as usize + CANARY_BYTES
    }
}

/// Freed slots of other arenas that wait for a batch.
pub(crate) const FOREIGN_ENTRIES: usize = 64;

/// What a class's magazine owes the samples. All zero: nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Armed {
    /// Bytes that the sample stands for which is to be taken.
    pub(crate) stands_for: u64,
    /// Slots of the magazine that are out of sight.
    pub(crate) hidden: u16,
    /// How many lay before them; when they are in sight again, how many there still are.
    pub(crate) from: u16,
    /// Whether the magazine is to look empty before it is.
    pub(crate) is_hiding: bool,
    /// Whether there is a sample to be taken.
    pub(crate) is_due: bool,
}

impl Armed {
    /// Nothing.
    pub(crate) const NONE: Self =
        Self { stands_for: 0, hidden: 0, from: 0, is_hiding: false, is_due: false };
}

/// One thread's cache. Its entries follow it in memory: see `region::current`.
#[repr(C)]
pub(crate) struct ThreadCache {
    /// Per class.
    pub(crate) classes: [ClassCache; CLASS_SLOTS],
    /// Where this thread's random choices come from.
    pub(crate) generator: Generator,
    /// The arena this thread takes slots from.
    pub(crate) arena: u32,
    /// Slots in `foreign`.
    pub(crate) foreign_len: u32,
    /// Bytes of large slots that the quarantine holds.
    pub(crate) held_bytes: u64,
    /// Times that a central lock was found busy since the last move to another arena.
    pub(crate) contended: u32,
    /// Which class gives up a slot next when too many bytes are held.
    pub(crate) evict_class: u32,
    /// 1 while a thread owns this cache.
    pub(crate) owned: u32,
    /// Forks that had led to the process when it was taken.
    pub(crate) generation: u32,
    /// The next spare cache's index plus one, while this one is spare.
    pub(crate) next_spare: u32,
    /// This cache's index in the pool.
    pub(crate) index: u32,
    /// Slow operations so far.
    pub(crate) operations: u32,
    /// Thread-exit destructor rounds seen.
    pub(crate) exit_rounds: u32,
    /// What the states of slots begin with that this thread frees in line: see `slot::state`.
    pub(crate) mark: u16,
    /// The crowd that the lines were last fitted to: see `cache::shape`.
    pub(crate) crowd: u32,
    /// Magazines that are to look empty soon, so that an allocation of their class becomes a sample.
    pub(crate) hiding: u32,
    /// Freed slots of other arenas.
    pub(crate) foreign: [Option<Place>; FOREIGN_ENTRIES],
    /// Per class. Last, for without samples nobody comes here.
    pub(crate) armed: [Armed; CLASS_SLOTS],
}

/// Words of a large row.
pub(crate) const LARGE_WORDS: usize = LARGE_ROW_BYTES / 8;

/// One large allocation or retained range, a node of the address tree, packed by `large::extent`.
#[repr(C)]
pub(crate) struct LargeRow(pub(crate) [AtomicU64; LARGE_WORDS]);

const_assert!(size_of::<LargeRow>() == LARGE_ROW_BYTES);
