//! What is decided once at start, on a page that is read-only afterwards, and for good where the
//! kernel can seal mappings.
//!
//! - **S-ONCE**: the page is written by `publish` alone, once, before any thread has a cache; until
//!   then it reads as an empty layout, which makes every hot path take its slow branch.

use crate::base::addr::Addr;
use crate::base::size::{round_down, round_up};
use crate::geometry::canary::Keys;
use crate::geometry::layout::{Layout, MetadataPlan, Spans};
use crate::options::{Level, Options};
use crate::platform::memory::{self, Access};
use core::cell::UnsafeCell;
use static_assertions::const_assert_eq;

/// Everything that is fixed after start.
#[derive(Clone, Copy)]
pub(crate) struct Sealed {
    /// Where everything is.
    pub(crate) layout: Layout,
    /// Where a hot path looks for what it frees.
    pub(crate) spans: Spans,
    /// The same, for operators that are built on others: nowhere when the program has those.
    pub(crate) operator_spans: Spans,
    /// Whether all operators that others are built on are known to be ours.
    pub(crate) operators_are_ours: bool,
    /// Keys of the canaries.
    pub(crate) canary_keys: Keys,
    /// First byte of the metadata region.
    pub(crate) metadata: Addr,
    /// How it is divided.
    pub(crate) plan: MetadataPlan,
    /// Bytes of one thread cache with its entries.
    pub(crate) cache_bytes: usize,
    /// Entries behind each thread cache.
    pub(crate) cache_entries: usize,
    /// The machine's page size in bytes, and its log2.
    pub(crate) page: usize,
    /// As above.
    pub(crate) page_bits: u32,
    /// Whether the hot paths do all that the options ask for.
    pub(crate) hot_paths: bool,
    /// Whether 32-byte vector routines may run.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "there are none"))]
    pub(crate) avx2: bool,
    /// Whether every page of metadata that is writable is charged for (strict overcommit, RLIMIT_DATA),
    /// so that none is to be made so in advance.
    pub(crate) scarce_metadata: bool,
    /// Whether guard pages can stand without splitting a mapping.
    pub(crate) guard_advice: bool,
    /// Whether the kernel seals mappings: this page and the guards of the metadata stay as they are.
    pub(crate) mappings_are_sealed: bool,
    /// Arenas that threads are spread over.
    pub(crate) active_arenas: u32,
    /// Step of the ladder that was taken.
    pub(crate) rung: u32,
    /// Rows of the samples; null where none are taken.
    pub(crate) samples: Addr,
    /// The options in force.
    pub(crate) options: Options,
}

impl Sealed {
    const EMPTY: Self = Self {
        layout: Layout::EMPTY,
        spans: Spans::NOWHERE,
        operator_spans: Spans::NOWHERE,
        operators_are_ours: false,
        canary_keys: Keys::new([0; 2]),
        metadata: Addr::NULL,
        plan: MetadataPlan {
            large_rows: 0,
            caches: 0,
            stocks: 0,
            arenas: 0,
            slabs: 0,
            arena_stride_bits: 0,
            total: 0,
        },
        cache_bytes: 0,
        cache_entries: 0,
        page: 4096,
        page_bits: 12,
        hot_paths: false,
        avx2: false,
        scarce_metadata: false,
        guard_advice: false,
        mappings_are_sealed: false,
        active_arenas: 0,
        rung: 0,
        samples: Addr::NULL,
        options: Options::DEFAULT,
    };
}

/// Filled up with whole pages, so that making it read-only touches nothing else. A machine with
/// larger pages than this leaves it writable.
#[cfg_attr(target_arch = "x86_64", repr(C, align(4096)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C, align(65536)))]
struct Page(UnsafeCell<Sealed>);

// SAFETY: S-ONCE: nothing is written once a second thread can read.
unsafe impl Sync for Page {}

static PAGE: Page = Page(UnsafeCell::new(Sealed::EMPTY));

/// Where the level in force is, for those who read this process's memory from outside.
#[repr(transparent)]
pub(crate) struct LevelPlace(*const Level);

// SAFETY: it is the address of a static, and nothing in this process reads through it.
unsafe impl Sync for LevelPlace {}

// A reader from outside takes one byte.
const_assert_eq!(size_of::<Level>(), 1);

impl LevelPlace {
    /// The only one there is.
    // SAFETY: the address of a field of a static is in bounds.
    pub(crate) const HERE: Self = Self(unsafe { &raw const (*PAGE.0.get()).options.level });
}

/// What was decided at start; an empty layout before that.
#[inline(always)]
pub(crate) fn sealed() -> &'static Sealed {
    // SAFETY: S-ONCE.
    unsafe { &*PAGE.0.get() }
}

/// Writes the page and makes it read-only, for good where the kernel can.
pub(super) fn publish(value: Sealed) {
    // SAFETY: S-ONCE: `start` calls this once, under its lock.
    unsafe { PAGE.0.get().write(value) };
    let (at, len) = (Addr::of(&raw const PAGE), size_of::<Page>());
    if at.is_aligned(value.page) && round_down(len, value.page) == round_up(len, value.page) {
        // A refusal leaves the page writable: less protection, nothing lost.
        let is_closed = memory::protect(at, len, Access::Read).is_ok();
        if is_closed && value.mappings_are_sealed {
            let _ = memory::seal(at, len);
        }
    }
}
