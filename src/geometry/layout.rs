//! The layout: how the reserved address space is divided, and the arithmetic between pointers and
//! slots.
//!
//! The data region is arena-major, then size class: every (arena, class) span is one array of equal
//! slots. The metadata region holds, one after the other: central records, large-allocation rows,
//! thread caches, and per arena the states and slab rows of every class.

use super::classes::{LAST_CLASS, SLOT_SIZES};
use crate::base::addr::Addr;
use crate::base::index::{
    ArenaId, CLASS_SLOTS, ClassId, MAX_ARENAS, Place, SLAB_SLOTS, SLOT_BITS, SlotId,
};
use crate::base::size::round_up;
use static_assertions::const_assert;

/// Largest page size of any Linux machine this runs on; parts of the metadata start at multiples.
pub(crate) const PAGE_MAX: usize = 65_536;
/// The data region starts at a multiple of this, so that slots are aligned by their size alone.
pub(crate) const DATA_ALIGN: usize = 2 << 20;
/// Bytes of one slot's state.
pub(crate) const STATE_BYTES: usize = 2;
/// Bytes of one slab's row.
pub(crate) const SLAB_ROW_BYTES: usize = 16;
/// Bytes of one central record.
pub(crate) const RECORD_BYTES: usize = 128;
/// Bytes of one large-allocation row.
pub(crate) const LARGE_ROW_BYTES: usize = 64;

const CLASS_BITS: u32 = CLASS_SLOTS.ilog2();
const_assert!(CLASS_SLOTS == 1 << CLASS_BITS);

/// One step of the ladder: how large the layout is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rung {
    /// log2 of the bytes of a class span.
    span_bits: u32,
    /// log2 of the number of arenas.
    arena_bits: u32,
    /// log2 of the most large allocations and retained ranges.
    large_bits: u32,
    /// log2 of the most thread caches.
    cache_bits: u32,
}

const fn rung(span_bits: u32, arena_bits: u32, large_bits: u32, cache_bits: u32) -> Rung {
    Rung { span_bits, arena_bits, large_bits, cache_bits }
}

/// From 32 TiB down to 32 MiB of data region; each is tried when the one before is refused.
pub(crate) const LADDER: [Rung; 12] = [
    rung(33, 6, 22, 14),
    rung(31, 5, 22, 13),
    rung(30, 4, 21, 12),
    rung(28, 4, 20, 11),
    rung(27, 3, 19, 10),
    rung(26, 2, 18, 9),
    rung(25, 1, 17, 8),
    rung(24, 0, 16, 8),
    rung(23, 0, 15, 7),
    rung(22, 0, 14, 6),
    rung(21, 0, 13, 5),
    rung(19, 0, 12, 4),
];

impl Rung {
    /// Bytes of the data region.
    pub(crate) const fn data_bytes(self) -> usize {
        1 << (self.span_bits + CLASS_BITS + self.arena_bits)
    }

    const fn span_bytes(self) -> usize {
        1 << self.span_bits
    }

    /// Slots of `class` in one span: what fits, at most what a `SlotId` can number.
    const fn slots(self, class: usize) -> usize {
        let size = SLOT_SIZES[class] as usize;
        if size == 0 {
            return 0;
        }
        let fit = self.span_bytes() / size;
        if fit < 1 << SLOT_BITS { fit } else { 1 << SLOT_BITS }
    }
}

// The smallest rung still has room for a few of the largest slots, and spans whose starts keep
// every slot's natural alignment.
const_assert!(LADDER[LADDER.len() - 1].slots(LAST_CLASS) >= 3);
const_assert!(LADDER[LADDER.len() - 1].span_bytes() >= 2 * 131_072);
const_assert!(LADDER[0].arena_bits == MAX_ARENAS.ilog2());

/// What the arithmetic needs to know of one class.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ClassRow {
    /// floor(2^64 / slot size) + 1; 0 for the zero class and unused numbers, which no pointer
    /// then matches.
    reciprocal: u64,
    /// Address of the state of slot 0 in arena 0.
    states: usize,
    /// Address of the row of slab 0 in arena 0.
    slabs: usize,
    /// Bytes of a slot.
    slot_bytes: u32,
    /// Slots in one span.
    slots: u32,
}

impl ClassRow {
    const EMPTY: Self = Self { reciprocal: 0, states: 0, slabs: 0, slot_bytes: 0, slots: 0 };
}

/// Where the parts of the metadata region start, as offsets from its base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MetadataPlan {
    /// Large-allocation rows; central records lie before, from 0.
    pub(crate) large_rows: usize,
    /// Thread caches.
    pub(crate) caches: usize,
    /// Arena 0's states and slab rows.
    pub(crate) arenas: usize,
    /// log2 of the bytes between one arena's part and the next.
    pub(crate) arena_stride_bits: u32,
    /// Bytes of the whole.
    pub(crate) total: usize,
}

/// The bytes of one arena's states and slab rows, and where each class's begin in it.
const fn arena_plan(rung: Rung) -> ([(usize, usize); CLASS_SLOTS], usize) {
    let mut starts = [(0, 0); CLASS_SLOTS];
    let mut at = 0;
    let mut class = 0;
    while class <= LAST_CLASS {
        let slots = rung.slots(class);
        starts[class].0 = at;
        // One more than there are slots: the rest of a span may hold the start of one more, whose
        // state must read as never used.
        at += round_up((slots + 1) * STATE_BYTES, PAGE_MAX);
        starts[class].1 = at;
        at += round_up(slots.div_ceil(SLAB_SLOTS as usize) * SLAB_ROW_BYTES, PAGE_MAX);
        class += 1;
    }
    (starts, at)
}

/// How the metadata region of `rung` is divided, with thread caches of `cache_bytes` each.
pub(crate) const fn metadata_plan(rung: Rung, cache_bytes: usize) -> MetadataPlan {
    let arenas_count = 1 << rung.arena_bits;
    let large_rows = round_up(arenas_count * CLASS_SLOTS * RECORD_BYTES, PAGE_MAX);
    let caches = large_rows + round_up(LARGE_ROW_BYTES << rung.large_bits, PAGE_MAX);
    let arenas = caches + round_up(cache_bytes << rung.cache_bits, PAGE_MAX);
    let arena_stride_bits = arena_plan(rung).1.next_power_of_two().trailing_zeros();
    let total = arenas + (arenas_count << arena_stride_bits);
    MetadataPlan { large_rows, caches, arenas, arena_stride_bits, total }
}

/// Where everything is. Decided once at start.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    data: Addr,
    data_bytes: usize,
    /// Bytes of a class span, less one.
    span_mask: usize,
    span_bits: u32,
    arena_stride_bits: u32,
    arenas: u32,
    /// Most large allocations and retained ranges.
    pub(crate) large_rows: u32,
    /// Most thread caches.
    pub(crate) caches: u32,
    classes: [ClassRow; CLASS_SLOTS],
}

/// As much of a layout as it takes to find an address's class.
#[derive(Clone, Copy)]
pub(crate) struct Spans {
    data: Addr,
    bits: u32,
}

impl Spans {
    /// As if every address were in a span of the zero class, whose slots no address starts.
    pub(crate) const NOWHERE: Self = Self { data: Addr::NULL, bits: usize::BITS - 1 };

    /// The class whose span holds `address`, if any does; some class otherwise.
    #[inline(always)]
    pub(crate) const fn class_at(&self, address: Addr) -> ClassId {
        ClassId::masked(address.offset_from(self.data) >> self.bits)
    }
}

/// What an address inside the data region is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    /// The arena and class whose span holds it.
    pub(crate) arena: ArenaId,
    /// As above.
    pub(crate) class: ClassId,
    /// Number of the slot that holds it, if the class has that many.
    pub(crate) slot: Option<SlotId>,
    /// Bytes into that slot.
    pub(crate) offset: usize,
}

impl Layout {
    /// A layout without any data region: no address lies in it.
    pub(crate) const EMPTY: Self = Self {
        data: Addr::NULL,
        data_bytes: 0,
        span_mask: 0,
        span_bits: 0,
        arena_stride_bits: 0,
        arenas: 0,
        large_rows: 0,
        caches: 0,
        classes: [ClassRow::EMPTY; CLASS_SLOTS],
    };

    /// The layout of `rung` with its data region at `data` (a multiple of [`DATA_ALIGN`]) and its
    /// metadata region, divided by `plan`, at `metadata`.
    pub(crate) fn new(rung: Rung, data: Addr, metadata: Addr, plan: MetadataPlan) -> Self {
        let mut classes = [ClassRow::EMPTY; CLASS_SLOTS];
        let starts = arena_plan(rung).0;
        for (class, row) in classes.iter_mut().enumerate().take(LAST_CLASS + 1) {
            let size = SLOT_SIZES[class];
            let arena = metadata.plus(plan.arenas);
            *row = ClassRow {
                reciprocal: if class == 0 { 0 } else { u64::MAX / u64::from(size.max(1)) + 1 },
                states: arena.plus(starts[class].0).get(),
                slabs: arena.plus(starts[class].1).get(),
                slot_bytes: size,
                slots: rung.slots(class) as u32,
            };
        }
        Self {
            data,
            data_bytes: rung.data_bytes(),
            span_mask: rung.span_bytes() - 1,
            span_bits: rung.span_bits,
            arena_stride_bits: plan.arena_stride_bits,
            arenas: 1 << rung.arena_bits,
            large_rows: 1 << rung.large_bits,
            caches: 1 << rung.cache_bits,
            classes,
        }
    }

    /// Number of arenas, a power of two.
    pub(crate) const fn arenas(&self) -> u32 {
        self.arenas
    }

    /// log2 of the bytes of a class span.
    pub(crate) const fn span_bits(&self) -> u32 {
        self.span_bits
    }

    #[inline(always)]
    const fn row(&self, class: ClassId) -> &ClassRow {
        &self.classes[class.get()]
    }

    /// Slots in one span of `class`.
    #[inline(always)]
    pub(crate) const fn slots(&self, class: ClassId) -> u32 {
        self.row(class).slots
    }

    /// Bytes of a slot of `class`.
    #[inline(always)]
    pub(crate) const fn slot_bytes(&self, class: ClassId) -> usize {
        self.row(class).slot_bytes as usize
    }

    /// floor(2^64 / slot size) + 1, or 0 for a class without slots to be found by their addresses.
    pub(crate) const fn reciprocal(&self, class: ClassId) -> u64 {
        self.row(class).reciprocal
    }

    /// Where the spans are.
    pub(crate) const fn spans(&self) -> Spans {
        Spans { data: self.data, bits: self.span_bits }
    }

    /// Whether `address` lies in the data region.
    #[inline(always)]
    pub(crate) const fn holds(&self, address: Addr) -> bool {
        address.offset_from(self.data) < self.data_bytes
    }

    /// The slot that starts exactly at `address`; `None` for any other address, and for those of
    /// the zero class.
    ///
    /// The product's high half is the slot number; its low half is below the reciprocal exactly
    /// when the division leaves no rest (offset * slot size < 2^64, and the span is smaller than
    /// the reciprocal).
    #[inline(always)]
    pub(crate) fn place_of(&self, address: Addr) -> Option<Place> {
        let offset = address.offset_from(self.data);
        if offset >= self.data_bytes {
            return None;
        }
        let span = offset >> self.span_bits;
        let class = ClassId::masked(span);
        let row = self.row(class);
        let within = (offset & self.span_mask) as u128;
        let product = within * u128::from(row.reciprocal);
        if product as u64 >= row.reciprocal {
            return None;
        }
        let slot = SlotId::new(ArenaId::masked(span >> CLASS_BITS), (product >> 64) as u32)?;
        Some(Place { class, slot })
    }

    /// What lies at `address`; for reports and the zero class, not for the hot path.
    pub(crate) fn position_of(&self, address: Addr) -> Option<Position> {
        if !self.holds(address) {
            return None;
        }
        let offset = address.offset_from(self.data);
        let span = offset >> self.span_bits;
        let (class, arena) = (ClassId::masked(span), ArenaId::masked(span >> CLASS_BITS));
        let size = self.slot_bytes(class).max(1);
        let within = offset & self.span_mask;
        let number = u32::try_from(within / size).ok().filter(|number| *number < self.slots(class));
        let slot = number.and_then(|number| SlotId::new(arena, number));
        Some(Position { arena, class, slot, offset: within % size })
    }

    /// First byte of the span of `class` in `arena`.
    #[inline(always)]
    pub(crate) const fn span_start(&self, arena: ArenaId, class: ClassId) -> Addr {
        self.data.plus((arena.get() << CLASS_BITS | class.get()) << self.span_bits)
    }

    /// First byte of a slot.
    #[inline(always)]
    pub(crate) const fn address_of(&self, place: Place) -> Addr {
        let within = place.slot.number() as usize * self.slot_bytes(place.class);
        self.span_start(place.slot.arena(), place.class).plus(within)
    }

    /// Where the states of a class span begin.
    #[inline(always)]
    pub(crate) const fn states_start(&self, arena: ArenaId, class: ClassId) -> Addr {
        Addr::new(self.row(class).states).plus(arena.get() << self.arena_stride_bits)
    }

    /// Where the state of a slot is kept.
    #[inline(always)]
    pub(crate) const fn state_address(&self, place: Place) -> Addr {
        let within = place.slot.number() as usize * STATE_BYTES;
        self.states_start(place.slot.arena(), place.class).plus(within)
    }

    /// Where the row of slab number `slab` is kept.
    #[inline(always)]
    pub(crate) const fn slab_address(&self, arena: ArenaId, class: ClassId, slab: u32) -> Addr {
        let arena = arena.get() << self.arena_stride_bits;
        Addr::new(self.row(class).slabs).plus(arena).plus(slab as usize * SLAB_ROW_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::{DATA_ALIGN, LADDER, Layout, metadata_plan};
    use crate::base::addr::Addr;
    use crate::base::index::{ArenaId, ClassId, Place, SlotId};
    use crate::geometry::classes::LAST_CLASS;

    const CACHE_BYTES: usize = 64 << 10;
    const DATA: usize = 0x10_0000 * DATA_ALIGN;
    const METADATA: usize = 0x4000_0000_0000;

    fn layouts() -> impl Iterator<Item = Layout> {
        LADDER.into_iter().map(|rung| {
            let plan = metadata_plan(rung, CACHE_BYTES);
            Layout::new(rung, Addr::new(DATA), Addr::new(METADATA), plan)
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
            let mut last = METADATA + plan.arenas;
            for arena in 0..layout.arenas() as usize {
                for class in 0..=LAST_CLASS {
                    let (arena, class) = (ArenaId::masked(arena), ClassId::new(class).unwrap());
                    let place = |number| Place { class, slot: SlotId::new(arena, number).unwrap() };
                    let first = layout.state_address(place(1)).get();
                    let end = layout.state_address(place(layout.slots(class) - 1)).get() + 2;
                    let slabs = layout.slab_address(arena, class, 0).get();
                    assert!(first >= last && slabs >= end);
                    let count = layout.slots(class).div_ceil(64);
                    last = layout.slab_address(arena, class, count).get();
                }
            }
            assert!(last <= METADATA + plan.total);
        }
    }
}
