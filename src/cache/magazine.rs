//! The magazine of a class: slots that malloc may hand out, in random order, the next one last.

use crate::base::generator::Generator;
use crate::base::index::{ClassId, Entry, SlotId};
use crate::region::current::Current;
use crate::region::rows::ClassCache;

/// Takes the next slot. `None` when the magazine is empty.
#[inline(always)]
pub(crate) fn pop(current: &mut Current, class: ClassId) -> Option<SlotId> {
    let (cache, entries) = current.parts();
    take_last(&mut cache.classes[class.get()], entries)
}

/// As `pop`, for one class's part.
#[inline(always)]
pub(crate) fn take_last(part: &mut ClassCache, entries: &[Entry]) -> Option<SlotId> {
    let last = u32::from(part.magazine_len).checked_sub(1)?;
    let slot = entries.get((part.magazine + last) as usize)?.get();
    part.magazine_len = last as u16;
    slot
}

/// Adds a slot at a random position, so that slots added one by one are in random order. Hands it
/// back when the magazine is full.
pub(crate) fn insert(
    part: &mut ClassCache,
    entries: &mut [Entry],
    slot: SlotId,
    generator: &mut Generator,
) -> Result<(), SlotId> {
    if part.magazine_len >= part.magazine_cap {
        return Err(slot);
    }
    let len = u32::from(part.magazine_len);
    let start = part.magazine as usize;
    let Some(magazine) = entries.get_mut(start..=start + len as usize) else { return Err(slot) };
    let at = Generator::below(generator.next_u16(), len + 1) as usize;
    if let Some(last) = magazine.last_mut() {
        *last = Entry::of(slot);
    }
    magazine.swap(at.min(len as usize), len as usize);
    part.magazine_len += 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{insert, take_last};
    use crate::base::generator::Generator;
    use crate::base::index::{ArenaId, ClassId, Entry, SlotId};
    use crate::cache::shape;
    use crate::options::Options;

    #[test]
    fn slots_come_out_once_each_and_in_random_order() {
        let mut generator = Generator::new_empty();
        generator.rekey([7; 32]);
        let mut part = shape::empty(&Options::DEFAULT, ClassId::new(4).unwrap());
        let mut entries = vec![Entry::NONE; shape::total_entries(&Options::DEFAULT)];
        let mut firsts = Vec::new();
        for _ in 0..200 {
            for number in 1..=64 {
                let slot = SlotId::new(ArenaId::masked(0), number).unwrap();
                insert(&mut part, &mut entries, slot, &mut generator).unwrap();
            }
            let out: Vec<u32> =
                core::iter::from_fn(|| take_last(&mut part, &entries)).map(SlotId::number).collect();
            firsts.push(out[0]);
            let mut sorted = out.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (1..=64).collect::<Vec<_>>());
        }
        let distinct: std::collections::HashSet<_> = firsts.into_iter().collect();
        assert!(distinct.len() > 50);
    }
}
