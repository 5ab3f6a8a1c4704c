//! The quarantine of a class: freed slots stand in a row. When it is full, half of it leaves at
//! once, chosen at random among the older three quarters; the newest quarter always stays.
//!
//! One swap per freed slot into a random ring and one into a queue behind it give the same delays,
//! but cost 20 instructions and a random draw in every free; this costs a store there, and the rest
//! in a loop over the batch.

use super::sight;
use crate::base::generator::Generator;
use crate::base::index::{Entry, SlotId};
use crate::region::current::Entries;
use crate::region::rows::ClassCache;
use core::cell::Cell;
use core::sync::atomic::{Ordering, compiler_fence};

/// Appends a freed slot. `false` when the line is full, or the class's is not for the hot path.
#[inline(always)]
pub(crate) fn append(part: &mut ClassCache, mut entries: Entries<'_>, slot: SlotId) -> bool {
    let len = part.quarantine_len;
    if len >= part.quarantine_hot_cap {
        return false;
    }
    entries.set(part.quarantine + u32::from(len), Entry::of(slot));
    // C-ONCE: what the entry held before is elsewhere.
    compiler_fence(Ordering::Release);
    part.quarantine_len = len + 1;
    true
}

/// Takes out the slot that `append` just put in.
pub(crate) fn withdraw(part: &mut ClassCache) {
    part.quarantine_len = part.quarantine_len.saturating_sub(1);
}

/// As `append`, hot or not.
pub(crate) fn append_to(part: &mut ClassCache, entries: &mut [Entry], slot: SlotId) -> bool {
    if part.quarantine_len >= part.quarantine_cap {
        return false;
    }
    let at = (part.quarantine + u32::from(part.quarantine_len)) as usize;
    let Some(entry) = entries.get_mut(at) else { return false };
    *entry = Entry::of(slot);
    let len = part.quarantine_len + 1;
    sight::show(&mut part.quarantine_len, len);
    true
}

/// How many slots leave when a line of `len` turns.
const fn leaving(len: usize) -> usize {
    len.div_ceil(2)
}

/// Takes the line out of sight, until `close_up`: what stands before it in `entries`, the magazine with it, and the line.
pub(crate) fn open<'a>(
    part: &mut ClassCache,
    entries: &'a mut [Entry],
) -> (&'a mut [Entry], &'a mut [Entry]) {
    let len = sight::hide(&mut part.quarantine_len);
    // The line follows the magazine, so one split gives both.
    let (before, rest) = entries.split_at_mut_checked(part.quarantine as usize).unwrap_or_default();
    (before, rest.get_mut(..usize::from(len)).unwrap_or_default())
}

/// Brings the half of a line that is to leave to its front, in random order, and gives it.
pub(crate) fn leave<'a>(line: &'a mut [Entry], generator: &mut Generator) -> &'a mut [Entry] {
    let leaving = leaving(line.len());
    let older = (line.len() - line.len() / 4).max(leaving);
    generator.draw_front(Cell::from_mut(&mut *line).as_slice_of_cells(), leaving, older);
    oldest(line)
}

/// The half of a line that is to leave, in the order in which it came.
pub(crate) fn oldest(line: &mut [Entry]) -> &mut [Entry] {
    line.get_mut(..leaving(line.len())).unwrap_or_default()
}

/// Closes the gap at the front of the line, after `leave`, and has the rest in sight again.
pub(crate) fn close_up(part: &mut ClassCache, line: &mut [Entry]) {
    let leaving = leaving(line.len());
    line.copy_within(leaving.., 0);
    sight::show(&mut part.quarantine_len, (line.len() - leaving) as u16);
}

/// Takes out one slot, chosen at random among all but the newest quarter and the newest `staying`; for lines that give way
/// one by one.
pub(crate) fn take_older(
    part: &mut ClassCache,
    entries: &mut [Entry],
    staying: usize,
    generator: &mut Generator,
) -> Option<SlotId> {
    let len = usize::from(part.quarantine_len);
    let older = len.checked_sub((len / 4).max(staying)).filter(|older| *older > 0)?;
    let (_, line) = open(part, entries);
    // The oldest takes its place, and stays among the oldest.
    let chosen = Generator::below(generator.next_u16(), older as u32);
    let oldest = *line.first()?;
    let slot = core::mem::replace(line.get_mut(chosen as usize)?, oldest).get();
    line.copy_within(1.., 0);
    sight::show(&mut part.quarantine_len, len as u16 - 1);
    slot
}

/// Takes out the newest slot; for emptying a line, where order does not matter.
pub(crate) fn take_last(part: &mut ClassCache, entries: &[Entry]) -> Option<SlotId> {
    let last = part.quarantine_len.checked_sub(1)?;
    part.quarantine_len = last;
    entries.get((part.quarantine + u32::from(last)) as usize)?.get()
}

#[cfg(test)]
mod tests {
    use super::{
        append, append_to, close_up, leave, oldest, open, take_last, take_older, withdraw,
    };
    use crate::base::generator::Generator;
    use crate::base::index::{ArenaId, ClassId, Entry, SlotId};
    use crate::cache::shape;
    use crate::options::Options;
    use crate::region::current::Entries;
    use crate::region::rows::ClassCache;
    use std::collections::HashSet;

    fn slot(number: u32) -> SlotId {
        SlotId::new(ArenaId::masked(0), number).unwrap()
    }

    /// An empty line and its entries.
    fn empty() -> (ClassCache, Vec<Entry>) {
        let part = shape::spanless(&Options::DEFAULT, ClassId::new(3).unwrap());
        (part, vec![Entry::NONE; shape::total_entries(&Options::DEFAULT)])
    }

    /// The slots that stand in a line.
    fn numbers(part: &ClassCache, entries: &mut [Entry]) -> Vec<u32> {
        let line = entries.iter().skip(part.quarantine as usize);
        line.take(usize::from(part.quarantine_len))
            .map(|entry| entry.get().unwrap().number())
            .collect()
    }

    #[test]
    fn slots_stand_in_a_line_as_they_came_until_it_is_full() {
        let (mut part, mut entries) = empty();
        let most = u32::from(part.quarantine_cap);
        for number in 1..=most {
            assert!(append(&mut part, Entries::of(&mut entries), slot(number)));
            assert_eq!(numbers(&part, &mut entries), (1..=number).collect::<Vec<_>>());
        }
        assert!(!append(&mut part, Entries::of(&mut entries), slot(most + 1)));
        assert_eq!(numbers(&part, &mut entries), (1..=most).collect::<Vec<_>>());
        withdraw(&mut part);
        assert_eq!(numbers(&part, &mut entries), (1..most).collect::<Vec<_>>());
        part.quarantine_hot_cap = 0;
        assert!(!append(&mut part, Entries::of(&mut entries), slot(most)));
    }

    #[test]
    fn half_of_a_line_leaves_from_among_the_older_three_quarters() {
        let mut generator = Generator::seeded(3);
        for len in [1, 2, 3, 10, 50, 100, 192] {
            let mut seen = HashSet::new();
            for _ in 0..500 {
                let (mut part, mut entries) = empty();
                for number in 1..=len {
                    append_to(&mut part, &mut entries, slot(number));
                }
                let (_, line) = open(&mut part, &mut entries);
                let leaving = leave(line, &mut generator).iter();
                let left: HashSet<_> = leaving.map(|out| out.get().unwrap().number()).collect();
                close_up(&mut part, line);
                assert_eq!(left.len(), len.div_ceil(2) as usize);
                let stay: HashSet<_> = numbers(&part, &mut entries).into_iter().collect();
                assert_eq!(stay.len(), (len / 2) as usize);
                assert!(left.is_disjoint(&stay));
                seen.extend(left);
            }
            assert_eq!(seen, (1..=(len - len / 4).max(len.div_ceil(2))).collect());
        }
    }

    #[test]
    fn the_older_half_of_a_line_may_leave_as_it_came() {
        for len in [1, 2, 3, 10, 192] {
            let (mut part, mut entries) = empty();
            (1..=len).for_each(|number| {
                append_to(&mut part, &mut entries, slot(number));
            });
            let (_, line) = open(&mut part, &mut entries);
            let left: Vec<_> = oldest(line).iter().map(|out| out.get().unwrap().number()).collect();
            assert_eq!(left, (1..=len.div_ceil(2)).collect::<Vec<_>>());
            close_up(&mut part, line);
            assert_eq!(
                numbers(&part, &mut entries),
                (len.div_ceil(2) + 1..=len).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn what_goes_in_comes_out_once_and_never_at_once() {
        let mut generator = Generator::seeded(9);
        let (mut part, mut entries) = empty();
        let mut inside = HashSet::new();
        let newest = u32::from(part.quarantine_cap / 4);
        for number in 1..20_000 {
            if !append_to(&mut part, &mut entries, slot(number)) {
                let (_, line) = open(&mut part, &mut entries);
                for out in leave(line, &mut generator) {
                    let out = out.get().unwrap().number();
                    assert!(inside.remove(&out));
                    assert!(out + newest < number);
                }
                close_up(&mut part, line);
                assert!(append_to(&mut part, &mut entries, slot(number)));
            }
            inside.insert(number);
        }
        assert!(inside.len() >= usize::from(part.quarantine_cap / 2));
        while let Some(out) = take_last(&mut part, &entries) {
            assert!(inside.remove(&out.number()));
        }
        assert!(inside.is_empty());
    }

    #[test]
    fn one_by_one_any_but_the_newest_may_leave() {
        let mut generator = Generator::seeded(5);
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let (mut part, mut entries) = empty();
            assert!(take_older(&mut part, &mut entries, 0, &mut generator).is_none());
            let mut inside: HashSet<u32> = (1..=8).collect();
            for number in 1..=8 {
                append_to(&mut part, &mut entries, slot(number));
            }
            let first = take_older(&mut part, &mut entries, 2, &mut generator).unwrap().number();
            seen.insert(first);
            assert!(inside.remove(&first));
            while let Some(out) = take_older(&mut part, &mut entries, 2, &mut generator) {
                assert!(inside.remove(&out.number()));
            }
            assert_eq!(inside, HashSet::from([7, 8]));
        }
        assert_eq!(seen, (1..=6).collect());
    }
}
