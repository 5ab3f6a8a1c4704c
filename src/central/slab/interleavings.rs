//! The lists of slabs, all of them walked after each of many drawn steps of one thread: a slab is in the list
//! that its contents call for, once, and the links lead both ways. Here for the regions that models have.

mod frames;

use super::{List, Slabs};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place, SLAB_SLOTS, SlotId};
use crate::central::purge::{self, Which};
use crate::central::{stock, store};
use crate::geometry::layout::is_first_of_chunk;
use crate::region::explored::prepare;
use crate::region::rows::{CentralRecord, SLAB_LISTS};
use crate::region::sealed::sealed;
use crate::region::tables;

type Home = (ArenaId, ClassId);

const ARENA: usize = 7;
const CLASS: usize = 15;
/// Most slots that are out.
const MOST: usize = 4000;
const STEPS: usize = 3000;

/// Fails unless each open slab is where it belongs and nowhere else.
fn look(record: &mut CentralRecord, (arena, class): Home) {
    let end = super::end(record);
    let (opened, out) = (record.opened, record.out);
    let slabs = Slabs::new(record, arena, class);
    let mut listed = vec![0; end as usize];
    for list in super::LISTS.into_iter().take(SLAB_LISTS).filter(|list| *list != List::None) {
        let (mut at, mut before) = (slabs.head(list), 0);
        while let Some(number) = at {
            let slab = slabs.load(number);
            assert_eq!((slab.list, slab.previous), (list, before), "slab {number}");
            listed[number as usize] += 1;
            assert_eq!(listed[number as usize], 1, "slab {number} is listed twice");
            (at, before) = (slab.next.checked_sub(1), number + 1);
        }
    }
    let mut all_out = 0;
    for number in 0..end {
        let slab = slabs.load(number);
        let slots = (opened - number * SLAB_SLOTS).min(SLAB_SLOTS)
            - u32::from(is_first_of_chunk(number * SLAB_SLOTS));
        assert_eq!(slab.available.count() + slab.out, slots, "slab {number}");
        all_out += slab.out;
        let is_expected = match slab.list {
            List::EmptyEven | List::EmptyOdd | List::Pristine | List::Claimed => slab.out == 0,
            List::None => slab.available.count() == 0,
            partial => slab.out > 0 && partial as u32 == (SLAB_SLOTS - slab.out).div_ceil(16),
        };
        assert!(is_expected, "slab {number}: {slab:?}");
        let is_listed = slab.list != List::None && slab.list != List::Claimed;
        assert_eq!(listed[number as usize], u32::from(is_listed), "slab {number}");
    }
    assert_eq!(all_out, out);
}

/// One drawn step: takes, gives back, or what a tick does.
fn step(record: &mut CentralRecord, held: &mut Vec<SlotId>, generator: &mut Generator, home: Home) {
    let (arena, class) = home;
    let many = 1 + generator.next_below(100);
    match generator.next_below(8) {
        0..=3 if held.len() < MOST => {
            let taken = store::taken(record, home, many as usize, generator);
            assert!(!taken.is_empty());
            held.extend(taken);
        }
        4 => held.extend(store::take_at_multiple(record, arena, class, 8, generator)),
        5 => purge::turn(record),
        6 => {
            let run = purge::claim(record, arena, class, Which::All, 1 << 20);
            look(record, home);
            if let Some(run) = run {
                purge::unclaim(record, run, generator.next_below(2) == 0);
            }
        }
        _ => {
            for _ in 0..(3 * many as usize).min(held.len()) {
                let at = generator.next_below(held.len() as u32) as usize;
                store::give_back(record, Place { class, slot: held.swap_remove(at) }).unwrap();
            }
        }
    }
    stock::send_all_home(record, arena, class).unwrap();
    look(record, home);
}

#[test]
fn each_slab_is_in_the_list_that_it_belongs_to() {
    prepare();
    let arena = ARENA % sealed().layout.arenas() as usize;
    let home = (ArenaId::masked(arena), ClassId::masked(CLASS));
    let mut generator = Generator::seeded(5);
    let mut record = tables::record(home.0, home.1).acquire().unwrap_or_else(|_| unreachable!());
    let mut held = Vec::new();
    for _ in 0..STEPS {
        step(&mut record, &mut held, &mut generator, home);
    }
    assert!(record.opened > 1000 && record.touched > 10);
}
