//! The magazine of a class: slots that malloc may hand out, in random order, the next one last.

use super::sight;
use crate::base::generator::Generator;
use crate::base::index::{ClassId, Entry, SlotId};
use crate::base::sync::{Ordering, fence};
use crate::region::current::Entries;
use crate::region::rows::{Armed, ClassCache, ThreadCache};
use crate::region::sealed::sealed;
use crate::slot::life;
use crate::slot::state::Mark;
use core::cell::Cell;

/// Takes the next slot. `None` when the magazine is empty.
#[inline(always)]
pub(crate) fn pop(part: &mut ClassCache, entries: Entries<'_>) -> Option<SlotId> {
    let last = u32::from(part.magazine_len).checked_sub(1)?;
    part.magazine_len = last as u16;
    Some(entries.get(part.magazine + last).slot())
}

/// As `pop`, away from the hot path.
pub(crate) fn take_last(part: &mut ClassCache, entries: &[Entry]) -> Option<SlotId> {
    let last = u32::from(part.magazine_len).checked_sub(1)?;
    let slot = entries.get((part.magazine + last) as usize)?.get();
    part.magazine_len = last as u16;
    slot
}

/// The part of the magazine in `entries` that holds no slot.
pub(crate) fn free_space<'a>(part: &ClassCache, entries: &'a mut [Entry]) -> &'a mut [Entry] {
    let start = part.magazine as usize;
    let free = start + usize::from(part.magazine_len)..start + usize::from(part.magazine_cap);
    entries.get_mut(free).unwrap_or_default()
}

/// Puts what leaves a line into the free space of the magazine: slots of the thread's own arena, as many as
/// there is room for. Says how many went there, and how many are at the front of `moving` now: those of other
/// arenas, in no state to leave, or too many. The loops run once for every freed slot.
#[inline(never)]
pub(crate) fn take_in<const IS_ALONE: bool>(
    part: &ClassCache,
    mark: Mark,
    space: &mut [Entry],
    moving: &mut [Entry],
) -> (u16, usize) {
    let (span, arena) = (part.span, part.arena);
    if IS_ALONE
        && let Some(space) = space.get_mut(..moving.len())
        && arena.holds_all(moving)
    {
        space.copy_from_slice(moving);
        return (moving.len() as u16, 0);
    }
    let (mut pushed, mut others) = (0, 0);
    let cells = Cell::from_mut(moving).as_slice_of_cells();
    for entry in cells.iter().map(Cell::get) {
        if let Some(number) = entry.number_in(arena)
            && let Some(place) = space.get_mut(pushed)
            && (IS_ALONE || life::release_in(&span, number, mark).is_ok())
        {
            *place = entry;
            pushed += 1;
        } else if let Some(place) = cells.get(others) {
            place.set(entry);
            others += 1;
        }
    }
    (pushed as u16, others)
}

/// Takes out the `count` slots that have lain longest, once `send` has sent them home.
pub(crate) fn take_oldest<T>(
    part: &mut ClassCache,
    entries: &mut [Entry],
    (count, mark): (u16, Mark),
    send: impl FnOnce(&mut [Entry]) -> T,
) -> T {
    let len = sight::hide(&mut part.magazine_len);
    let magazine = first(part, entries, len);
    let count = usize::from(count).min(magazine.len());
    let leaving = magazine.get_mut(..count).unwrap_or_default();
    for entry in leaving.iter() {
        life::settle(&part.span, entry.slot().number(), mark);
    }
    let sent = send(leaving);
    magazine.copy_within(count.., 0);
    sight::show(&mut part.magazine_len, len - count as u16);
    sent
}

/// Brings a magazine's slots, which came by their numbers, into the order in which they are to be taken: at random,
/// or, where that is not wanted, the first first.
pub(crate) fn arrange(slots: &mut [Entry], generator: &mut Generator) {
    if sealed().options.random_order {
        return mix(slots, generator);
    }
    slots.reverse();
}

/// Brings the magazine's slots into random order.
pub(crate) fn shuffle(part: &mut ClassCache, entries: &mut [Entry], generator: &mut Generator) {
    let len = sight::hide(&mut part.magazine_len);
    mix(first(part, entries, len), generator);
    sight::show(&mut part.magazine_len, len);
}

fn mix(slots: &mut [Entry], generator: &mut Generator) {
    let len = slots.len();
    generator.draw_front(Cell::from_mut(slots).as_slice_of_cells(), len, len);
}

/// The first `len` entries of the magazine.
pub(crate) fn first<'a>(part: &ClassCache, entries: &'a mut [Entry], len: u16) -> &'a mut [Entry] {
    let start = part.magazine as usize;
    entries.get_mut(start..start + usize::from(len)).unwrap_or_default()
}

/// Makes a magazine look empty once `visible` more slots have been taken from it: the allocation after these
/// is to become a sample that stands for so many bytes.
pub(crate) fn hide(cache: &mut ThreadCache, class: ClassId, visible: u16, stands_for: u64) {
    let Some(part) = cache.classes.get_mut(class.get()) else { return };
    let Some(armed) = cache.armed.get_mut(class.get()) else { return };
    let from = visible.min(part.magazine_len);
    let hidden = sight::hide(&mut part.magazine_len) - from;
    *armed = Armed { stands_for, hidden, from, is_hiding: false, is_due: true };
    // C-ONCE: what lies out of sight is told by all of these.
    fence(Ordering::Release);
    armed.is_hiding = true;
    cache.hiding += 1;
    sight::show(&mut part.magazine_len, from);
}

/// Undoes `hide` for `class`, before anything is put into its magazine; the sample stays due.
pub(crate) fn show(cache: &mut ThreadCache, entries: &mut [Entry], class: ClassId) {
    if cache.hiding == 0 {
        return;
    }
    let Some(part) = cache.classes.get_mut(class.get()) else { return };
    let Some(armed) = cache.armed.get_mut(class.get()).filter(|armed| armed.is_hiding) else {
        return;
    };
    armed.is_hiding = false;
    cache.hiding -= 1;
    let left = sight::hide(&mut part.magazine_len);
    let start = part.magazine as usize;
    let (from, to) = (start + usize::from(armed.from), start + usize::from(left));
    for index in 0..usize::from(armed.hidden) {
        let entry = entries.get(from + index).copied();
        if let (Some(entry), Some(place)) = (entry, entries.get_mut(to + index)) {
            *place = entry;
        }
    }
    armed.from = left;
    sight::show(&mut part.magazine_len, left + armed.hidden);
}

/// Slots in the magazine of `class`, in sight or not.
pub(crate) fn len(cache: &ThreadCache, class: ClassId) -> u16 {
    let armed = cache.armed.get(class.get()).filter(|armed| armed.is_hiding);
    let hidden = armed.map_or(0, |armed| armed.hidden);
    cache.classes.get(class.get()).map_or(0, |part| part.magazine_len + hidden)
}

/// Takes the sample of `class` that is to be taken, if there is one and its magazine is in sight again: what it
/// stands for, and how many allocations were to come before it.
pub(crate) fn take_due(cache: &mut ThreadCache, class: ClassId) -> Option<(u64, u16)> {
    let armed = cache.armed.get_mut(class.get()).filter(|armed| !armed.is_hiding)?;
    core::mem::take(&mut armed.is_due).then_some((armed.stands_for, armed.from))
}

#[cfg(test)]
mod tests {
    use super::{free_space, shuffle, take_in, take_last};
    use crate::base::generator::Generator;
    use crate::base::index::{ArenaId, ClassId, Entry, SlotId};
    use crate::cache::shape;
    use crate::options::Options;
    use crate::slot::state::Mark;

    #[test]
    fn slots_come_out_once_each_and_in_random_order() {
        let mut generator = Generator::seeded(7);
        let mut part = shape::spanless(&Options::DEFAULT, ClassId::new(4).unwrap());
        let mut entries = vec![Entry::NONE; shape::total_entries(&Options::DEFAULT)];
        let mut firsts = Vec::new();
        for _ in 0..200 {
            let numbered = |number| SlotId::new(ArenaId::masked(0), number).map(Entry::of);
            for (entry, number) in free_space(&part, &mut entries).iter_mut().zip(1..=64) {
                *entry = numbered(number).unwrap();
            }
            part.magazine_len = 64;
            shuffle(&mut part, &mut entries, &mut generator);
            let out: Vec<u32> = core::iter::from_fn(|| take_last(&mut part, &entries))
                .map(SlotId::number)
                .collect();
            firsts.push(out[0]);
            let mut sorted = out.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (1..=64).collect::<Vec<_>>());
        }
        let distinct: std::collections::HashSet<_> = firsts.into_iter().collect();
        assert!(distinct.len() > 50);
    }

    /// Of slots of two arenas, those of the thread's own go where there is room; the others stay in front.
    #[test]
    fn what_the_magazine_does_not_take_stays_in_front() {
        let part = shape::spanless(&Options::DEFAULT, ClassId::masked(3));
        for (own, foreign, room) in
            [(96, 0, 96), (96, 0, 100), (9, 0, 4), (8, 3, 20), (8, 3, 5), (0, 4, 9)]
        {
            let slot = |number: u32| {
                let arena = ArenaId::masked(usize::from(number % 4 == 1 && number / 4 < foreign));
                Entry::of(SlotId::new(arena, number + 1).unwrap())
            };
            let all: Vec<Entry> = (0..own + foreign).map(slot).collect();
            let (mut moving, mut space) = (all.clone(), vec![Entry::NONE; room]);
            let (pushed, others) = take_in::<true>(&part, Mark::of(0), &mut space, &mut moving);
            let mine = |entry: &&Entry| entry.get().unwrap().arena().get() == 0;
            let expected: Vec<Entry> = all.iter().filter(mine).copied().take(room).collect();
            assert_eq!(space[..usize::from(pushed)], expected);
            let left: Vec<Entry> =
                all.into_iter().filter(|entry| !expected.contains(entry)).collect();
            assert_eq!(moving[..others], left);
        }
    }
}
