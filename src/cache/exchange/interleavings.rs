//! Threads that end or move to another arena while others free what was theirs.

use super::{empty, enqueue, take_from_any};
#[cfg(not(loom))]
use super::{move_on, refill};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place};
use crate::base::sync::explored::spawn;
use crate::cache::pool::{self, interleavings::start_anew};
use crate::central::{stock, store};
use crate::region::current::Current;
use crate::region::explored::{clear_caches, explore, prepare};
use crate::region::tables;
use crate::slot::life::{self, Slot};
use crate::slot::state::{Kind, State};

/// Slots of `class` in arena 0, handed out.
fn hand_out(class: usize, count: usize) -> Vec<Place> {
    prepare();
    let class = ClassId::masked(class);
    let mut found = Vec::new();
    let mut sink = |slot| found.push(Place { class, slot });
    for _ in 0..count {
        let generator = &mut Generator::seeded(5);
        take_from_any(ArenaId::masked(0), class, 1, generator, &mut sink).unwrap();
    }
    for slot in &found {
        Slot::at(*slot).hand_out(8, Kind::Malloc).unwrap();
    }
    found
}

/// A new thread's cache, which takes slots from `arena`.
fn begin(arena: u32) -> Current {
    let mut current = pool::take_one().unwrap();
    current.cache().arena = arena;
    current
}

fn free(current: &mut Current, slot: Place) {
    Slot::at(slot).check().unwrap().retire();
    enqueue(current, slot).unwrap();
}

fn end(mut current: Current) {
    empty(&mut current).unwrap();
    pool::give_back(current);
}

/// All slots of the record are home, each once, and those that were freed are free.
fn all_are_home(slots: &[Place]) {
    for slot in slots {
        assert_eq!(life::state(*slot), State::FREE);
    }
    let (arena, class) = (ArenaId::masked(0), slots[0].class);
    let mut record = tables::record(arena, class).try_acquire().unwrap();
    stock::send_all_home(&mut record, arena, class).unwrap();
    assert_eq!(record.out, 0);
    // A slot that the slabs have cannot come again.
    for slot in slots {
        let returned = store::give_back(&mut record, *slot).map_err(|flaw| (flaw, *slot));
        assert!(returned.and_then(|()| stock::send_all_home(&mut record, arena, class)).is_err());
    }
}

fn explore_with(name: &str, preemptions: usize, slots: Vec<Place>, threads: fn(&[Place])) {
    explore(name, Some(preemptions), move || {
        clear_caches(3);
        start_anew();
        threads(&slots);
        all_are_home(&slots);
    });
}

/// The owner of the arena ends, with a slot in its quarantine, while another frees one of its slots and
/// ends as well.
#[test]
fn a_thread_ends_beside_a_remote_free() {
    explore_with("threads: one ends, one frees a slot of its arena", 2, hand_out(37, 2), |slots| {
        let (own, other) = (slots[0], slots[1]);
        let remote = spawn(move || {
            let mut current = begin(1);
            free(&mut current, other);
            end(current);
        });
        let mut current = begin(0);
        free(&mut current, own);
        end(current);
        remote.join().unwrap();
    });
}

/// The same for three threads, two of them in the arena.
#[test]
fn two_threads_end_beside_a_remote_free() {
    explore_with("threads: two end, one frees", 1, hand_out(38, 3), |slots| {
        let ends = |arena: u32, slot: Place| {
            move || {
                let mut current = begin(arena);
                free(&mut current, slot);
                end(current);
            }
        };
        let others = [spawn(ends(0, slots[1])), spawn(ends(1, slots[2]))];
        ends(0, slots[0])();
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

/// A thread fills its magazine, moves to another arena, frees a slot of the old one and ends. Only at
/// random: which words are touched depends on what it draws, and loom would begin anew with each.
#[cfg(not(loom))]
#[test]
fn a_thread_moves_on_beside_a_remote_free() {
    explore_with("threads: one moves on, one frees", 1, hand_out(39, 2), |slots| {
        let (own, other) = (slots[0], slots[1]);
        let remote = spawn(move || {
            let mut current = begin(1);
            free(&mut current, other);
            end(current);
        });
        let mut current = begin(0);
        let taken = refill(&mut current, own.class).unwrap().unwrap();
        Slot::at(taken).hand_out(8, Kind::Malloc).unwrap();
        move_on(&mut current).unwrap();
        free(&mut current, taken);
        free(&mut current, own);
        end(current);
        remote.join().unwrap();
    });
}

/// Long lives of three threads, which pass their blocks to one another. Only at random. The pile has our
/// lock, for of others not every checker knows what they put in order.
#[cfg(not(loom))]
#[test]
fn blocks_wander_between_threads() {
    use crate::platform::lock::Lock;
    use crate::region::bytes;
    static PILE: Lock<Vec<(Place, u64)>> = Lock::new(Vec::new());
    const ROUNDS: u64 = 40;

    fn take_one(current: &mut Current, place: Place, (slot, contents): (Place, u64)) {
        assert!(place.class == slot.class);
        assert_eq!(bytes::load(Slot::at(slot).address()), contents);
        free(current, slot);
    }

    fn live(arena: u32, some: Place) {
        let mut current = begin(arena);
        for round in 0..ROUNDS {
            if let Some(place) = refill(&mut current, some.class).unwrap() {
                let contents = round << 8 | u64::from(arena) | 1;
                let at = Slot::at(place).hand_out(8, Kind::Malloc).unwrap();
                bytes::store(at, contents);
                PILE.acquire().unwrap_or_else(|_| unreachable!()).push((place, contents));
            }
            if round % 3 == 2 {
                move_on(&mut current).unwrap();
            }
            let found = PILE.acquire().unwrap_or_else(|_| unreachable!()).pop();
            if let Some(found) = found {
                take_one(&mut current, some, found);
            }
        }
        end(current);
    }

    explore_with("threads: blocks wander between three", 2, hand_out(36, 3), |slots| {
        let some = slots[0];
        let others = [spawn(move || live(0, some)), spawn(move || live(1, some))];
        live(0, some);
        others.into_iter().for_each(|other| other.join().unwrap());
        let mut current = begin(0);
        let left = core::mem::take(&mut *PILE.acquire().unwrap_or_else(|_| unreachable!()));
        left.into_iter().for_each(|found| take_one(&mut current, some, found));
        slots.iter().for_each(|slot| free(&mut current, *slot));
        end(current);
    });
}
