//! Slots are counted while threads hand them out and free them.

use super::class;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Place};
use crate::base::sync::explored::spawn;
use crate::cache::exchange::one_from_any;
use crate::region::explored::{explore, prepare};
use crate::slot::life::{self, Slot};
use crate::slot::state::Kind;

fn hand_out(place: Place, size: usize) {
    Slot::at(place).hand_out(size, Kind::Malloc).unwrap();
}

fn free(place: Place) {
    Slot::at(place).check().unwrap().retire();
    life::release(place).unwrap();
}

/// Each of two slots that were used is counted once whatever becomes of it meanwhile.
#[test]
fn each_slot_is_counted_once() {
    prepare();
    let id = ClassId::masked(15);
    let generator = &mut Generator::seeded(6);
    let first = one_from_any(ArenaId::masked(3), id, generator);
    let second = one_from_any(ArenaId::masked(3), id, generator);
    hand_out(first, 96);
    hand_out(second, 48);
    free(second);
    let before = class(id);
    explore("statistics: one slot is freed, one handed out", Some(2), move || {
        let others = [spawn(move || free(first)), spawn(move || hand_out(second, 48))];
        let one = class(id);
        let all = |one: &super::ClassSnapshot| one.live + one.quarantined + one.free;
        assert_eq!(all(&one), all(&before));
        assert!(
            [0, 48, 96, 144].map(|bytes| before.live_bytes - 96 + bytes).contains(&one.live_bytes)
        );
        others.into_iter().for_each(|other| other.join().unwrap());
        let after = class(id);
        assert_eq!(after.live_bytes, before.live_bytes - 48);
        assert_eq!((after.live, after.quarantined), (before.live, before.quarantined));
    });
}
