//! That pointers and slots are two names of one thing, on every rung of the ladder.

use super::{CHUNK_SLOTS, DATA_ALIGN, Layout, is_first_of_chunk, metadata_plan, state_offset};
use crate::base::addr::Addr;
use crate::base::index::{ArenaId, ClassId, Place, SlotId};
use crate::geometry::classes::LAST_CLASS;
use crate::geometry::ladder::LADDER;

const CACHE_BYTES: usize = 64 << 10;
const DATA: usize = 0x10_0000 * DATA_ALIGN;
const METADATA: usize = 0x4000_0000_0000;

fn layouts() -> impl Iterator<Item = Layout> {
    LADDER.into_iter().map(|rung| {
        let plan = metadata_plan(rung, CACHE_BYTES);
        let mut starts = 0u16;
        Layout::new(rung, Addr::new(DATA), Addr::new(METADATA), plan, || {
            starts = starts.wrapping_add(40_503);
            starts
        })
    })
}

#[test]
fn rungs_shrink_and_metadata_stays_a_small_part() {
    for pair in LADDER.windows(2) {
        assert!(pair[1].data_bytes() < pair[0].data_bytes());
    }
    for rung in LADDER {
        assert!(metadata_plan(rung, CACHE_BYTES).total < rung.data_bytes() / 2);
    }
}

#[test]
fn slots_and_addresses_are_two_names_of_one_thing() {
    for layout in layouts() {
        for arena in [0, layout.arenas() as usize - 1] {
            for class in 1..=LAST_CLASS {
                let class = ClassId::new(class).unwrap();
                let slots = layout.slots(class);
                for number in [1, 2, 63, 64, slots / 2, slots / 3, slots - 1] {
                    let number = number.clamp(1, slots - 1);
                    let slot = SlotId::new(ArenaId::masked(arena), number).unwrap();
                    let place = Place { class, slot };
                    let at = layout.address_of(place);
                    assert_eq!(layout.place_of(at), Some(place));
                    let size = layout.slot_bytes(class);
                    for inside in [1, 8, size / 2, size - 1] {
                        assert_eq!(layout.place_of(at.plus(inside)), None);
                        let position = layout.position_of(at.plus(inside)).unwrap();
                        assert_eq!((position.slot, position.offset), (Some(slot), inside));
                    }
                }
            }
        }
    }
}

#[test]
fn addresses_outside_are_nobodys() {
    for layout in layouts() {
        assert_eq!(layout.place_of(Addr::NULL), None);
        assert_eq!(layout.place_of(Addr::new(DATA - 16)), None);
        assert_eq!(layout.place_of(Addr::new(DATA + layout.data_bytes)), None);
        assert_eq!(layout.place_of(Addr::new(usize::MAX - 15)), None);
    }
    assert_eq!(Layout::EMPTY.place_of(Addr::NULL), None);
}

#[test]
fn states_and_slab_rows_of_different_places_never_overlap() {
    for (rung, layout) in LADDER.into_iter().zip(layouts()) {
        let plan = metadata_plan(rung, CACHE_BYTES);
        let mut ranges = Vec::new();
        let last_arena = layout.arenas() as usize - 1;
        for arena in [0, last_arena.min(1), last_arena] {
            for class in 0..=LAST_CLASS {
                let (arena, class) = (ArenaId::masked(arena), ClassId::new(class).unwrap());
                let last = layout.slots(class) / CHUNK_SLOTS;
                for chunk in (0..=last).filter(|c| *c < 3 || *c + 2 > last) {
                    ranges.extend(layout.chunk_ranges(arena, class, chunk));
                    let number = (chunk * CHUNK_SLOTS).max(1);
                    let slot = SlotId::new(arena, number).unwrap();
                    let state = layout.state_address(Place { class, slot }).get();
                    let slab = layout.slab_address(arena, class, number / 64).get();
                    let [(states, len), (slabs, slabs_len)] =
                        layout.chunk_ranges(arena, class, chunk);
                    assert!((states.get()..states.get() + len).contains(&state));
                    assert!((slabs.get()..slabs.get() + slabs_len).contains(&slab));
                }
            }
        }
        ranges.sort_unstable();
        ranges.dedup();
        for pair in ranges.windows(2) {
            assert!(pair[0].0.plus(pair[0].1) <= pair[1].0);
        }
        let (first, last) = (ranges[0], *ranges.last().unwrap());
        assert!(first.0.get() >= METADATA + plan.arenas);
        assert!(last.0.plus(last.1).get() <= METADATA + plan.total);
    }
}

#[test]
fn states_follow_one_another_inside_a_chunk() {
    for number in 1..3 * CHUNK_SLOTS {
        let step = state_offset(number).wrapping_sub(state_offset(number - 1));
        assert_eq!(step == 2, !is_first_of_chunk(number), "{number}");
    }
}
