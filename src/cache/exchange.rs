//! The slow side of the cache: batches to and from the central records.

use super::batch::{BATCH, Batch};
use super::foreign::Home;
use super::{
    Trouble, arenas, foreign, held, magazine, pool, quarantine, shape, sight, trim, troubles,
};
use crate::base::generator::Generator;
use crate::base::index::{ArenaBits, ArenaId, CLASS_SLOTS, ClassId, Entry, Place};
use crate::central::stock;
use crate::central::store::{self, Shortage, Taken};
use crate::platform::{clock, symbols};
use crate::region::bytes;
use crate::region::current::Current;
use crate::region::rows::{Armed, ClassCache, ThreadCache};
use crate::region::sealed::sealed;
use crate::region::span::Span;
use crate::region::tables;
use crate::region::tuning;
use crate::slot::life;
use crate::slot::state::Mark;

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

/// Times a central lock is found busy before the thread moves to another arena,
const CONTENTION_LIMIT: u32 = 8;
/// each made up for by so many refills that find it free. If none were, threads would move about for good and be in one
/// arena now and in another then, whose spans all grow as long as one that serves everybody: two threads with 2,000
/// blocks of 16 bytes to 16 KB held 46 MB in place of 30.
const FREE_FOR_BUSY: u32 = 8;

/// Slots of other arenas that go home at once when as many leave a line; fewer wait for others. One by one in among
/// others' they cost 60 instructions more each.
const FOREIGN_BATCH: usize = 16;

/// Slow operations between two looks at the clock, which costs as much as ten hot ones.
const OPERATIONS_PER_LOOK: u32 = 8;

/// What every slow operation does first: the class's part set up; now and then, what a fork left
/// undone, and idle memory handed back when that is due.
pub(crate) fn prepare(current: &mut Current, class: ClassId) -> Result<(), Trouble> {
    let (cache, entries) = current.parts();
    magazine::show(cache, entries, class);
    fit_to_crowd(cache);
    if let Some(part) = cache.classes.get_mut(class.get())
        && part.in_use == 0
    {
        let arena = ArenaId::masked(cache.arena as usize);
        *part = shape::empty(&sealed().options, class, arena, Span::of(arena, class));
        fit_all(cache);
    }
    pool::rekey_if_forked(cache);
    pool::reclaim_orphans(empty_orphan);
    cache.operations = cache.operations.wrapping_add(1);
    if cache.operations % OPERATIONS_PER_LOOK != 0 {
        return Ok(());
    }
    tick()
}

/// Hands back what lies idle, when that is due: pages, and what ended threads left.
pub(crate) fn tick() -> Result<(), Trouble> {
    let mut result = trim::tick();
    let age = u64::from(tuning::decay_ms());
    pool::release_kept(clock::coarse_ms, age, |kept| {
        result = troubles::both(result, empty(kept));
    });
    result
}

/// Makes the thread's lines as long as they may be beside so many other threads.
fn fit_to_crowd(cache: &mut ThreadCache) {
    let crowd = shape::crowd(pool::threads(), &sealed().options);
    if cache.crowd == crowd {
        return;
    }
    cache.crowd = crowd;
    fit_all(cache);
}

/// The same for as many classes as share a byte budget now.
fn fit_all(cache: &mut ThreadCache) {
    let sharers = cache.classes.iter().filter(|part| part.in_use != 0 && shape::shares(part));
    let (crowd, sharers) = (cache.crowd, sharers.count());
    for (class, part) in cache.classes.iter_mut().enumerate().filter(|(_, part)| part.in_use != 0) {
        shape::fit(part, ClassId::masked(class), (crowd, sharers), &sealed().options);
    }
}

/// Takes slots of `class` from the central records to the front of `space`: of arena `first`, then of the others, until
/// one gives something, of another arena at most `elsewhere`. `None` when none is to be had.
pub(crate) fn take_from_any(
    first: ArenaId,
    class: ClassId,
    space: &mut [Entry],
    elsewhere: usize,
    generator: &mut Generator,
) -> Option<Taken> {
    let arenas = sealed().layout.arenas() as usize;
    for step in 0..arenas {
        let arena = ArenaId::masked((first.get() + step) & (arenas - 1));
        let room = if step == 0 { space.len() } else { elsewhere.min(space.len()) };
        if !arenas::open(arena) {
            return None;
        }
        let Ok(mut record) = tables::record(arena, class).acquire() else { continue };
        stock::shuffle_after(pool::forks(), &mut record, (arena, class), generator);
        match store::take(&mut record, arena, class, space.get_mut(..room)?, generator) {
            Ok(taken) => return Some(taken),
            Err(Shortage::Full) => {}
            // Another arena would be refused as well.
            Err(Shortage::Refused) => return None,
        }
    }
    None
}

/// The first slot that `take_from_any` gives.
#[cfg(all(test, any(loom, shuttle, threads)))]
pub(crate) fn one_from_any(first: ArenaId, class: ClassId, generator: &mut Generator) -> Place {
    let mut found = [Entry::NONE];
    take_from_any(first, class, &mut found, 1, generator).unwrap();
    Place { class, slot: found[0].slot() }
}

/// Fills half of the magazine of `class` and takes one slot. `Ok(None)` when none is to be had.
pub(crate) fn refill(current: &mut Current, class: ClassId) -> Result<Option<Place>, Trouble> {
    prepare(current, class)?;
    if is_crowded(current.cache(), class) {
        move_on(current)?;
    }
    let (cache, entries) = current.parts();
    let Some(part) = cache.classes.get_mut(class.get()) else { return Ok(None) };
    let want = shape::batch(part);
    // Where there is no magazine, or no room in it, one slot is taken and handed out at once.
    let mut one = [Entry::NONE];
    let has_room = part.magazine_len < part.magazine_cap;
    let space = if has_room { magazine::free_space(part, entries) } else { &mut one };
    let room = want.min(space.len());
    let space = space.get_mut(..room).unwrap_or_default();
    // A magazine holds slots of one span only. An empty one may have another: where the thread's own is used
    // up, one by one they would cost twice as much. The own one is asked first, so that memory stays dense.
    let may_move = part.magazine_len == 0;
    let (first, elsewhere) = if may_move {
        (ArenaId::masked(cache.arena as usize), want)
    } else {
        (part.arena.arena(), 1)
    };
    let place = |slot| Place { class, slot };
    let Some(taken) = take_from_any(first, class, space, elsewhere, &mut cache.generator) else {
        return Ok(magazine::take_last(part, entries).map(place));
    };
    if part.arena.arena() != taken.arena {
        if !may_move {
            return Ok(space.first().and_then(|entry| entry.get()).map(place));
        }
        (part.arena, part.span) = (ArenaBits::of(taken.arena), Span::of(taken.arena, class));
    }
    let slot_bytes = part.slot_bytes();
    for slot in space.iter().take(taken.count).map(|entry| entry.slot()) {
        bytes::expect(part.span.address_of(slot.number(), slot_bytes), slot_bytes);
    }
    if !has_room {
        return Ok(one[0].get().map(place));
    }
    let len = sight::hide(&mut part.magazine_len) + taken.count as u16;
    if !taken.is_shuffled {
        magazine::arrange(magazine::first(part, entries, len), &mut cache.generator);
    }
    sight::show(&mut part.magazine_len, len);
    Ok(magazine::take_last(part, entries).map(place))
}

/// Whether the thread's record of `class` was found busy again and again.
fn is_crowded(cache: &mut ThreadCache, class: ClassId) -> bool {
    let arena = ArenaId::masked(cache.arena as usize);
    if tuning::arenas() < 2 || !arenas::is_open(arena.get()) {
        return false;
    }
    if !tables::record(arena, class).is_taken() {
        cache.contended = cache.contended.saturating_sub(1);
        return false;
    }
    cache.contended += FREE_FOR_BUSY;
    cache.contended >= CONTENTION_LIMIT * FREE_FOR_BUSY
}

/// Moves the thread to the next arena. What its magazines hold goes home.
fn move_on(current: &mut Current) -> Result<(), Trouble> {
    let flushed = flush_magazines(current);
    let cache = current.cache();
    cache.contended = 0;
    settle_in(cache, (cache.arena + 1) % tuning::arenas());
    flushed
}

/// Makes a cache with empty magazines one that takes slots from `arena`.
fn settle_in(cache: &mut ThreadCache, arena: u32) {
    cache.arena = arena;
    let arena = ArenaId::masked(arena as usize);
    for (class, part) in cache.classes.iter_mut().enumerate().filter(|(_, part)| part.in_use != 0) {
        part.arena = ArenaBits::of(arena);
        part.span = Span::of(arena, ClassId::masked(class));
    }
}

/// Makes room in the line for a retired slot and puts it in.
pub(crate) fn enqueue(current: &mut Current, place: Place) -> Result<(), Trouble> {
    if held::append(current, place) {
        return Ok(());
    }
    // Whatever that comes across is another slot's trouble; this one goes its way.
    let prepared = prepare(current, place.class);
    troubles::both(prepared, put_in(current, place))
}

fn put_in(current: &mut Current, place: Place) -> Result<(), Trouble> {
    let (cache, entries) = current.parts();
    let Some(part) = cache.classes.get_mut(place.class.get()) else { return Ok(()) };
    if part.quarantine_hot_cap == 0 {
        return held::enqueue(current, place);
    }
    if quarantine::append_to(part, entries, place.slot) {
        return Ok(());
    }
    let turned = turn(current, place.class);
    let (cache, entries) = current.parts();
    if let Some(part) = cache.classes.get_mut(place.class.get()) {
        quarantine::append_to(part, entries, place.slot);
    }
    turned
}

/// Makes room in a line that is full.
pub(crate) fn make_room(current: &mut Current, class: ClassId) -> Result<(), Trouble> {
    prepare(current, class)?;
    turn(current, class)
}

/// Lets half of a line leave, or more where it may not be so long any more.
pub(super) fn turn(current: &mut Current, class: ClassId) -> Result<(), Trouble> {
    let mut result = let_half_leave(current, class);
    while current
        .cache()
        .classes
        .get(class.get())
        .is_some_and(|part| part.quarantine_len >= part.quarantine_cap)
    {
        result = troubles::both(result, let_half_leave(current, class));
    }
    result
}

/// Lets half of a line leave: into the magazine as far as there is room, else home.
fn let_half_leave(current: &mut Current, class: ClassId) -> Result<(), Trouble> {
    let (cache, entries) = current.parts();
    let mark = Mark::of_raw(cache.mark);
    let Some(part) = cache.classes.get_mut(class.get()) else { return Ok(()) };
    let mut leaving = Batch::new(class);
    // What has lain longest in the magazine gives way: slots that leave the line are used soon.
    let coming = part.quarantine_len.div_ceil(2);
    let excess = (part.magazine_len + coming).saturating_sub(part.magazine_cap);
    leaving.note(send_home(part, entries, class, (excess, mark)));
    // No two frees raced in a process with one thread, so nothing is to be found out by `release`, which
    // costs a tenth of malloc and free together.
    let is_alone = symbols::is_only_one();
    let (before, line) = quarantine::open(part, entries);
    let space = magazine::free_space(part, before);
    let moving = if sealed().options.random_order {
        quarantine::leave(line, &mut cache.generator)
    } else {
        quarantine::oldest(line)
    };
    let (pushed, others) = if is_alone {
        magazine::take_in::<true>(part, mark, space, moving)
    } else {
        magazine::take_in::<false>(part, mark, space, moving)
    };
    let len = part.magazine_len + pushed;
    sight::show(&mut part.magazine_len, len);
    let batch = if part.quarantine_hot_cap == 0 { 1 } else { FOREIGN_BATCH };
    for slot in line.iter().take(others).filter_map(|entry| entry.get()) {
        let place = Place { class, slot };
        match life::release_by(place, mark) {
            // Many of one class make a batch of their own, and long ones wait for no others.
            Ok(()) if part.arena.holds(slot) || others >= batch => leaving.add(slot),
            Ok(()) => {
                leaving.note(foreign::add(&mut cache.foreign, &mut cache.foreign_len, place));
            }
            Err(flaw) => leaving.note(Err(Trouble { flaw, place })),
        }
    }
    quarantine::close_up(part, line);
    leaving.send()
}

/// Sends the slots of all magazines home; the quarantine stays.
pub(crate) fn flush_magazines(current: &mut Current) -> Result<(), Trouble> {
    let (cache, entries) = current.parts();
    let mark = Mark::of_raw(cache.mark);
    if cache.hiding > 0 {
        (0..CLASS_SLOTS).for_each(|class| magazine::show(cache, entries, ClassId::masked(class)));
    }
    let mut result = foreign::send_home(&mut cache.foreign, &mut cache.foreign_len);
    for (class, part) in cache.classes.iter_mut().enumerate().filter(|(_, part)| part.in_use != 0) {
        let sent = send_home(part, entries, ClassId::masked(class), (u16::MAX, mark));
        result = troubles::both(result, sent);
    }
    result
}

/// Sends the `count` slots home that have lain longest in a magazine.
fn send_home(
    part: &mut ClassCache,
    entries: &mut [Entry],
    class: ClassId,
    (count, mark): (u16, Mark),
) -> Result<(), Trouble> {
    magazine::take_oldest(part, entries, (count, mark), |slots| {
        // No record is held for longer than a batch takes.
        let mut result = Ok(());
        for batch in slots.chunks_mut(BATCH) {
            result = troubles::both(result, foreign::give_back_of_class(class, batch, Home::Stock));
        }
        result
    })
}

/// Empties a cache: everything goes home.
pub(crate) fn empty(current: &mut Current) -> Result<(), Trouble> {
    empty_telling(current, true)
}

/// The same for a cache of a thread that a fork left behind, at whatever it was: a slot that it was about to free may be in
/// its line and live still, and is lost.
fn empty_orphan(current: &mut Current) {
    let _ = empty_telling(current, false);
    let cache = current.cache();
    cache.armed.fill(Armed::NONE);
    cache.hiding = 0;
}

fn empty_telling(current: &mut Current, tells: bool) -> Result<(), Trouble> {
    let mut result = flush_magazines(current);
    let (cache, entries) = current.parts();
    let mark = Mark::of_raw(cache.mark);
    for (class, part) in cache.classes.iter_mut().enumerate().filter(|(_, part)| part.in_use != 0) {
        let class = ClassId::masked(class);
        let mut leaving = Batch::for_slabs(class);
        while let Some(slot) = quarantine::take_last(part, entries) {
            let place = Place { class, slot };
            match life::release_by(place, mark) {
                Ok(()) => leaving.add(slot),
                Err(flaw) if tells => leaving.note(Err(Trouble { flaw, place })),
                Err(_) => {}
            }
        }
        result = troubles::both(result, leaving.send());
    }
    cache.held_bytes = 0;
    result
}
