//! Handing slots out in batches and taking them back.

use super::grow;
use super::slab::{self, List, Slabs};
use super::stock;
use crate::base::bits::BitWord;
use crate::base::generator::Generator;
use crate::base::index::{ArenaId, ClassId, Entry, Place, SLAB_SLOTS, SlotId};
use crate::region::rows::CentralRecord;
use crate::region::sealed::sealed;
use crate::slot::life::Flaw;

/// Slabs looked at for one batch once something was found: a badly fragmented class must not make
/// one refill visit dozens of slabs.
const SLABS_PER_BATCH: u32 = 4;

/// Up to so many slots are drawn one by one. More come one behind the other and are shuffled, which costs less; of
/// eight, one in eight would then lie right behind the last.
const SCATTERED: usize = 8;

/// Why a record gave no slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shortage {
    /// The span is used up.
    Full,
    /// The system refused to make more of it usable.
    Refused,
}

/// What a record gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Taken {
    /// Of which arena.
    pub(crate) arena: ArenaId,
    /// How many slots.
    pub(crate) count: usize,
    /// Whether their order is as good as random: what is in stock left a quarantine so.
    pub(crate) is_shuffled: bool,
}

/// Takes slots (at least one) from the record of (`arena`, `class`) to the front of `space`, as many as it has room for
/// or as are easily had, opening more of the span when nothing is left.
pub(crate) fn take(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    space: &mut [Entry],
    generator: &mut Generator,
) -> Result<Taken, Shortage> {
    let count = stock::take(record, arena, class, space);
    if count > 0 {
        return Ok(Taken { arena, count, is_shuffled: true });
    }
    let room = space.len();
    let is_scattered = room <= SCATTERED && sealed().options.random_order;
    let mut rest = space.iter_mut();
    let mut visited = 0;
    while rest.len() > 0 && (rest.len() == room || visited < SLABS_PER_BATCH) {
        let mut slabs = Slabs::new(record, arena, class);
        let Some(number) = pick(&slabs) else {
            if rest.len() < room {
                break;
            }
            grow::extend(record, arena, class, generator)?;
            continue;
        };
        visited += 1;
        let mut slab = slabs.load(number);
        let (mut from, mut taken) = (0, 0);
        while rest.len() > 0
            && let Some(bit) = if is_scattered || taken == 0 {
                draw(slab.available, generator)
            } else {
                slab.available.next_from(from)
            }
        {
            slab.available = slab.available.without(bit);
            from = bit;
            taken += 1;
            if let Some(slot) = SlotId::new(arena, number * SLAB_SLOTS + bit)
                && let Some(entry) = rest.next()
            {
                *entry = Entry::of(slot);
            }
        }
        slab.out += taken;
        slab.taken = slab::EVERYBODY;
        let (from, home) = (slab.list as u32, slabs.home_of(slab));
        slabs.update(number, slab, home);
        record.deepest = record.deepest.max(from);
        record.out += taken;
    }
    Ok(Taken { arena, count: room - rest.len(), is_shuffled: is_scattered })
}

/// Any of a slab's slots, or the first, where that is wanted.
fn draw(available: BitWord, generator: &mut Generator) -> Option<u32> {
    // Drawn among those that there are: from a random place on, the first would mostly be the lowest
    // where few are open.
    let rank = if sealed().options.random_order {
        Generator::below(generator.next_u16(), available.count())
    } else {
        0
    };
    available.nth(rank)
}

/// The slots that `take` gives for so many.
#[cfg(all(test, any(loom, shuttle, threads)))]
pub(crate) fn taken(
    record: &mut CentralRecord,
    (arena, class): (ArenaId, ClassId),
    want: usize,
    generator: &mut Generator,
) -> Vec<SlotId> {
    let mut space = vec![Entry::NONE; want];
    let count = take(record, arena, class, &mut space, generator).map_or(0, |taken| taken.count);
    space.into_iter().take(count).map(Entry::slot).collect()
}

/// Slabs, from the last one down, in which a slot at a multiple is looked for before more are opened.
const SLABS_SEARCHED: u32 = 256;
/// Steps that are opened to find one.
const STEPS: u32 = 8;

/// Takes a slot whose number is a multiple of `multiple`, a power of two.
pub(crate) fn take_at_multiple(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    multiple: u32,
    generator: &mut Generator,
) -> Option<SlotId> {
    for _ in 0..STEPS {
        let end = slab::end(record);
        let mut slabs = Slabs::new(record, arena, class);
        let found = (end.saturating_sub(SLABS_SEARCHED)..end).rev().find_map(|number| {
            let slab = slabs.load(number);
            let fits = |bit: &u32| {
                slab.available.has(*bit)
                    && (number * SLAB_SLOTS + bit) & multiple.wrapping_sub(1) == 0
            };
            Some((number, slab, (0..SLAB_SLOTS).find(fits)?))
        });
        if let Some((number, mut slab, bit)) = found {
            slab.available = slab.available.without(bit);
            slab.out += 1;
            let home = slabs.home_of(slab);
            slabs.update(number, slab, home);
            record.out += 1;
            return SlotId::new(arena, number * SLAB_SLOTS + bit);
        }
        grow::extend(record, arena, class, generator).ok()?;
    }
    None
}

/// The slab to take from: the fullest first, then one emptied lately, then one whose pages would
/// have to be faulted in.
fn pick(slabs: &Slabs<'_>) -> Option<u32> {
    let lists = [
        List::Partial16,
        List::Partial32,
        List::Partial48,
        List::Partial64,
        slabs.young_empties(),
        slabs.old_empties(),
        List::Pristine,
    ];
    lists.into_iter().find_map(|list| slabs.head(list))
}

/// Takes a slot back. Refuses one that the record has already, as far as it can tell now.
pub(crate) fn give_back(record: &mut CentralRecord, place: Place) -> Result<(), Flaw> {
    let slot = [Entry::of(place.slot)];
    match stock::put(record, place.slot.arena(), place.class, &slot) {
        0 => put_into_slab(record, place),
        _ => Ok(()),
    }
}

/// Takes slots of (`arena`, `class`) back; `refused` is told of those that the record has already.
pub(crate) fn give_back_all(
    record: &mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
    slots: &[Entry],
    refused: impl FnMut(Flaw, Place),
) {
    let stocked = stock::put(record, arena, class, slots);
    give_back_to_slabs(record, class, slots.get(stocked..).unwrap_or_default(), refused);
}

/// The same, past what is in stock.
pub(crate) fn give_back_to_slabs(
    record: &mut CentralRecord,
    class: ClassId,
    slots: &[Entry],
    mut refused: impl FnMut(Flaw, Place),
) {
    for place in slots.iter().map(|entry| Place { class, slot: entry.slot() }) {
        if let Err(flaw) = put_into_slab(record, place) {
            refused(flaw, place);
        }
    }
}

/// Puts a slot back into its slab. Refuses one that is there already.
pub(super) fn put_into_slab(record: &mut CentralRecord, place: Place) -> Result<(), Flaw> {
    Slabs::new(record, place.slot.arena(), place.class)
        .put(place.slot.slab().get(), place.slot.bit())
}
