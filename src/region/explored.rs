//! The regions for models: reserved once, with little in them. What a model sets up before its threads
//! begin is done for real; each run starts from there.

use super::sealed::sealed;
use super::{chunks, start, tables};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Place, SlotId};
use crate::base::sync::{UnsafeCell, explored};
use crate::geometry::layout::RECORD_BYTES;
use crate::options::Options;
use core::ptr::with_exposed_provenance_mut;
use std::sync::{Arc, Once};

/// Arenas that models use.
const ARENAS: usize = 8;
/// Entries behind a thread cache.
const ENTRIES: usize = 1 << 14;

/// Reserves the regions; guards stay far away.
pub(crate) fn prepare() {
    static RESERVED: Once = Once::new();
    RESERVED.call_once(|| {
        let mut options = Options::DEFAULT;
        options.arenas = ARENAS as u32;
        options.guard_interval_kib = 1 << 18;
        assert!(start::reserve(options, ENTRIES, &mut Generator::seeded(1)));
        for arena in 0..ARENAS {
            assert!(tables::commit_records(ArenaId::masked(arena)));
        }
    });
}

/// Address space for mappings that models make.
#[cfg(not(threads))]
const SPACE: usize = 1 << 30;

/// Reserves the regions, and the space that models keep the mappings of.
#[cfg(not(threads))]
pub(crate) fn prepare_space() {
    use crate::base::addr::Addr;
    use crate::platform::memory::{self, Access, Promise};
    static RESERVED: Once = Once::new();
    prepare();
    RESERVED.call_once(|| {
        let at = memory::map(Addr::NULL, 2 * SPACE, Access::ReadWrite, Promise::NotAsked).unwrap();
        // No short mapping ends at a whole frame by chance.
        explored::space::lay_out(at.align_up(SPACE).unwrap().plus(sealed().page).get(), SPACE / 2);
    });
}

/// A place whose state can be read.
pub(crate) fn place(arena: usize, class: usize, number: u32) -> Place {
    let (arena, class) = (ArenaId::masked(arena), ClassId::masked(class));
    assert!(chunks::open(arena, class, 0));
    Place { class, slot: SlotId::new(arena, number).unwrap() }
}

/// Makes the first bytes of a span usable.
pub(crate) fn open_pages(arena: usize, class: usize) {
    let span = sealed().layout.span_start(ArenaId::masked(arena), ClassId::masked(class));
    assert!(super::pages::commit(span, span.plus(1 << 16)));
}

/// As `explored::explore`, each run with the records as they are now.
pub(crate) fn explore(
    name: &str,
    preemptions: Option<usize>,
    body: impl Fn() + Sync + Send + 'static,
) {
    let at = sealed().metadata.get();
    let bytes = ARENAS * CLASS_SLOTS * RECORD_BYTES;
    // SAFETY: `prepare` made all of it writable, and no thread is under way.
    let before =
        unsafe { core::slice::from_raw_parts(with_exposed_provenance_mut::<u8>(at), bytes) };
    let before: Arc<[u8]> = before.into();
    let restore = move |before: &[u8]| {
        let to = with_exposed_provenance_mut::<u8>(at);
        // SAFETY: as above.
        unsafe { to.copy_from_nonoverlapping(before.as_ptr(), before.len()) };
    };
    let of_run = Arc::clone(&before);
    explored::explore(name, preemptions, move || {
        restore(&of_run);
        body();
    });
    restore(&before);
}

/// The first thread caches as they are before any thread began.
pub(crate) fn clear_caches(count: u32) {
    let all = sealed();
    let at = all.metadata.plus(all.plan.caches);
    let bytes = count as usize * all.cache_bytes;
    assert!(super::pages::commit_metadata(at, at.plus(bytes), &mut 0));
    // SAFETY: no thread has a cache.
    unsafe { with_exposed_provenance_mut::<u8>(at.get()).write_bytes(0, bytes) };
}

/// What start-up writes, as a model has it: no atomic, as the sealed page is none.
pub(crate) struct Page(UnsafeCell<u32>);

// SAFETY: the checker ends a run in which two accesses have no order, and all threads of a run are one.
unsafe impl Sync for Page {}

impl Page {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    pub(crate) fn write(&self, value: u32) {
        // SAFETY: as above.
        unsafe { self.0.get().write(value) };
    }

    pub(crate) fn read(&self) -> u32 {
        // SAFETY: as above.
        unsafe { self.0.look().read() }
    }
}
