//! Slots that come home from several threads while another takes some.

use super::give_back;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place};
use crate::base::sync::explored::spawn;
use crate::central::{stock, store};
use crate::region::explored::{explore, prepare};
use crate::region::tables;

fn take(class: ClassId, want: usize) -> Vec<Place> {
    let arena = ArenaId::masked(0);
    let mut record = tables::record(arena, class).acquire().unwrap_or_else(|_| unreachable!());
    let generator = &mut Generator::seeded(3);
    let found = store::taken(&mut record, (arena, class), want, generator);
    found.into_iter().map(|slot| Place { class, slot }).collect()
}

/// Of the slots that go home and are taken, each is in one place: with the taker or with the record.
fn each_is_in_one_place(name: &str, class: usize, threads: usize, preemptions: Option<usize>) {
    prepare();
    let class = ClassId::masked(class);
    let slots: Vec<_> = (0..4).flat_map(|_| take(class, 1)).collect();
    let share = slots.len() / threads;
    explore(name, preemptions, move || {
        let givers: Vec<_> = slots
            .chunks(share)
            .map(|slots| {
                let mut batch: Vec<_> = slots.iter().copied().map(Some).collect();
                spawn(move || assert_eq!(give_back(&mut batch), Ok(())))
            })
            .collect();
        let taken = take(class, 2);
        givers.into_iter().for_each(|giver| giver.join().unwrap());
        let lock = tables::record(ArenaId::masked(0), class);
        let mut record = lock.try_acquire().unwrap();
        stock::send_all_home(&mut record, ArenaId::masked(0), class).unwrap();
        assert_eq!(record.out as usize, taken.len());
        for place in &taken {
            assert_eq!(store::give_back(&mut record, *place), Ok(()));
        }
        stock::send_all_home(&mut record, ArenaId::masked(0), class).unwrap();
        assert_eq!(record.out, 0);
        // Each is there, so none can come again.
        for place in &slots {
            assert!(
                store::give_back(&mut record, *place).is_err() || {
                    stock::send_all_home(&mut record, ArenaId::masked(0), class).is_err()
                }
            );
        }
    });
}

#[test]
fn slots_in_stock() {
    each_is_in_one_place("home: 2 give back, 1 takes, by way of the stock", 18, 2, Some(2));
}

#[test]
fn slots_in_slabs() {
    each_is_in_one_place("home: 2 give back, 1 takes, by way of the slabs", 44, 2, Some(2));
}
