//! Threads that end or move to another arena while others free what was theirs.

use super::{empty, enqueue, flush_magazines, move_on, one_from_any, refill, settle_in};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place, SlotId};
use crate::base::sync::explored::spawn;
use crate::cache::pool::{self, interleavings::start_anew};
use crate::cache::{arenas, foreign, magazine, parked, quarantine, trim};
use crate::central::{stock, store};
use crate::region::bytes;
use crate::region::current::Current;
use crate::region::explored::{clear_caches, explore, prepare};
use crate::region::tables;
use crate::slot::life::{self, Slot};
use crate::slot::state::Kind;

/// Slots of `class` in arena 0, handed out.
fn hand_out(class: usize, count: usize) -> Vec<Place> {
    prepare();
    let class = ClassId::masked(class);
    let generator = || Generator::seeded(5);
    let one = |_| one_from_any(ArenaId::masked(0), class, &mut generator());
    let found: Vec<_> = (0..count).map(one).collect();
    for slot in &found {
        Slot::at(*slot).hand_out(8, Kind::Malloc).unwrap();
    }
    found
}

/// A new thread's cache, which takes slots from `arena`.
fn begin(arena: u32) -> Current {
    let mut current = pool::take_one().unwrap();
    settle_in(current.cache(), arena);
    current
}

fn free(current: &mut Current, slot: Place) {
    Slot::at(slot).check().unwrap().retire();
    enqueue(current, slot).unwrap();
}

/// As it leaves a quarantine.
fn set_free(slot: Place) {
    Slot::at(slot).check().unwrap().retire();
    life::release(slot).unwrap();
}

fn end(mut current: Current) {
    empty(&mut current).unwrap();
    // Nothing counts that the next owner has not.
    assert_eq!(current.cache().held_bytes, 0);
    pool::give_back(current);
}

/// All slots of the record are home, each once, and those that were freed are free.
fn all_are_home(slots: &[Place]) {
    for slot in slots {
        assert!(life::state(*slot).is_free());
    }
    let (arena, class) = (ArenaId::masked(0), slots[0].class);
    record_is_whole(0, class);
    let mut record = tables::record(arena, class).try_acquire().unwrap();
    // A slot that the slabs have cannot come again.
    for slot in slots {
        let returned = store::give_back(&mut record, *slot).map_err(|flaw| (flaw, *slot));
        assert!(returned.and_then(|()| stock::send_all_home(&mut record, arena, class)).is_err());
    }
}

/// No slot of a record is out, and none came home twice.
fn record_is_whole(arena: usize, class: ClassId) {
    if arenas::is_open(arena) {
        let arena = ArenaId::masked(arena);
        let mut record = tables::record(arena, class).try_acquire().unwrap();
        stock::send_all_home(&mut record, arena, class).unwrap();
        assert_eq!(record.out, 0);
    }
}

fn explore_with(name: &str, preemptions: usize, slots: Vec<Place>, threads: fn(&[Place])) {
    explore(name, Some(preemptions), move || {
        clear_caches(5);
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

/// Takes a slot and writes to it: from the magazine, as the hot path does, if that has any.
fn make(current: &mut Current, class: ClassId, contents: u64) -> Place {
    let (part, entries) = current.class(class);
    let hot_part = *part;
    let place = match magazine::pop(part, entries) {
        Some(slot) => {
            let slot = SlotId::in_arena(part.arena, slot.number());
            let place = Place { class, slot };
            let hot = Slot::of(&hot_part, slot.number());
            assert_eq!(hot.address(), Slot::at(place).address());
            place
        }
        None => refill(current, class).unwrap().unwrap(),
    };
    let at = Slot::at(place).hand_out(8, Kind::Malloc).unwrap();
    bytes::store(at, contents);
    place
}

/// Frees a slot: into the line at once, as the hot path does, if it is in the thread's own span.
fn free_used(current: &mut Current, place: Place, contents: u64) {
    let at = Slot::at(place).address();
    assert_eq!(bytes::load(at), contents);
    let (part, entries) = current.class(place.class);
    if let Some(number) = part.span.number_of(at)
        && quarantine::append(part, entries, SlotId::in_arena(part.arena, number))
    {
        Slot::at(place).check().unwrap().retire();
        return;
    }
    free(current, place);
}

/// A thread takes slots, moves to another arena, takes one there, and frees all of them and one of the
/// old arena more, while a thread of the new arena frees a slot of the old one.
#[test]
fn a_thread_moves_on_beside_a_remote_free() {
    explore_with("threads: one moves on, one frees", 1, hand_out(36, 2), |slots| {
        let (own, other) = (slots[0], slots[1]);
        let class = own.class;
        let remote = spawn(move || {
            let mut current = begin(1);
            free(&mut current, other);
            end(current);
        });
        let mut current = begin(0);
        let taken = make(&mut current, class, 1);
        move_on(&mut current).unwrap();
        let there = make(&mut current, class, 2);
        assert_eq!([taken, there].map(|place| place.slot.arena().get()), [0, 1]);
        for (place, contents) in [(there, 2), (taken, 1)] {
            free_used(&mut current, place, contents);
        }
        free(&mut current, own);
        end(current);
        remote.join().unwrap();
        record_is_whole(1, class);
    });
}

/// What a thread has of other arenas when it ends goes home then, and what is parked at the next tick.
#[test]
fn what_waits_goes_home() {
    explore_with("threads: one ends, with slots of another arena", 0, hand_out(32, 1), |slots| {
        let mut current = begin(1);
        set_free(slots[0]);
        let cache = current.cache();
        foreign::add(&mut cache.foreign, &mut cache.foreign_len, slots[0]).unwrap();
        flush_magazines(&mut current).unwrap();
    });
    explore_with(
        "threads: one ends, with a slot that is held by its bytes",
        0,
        hand_out(40, 1),
        |slots| {
            let mut current = begin(0);
            free(&mut current, slots[0]);
            assert!(current.cache().held_bytes > 0);
            end(current);
        },
    );
    explore_with("parked: one slot, and a tick", 0, hand_out(31, 1), |slots| {
        set_free(slots[0]);
        parked::add(slots[0]);
        trim::tick().unwrap();
    });
}

/// Who takes a cache over goes on in the arena of whoever had it, in all classes.
#[test]
fn a_cache_keeps_its_arena() {
    explore_with("threads: two take one cache", 1, hand_out(33, 1), |slots| {
        let slot = slots[0];
        let live = move || {
            let mut current = pool::take_one().unwrap();
            assert!(current.cache().index < 2);
            let taken = make(&mut current, slot.class, 1);
            assert_eq!(taken.slot.arena().get(), current.cache().arena as usize);
            free_used(&mut current, taken, 1);
            end(current);
        };
        let others = [spawn(live), spawn(live)];
        others.into_iter().for_each(|other| other.join().unwrap());
        live();
        let mut current = begin(0);
        free(&mut current, slot);
        end(current);
        record_is_whole(1, slot.class);
    });
}

/// Long lives of four threads, which move from arena to arena and pass their blocks to one another.
#[cfg(shuttle)]
#[test]
fn blocks_wander_between_threads() {
    use crate::base::sync::explored::draw;
    use std::sync::Mutex;
    const OPERATIONS: u64 = 50;
    static PILE: Mutex<Vec<(Place, u64)>> = Mutex::new(Vec::new());

    fn live(number: u64, class: ClassId) {
        let mut current = begin(number as u32 % 2);
        for operation in 0..OPERATIONS {
            let found = PILE.lock().unwrap().pop();
            match (draw(8), found) {
                (0, found) => {
                    PILE.lock().unwrap().extend(found);
                    move_on(&mut current).unwrap();
                }
                (1..4, Some((place, contents))) => free_used(&mut current, place, contents),
                (4, Some(found)) => PILE.lock().unwrap().insert(0, found),
                (_, found) => {
                    PILE.lock().unwrap().extend(found);
                    let contents = number << 32 | operation << 8 | 1;
                    let place = make(&mut current, class, contents);
                    PILE.lock().unwrap().push((place, contents));
                }
            }
        }
        end(current);
    }

    // Of slots with few entries in magazines and lines: they fill up.
    let slots = hand_out(29, 1);
    explore_with("threads: blocks wander between four", 2, slots, |slots| {
        let class = slots[0].class;
        PILE.lock().unwrap().clear();
        let others: Vec<_> = (1..4).map(|number| spawn(move || live(number, class))).collect();
        live(0, class);
        others.into_iter().for_each(|other| other.join().unwrap());
        let mut current = begin(0);
        for (place, contents) in core::mem::take(&mut *PILE.lock().unwrap()) {
            free_used(&mut current, place, contents);
        }
        free(&mut current, slots[0]);
        end(current);
        (1..8).for_each(|arena| record_is_whole(arena, class));
    });
}
