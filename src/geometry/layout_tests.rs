//! That pointers and slots are two names of one thing, on every rung of the ladder.

use super::{
    CHUNK_SLOTS, CLASS_BITS, DATA_ALIGN, LARGE_ROW_BYTES, Layout, PAGE_MAX, RECORD_BYTES,
    SLAB_ROW_BYTES, SLAB_SLOTS, STOCK_ENTRIES, STOCK_ENTRY_BYTES, Spans, is_first_of_chunk,
    metadata_plan, state_offset,
};
use crate::base::addr::Addr;
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Place, SlotId};
use crate::geometry::classes::LAST_CLASS;
use crate::geometry::ladder::LADDER;
use std::collections::BTreeSet;

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

/// Shorter ones need all of their bytes.
#[test]
fn spans_of_64_mib_and_more_start_in_their_first_quarter() {
    for rung in LADDER {
        let span = rung.span_bytes();
        assert_eq!(rung.start_range(), if span < 64 << 20 { 0 } else { span / 4 });
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

/// On each length of span, all slots of all classes, and so all bytes: the product that `place_of` looks
/// at grows by the reciprocal from byte to byte, so when it refuses the first and the last byte inside
/// a slot and both have the same high half, what lies between is refused too.
#[test]
fn every_slot_of_every_class_is_found_and_nothing_inside_it() {
    let mut lengths = Vec::new();
    for (rung, layout) in LADDER.into_iter().zip(layouts()) {
        if lengths.contains(&rung.span_bytes()) {
            continue;
        }
        lengths.push(rung.span_bytes());
        std::thread::scope(|threads| {
            for part in 0..2 {
                let classes = (1..=LAST_CLASS).filter(move |class| class % 2 == part);
                threads.spawn(move || classes.for_each(|class| check_span(&layout, class)));
            }
        });
    }
    assert_eq!(lengths.len(), 10);
}

fn check_span(layout: &Layout, class: usize) {
    let class = ClassId::new(class).unwrap();
    let arena = ArenaId::masked(layout.arenas() as usize - 1);
    let (size, reciprocal) = (layout.slot_bytes(class), layout.reciprocal(class));
    let half = |within: usize| ((within as u128 * u128::from(reciprocal)) >> 64) as u32;
    let mut at = layout.span_start(arena, class);
    for number in 0..layout.slots(class) {
        let found = layout.place_of(at);
        assert!(found == SlotId::new(arena, number).map(|slot| Place { class, slot }));
        assert!(found.is_none_or(|place| layout.address_of(place) == at));
        assert!(layout.place_of(at.plus(1)).is_none());
        assert!(layout.place_of(at.plus(size - 1)).is_none());
        let within = number as usize * size;
        assert!(half(within + 1) == number && half(within + size - 1) == number);
        at = at.plus(size);
    }
}

/// Each byte of the smallest data region, of which there are 32 Mi, and as many before and after it.
#[test]
fn every_byte_of_the_smallest_layout_is_a_slots_start_or_nobodys() {
    let layout = layouts().last().unwrap();
    let least = ClassId::new(1).unwrap();
    let start = layout.span_start(ArenaId::masked(0), least);
    let mut next = Some(start.plus(layout.slot_bytes(least)));
    let (mut class, mut number) = (1, 1);
    for at in DATA - (1 << 20)..DATA + layout.data_bytes + (1 << 20) {
        let place = layout.place_of(Addr::new(at));
        let Some(expected) = next.filter(|next| next.get() == at) else {
            assert!(place.is_none(), "{at:#x}");
            continue;
        };
        let id = ClassId::new(class).unwrap();
        let slot = SlotId::new(ArenaId::masked(0), number).unwrap();
        assert!(place == Some(Place { class: id, slot }), "{at:#x}");
        number += 1;
        next = Some(expected.plus(layout.slot_bytes(id)));
        let span_end = DATA + (class + 1) * (layout.span_mask + 1);
        if expected.get() + layout.slot_bytes(id) >= span_end {
            class += 1;
            number = 1;
            let id = ClassId::new(class).filter(|id| layout.slots(*id) > 0);
            next =
                id.map(|id| layout.span_start(ArenaId::masked(0), id).plus(layout.slot_bytes(id)));
        }
    }
    assert_eq!(class, LAST_CLASS + 1);
}

/// For each rung, arena and class: computed with 128 bits, what lies last is inside, and nothing wraps.
/// The build of the tests stops at an overflow, so the layout's own arithmetic is looked at too.
#[test]
fn the_last_of_everything_fits_on_every_rung() {
    for (rung, layout) in LADDER.into_iter().zip(layouts()) {
        for cache_bytes in [CACHE_BYTES, 16 << 20] {
            let plan = metadata_plan(rung, cache_bytes);
            let records = 1_u128 << (rung.arena_bits + CLASS_BITS);
            assert!(records * RECORD_BYTES as u128 <= plan.large_rows as u128);
            let stocks = records * (STOCK_ENTRIES * STOCK_ENTRY_BYTES) as u128;
            assert!(plan.stocks as u128 + stocks <= plan.arenas as u128);
            let rows = (LARGE_ROW_BYTES as u128) << rung.large_bits;
            assert!(plan.large_rows as u128 + rows <= plan.caches as u128);
            let caches = (cache_bytes as u128) << rung.cache_bits;
            assert!(plan.caches as u128 + caches <= plan.stocks as u128);
            assert!(plan.total < 1 << 46 && rung.data_bytes() < 1 << 46);
        }
        let plan = metadata_plan(rung, CACHE_BYTES);
        let end = METADATA as u128 + plan.total as u128;
        for arena in (0..layout.arenas() as usize).map(ArenaId::masked) {
            for class in (1..=LAST_CLASS).map(|class| ClassId::new(class).unwrap()) {
                let (slots, size) = (layout.slots(class), layout.slot_bytes(class));
                assert!(slots >= 3 && slots as usize <= 1 << 24);
                let span = (arena.get() * 64 + class.get()) as u128 * rung.span_bytes() as u128;
                let slots_end = layout.span_start(arena, class).get() as u128
                    + u128::from(slots) * size as u128;
                let span_end = DATA as u128 + span + rung.span_bytes() as u128;
                assert!(slots_end + PAGE_MAX as u128 <= span_end);
                let slot = SlotId::new(arena, slots - 1).unwrap();
                assert_eq!((slot.arena(), slot.number()), (arena, slots - 1));
                // One more state than there are slots.
                let states = layout.states_start(arena, class).get() as u128;
                let state = states + state_offset(slots) as u128 + 2;
                assert!(state <= end, "{state:#x} {end:#x}");
                let slab = layout.slab_address(arena, class, slots / SLAB_SLOTS).get() as u128;
                assert!(slab + SLAB_ROW_BYTES as u128 <= end);
                assert!(slots / CHUNK_SLOTS < layout.chunks);
            }
        }
    }
}

#[test]
fn a_layout_says_how_large_it_is_and_whose_an_address_is() {
    for (rung, layout) in LADDER.into_iter().zip(layouts()) {
        assert_eq!(layout.arenas(), 1 << rung.arena_bits);
        assert_eq!(layout.data_region(), [DATA, rung.data_bytes(), rung.span_bytes()]);
        for class in (1..=LAST_CLASS).map(|class| ClassId::new(class).unwrap()) {
            let start = layout.span_start(ArenaId::masked(layout.arenas() as usize - 1), class);
            assert_eq!(layout.spans().class_at(start), class);
        }
    }
}

#[test]
fn bytes_behind_the_last_slot_are_in_none() {
    for layout in layouts() {
        for class in (1..=LAST_CLASS).map(|class| ClassId::new(class).unwrap()) {
            let arena = ArenaId::masked(0);
            let slot = SlotId::new(arena, layout.slots(class) - 1).unwrap();
            let size = layout.slot_bytes(class);
            let end = layout.address_of(Place { class, slot }).plus(size);
            let last = layout.position_of(end.minus(1)).unwrap();
            assert_eq!((last.class, last.slot, last.offset), (class, Some(slot), size - 1));
            let span_end = DATA + (class.get() + 1) * (layout.span_mask + 1);
            if end.get() < span_end {
                let behind = layout.position_of(end).unwrap();
                assert_eq!((behind.class, behind.slot), (class, None));
            }
        }
    }
}

/// Where the first slot is at a random place, whole slots would fit in front of it.
#[test]
fn bytes_before_the_first_slot_are_in_none() {
    for layout in layouts() {
        for class in (1..=LAST_CLASS).map(|class| ClassId::new(class).unwrap()) {
            let first = layout.span_start(ArenaId::masked(0), class);
            let before = first.get() - (DATA + class.get() * (layout.span_mask + 1));
            for slots in 1..=(before / layout.slot_bytes(class)).min(100) {
                let at = first.minus(slots * layout.slot_bytes(class));
                assert_eq!(layout.place_of(at), None, "{at:?}");
                let position = layout.position_of(at).unwrap();
                assert_eq!((position.class, position.slot), (class, None));
            }
        }
    }
}

#[test]
fn the_state_before_is_that_of_the_slot_before() {
    let layout = layouts().next().unwrap();
    let class = ClassId::new(3).unwrap();
    let place = |number| {
        let slot = SlotId::new(ArenaId::masked(1), number).unwrap();
        Place { class, slot }
    };
    for number in [2, 3, 63, 64, CHUNK_SLOTS - 1, CHUNK_SLOTS, CHUNK_SLOTS + 1, 3 * CHUNK_SLOTS] {
        let before = layout.state_before_address(place(number));
        assert_eq!(before, layout.state_address(place(number - 1)), "{number}");
    }
}

#[test]
fn addresses_outside_are_nobodys() {
    for layout in layouts() {
        assert_eq!(layout.place_of(Addr::NULL), None);
        assert_eq!(layout.place_of(Addr::new(DATA - 16)), None);
        assert_eq!(layout.place_of(Addr::new(DATA + layout.data_bytes)), None);
        assert_eq!(layout.place_of(Addr::new(usize::MAX - 15)), None);
        let inside = |at| layout.holds(Addr::new(at));
        assert!(inside(DATA) && inside(DATA + layout.data_bytes - 1));
        assert!(!inside(DATA - 1) && !inside(DATA + layout.data_bytes) && !inside(usize::MAX));
        assert!(layout.position_of(Addr::new(DATA + layout.data_bytes)).is_none());
    }
    assert_eq!(Layout::EMPTY.place_of(Addr::NULL), None);
    // Any address that a processor can have for a program.
    for address in [0, 16, DATA, 1 << 47, (1 << 57) - 1] {
        assert_eq!(Spans::NOWHERE.class_at(Addr::new(address)), ClassId::ZERO);
    }
}

#[test]
fn states_and_slab_rows_of_different_places_never_overlap() {
    for (rung, layout) in LADDER.into_iter().zip(layouts()) {
        let plan = metadata_plan(rung, CACHE_BYTES);
        let mut ranges = Vec::new();
        let last_arena = layout.arenas() as usize - 1;
        for arena in BTreeSet::from([0, last_arena.min(1), last_arena]) {
            for class in 0..=LAST_CLASS {
                let (arena, class) = (ArenaId::masked(arena), ClassId::new(class).unwrap());
                let last = layout.slots(class) / CHUNK_SLOTS;
                for chunk in (0..=last).filter(|c| *c < 3 || *c + 2 > last) {
                    ranges.extend(layout.chunk_ranges(arena, class, chunk));
                    let [(states, len), (slabs, slabs_len)] =
                        layout.chunk_ranges(arena, class, chunk);
                    let end = ((chunk + 1) * CHUNK_SLOTS).min(layout.slots(class) + 1);
                    // The first slot of the chunk and its last one; those of a whole chunk end with it.
                    for number in [(chunk * CHUNK_SLOTS).max(1), end - 1] {
                        let slot = SlotId::new(arena, number).unwrap();
                        let state = layout.state_address(Place { class, slot });
                        let slab = layout.slab_address(arena, class, number / SLAB_SLOTS);
                        let left = states.plus(len).offset_from(state.plus(2));
                        let slabs_left =
                            slabs.plus(slabs_len).offset_from(slab.plus(SLAB_ROW_BYTES));
                        assert!(states <= state && left < len);
                        assert!(slabs <= slab && slabs_left < slabs_len);
                        let is_last = (number + 1).is_multiple_of(CHUNK_SLOTS);
                        assert_eq!(
                            (left == 0, slabs_left == 0),
                            (is_last, number % CHUNK_SLOTS >= CHUNK_SLOTS - SLAB_SLOTS)
                        );
                    }
                }
            }
        }
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            assert!(pair[0].0.plus(pair[0].1) <= pair[1].0);
        }
        let (first, last) = (ranges[0], *ranges.last().unwrap());
        assert!(first.0.get() >= METADATA + plan.arenas);
        assert!(last.0.plus(last.1).get() <= METADATA + plan.total);
    }
}

/// From the first class's chunk to the end of the last one's.
#[test]
fn a_stride_is_the_chunks_of_all_classes() {
    let last_class = ClassId::new(CLASS_SLOTS - 1).unwrap();
    for layout in layouts() {
        let arena = ArenaId::masked(layout.arenas() as usize - 1);
        for (from, to) in [(0, 1), (0, layout.chunks), (layout.chunks / 2, layout.chunks)] {
            let first = layout.chunk_ranges(arena, ClassId::ZERO, from);
            let last = layout.chunk_ranges(arena, last_class, to - 1);
            for (i, (start, len)) in layout.stride_ranges(arena, from, to).into_iter().enumerate() {
                assert_eq!((start, start.plus(len)), (first[i].0, last[i].0.plus(last[i].1)));
            }
        }
        assert!(layout.stride_ranges(arena, 1, 0).iter().all(|(_, len)| *len == 0));
    }
}

#[test]
fn states_follow_one_another_inside_a_chunk() {
    for number in 1..3 * CHUNK_SLOTS {
        let step = state_offset(number).wrapping_sub(state_offset(number - 1));
        assert_eq!(step == 2, !is_first_of_chunk(number), "{number}");
    }
}
