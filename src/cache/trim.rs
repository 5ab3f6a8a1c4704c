//! Handing back what lies idle: on a tick of the coarse clock, when asked, when memory is short.

use super::Trouble;
use super::{parked, troubles};
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Place};
use crate::base::sync::{AtomicU64, Ordering};
use crate::central::purge::{self, Which};
use crate::central::slab::{self, Asks, List};
use crate::central::{holes, retract, stock, store};
use crate::platform::clock;
use crate::platform::lock::Lock;
use crate::region::footprint::{self, Sum};
use crate::region::limit;
use crate::region::rows::CentralRecord;
use crate::region::tables;
use crate::region::tuning;
use crate::slot::life::Flaw;
use core::ops::Range;

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

/// When the next tick is due, in milliseconds of the coarse clock.
static NEXT_TICK: AtomicU64 = AtomicU64::new(0);

/// When the last tick was, in milliseconds of the coarse clock.
static LAST_TICK: AtomicU64 = AtomicU64::new(0);

/// The time of the last tick: what it counts, others can tell new periods by.
pub(crate) fn period() -> u64 {
    LAST_TICK.load(Ordering::Relaxed)
}

/// Most bytes dropped in one run, and in one tick: about a millisecond's work.
const RUN_BYTES: usize = 4 << 20;
/// Most runs without a page to drop before the rest of a record is left for another time.
const FRUITLESS_MOST: u32 = 64;
const TICK_BYTES: usize = 16 << 20;
/// What a run, or the holes of a slab, takes of that at least: a system call or more.
const CALL_COST: usize = 16 << 10;
/// Slabs in which one tick looks for holes: 512 KiB of rows.
const SLABS_PER_TICK: u32 = 32 << 10;
/// Who asks for so long a decay wants to keep memory, also where other classes grow.
const NEVER_MS: u32 = 3_600_000;
/// When more is left than one tick drops, the next one comes this soon.
const SOON_MS: u64 = 10;

/// Called now and then by every thread that allocates: drops the pages of slabs that stayed empty
/// for a period, and takes parked slots home.
pub(crate) fn tick() -> Result<(), Trouble> {
    limit::look();
    let now = clock::coarse_ms();
    if footprint::is_look_due(now) && tuning::decay_ms() < NEVER_MS {
        give_way()?;
    }
    let due = NEXT_TICK.load(Ordering::Relaxed);
    let period = u64::from(tuning::decay_ms()) / 2;
    if now < due && due - now <= period.max(SOON_MS) {
        return Ok(());
    }
    // One thread does the work; a clock that went back is caught by the comparison above.
    if NEXT_TICK.compare_exchange(due, now + period, Ordering::Relaxed, Ordering::Relaxed).is_err()
    {
        return Ok(());
    }
    LAST_TICK.store(now, Ordering::Relaxed);
    take_parked_home()?;
    footprint::forget();
    let mut left = TICK_BYTES;
    for_each_record(|lock, arena, class| {
        purge_record(lock, arena, class, Which::Old, &mut left)?;
        if left == 0 {
            return Ok(());
        }
        let Some(mut record) = lock.try_acquire() else { return Ok(()) };
        purge::turn(&mut record);
        stock::send_idle_home(&mut record, arena, class).map_err(trouble)?;
        let from = record.next_look;
        record.next_look = from.saturating_add(SLABS_PER_TICK);
        if record.next_look >= slab::end(&record) {
            record.next_look = 0;
        }
        drop(record);
        let slabs = from..from.saturating_add(SLABS_PER_TICK);
        drop_holes(lock, arena, class, Some(Asks::Tick), slabs, &mut left)
    })?;
    if left == 0 {
        NEXT_TICK.store(now + SOON_MS, Ordering::Relaxed);
    }
    Ok(())
}

/// Called when slots got many new pages: where far more have some than are in use, slabs of which
/// nothing was taken since the last time give theirs back.
fn give_way() -> Result<(), Trouble> {
    let mut sum = Sum::default();
    for_each_record(|lock, _, class| {
        if let Some(record) = lock.try_acquire() {
            sum.add(&record, class);
        }
        Ok(())
    })?;
    let mut left = sum.excess();
    for_each_record(|lock, arena, class| {
        let Some(mut record) = lock.try_acquire() else { return Ok(()) };
        let deepest = core::mem::take(&mut record.deepest);
        if left == 0 {
            return Ok(());
        }
        if deepest == 0 {
            stock::send_all_home(&mut record, arena, class).map_err(trouble)?;
        }
        drop(record);
        if deepest < List::EmptyEven as u32 {
            purge_record(lock, arena, class, Which::All, &mut left)?;
        }
        drop_holes(lock, arena, class, Some(Asks::Growth), 0..u32::MAX, &mut left)
    })
}

/// Drops the pages of all empty slabs. Says how many bytes that were.
pub(crate) fn purge_all() -> Result<usize, Trouble> {
    take_parked_home()?;
    let mut left = usize::MAX;
    let before = purge::purged_bytes();
    for_each_record(|lock, arena, class| {
        if let Some(mut record) = lock.try_acquire() {
            stock::send_all_home(&mut record, arena, class).map_err(trouble)?;
        }
        purge_record(lock, arena, class, Which::All, &mut left)?;
        drop_holes(lock, arena, class, None, 0..u32::MAX, &mut left)
    })?;
    Ok(purge::purged_bytes() - before)
}

/// Closes the spans of all records whose slots are at home. Says whether there were any.
pub(crate) fn retract_all() -> bool {
    let mut any = false;
    // Nothing is looked at on the way, so nothing can be found wrong.
    let _ = for_each_record(|lock, arena, class| {
        if let Some(mut record) = lock.try_acquire() {
            let _ = stock::send_all_home(&mut record, arena, class);
            any |= retract::retract(&mut record, arena, class);
        }
        Ok(())
    });
    any
}

/// Bytes that `retract_all` may close at most.
pub(crate) fn open_bytes() -> usize {
    let mut sum = 0;
    let _ = for_each_record(|lock, _, _| {
        sum += lock.try_acquire().map_or(0, |record| record.committed as usize);
        Ok(())
    });
    sum
}

fn trouble((flaw, place): (Flaw, Place)) -> Trouble {
    Trouble { flaw, place }
}

fn take_parked_home() -> Result<(), Trouble> {
    let mut result = Ok(());
    parked::take_all(|place| match tables::record(place.slot.arena(), place.class).acquire() {
        Ok(mut record) => {
            if let Err(flaw) = store::give_back(&mut record, place) {
                result = troubles::both(result, Err(Trouble { flaw, place }));
            }
        }
        Err(_) => parked::add(place),
    });
    result
}

/// Visits every record that is in use.
pub(crate) fn for_each_record(
    mut visit: impl FnMut(&'static Lock<CentralRecord>, ArenaId, ClassId) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    for arena in super::arenas::all_open() {
        for class in (0..CLASS_SLOTS).map(ClassId::masked) {
            visit(tables::record(arena, class), arena, class)?;
        }
    }
    Ok(())
}

/// Purges a record's empty slabs run by run, the lock open during the work; at most `left` bytes.
fn purge_record(
    lock: &Lock<CentralRecord>,
    arena: ArenaId,
    class: ClassId,
    which: Which,
    left: &mut usize,
) -> Result<(), Trouble> {
    // Slabs without a whole page to drop come back as young: each is looked at once only.
    let mut fruitless = 0;
    while *left > 0 && fruitless < FRUITLESS_MOST {
        let Some(mut record) = lock.try_acquire() else { return Ok(()) };
        if record.first == 0 {
            return Ok(());
        }
        let Some(run) = purge::claim(&mut record, arena, class, which, RUN_BYTES) else {
            return Ok(());
        };
        drop(record);
        let dropped = purge::drop_pages(run.slots);
        if let Ok(mut record) = lock.acquire() {
            purge::unclaim(&mut record, run, dropped.is_ok_and(|bytes| bytes.is_some()));
        }
        match dropped {
            Ok(None) => fruitless += 1,
            Ok(Some(bytes)) => *left = left.saturating_sub(bytes.max(CALL_COST)),
            Err(found) => return Err(trouble(found)),
        }
    }
    Ok(())
}

/// Drops the pages of free slots in slabs that are used in part, slab by slab, the lock open during
/// the work; at most about `left` bytes.
fn drop_holes(
    lock: &Lock<CentralRecord>,
    arena: ArenaId,
    class: ClassId,
    who: Option<Asks>,
    mut slabs: Range<u32>,
    left: &mut usize,
) -> Result<(), Trouble> {
    while *left > 0 {
        let Some(mut record) = lock.try_acquire() else { return Ok(()) };
        let Some(holes) = holes::take(&mut record, arena, class, who, &mut slabs) else {
            return Ok(());
        };
        drop(record);
        let dropped = holes::drop_pages(holes);
        if let Ok(mut record) = lock.acquire() {
            holes::give_back(&mut record, holes);
        }
        match dropped {
            Ok(0) => {}
            Ok(bytes) => *left = left.saturating_sub(bytes.max(CALL_COST)),
            Err(found) => return Err(trouble(found)),
        }
    }
    Ok(())
}
