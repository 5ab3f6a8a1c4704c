//! Transitions of one slot and its neighbour by several threads, in every order of their steps.

use super::{Flaw, Slot, release, release_by, state};
use crate::base::index::Place;
use crate::base::sync::explored::spawn;
use crate::region::bytes::Cover;
use crate::region::explored::{explore, open_pages, place, prepare};
use crate::slot::state::{Kind, Mark};

const USABLE: usize = 8;
const OWN: Mark = Mark::of(0);

/// Two slots next to one another, of 32 bytes.
fn neighbours(number: u32) -> (Place, Place) {
    prepare();
    open_pages(0, 1);
    (place(0, 1, number), place(0, 1, number + 1))
}

fn hand_out(place: Place) -> Result<(), Flaw> {
    Slot::at(place).hand_out(USABLE, Kind::Malloc).map(drop)
}

type Step = fn(Place, Mark) -> Result<(), Flaw>;

/// As `realloc` frees, and whatever looks closely.
fn free(place: Place, _: Mark) -> Result<(), Flaw> {
    Slot::at(place).check().map(|checked| checked.retire())
}

/// As `heap::free::free` does, once the slot is in the line.
fn free_narrow(place: Place, mark: Mark) -> Result<(), Flaw> {
    let slot = Slot::at(place);
    match slot.retire_narrow(Kind::Malloc, place.class, &Cover::of(USABLE), |_| true) {
        Some(slack) => {
            slot.retired_by(mark, slack);
            Ok(())
        }
        None => free(place, mark),
    }
}

/// The first cache frees as `free_narrow`, the others as `free`.
fn free_either_way(place: Place, mark: Mark) -> Result<(), Flaw> {
    if mark == Mark::of(0) { free_narrow(place, mark) } else { free(place, mark) }
}

/// All threads free the slot, each with a cache of its own, and where it got into a quarantine it leaves that later, all
/// of them at once; who gets it out hands it out again. One does, and all others are told.
fn freed_by_all(name: &str, number: u32, threads: u32, preemptions: Option<usize>, free: Step) {
    let (slot, _) = neighbours(number);
    explore(name, preemptions, move || {
        hand_out(slot).unwrap();
        let all = |work: Step, caches: &[Mark]| {
            let others = caches[1..].iter().copied();
            let others: Vec<_> = others.map(|mark| spawn(move || work(slot, mark))).collect();
            let first = work(slot, caches[0]);
            let others = others.into_iter().map(|other| other.join().unwrap());
            core::iter::once(first).chain(others).collect::<Vec<_>>()
        };
        let caches: Vec<_> = (0..threads).map(Mark::of).collect();
        let freed = all(free, &caches);
        let lines = caches.iter().zip(&freed).filter(|(_, result)| result.is_ok());
        let lines: Vec<_> = lines.map(|(mark, _)| *mark).collect();
        assert!(!lines.is_empty());
        assert!(freed.iter().all(|result| matches!(result, Ok(()) | Err(Flaw::NotLive))));
        assert!(state(slot).is_quarantined());
        let left = all(|slot, mark| release_by(slot, mark).and_then(|()| hand_out(slot)), &lines);
        assert_eq!(left.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(left.iter().all(|result| matches!(result, Ok(()) | Err(Flaw::FreedTwice))));
        assert!(state(slot).is_live());
    });
}

#[test]
fn of_two_frees_one_gets_through() {
    freed_by_all("slot: 2 threads free it", 2, 2, None, free);
    freed_by_all("slot: 2 threads free it, narrow", 2, 2, Some(4), free_narrow);
    freed_by_all("slot: 2 threads free it, one narrow", 2, 2, None, free_either_way);
}

#[test]
fn of_three_frees_one_gets_through() {
    freed_by_all("slot: 3 threads free it", 2, 3, Some(2), free);
    freed_by_all("slot: 3 threads free it, narrow", 2, 3, Some(1), free_narrow);
    freed_by_all("slot: 3 threads free it, one narrow", 2, 3, Some(1), free_either_way);
}

/// One thread goes through `steps` with a slot while another frees the one behind it, which looks at the
/// canary of the first. It must find nothing wrong.
fn beside(name: &str, number: u32, before: fn(Place), steps: fn(Place)) {
    beside_a(name, number, before, steps, free);
    beside_a(&format!("{name}, narrow"), number, before, steps, free_narrow);
}

fn beside_a(name: &str, number: u32, before: fn(Place), steps: fn(Place), free: Step) {
    let (slot, next) = neighbours(number);
    explore(name, None, move || {
        before(slot);
        hand_out(next).unwrap();
        let other = spawn(move || free(next, OWN));
        steps(slot);
        assert_eq!(other.join().unwrap(), Ok(()));
    });
}

fn use_it(slot: Place) {
    hand_out(slot).unwrap();
    free(slot, OWN).unwrap();
    release(slot).unwrap();
}

#[test]
fn a_fresh_neighbour_is_handed_out() {
    beside("neighbour: fresh, handed out", 4, |_| {}, |slot| hand_out(slot).unwrap());
}

#[test]
fn a_neighbour_is_freed_and_used_again() {
    beside(
        "neighbour: freed, used again",
        4,
        |slot| hand_out(slot).unwrap(),
        |slot| {
            free(slot, OWN).unwrap();
            release(slot).unwrap();
            hand_out(slot).unwrap();
        },
    );
}

#[test]
fn a_neighbour_is_freed_in_line_and_used_again() {
    beside(
        "neighbour: freed in line, used again",
        4,
        |_| {},
        |slot| {
            hand_out(slot).unwrap();
            free_narrow(slot, OWN).unwrap();
            release_by(slot, OWN).unwrap();
            hand_out(slot).unwrap();
        },
    );
}

#[test]
fn a_fresh_neighbour_is_used_up() {
    beside("neighbour: fresh, used and freed", 4, |_| {}, use_it);
}

/// Two neighbours are freed by their threads at once.
#[test]
fn neighbours_are_freed_at_once() {
    beside(
        "neighbour: freed at once",
        4,
        |slot| hand_out(slot).unwrap(),
        |slot| free(slot, OWN).unwrap(),
    );
}
