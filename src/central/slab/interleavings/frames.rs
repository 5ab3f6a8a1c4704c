//! What a step on one slab leaves as it was: all other slabs, and the order of all lists.

use super::super::{LISTS, List, Slab, Slabs};
use super::Home;
use crate::base::bits::BitWord;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place, SLAB_SLOTS, SlotId};
use crate::central::store::{self, Shortage};
use crate::central::{grow, purge, slab};
use crate::geometry::layout::is_first_of_chunk;
use crate::platform::lock::Guard;
use crate::region::explored::prepare;
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life::{self, Flaw};
use crate::slot::state::State;
use std::collections::HashSet;

const LONG: usize = 16;
const SHORT: usize = 45;

/// The record of a class in an arena that no other test has.
fn record(arena: usize, class: usize) -> (Guard<'static, CentralRecord>, Home) {
    prepare();
    let arena = ArenaId::masked(arena % sealed().layout.arenas() as usize);
    let home = (arena, ClassId::masked(class));
    (tables::record(home.0, home.1).acquire().unwrap_or_else(|_| unreachable!()), home)
}

/// All lists from their heads on, and what each slab holds apart from its links.
#[derive(Clone, PartialEq, Debug)]
struct Seen {
    lists: Vec<Vec<u32>>,
    slabs: Vec<(u64, u32, List)>,
    counts: (u32, u32),
}

fn contents(slab: Slab) -> (u64, u32, List) {
    (slab.available.get(), slab.out, slab.list)
}

fn see(record: &mut CentralRecord, (arena, class): Home) -> Seen {
    let (end, counts) = (slab::end(record), (record.opened, record.out));
    let slabs = Slabs::new(record, arena, class);
    let walk = |list: List| {
        let mut found = Vec::new();
        let mut at = if is_linked(list) { slabs.head(list) } else { None };
        while let Some(number) = at {
            let slab = slabs.load(number);
            assert_eq!(slab.previous, found.last().map_or(0, |last| last + 1));
            found.push(number);
            at = slab.next.checked_sub(1);
        }
        found
    };
    Seen {
        lists: LISTS.into_iter().map(walk).collect(),
        slabs: (0..end).map(|number| contents(slabs.load(number))).collect(),
        counts,
    }
}

fn is_linked(list: List) -> bool {
    list != List::None && list != List::Claimed
}

/// It leaves its list, whose others keep their order, and is the first of the new one; no other list and no
/// other slab is touched. With any contents, from any list to any.
#[test]
fn a_slab_that_moves_leaves_the_order_of_all_others() {
    let (mut record, home) = record(6, LONG);
    let mut generator = Generator::seeded(11);
    while slab::end(&record) < 40 {
        grow::extend(&mut record, home.0, home.1, &mut generator).unwrap();
    }
    let mut expected = see(&mut record, home);
    for _ in 0..4000 {
        let number = generator.next_below(expected.slabs.len() as u32);
        let to = LISTS[generator.next_below(LISTS.len() as u32) as usize];
        let mut slabs = Slabs::new(&mut record, home.0, home.1);
        let mut slab = slabs.load(number);
        let from = slab.list;
        slab.available = BitWord::new(generator.next_u64());
        slab.out = generator.next_below(65);
        slabs.update(number, slab, to);
        expected.slabs[number as usize] = (slab.available.get(), slab.out, to);
        if from != to {
            expected.lists[from as usize].retain(|other| *other != number);
            if is_linked(to) {
                expected.lists[to as usize].insert(0, number);
            }
        }
        assert_eq!(see(&mut record, home), expected);
    }
}

/// Of a span that is opened to its end: the new slabs join one list in front of the others, with all their slots
/// there and fresh, but for those under a guard; of the old slabs only the last may get more slots. At the end
/// nothing more comes and nothing changes.
#[test]
fn what_is_opened_joins_one_list_and_moves_no_other() {
    let (mut record, home) = record(6, SHORT);
    let mut generator = Generator::seeded(12);
    let mut held = Vec::new();
    let mut steps = 0;
    loop {
        held.extend(store::taken(&mut record, home, 90, &mut generator));
        for slot in held.drain(held.len() / 3..) {
            store::give_back(&mut record, Place { class: home.1, slot }).unwrap();
        }
        let before = see(&mut record, home);
        let outcome = grow::extend(&mut record, home.0, home.1, &mut generator);
        let after = see(&mut record, home);
        if outcome == Err(Shortage::Full) {
            assert_eq!(after, before);
            break;
        }
        outcome.unwrap();
        steps += 1;
        assert!(after.counts.0 > before.counts.0 && after.counts.1 == before.counts.1);
        let last = before.counts.0 / SLAB_SLOTS;
        let old = |number: &&u32| **number < last;
        for (list, others) in after.lists.iter().zip(&before.lists) {
            assert!(list.iter().filter(old).eq(others.iter().filter(old)));
        }
        assert_eq!(after.slabs[..last as usize], before.slabs[..last as usize]);
        let new: Vec<u32> = (last + 1..after.slabs.len() as u32).collect();
        let pristine = &after.lists[List::Pristine as usize];
        let mut front: Vec<u32> =
            pristine.iter().copied().take_while(|number| *number >= last).collect();
        front.sort_unstable();
        front.retain(|number| *number > last);
        assert_eq!(front, new);
        for number in before.counts.0..after.counts.0 {
            let (available, ..) = after.slabs[(number / SLAB_SLOTS) as usize];
            let slot = SlotId::new(home.0, number).unwrap();
            let state = life::state(Place { class: home.1, slot });
            let is_there = available >> (number % SLAB_SLOTS) & 1 != 0;
            assert_eq!(is_there, !is_first_of_chunk(number) && state == State::FRESH, "{number}");
            assert!(state == State::FRESH || state == State::DEAD);
        }
    }
    assert!(steps > 20, "{steps}");
}

/// One slot at a time, of slabs filled and emptied at random: it comes from the first slab of the first list that
/// has one, the fullest first, those that were never used last; only where there is none is more opened.
#[test]
fn slots_are_taken_from_the_fullest_slab() {
    let (mut record, home) = record(5, SHORT);
    let mut generator = Generator::seeded(14);
    let (mut held, mut lists_used) = (Vec::new(), HashSet::new());
    // A record that nobody wrote to has nothing.
    let nothing = see(&mut record, home);
    assert!(nothing.slabs.is_empty() && nothing.lists.iter().all(Vec::is_empty));
    assert_eq!(nothing.counts, (0, 0));
    for step in 0..6000 {
        let before = see(&mut record, home);
        let (young, old) = match record.young {
            0 => (List::EmptyEven, List::EmptyOdd),
            _ => (List::EmptyOdd, List::EmptyEven),
        };
        let partial = [List::Partial16, List::Partial32, List::Partial48, List::Partial64];
        let mut order = partial.into_iter().chain([young, old, List::Pristine]);
        let first = order.find(|list| !before.lists[*list as usize].is_empty());
        let slot = store::taken(&mut record, home, 1, &mut generator)[0];
        if let Some(list) = first {
            lists_used.insert(list as u32);
            assert_eq!(slot.slab().get(), before.lists[list as usize][0]);
            let (available, ..) = before.slabs[slot.slab().get() as usize];
            assert!(available >> slot.bit() & 1 == 1);
            assert_eq!(record.opened, before.counts.0);
        } else {
            assert!(record.opened > before.counts.0);
        }
        held.push(slot);
        let is_shrinking = step / 700 % 2 == 1;
        while is_shrinking && held.len() > 1 && generator.next_below(3) > 0 {
            let slot = held.swap_remove(generator.next_below(held.len() as u32) as usize);
            store::put_into_slab(&mut record, Place { class: home.1, slot }).unwrap();
        }
        if step % 150 == 0 {
            purge::turn(&mut record);
        }
    }
    assert_eq!(lists_used.len(), 7, "{lists_used:?}");
}

/// A slot that is in its slab already is told, and all stays as it is.
#[test]
fn what_comes_home_twice_is_refused_and_changes_nothing() {
    let (mut record, home) = record(5, LONG);
    let mut generator = Generator::seeded(13);
    let mut held = Vec::new();
    for _ in 0..10 {
        held.extend(store::taken(&mut record, home, 100, &mut generator));
    }
    for slot in held {
        let place = Place { class: home.1, slot };
        store::put_into_slab(&mut record, place).unwrap();
        let before = see(&mut record, home);
        assert_eq!(store::put_into_slab(&mut record, place), Err(Flaw::Returned));
        assert_eq!(see(&mut record, home), before);
    }
}
