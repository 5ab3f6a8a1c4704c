//! The slow side of the cache: batches to and from the central records.

use super::retire::{Outcome, Trouble};
use super::{foreign, held, magazine, pool, quarantine, retire, shape, trim};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Place, SlotId};
use crate::central::store::{self, Shortage};
use crate::region::current::{Current, Entry};
use crate::region::rows::{ClassCache, ThreadCache};
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life;
use core::sync::atomic::{AtomicU64, Ordering};

/// Arenas whose records may be used, one bit each.
static OPEN_ARENAS: AtomicU64 = AtomicU64::new(0);

/// Times a central lock is found busy before the thread moves to another arena.
const CONTENTION_LIMIT: u32 = 8;

/// Whether an arena's records may be touched.
pub(crate) fn is_arena_open(arena: usize) -> bool {
    OPEN_ARENAS.load(Ordering::Relaxed) >> (arena & 63) & 1 != 0
}

/// Makes an arena's records writable before its first use.
fn open_arena(arena: ArenaId) -> bool {
    if is_arena_open(arena.get()) {
        return true;
    }
    // A fork holds the pool, so that no arena opens behind its back.
    pool::while_held(|| {
        let opened = tables::commit_records(arena);
        if opened {
            OPEN_ARENAS.fetch_or(1 << arena.get(), Ordering::Relaxed);
        }
        opened
    })
}

/// What every slow operation does first: the class's part set up, random draws at hand, idle memory
/// handed back when that is due.
pub(crate) fn prepare(current: &mut Current, class: ClassId) -> Result<(), Trouble> {
    let (cache, _) = current.parts();
    if let Some(part) = cache.classes.get_mut(class.get())
        && part.in_use == 0
    {
        *part = shape::empty(&sealed().options, class);
        cache.used_classes |= 1 << class.get();
    }
    if cache.generator.is_empty() {
        pool::rekey_if_forked(cache);
        cache.generator.refill();
        pool::reclaim_orphans(|orphan| {
            let _ = empty(orphan);
        });
        trim::tick()?;
    }
    Ok(())
}

/// Takes slots of `class` from the central records: of `arena` first, then of the others, until one
/// gives something. Each slot goes to `sink`. Says how many there were; 0 when none is to be had.
pub(crate) fn take_from_any(
    arena: u32,
    class: ClassId,
    want: u32,
    generator: &mut Generator,
    sink: &mut impl FnMut(SlotId),
) -> u32 {
    let arenas = sealed().layout.arenas();
    for step in 0..arenas {
        let arena = ArenaId::masked(((arena + step) % arenas) as usize);
        if !open_arena(arena) {
            return 0;
        }
        let Ok(mut record) = tables::record(arena, class).acquire() else { continue };
        match store::take(&mut record, arena, class, want, generator, sink) {
            Ok(count) => return count,
            Err(Shortage::Full) => {}
            // Another arena would be refused as well.
            Err(Shortage::Refused) => return 0,
        }
    }
    0
}

/// Fills half of the magazine of `class` and takes one slot. `Ok(None)` when none is to be had.
pub(crate) fn refill(current: &mut Current, class: ClassId) -> Result<Option<SlotId>, Trouble> {
    prepare(current, class)?;
    if let Some(slot) = magazine::pop(current, class) {
        return Ok(Some(slot));
    }
    let (cache, entries) = current.parts();
    note_contention(cache, class);
    let Some(part) = cache.classes.get_mut(class.get()) else { return Ok(None) };
    let want = u32::from(part.magazine_cap / 2).max(1);
    let mut first = None;
    let mut sink = |slot: SlotId| match first {
        None => first = Some(slot),
        // The batch is half of an empty magazine at most.
        Some(_) => drop(magazine::push(part, entries, slot)),
    };
    take_from_any(cache.arena, class, want, &mut cache.generator, &mut sink);
    Ok(first)
}

/// Moves to the next arena after the thread's record was found busy again and again.
fn note_contention(cache: &mut ThreadCache, class: ClassId) {
    let active = sealed().active_arenas;
    let arena = ArenaId::masked(cache.arena as usize);
    if active < 2 || !is_arena_open(arena.get()) {
        return;
    }
    if tables::record(arena, class).is_taken() {
        cache.contended += 1;
        if cache.contended >= CONTENTION_LIMIT {
            cache.contended = 0;
            cache.arena = (cache.arena + 1) % active;
        }
    }
}

/// Makes room for a freed slot and enqueues it.
pub(crate) fn enqueue(current: &mut Current, place: Place) -> Result<(), Trouble> {
    prepare(current, place.class)?;
    let (cache, entries) = current.parts();
    let Some(part) = cache.classes.get_mut(place.class.get()) else { return Ok(()) };
    if part.magazine_cap == 0 {
        return held::enqueue(current, place);
    }
    if part.magazine_len >= part.magazine_cap {
        let keep = part.magazine_cap / 2;
        flush(part, entries, place.class, keep)?;
    }
    match retire::enqueue(current, place) {
        Outcome::Done | Outcome::NoRoom => Ok(()),
        Outcome::Wrong(trouble) => Err(trouble),
    }
}

/// Gives slots of a magazine back to their records until `keep` are left.
fn flush(
    part: &mut ClassCache,
    entries: &mut [Entry],
    class: ClassId,
    keep: u16,
) -> Result<(), Trouble> {
    let mut batch = [const { None }; 64];
    let mut count = 0;
    while part.magazine_len > keep
        && let Some(space) = batch.get_mut(count)
        && let Some(slot) = magazine::pop_last(part, entries)
    {
        *space = Some(Place { class, slot });
        count += 1;
    }
    foreign::give_back(batch.get_mut(..count).unwrap_or_default())
}

/// Sends the slots of all magazines home; the quarantine stays.
pub(crate) fn flush_magazines(current: &mut Current) -> Result<(), Trouble> {
    let (cache, entries) = current.parts();
    let mut result = Ok(());
    for (class, part) in cache.classes.iter_mut().enumerate() {
        if part.in_use != 0 {
            result = result.and(flush(part, entries, ClassId::masked(class), 0));
        }
    }
    result.and(foreign::send_home(cache))
}

/// Empties a cache: everything goes home.
pub(crate) fn empty(current: &mut Current) -> Result<(), Trouble> {
    let mut result = Ok(());
    let (cache, entries) = current.parts();
    for class in 0..CLASS_SLOTS {
        let Some(part) = cache.classes.get_mut(class) else { continue };
        if part.in_use == 0 {
            continue;
        }
        let class = ClassId::masked(class);
        result = result.and(flush(part, entries, class, 0));
        while let Some(slot) = quarantine::take_any(part, entries) {
            let place = Place { class, slot };
            // In an orphan the fork may have left a slot in two entries; the second is skipped.
            if life::release(place).is_ok() {
                result = result.and(foreign::give_back(&mut [Some(place)]));
            }
        }
    }
    cache.held_bytes = 0;
    result.and(foreign::send_home(cache))
}
