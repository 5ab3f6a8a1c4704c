//! The magazine of a class: slots that malloc may hand out, taken at random.

use crate::base::generator::Generator;
use crate::base::index::{ClassId, SlotId};
use crate::region::current::{Current, Entry};
use crate::region::rows::ClassCache;

/// Takes a random slot. `None` when the magazine is empty or the random draws are used up:
/// `exchange::refill` then knows which.
#[inline(always)]
pub(crate) fn pop(current: &mut Current, class: ClassId) -> Option<SlotId> {
    let (cache, entries) = current.parts();
    let part = &mut cache.classes[class.get()];
    let len = u32::from(part.magazine_len);
    if len == 0 {
        return None;
    }
    let draw = cache.generator.try_next()?;
    pop_at(part, entries, Generator::below(draw, len))
}

/// Takes the slot at `index`; the last one takes its place.
#[inline(always)]
fn pop_at(part: &mut ClassCache, entries: &mut [Entry], index: u32) -> Option<SlotId> {
    let last = u32::from(part.magazine_len) - 1;
    let moved = *entries.get((part.magazine + last) as usize)?;
    let taken = entries.get_mut((part.magazine + index) as usize)?;
    part.magazine_len = last as u16;
    core::mem::replace(taken, moved)
}

/// Takes the slot that came last; for emptying a magazine, where order does not matter.
pub(crate) fn pop_last(part: &mut ClassCache, entries: &mut [Entry]) -> Option<SlotId> {
    let last = u32::from(part.magazine_len).checked_sub(1)?;
    pop_at(part, entries, last)
}

/// Adds a slot; hands it back when the magazine is full.
#[inline(always)]
pub(crate) fn push(part: &mut ClassCache, entries: &mut [Entry], slot: SlotId) -> Result<(), SlotId> {
    if part.magazine_len >= part.magazine_cap {
        return Err(slot);
    }
    let Some(entry) = entries.get_mut((part.magazine + u32::from(part.magazine_len)) as usize)
    else {
        return Err(slot);
    };
    *entry = Some(slot);
    part.magazine_len += 1;
    Ok(())
}
