//! The layout: how the reserved address space is divided, and the arithmetic between pointers and
//! slots.
//!
//! The data region is arena-major, then size class: every (arena, class) span is one array of equal
//! slots. The metadata region holds, one after the other: central records, large-allocation rows,
//! thread caches, stocks of the records, and per arena the states and slab rows of every class.

use super::classes::{LAST_CLASS, SLOT_SIZES};
use super::ladder::{CLASS_BITS, Rung};
use crate::base::addr::Addr;
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, Place, SLAB_SLOTS, SlotId};
use crate::base::size::round_up;

/// Largest page size of any Linux machine this runs on; parts of the metadata start at multiples.
pub(crate) const PAGE_MAX: usize = 65_536;
/// The data region starts at a multiple of this, so that slots are aligned by their size alone.
pub(crate) const DATA_ALIGN: usize = 2 << 20;
/// Bytes of one slot's state.
pub(crate) const STATE_BYTES: usize = 2;
/// Bytes of one slab's row.
pub(crate) const SLAB_ROW_BYTES: usize = 16;
/// States and slab rows of one arena are kept in chunks for this many slots: the first chunk of every
/// class, then the second of every class, and so on. A process that uses little of many classes then
/// touches a few pages and page tables, where one table for each class would touch two of each.
pub(crate) const CHUNK_SLOTS: u32 = 2048;
const CHUNK_BITS: u32 = CHUNK_SLOTS.ilog2();
const STATES_CHUNK: usize = CHUNK_SLOTS as usize * STATE_BYTES;
const SLABS_CHUNK: usize = (CHUNK_SLOTS / SLAB_SLOTS) as usize * SLAB_ROW_BYTES;
/// From one chunk of a class to its next.
const STATES_STRIDE: usize = STATES_CHUNK * CLASS_SLOTS;
const SLABS_STRIDE: usize = SLABS_CHUNK * CLASS_SLOTS;
/// Slots that one central record can hold ready outside their slabs.
pub(crate) const STOCK_ENTRIES: usize = 8192;
/// Bytes of one of them in the stock.
pub(crate) const STOCK_ENTRY_BYTES: usize = 4;
/// Bytes of one central record.
pub(crate) const RECORD_BYTES: usize = 128;
/// Bytes of one large-allocation row.
pub(crate) const LARGE_ROW_BYTES: usize = 64;

/// Spans start at multiples of this, the largest slot size that is a power of two.
const START_ALIGN: usize = 128 << 10;

/// Chunks of states that the class with the most slots needs, for one more slot than there is: the rest
/// of a span may hold the start of one more, whose state must read as never used.
const fn chunks_of(rung: Rung) -> usize {
    rung.slots(1) / CHUNK_SLOTS as usize + 1
}

/// What the arithmetic needs to know of one class.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct ClassRow {
    /// floor(2^64 / slot size) + 1; 0 for the zero class and unused numbers, which no pointer
    /// then matches.
    reciprocal: u64,
    /// Bytes from a span's beginning to its slot 0.
    start: usize,
    /// Bytes of a slot.
    slot_bytes: u32,
    /// Slots in one span.
    slots: u32,
}

impl ClassRow {
    const EMPTY: Self = Self { reciprocal: 0, start: 0, slot_bytes: 0, slots: 0 };
}

/// Where the parts of the metadata region start, as offsets from its base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MetadataPlan {
    /// Large-allocation rows; central records lie before, from 0.
    pub(crate) large_rows: usize,
    /// Thread caches.
    pub(crate) caches: usize,
    /// Stocks of the central records.
    pub(crate) stocks: usize,
    /// Arena 0's states and slab rows.
    pub(crate) arenas: usize,
    /// The slab rows, from the beginning of their arena's part.
    pub(crate) slabs: usize,
    /// log2 of the bytes between one arena's part and the next.
    pub(crate) arena_stride_bits: u32,
    /// Bytes of the whole.
    pub(crate) total: usize,
}

/// How the metadata region of `rung` is divided, with thread caches of `cache_bytes` each.
pub(crate) const fn metadata_plan(rung: Rung, cache_bytes: usize) -> MetadataPlan {
    let arenas_count = 1 << rung.arena_bits;
    let large_rows = round_up(arenas_count * CLASS_SLOTS * RECORD_BYTES, PAGE_MAX);
    let caches = large_rows + round_up(LARGE_ROW_BYTES << rung.large_bits, PAGE_MAX);
    let stocks = caches + round_up(cache_bytes << rung.cache_bits, PAGE_MAX);
    let stock = STOCK_ENTRIES * STOCK_ENTRY_BYTES;
    let arenas = stocks + round_up(arenas_count * CLASS_SLOTS * stock, PAGE_MAX);
    let slabs = round_up(chunks_of(rung) * STATES_STRIDE, PAGE_MAX);
    let arena = slabs + round_up(chunks_of(rung) * SLABS_STRIDE, PAGE_MAX);
    let arena_stride_bits = arena.next_power_of_two().trailing_zeros();
    let all_arenas = if arenas_count == 1 { arena } else { arenas_count << arena_stride_bits };
    MetadataPlan {
        large_rows,
        caches,
        stocks,
        arenas,
        slabs,
        arena_stride_bits,
        total: arenas + all_arenas,
    }
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
    /// First byte of arena 0's states, and of its slab rows.
    states: Addr,
    /// As above.
    slabs: Addr,
    arenas: u32,
    /// Chunks of states, and of slab rows, of one arena.
    pub(crate) chunks: u32,
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
        states: Addr::NULL,
        slabs: Addr::NULL,
        arenas: 0,
        chunks: 0,
        large_rows: 0,
        caches: 0,
        classes: [ClassRow::EMPTY; CLASS_SLOTS],
    };

    /// The layout of `rung` with its data region at `data` (a multiple of [`DATA_ALIGN`]) and its
    /// metadata region, divided by `plan`, at `metadata`. `starts` gives for each class a number below
    /// 2^16 that places its first slot.
    pub(crate) fn new(
        rung: Rung,
        data: Addr,
        metadata: Addr,
        plan: MetadataPlan,
        mut starts: impl FnMut() -> u16,
    ) -> Self {
        let mut classes = [ClassRow::EMPTY; CLASS_SLOTS];
        for (class, row) in classes.iter_mut().enumerate().take(LAST_CLASS + 1) {
            let size = SLOT_SIZES[class];
            let places = rung.start_range() / START_ALIGN;
            *row = ClassRow {
                reciprocal: if class == 0 { 0 } else { u64::MAX / u64::from(size.max(1)) + 1 },
                start: ((places * usize::from(starts())) >> 16) * START_ALIGN,
                slot_bytes: size,
                slots: rung.slots(class) as u32,
            };
        }
        let arena = metadata.plus(plan.arenas);
        Self {
            data,
            data_bytes: rung.data_bytes(),
            span_mask: rung.span_bytes() - 1,
            span_bits: rung.span_bits,
            arena_stride_bits: plan.arena_stride_bits,
            states: arena,
            slabs: arena.plus(plan.slabs),
            arenas: 1 << rung.arena_bits,
            chunks: chunks_of(rung) as u32,
            large_rows: 1 << rung.large_bits,
            caches: 1 << rung.cache_bits,
            classes,
        }
    }

    /// Number of arenas, a power of two.
    pub(crate) const fn arenas(&self) -> u32 {
        self.arenas
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

    /// Where the data region starts, its bytes, and those of one span.
    pub(crate) const fn data_region(&self) -> [usize; 3] {
        [self.data.get(), self.data_bytes, self.span_mask + 1]
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
        let within = (offset & self.span_mask).wrapping_sub(row.start);
        let product = within as u128 * u128::from(row.reciprocal);
        if within > self.span_mask || product as u64 >= row.reciprocal {
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
        let within = (offset & self.span_mask).wrapping_sub(self.row(class).start);
        let number = u32::try_from(within / size).ok().filter(|number| *number < self.slots(class));
        let slot = number.and_then(|number| SlotId::new(arena, number));
        Some(Position { arena, class, slot, offset: within % size })
    }

    /// First byte of slot 0 of the span of `class` in `arena`.
    #[inline(always)]
    pub(crate) const fn span_start(&self, arena: ArenaId, class: ClassId) -> Addr {
        let span = (arena.get() << CLASS_BITS | class.get()) << self.span_bits;
        self.data.plus(span).plus(self.row(class).start)
    }

    /// First byte of a slot.
    #[inline(always)]
    pub(crate) const fn address_of(&self, place: Place) -> Addr {
        let within = place.slot.number() as usize * self.slot_bytes(place.class);
        self.span_start(place.slot.arena(), place.class).plus(within)
    }

    /// Where the first chunk of states of a class span is.
    #[inline(always)]
    pub(crate) const fn states_start(&self, arena: ArenaId, class: ClassId) -> Addr {
        self.states.plus(arena.get() << self.arena_stride_bits).plus(class.get() * STATES_CHUNK)
    }

    /// Where the state of a slot is kept.
    #[inline(always)]
    pub(crate) const fn state_address(&self, place: Place) -> Addr {
        let start = self.states_start(place.slot.arena(), place.class);
        start.plus(state_offset(place.slot.number()))
    }

    /// Where the state of the slot before a slot is kept.
    pub(crate) const fn state_before_address(&self, place: Place) -> Addr {
        let start = self.states_start(place.slot.arena(), place.class);
        start.plus(state_offset(place.slot.number() - 1))
    }

    /// Where the row of slab number `slab` is kept.
    #[inline(always)]
    pub(crate) const fn slab_address(&self, arena: ArenaId, class: ClassId, slab: u32) -> Addr {
        const CHUNK_SLABS: u32 = CHUNK_SLOTS / SLAB_SLOTS;
        let start = self.slabs.plus(arena.get() << self.arena_stride_bits);
        let chunk = (slab / CHUNK_SLABS) as usize * SLABS_STRIDE + class.get() * SLABS_CHUNK;
        start.plus(chunk).plus((slab % CHUNK_SLABS) as usize * SLAB_ROW_BYTES)
    }

    /// The bytes of states, and of slab rows, that chunk number `chunk` of a class span takes.
    pub(crate) fn chunk_ranges(
        &self,
        arena: ArenaId,
        class: ClassId,
        chunk: u32,
    ) -> [(Addr, usize); 2] {
        let states = self.states_start(arena, class).plus(chunk as usize * STATES_STRIDE);
        let slab = chunk * (CHUNK_SLOTS / SLAB_SLOTS);
        [(states, STATES_CHUNK), (self.slab_address(arena, class, slab), SLABS_CHUNK)]
    }

    /// The same for all classes of an arena at once, and for all chunks from number `from` up to `to`.
    pub(crate) fn stride_ranges(&self, arena: ArenaId, from: u32, to: u32) -> [(Addr, usize); 2] {
        let strides = to.saturating_sub(from) as usize;
        let [(states, _), (slabs, _)] = self.chunk_ranges(arena, ClassId::ZERO, from);
        [(states, strides * STATES_STRIDE), (slabs, strides * SLABS_STRIDE)]
    }
}

/// Whether slot `number` is the first of a chunk. Those are never used: see `central::grow`.
#[inline(always)]
pub(crate) const fn is_first_of_chunk(number: u32) -> bool {
    number.is_multiple_of(CHUNK_SLOTS)
}

/// Bytes from the first chunk of states of a class span to the state of slot `number`.
#[inline(always)]
pub(crate) const fn state_offset(number: u32) -> usize {
    // The same as chunk * stride + rest * size, with one operation less.
    (number >> CHUNK_BITS) as usize * (STATES_STRIDE - STATES_CHUNK) + number as usize * STATE_BYTES
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
