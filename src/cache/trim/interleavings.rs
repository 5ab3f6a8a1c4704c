//! A purge, whose work needs no lock, beside whatever else may befall the slabs.
//!
//! All of it is in the record of one class of 256 bytes: slab 0 has slots 1 to 63 and four pages, the last
//! of which holds the canary of slot 63.

use super::{Which, drop_holes, purge_record};
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place};
use crate::base::sync::explored::spawn;
use crate::central::slab::{List, Slabs};
use crate::central::{retract, stock, store};
use crate::platform::lock::Lock;
use crate::region::bytes;
use crate::region::explored::{explore, prepare};
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life::{self, Slot};
use crate::slot::state::{Kind, State};

const USABLE: usize = 248;
/// The last slot of slab 0.
const LAST: u32 = 63;
/// What the program writes.
const CONTENTS: u64 = 0x7777;

/// The record of a class of slots of 256 bytes, which one model has for itself by its arena.
#[derive(Clone, Copy)]
struct Home {
    arena: ArenaId,
    class: ClassId,
}

impl Home {
    fn lock(self) -> &'static Lock<CentralRecord> {
        tables::record(self.arena, self.class)
    }

    fn take(self, want: usize) -> Vec<Place> {
        let mut record = self.lock().acquire().unwrap_or_else(|_| unreachable!());
        let generator = &mut Generator::seeded(2);
        let found = store::taken(&mut record, (self.arena, self.class), want, generator);
        found.into_iter().map(|slot| Place { class: self.class, slot }).collect()
    }

    fn give_back(self, slots: &[Place]) {
        let mut record = self.lock().acquire().unwrap_or_else(|_| unreachable!());
        for slot in slots {
            store::give_back(&mut record, *slot).unwrap();
        }
        stock::send_all_home(&mut record, self.arena, self.class).unwrap();
    }

    /// Opens the span: slab 0 is empty, and of its slots the last one was used. With `beside`, all of
    /// slab 1 is out as well, and its first slot live.
    fn open(arena: usize, class: usize, beside: bool) -> Self {
        prepare();
        // A process of a single model may have but few.
        let arena = arena % sealed().layout.arenas() as usize;
        let home = Self { arena: ArenaId::masked(arena), class: ClassId::masked(class) };
        assert_eq!(Slot::at(home.place(LAST)).address().plus(256).get() % 4096, 0);
        let slots = home.take(LAST as usize);
        assert_eq!(slots.len(), LAST as usize);
        let last = Slot::at(home.place(LAST));
        last.hand_out(USABLE, Kind::Malloc).unwrap();
        last.check().unwrap().retire();
        life::release(home.place(LAST)).unwrap();
        if beside {
            assert_eq!(home.take(128).len(), 128);
            Slot::at(home.place(LAST + 1)).hand_out(USABLE, Kind::Malloc).unwrap();
        }
        home.give_back(&slots);
        home
    }

    fn place(self, number: u32) -> Place {
        crate::region::explored::place(self.arena.get(), self.class.get(), number)
    }

    fn purge(self) {
        let mut left = usize::MAX;
        purge_record(self.lock(), self.arena, self.class, Which::All, &mut left).unwrap();
    }

    /// Makes slab 1 one with a hole: two whole pages of its slots, of which the last one was used. Slot 112
    /// behind it is live.
    fn with_holes(self) -> Self {
        let last = Slot::at(self.place(111));
        last.hand_out(USABLE, Kind::Malloc).unwrap();
        last.check().unwrap().retire();
        life::release(self.place(111)).unwrap();
        Slot::at(self.place(112)).hand_out(USABLE, Kind::Malloc).unwrap();
        let free: Vec<_> = (80..112).map(|slot| self.place(slot)).collect();
        self.give_back(&free);
        self
    }

    fn drop_holes(self) {
        let mut left = usize::MAX;
        drop_holes(self.lock(), self.arena, self.class, None, 0..u32::MAX, &mut left).unwrap();
    }

    /// As `retract_all` does with each record.
    fn retract(self) -> bool {
        let Some(mut record) = self.lock().try_acquire() else { return false };
        let _ = stock::send_all_home(&mut record, self.arena, self.class);
        retract::retract(&mut record, self.arena, self.class)
    }

    /// Takes a slot, writes to it, and finds later what it wrote.
    fn use_one(self) -> impl FnOnce() {
        let [place] = self.take(1)[..] else { unreachable!() };
        let at = Slot::at(place).hand_out(USABLE, Kind::Malloc).unwrap();
        bytes::store(at, CONTENTS);
        move || {
            assert_eq!(bytes::load(at), CONTENTS);
            Slot::at(place).check().unwrap().retire();
        }
    }

    /// Every slab is in the list that its row names, and nothing is claimed or counted wrong.
    fn is_sound(self) {
        let mut record = self.lock().try_acquire().unwrap();
        let (first, opened, out) = (record.first, record.opened, record.out);
        let slabs = Slabs::new(&mut record, self.arena, self.class);
        let all = 0..opened.div_ceil(64);
        assert!(all.clone().all(|slab| slabs.load(slab).list != List::Claimed));
        assert_eq!(all.clone().map(|slab| slabs.load(slab).out).sum::<u32>(), out);
        for (list, empty) in
            [(List::EmptyEven, true), (List::EmptyOdd, true), (List::Pristine, true)]
        {
            let head = slabs.head(list);
            let members = all.clone().filter(|slab| slabs.load(*slab).list == list).count();
            assert_eq!(head.is_some(), members > 0, "{list:?}");
            assert!(first != 0 || head.is_none());
            assert!(head.is_none_or(|slab| slabs.load(slab).is_empty() == empty));
        }
    }
}

/// A slot is freed while the pages before it are dropped, and with them the canary that it looks at.
#[test]
fn a_purge_and_a_free_beside_it() {
    let home = Home::open(0, 15, true);
    explore("purge: a slot behind it is freed", None, move || {
        let purger = spawn(move || home.purge());
        Slot::at(home.place(LAST + 1)).check().unwrap().retire();
        purger.join().unwrap();
        assert_eq!(life::state(home.place(LAST)), State::PURGED);
        home.is_sound();
    });
}

#[test]
fn a_purge_and_a_retraction() {
    let home = Home::open(1, 15, false);
    explore("purge: the span is closed", None, move || {
        let purger = spawn(move || home.purge());
        home.retract();
        purger.join().unwrap();
        home.is_sound();
        home.use_one()();
    });
}

#[test]
fn a_purge_and_a_use() {
    let home = Home::open(2, 15, false);
    explore("purge: a slot is taken and used", Some(2), move || {
        let purger = spawn(move || home.purge());
        let look = home.use_one();
        purger.join().unwrap();
        look();
        home.is_sound();
    });
}

#[test]
fn two_purges() {
    let home = Home::open(3, 15, false);
    explore("purge: two at once", None, move || {
        let purger = spawn(move || home.purge());
        home.purge();
        purger.join().unwrap();
        home.is_sound();
        home.use_one()();
    });
}

/// A slot is freed and goes home while the pages of the hole before it are dropped.
#[test]
fn a_hole_and_a_free_behind_it() {
    let home = Home::open(4, 15, true).with_holes();
    explore("hole: the slot behind it is freed", Some(3), move || {
        let dropper = spawn(move || home.drop_holes());
        Slot::at(home.place(112)).check().unwrap().retire();
        life::release(home.place(112)).unwrap();
        home.give_back(&[home.place(112)]);
        dropper.join().unwrap();
        // A hole is left alone while somebody has the lock.
        let hole = home.place(111);
        let at = Slot::at(hole).address();
        assert!(life::state(hole) == State::PURGED || life::is_as_freed(hole, at));
        home.is_sound();
    });
}

#[test]
fn a_hole_and_a_use() {
    let home = Home::open(5, 15, true).with_holes();
    explore("hole: a slot is taken and used", Some(2), move || {
        let dropper = spawn(move || home.drop_holes());
        let look = home.use_one();
        dropper.join().unwrap();
        look();
        home.is_sound();
    });
}

#[test]
fn two_who_drop_holes() {
    let home = Home::open(6, 15, true).with_holes();
    explore("hole: dropped by two", None, move || {
        let dropper = spawn(move || home.drop_holes());
        home.drop_holes();
        dropper.join().unwrap();
        home.is_sound();
    });
}
