//! One class span as a thread's cache sees it: from pointer to slot and back without the layout.
//!
//! - **W-SPAN**: a `Span` is zero, or made by `Span::of` for an (arena, class) of the layout. It is
//!   only asked for slot numbers that it gave itself (`number_of`) or that the record of its span
//!   handed out, or for slot 0 of a span with any of these; all are in open chunks.

use super::chunks;
use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::base::index::{ArenaId, ClassId};
use crate::base::sync::AtomicU16;
use crate::geometry::layout::{CHUNK_SLOTS, state_offset};
use core::arch::asm;
use core::ptr::with_exposed_provenance;

/// Where a class span and the states of its slots are. All zero: no span, which no address is in.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Span {
    /// First byte of the span.
    data: Addr,
    /// Bytes of its slots whose states can be read.
    len: usize,
    /// State of slot 0.
    states: Addr,
    /// As in the layout: the high half of a product with it divides by the slot size.
    reciprocal: u64,
}

impl Span {
    /// No span.
    #[cfg(test)]
    pub(crate) const NONE: Self =
        Self { data: Addr::NULL, len: 0, states: Addr::NULL, reciprocal: 0 };

    /// The span of `class` in `arena`, as far as it is open now.
    pub(crate) fn of(arena: ArenaId, class: ClassId) -> Self {
        let layout = &sealed().layout;
        let slots = chunks::readable(arena).saturating_mul(CHUNK_SLOTS).min(layout.slots(class));
        Self {
            data: layout.span_start(arena, class),
            len: slots as usize * layout.slot_bytes(class),
            states: layout.states_start(arena, class),
            reciprocal: layout.reciprocal(class),
        }
    }

    /// Bytes of its slots, as far as it is open.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The number of the slot that starts exactly at `address`; `None` for any other address. Number
    /// 0 is never handed out, so its state tells that it is not live.
    #[inline(always)]
    pub(crate) fn number_of(&self, address: Addr) -> Option<u32> {
        let within = address.offset_from(self.data);
        if within >= self.len {
            return None;
        }
        // Else the compiler makes one branch of two, and four instructions in place of two.
        let product = in_one_register(within) as u128 * u128::from(self.reciprocal);
        if product as u64 >= self.reciprocal {
            return None;
        }
        Some((product >> 64) as u32)
    }

    /// First byte of slot `number`, of `slot_bytes` each.
    #[inline(always)]
    pub(crate) fn address_of(&self, number: u32, slot_bytes: usize) -> Addr {
        self.data.plus(number as usize * slot_bytes)
    }

    /// The state of slot `number`.
    #[inline(always)]
    pub(crate) fn state(&self, number: u32) -> &'static AtomicU16 {
        let at = self.states.plus(state_offset(number));
        // SAFETY: W-SPAN, T-MAPPED, T-ATOMIC.
        unsafe { &*with_exposed_provenance(at.get()) }
    }

    /// The same, for one that is used again and again: its address is kept in one register.
    #[inline(always)]
    pub(crate) fn state_to_keep(&self, number: u32) -> &'static AtomicU16 {
        let at = in_one_register(self.states.plus(state_offset(number)).get());
        // SAFETY: W-SPAN, T-MAPPED, T-ATOMIC.
        unsafe { &*with_exposed_provenance(at) }
    }

    /// The state of the slot before the one whose own is `state`. Of the first of a chunk, which is never
    /// handed out, it is another's; it is read, and then not used because that slot is not live.
    #[inline(always)]
    pub(crate) fn state_before(state: &'static AtomicU16) -> &'static AtomicU16 {
        // SAFETY: states follow one another, and every chunk of states has something mapped before it.
        let before = unsafe { core::ptr::from_ref(state).sub(1) };
        // SAFETY: as above; T-MAPPED, T-ATOMIC.
        unsafe { &*before }
    }
}

/// A number as such, at this place: of a sum the compiler would keep the two parts, and then has one register too few
/// for `free`, which saved one on the stack (2 % of the time of `malloc(48)` and `free`); and two branches with
/// this between them stay two.
#[inline(always)]
fn in_one_register(sum: usize) -> usize {
    let same;
    // SAFETY: no instruction.
    unsafe {
        asm!("/* {0} */", inlateout(reg) sum => same, options(nomem, nostack, preserves_flags));
    }
    same
}

#[cfg(test)]
mod tests {
    use super::Span;
    use crate::base::addr::Addr;
    use crate::geometry::classes::{LAST_CLASS, SLOT_SIZES};

    /// Each byte of a short span and of what lies on both sides, for every class and several lengths.
    #[test]
    fn only_the_starts_of_slots_have_numbers() {
        const DATA: usize = 0x7000_0000_0000;
        for size in SLOT_SIZES[1..=LAST_CLASS].iter().map(|size| *size as usize) {
            let reciprocal = u64::MAX / size as u64 + 1;
            for slots in [0, 1, 5] {
                let len = slots * size;
                let span = Span { data: Addr::new(DATA), len, states: Addr::NULL, reciprocal };
                for at in DATA - 64..DATA + len + 64 {
                    let within = at.wrapping_sub(DATA);
                    let is_start = at >= DATA && within < len && within % size == 0;
                    let expected = is_start.then(|| (within / size) as u32);
                    assert!(span.number_of(Addr::new(at)) == expected, "{at:#x} of {size}");
                }
            }
        }
        assert_eq!(Span::NONE.number_of(Addr::NULL), None);
    }

    /// On the longest span, all slots: found at their first byte, and refused at the bytes next to it. The
    /// product grows evenly between, so nothing between is found either.
    #[test]
    fn every_slot_of_the_longest_span_has_its_number() {
        let data = Addr::new(0x7000_0000_0000);
        for size in SLOT_SIZES[1..=LAST_CLASS].iter().map(|size| *size as usize) {
            let (len, reciprocal) = ((1 << 28) / size * size, u64::MAX / size as u64 + 1);
            let span = Span { data, len, states: Addr::NULL, reciprocal };
            for number in 0..len / size {
                let at = data.plus(number * size);
                assert!(span.number_of(at) == Some(number as u32));
                assert!(span.number_of(at.plus(1)).is_none());
                assert!(span.number_of(at.plus(size - 1)).is_none());
                assert!(span.address_of(number as u32, size) == at);
            }
        }
    }
}
