//! A fork beside a thread that moves slots about. The child has the forking thread alone, the parent both.

use super::{CHILD_SEED, in_child, in_parent, prepare, record};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place};
use crate::base::sync::Ordering;
use crate::base::sync::explored::{be_forked, spawn, spawn_mortal};
use crate::cache::exchange::{empty, one_from_any};
use crate::cache::pool::{
    self,
    interleavings::{all_are_spare, start_anew},
};
use crate::central::{stock, store};
use crate::geometry::classes::usable_bytes;
use crate::heap::free::{self, Claim};
use crate::heap::{allocate, start, thread};
use crate::large;
use crate::region::bytes;
use crate::region::current;
use crate::region::explored::{clear_caches, explore, prepare as reserve};
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life::{self, Slot};
use crate::slot::state::Kind;
use std::cell::Cell;

const CONTENTS: u64 = 0x5151;
const ARENA: u32 = 0;

std::thread_local! {
    /// Whether the thread that the child does not have is in the middle of something. A plain cell: all
    /// threads of a run see it.
    static IS_BUSY: Cell<bool> = const { Cell::new(false) };
    /// Slots that it has freed.
    #[cfg(shuttle)]
    static FREED: Cell<usize> = const { Cell::new(0) };
}

fn begin() {
    let mut current = pool::take_one().unwrap();
    current.cache().arena = ARENA;
    current::put(current);
}

/// As `free` does it.
fn free(place: Place) {
    let at = Slot::at(place).address();
    let wide = |at| free::free_wide(at, Claim::FREE);
    free::free(at, Claim::FREE, &sealed().spans, wide, |at| free::free_any(at, Claim::FREE));
}

/// As `malloc` does it.
fn make(class: ClassId) -> Place {
    let at = allocate::allocate(usable_bytes(class), Kind::Malloc);
    bytes::store(at, CONTENTS);
    sealed().layout.place_of(at).unwrap()
}

fn end() {
    let mut current = current::take().unwrap();
    empty(&mut current).unwrap();
    pool::give_back(current);
}

/// Slots of the class, live when the threads begin.
fn hand_out(class: ClassId, count: usize) -> Vec<Place> {
    reserve();
    let generator = || Generator::seeded(5);
    let one = |_| one_from_any(ArenaId::masked(ARENA as usize), class, &mut generator());
    let found: Vec<_> = (0..count).map(one).collect();
    for place in &found {
        Slot::at(*place).hand_out(8, Kind::Malloc).unwrap();
    }
    found
}

/// Which process a run goes on in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Parent,
    Child,
}

/// No slot is in two places; none is lost but what another thread was moving as its process forked; what
/// is live is nowhere else.
fn is_whole(class: ClassId, live: &[Place], may_be_lost: bool) {
    let arena = ArenaId::masked(ARENA as usize);
    let mut record = tables::record(arena, class).try_acquire().unwrap();
    stock::send_all_home(&mut record, arena, class).unwrap();
    for place in live {
        assert!(life::state(*place).is_live());
        store::give_back(&mut record, *place).unwrap();
        stock::send_all_home(&mut record, arena, class).unwrap();
    }
    assert!(record.out == 0 || may_be_lost, "{} slots are lost", record.out);
}

/// One thread takes a slot, frees it and the first of three others, and ends; the other forks,
/// frees the second slot, takes one and frees that. The third slot stays live.
fn beside(name: &str, class: usize, preemptions: usize, side: Side) {
    let class = ClassId::masked(class);
    let slots = hand_out(class, 3);
    explore(name, Some(preemptions), move || {
        clear_caches(3);
        start_anew();
        start::interleavings::start();
        IS_BUSY.set(false);
        // All words that a fork touches are known before the threads begin.
        prepare();
        in_parent();
        begin();
        let [first, second, third] = slots[..] else { unreachable!() };
        let other = spawn_mortal(move || {
            IS_BUSY.set(true);
            begin();
            IS_BUSY.set(false);
            let busy = |work: &dyn Fn()| {
                IS_BUSY.set(true);
                work();
                IS_BUSY.set(false);
            };
            // Not the first free of the class, which is no hot one.
            busy(&|| free(make(class)));
            busy(&|| free(first));
            busy(&end);
        });
        prepare();
        let mut was_busy = false;
        let other = match side {
            Side::Child => {
                be_forked(other);
                was_busy = IS_BUSY.get();
                in_child();
                // A thread of the child's own, which is the first to look for caches without owners.
                let new = spawn(move || {
                    begin();
                    free(make(class));
                    end();
                });
                new.join().unwrap();
                current::put(thread::adopt().unwrap());
                None
            }
            Side::Parent => {
                in_parent();
                Some(other)
            }
        };
        free(second);
        let place = make(class);
        assert_eq!(bytes::load(Slot::at(place).address()), CONTENTS);
        free(place);
        end();
        other.into_iter().for_each(|other| other.join().unwrap());
        let first_is_live = life::state(first).is_live();
        assert!(!first_is_live || side == Side::Child);
        let live = if first_is_live { vec![first, third] } else { vec![third] };
        is_whole(class, &live, was_busy);
        all_are_spare();
    });
}

#[test]
fn a_child_has_each_slot_once() {
    beside("fork: the child, of a thread that frees and ends", 4, 2, Side::Child);
}

#[test]
fn a_parent_goes_on() {
    beside("fork: the parent, with a thread that frees and ends", 5, 1, Side::Parent);
}

/// Two threads fork: from the one's `prepare` to its end the other does not take its child's seed away, and the
/// locks are held that no model of a fork asks for. Then no seed is left behind.
#[test]
fn each_of_two_forks_has_a_seed() {
    reserve();
    explore("fork: of two threads", Some(2), || {
        start_anew();
        start::interleavings::start();
        prepare();
        in_parent();
        let fork = || {
            prepare();
            assert!(CHILD_SEED.iter().any(|word| word.load(Ordering::Relaxed) != 0));
            assert!(large::table::is_locked() && record::is_locked());
            in_parent();
        };
        let other = spawn(fork);
        fork();
        other.join().unwrap();
        assert!(CHILD_SEED.iter().all(|word| word.load(Ordering::Relaxed) == 0));
    });
}

/// The other thread frees so many slots that its quarantine and its magazine overflow, and is in the middle
/// of sending some home when its process forks: in its cache, as the child has it, they are still there.
#[cfg(shuttle)]
#[test]
fn a_child_of_a_busy_parent_is_whole() {
    use crate::base::sync::explored::{draw, spin_loop};
    const SLOTS: usize = 420;
    // So many are freed before the magazine is full, and steps until all are, about.
    const EARLY: usize = 350;
    const STEPS: usize = 3000;
    let class = ClassId::masked(3);
    let slots = hand_out(class, SLOTS);
    explore("fork: the child, of a thread that sends many slots home", None, move || {
        clear_caches(3);
        start_anew();
        start::interleavings::start();
        FREED.set(0);
        begin();
        let freed = slots.clone();
        let other = spawn_mortal(move || {
            begin();
            for slot in &freed {
                free(*slot);
                FREED.set(FREED.get() + 1);
            }
            end();
        });
        while FREED.get() < EARLY {
            spin_loop();
        }
        (0..draw(STEPS)).for_each(|_| spin_loop());
        prepare();
        be_forked(other);
        in_child();
        current::put(thread::adopt().unwrap());
        let made = [(); 8].map(|()| make(class));
        made.into_iter().for_each(free);
        end();
        let live = slots.iter().copied().filter(|slot| life::state(*slot).is_live());
        is_whole(class, &live.collect::<Vec<_>>(), true);
        all_are_spare();
    });
}
