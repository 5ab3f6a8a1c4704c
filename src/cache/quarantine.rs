//! The quarantine of a class: freed slots wait in a random ring, then in a FIFO.

use crate::base::generator::Generator;
use crate::base::index::SlotId;
use crate::region::current::Entry;
use crate::region::rows::ClassCache;

/// Puts `slot` in and says which slot comes out for it, if any. `draw` decides its place in the
/// ring.
#[inline(always)]
pub(crate) fn exchange(
    part: &mut ClassCache,
    entries: &mut [Entry],
    slot: SlotId,
    draw: u16,
) -> Option<SlotId> {
    let mut moving = slot;
    if part.ring_len != 0 {
        let index = part.ring + Generator::below(draw, u32::from(part.ring_len));
        moving = swap(entries, index, moving)?;
    }
    if part.fifo_len != 0 {
        let at = part.fifo_at;
        let next = at + 1;
        part.fifo_at = if next >= part.fifo_len { 0 } else { next };
        moving = swap(entries, part.fifo + u32::from(at), moving)?;
    }
    Some(moving)
}

#[inline(always)]
fn swap(entries: &mut [Entry], index: u32, slot: SlotId) -> Option<SlotId> {
    entries.get_mut(index as usize)?.replace(slot)
}

/// Takes out any one slot, the oldest of the FIFO first.
pub(crate) fn take_any(part: &mut ClassCache, entries: &mut [Entry]) -> Option<SlotId> {
    let fifo_len = u32::from(part.fifo_len);
    let from_fifo =
        (0..fifo_len).map(|i| part.fifo + (u32::from(part.fifo_at) + i) % fifo_len.max(1));
    let from_ring = (0..u32::from(part.ring_len)).map(|i| part.ring + i);
    from_fifo.chain(from_ring).find_map(|index| entries.get_mut(index as usize)?.take())
}

#[cfg(test)]
mod tests {
    use super::{exchange, take_any};
    use crate::base::index::{ArenaId, ClassId, SlotId};
    use crate::cache::shape;
    use crate::options::Options;
    use crate::region::current::Entry;
    use std::collections::HashSet;

    fn slot(number: u32) -> SlotId {
        SlotId::new(ArenaId::masked(0), number).unwrap()
    }

    #[test]
    fn what_goes_in_comes_out_once_and_not_before_its_time() {
        let class = ClassId::new(3).unwrap();
        let mut part = shape::empty(&Options::DEFAULT, class);
        let mut entries: Vec<Entry> = vec![None; shape::total_entries(&Options::DEFAULT)];
        let mut inside = HashSet::new();
        let mut draw = 1u16;
        for number in 1..10_000 {
            draw = draw.wrapping_mul(25_173).wrapping_add(13_849);
            inside.insert(number);
            if let Some(out) = exchange(&mut part, &mut entries, slot(number), draw) {
                assert!(inside.remove(&out.number()));
                // The FIFO alone holds it back for its whole length.
                assert!(out.number() + u32::from(part.fifo_len) <= number);
            }
        }
        assert!(inside.len() > usize::from(part.fifo_len));
        while let Some(out) = take_any(&mut part, &mut entries) {
            assert!(inside.remove(&out.number()));
        }
        assert!(inside.is_empty());
    }
}
