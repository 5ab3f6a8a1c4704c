//! Which arena, class, slab and slot.

use static_assertions::const_assert;

/// Most arenas a layout can have.
pub(crate) const MAX_ARENAS: usize = 256;
/// Size class numbers run below this; a power of two so that an address yields one by a mask.
pub(crate) const CLASS_SLOTS: usize = 64;
/// Slots in a slab: one bit each in one word.
pub(crate) const SLAB_SLOTS: u32 = 64;
/// Bits of a slot number inside one class span.
pub(crate) const SLOT_BITS: u32 = 24;

const_assert!(MAX_ARENAS << SLOT_BITS == 1 << 32);

/// A size class.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ClassId(u8);

impl ClassId {
    /// The class of zero-size allocations.
    pub(crate) const ZERO: Self = Self(0);

    /// `None` from [`CLASS_SLOTS`] on.
    #[inline(always)]
    pub(crate) const fn new(raw: usize) -> Option<Self> {
        if raw < CLASS_SLOTS { Some(Self(raw as u8)) } else { None }
    }

    /// The class number that the low bits of `raw` hold.
    #[inline(always)]
    pub(crate) const fn masked(raw: usize) -> Self {
        Self((raw & (CLASS_SLOTS - 1)) as u8)
    }

    /// The number, below [`CLASS_SLOTS`].
    #[inline(always)]
    pub(crate) const fn get(self) -> usize {
        self.0 as usize & (CLASS_SLOTS - 1)
    }
}

/// An arena.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ArenaId(u8);

impl ArenaId {
    /// The arena number that the low bits of `raw` hold.
    #[inline(always)]
    pub(crate) const fn masked(raw: usize) -> Self {
        Self((raw & (MAX_ARENAS - 1)) as u8)
    }

    /// The number, below [`MAX_ARENAS`].
    #[inline(always)]
    pub(crate) const fn get(self) -> usize {
        self.0 as usize & (MAX_ARENAS - 1)
    }
}

/// An arena as the upper bits of its slots' ids.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ArenaBits(u32);

impl ArenaBits {
    /// Those of `arena`.
    pub(crate) const fn of(arena: ArenaId) -> Self {
        Self((arena.get() as u32) << SLOT_BITS)
    }

    /// The arena.
    pub(crate) const fn arena(self) -> ArenaId {
        ArenaId::masked((self.0 >> SLOT_BITS) as usize)
    }

    /// Whether `slot` is of this arena.
    #[inline(always)]
    pub(crate) const fn holds(self, slot: SlotId) -> bool {
        slot.0 >> SLOT_BITS == self.0 >> SLOT_BITS
    }

    /// Whether all of these slots are: without a branch for each.
    pub(crate) fn holds_all(self, entries: &[Entry]) -> bool {
        entries.iter().fold(0, |seen, entry| seen | (entry.0 ^ self.0)) >> SLOT_BITS == 0
    }
}

/// A slot of a class: its arena in the upper 8 bits, its number in the class span in the lower 24.
///
/// Number 0 of every span is never used, so a zeroed entry of a table means "none".
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SlotId(u32);

impl SlotId {
    /// `None` for number 0 or one that does not fit in [`SLOT_BITS`].
    #[inline(always)]
    pub(crate) const fn new(arena: ArenaId, number: u32) -> Option<Self> {
        if number.wrapping_sub(1) >= (1 << SLOT_BITS) - 1 {
            return None;
        }
        Some(Self((arena.get() as u32) << SLOT_BITS | number))
    }

    /// The slot with this number, which is one of a span's, in an arena given by its bits.
    #[inline(always)]
    pub(crate) const fn in_arena(arena: ArenaBits, number: u32) -> Self {
        Self(arena.0 | number)
    }

    /// Its arena.
    #[inline(always)]
    pub(crate) const fn arena(self) -> ArenaId {
        ArenaId::masked((self.0 >> SLOT_BITS) as usize)
    }

    /// Its number in the class span.
    #[inline(always)]
    pub(crate) const fn number(self) -> u32 {
        self.0 & ((1 << SLOT_BITS) - 1)
    }

    /// The slab that holds it.
    #[inline(always)]
    pub(crate) const fn slab(self) -> SlabIndex {
        SlabIndex(self.number() / SLAB_SLOTS)
    }

    /// Its bit in the slab's word.
    #[inline(always)]
    pub(crate) const fn bit(self) -> u32 {
        self.number() % SLAB_SLOTS
    }
}

/// An entry of a table of slots: a slot, or none.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry(u32);

impl Entry {
    /// No slot. All bytes zero, as in a table never written.
    pub(crate) const NONE: Self = Self(0);

    /// Holds `slot`.
    #[inline(always)]
    pub(crate) const fn of(slot: SlotId) -> Self {
        Self(slot.0)
    }

    /// Its bits, for tables of atomics.
    #[inline(always)]
    pub(crate) const fn raw(self) -> u32 {
        self.0
    }

    /// The entry with these bits.
    #[inline(always)]
    pub(crate) const fn of_raw(raw: u32) -> Self {
        Self(raw)
    }

    /// The number of the slot in it, if that is of this arena. Of an entry without a slot 0, which no slot
    /// has, may come out.
    #[inline(always)]
    pub(crate) const fn number_in(self, arena: ArenaBits) -> Option<u32> {
        let number = self.0 ^ arena.0;
        if number >> SLOT_BITS == 0 { Some(number) } else { None }
    }

    /// The slot in it, where there is one; else slot 0, which is DEAD in every span.
    #[inline(always)]
    pub(crate) const fn slot(self) -> SlotId {
        SlotId(self.0)
    }

    /// The slot in it.
    #[inline(always)]
    pub(crate) const fn get(self) -> Option<SlotId> {
        if self.0 == 0 { None } else { Some(SlotId(self.0)) }
    }
}

/// A slab of a class span: 64 consecutive slots.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SlabIndex(u32);

impl SlabIndex {
    /// The number.
    #[inline(always)]
    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}

/// A slot and its class: where a small allocation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Its size class.
    pub(crate) class: ClassId,
    /// The slot in that class.
    pub(crate) slot: SlotId,
}

#[cfg(test)]
mod tests {
    use super::{ArenaId, Entry, SLOT_BITS, SlotId};

    #[test]
    fn slot_ids_take_apart_into_what_they_were_made_of() {
        for arena in [0, 1, 255] {
            for number in (1..1 << SLOT_BITS).step_by(if arena == 1 { 1 } else { 4097 }) {
                let id = SlotId::new(ArenaId::masked(arena), number).unwrap();
                assert_eq!((id.arena().get(), id.number()), (arena, number));
                assert_eq!(id.slab().get() * 64 + id.bit(), number);
            }
        }
        assert!(SlotId::new(ArenaId::masked(5), 0).is_none());
        assert!(SlotId::new(ArenaId::masked(0), 1 << SLOT_BITS).is_none());
        assert_eq!(Entry::NONE.get(), None);
        let id = SlotId::new(ArenaId::masked(0), 1).unwrap();
        assert_eq!(Entry::of(id).get(), Some(id));
    }
}
