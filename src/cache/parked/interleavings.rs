//! Slots that are parked by some threads and taken home by others.

use super::{add, take_all};
use crate::base::index::Place;
use crate::base::sync::explored::spawn;
use crate::region::explored::{explore, open_pages, place, prepare};
use crate::slot::life::{self, Slot};
use crate::slot::state::Kind;

/// Takes out what waits; each slot must be as the one who parked it left it.
fn take_home() -> Vec<Place> {
    let mut found = Vec::new();
    take_all(|place| {
        assert!(life::state(place).is_free());
        found.push(place);
    });
    found
}

fn park(place: Place) {
    Slot::at(place).check().unwrap().retire();
    life::release(place).unwrap();
    add(place);
}

#[test]
fn no_slot_is_lost_or_doubled() {
    prepare();
    open_pages(0, 2);
    let slots = [2, 4].map(|number| place(0, 2, number));
    for (name, takers, preemptions) in
        [("parked: 2 put, 1 takes", 1, None), ("parked: 2 put, 2 take", 2, Some(2))]
    {
        explore(name, preemptions, move || {
            for slot in slots {
                Slot::at(slot).hand_out(24, Kind::Malloc).unwrap();
            }
            let putter = spawn(move || park(slots[1]));
            let takers: Vec<_> = (0..takers).map(|_| spawn(take_home)).collect();
            park(slots[0]);
            putter.join().unwrap();
            let mut found: Vec<_> =
                takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect();
            found.extend(take_home());
            found.sort_unstable_by_key(|place| place.slot.number());
            assert_eq!(found, slots);
        });
    }
}
