//! Slab rows and the lists they are in.
//!
//! A slab is in the list that its row names, or in none: full ones (nothing to take), never opened
//! ones, and those being purged. Links are slab numbers plus one, so that zero means none.

use crate::base::bits::BitWord;
use crate::base::index::{ArenaId, ClassId, SLAB_SLOTS, SLOT_BITS};
use crate::base::sync::Ordering;
use crate::region::footprint;
use crate::region::rows::{CentralRecord, SLAB_LISTS};
use crate::region::sealed::sealed;
use crate::region::tables;
use crate::slot::life::Flaw;
use static_assertions::const_assert;

#[cfg(all(test, any(loom, shuttle, threads)))]
mod interleavings;

/// Where a slab is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum List {
    /// In no list: full, or not open.
    None = 0,
    /// Some slots are out, all but 1 to 16, and some can be taken. The fullest slabs are taken from first, so
    /// that the others may empty.
    Partial16 = 1,
    /// All but 17 to 32.
    Partial32 = 2,
    /// All but 33 to 48.
    Partial48 = 3,
    /// All but 49 to 63.
    Partial64 = 4,
    /// No slot is out, pages may be dirty; emptied in an even period.
    EmptyEven = 5,
    /// As above, in an odd period.
    EmptyOdd = 6,
    /// No slot is out and no page was touched since it was mapped or purged.
    Pristine = 7,
    /// Claimed by a purge; in no list, and not to be touched.
    Claimed = 8,
}

const LISTS: [List; 9] = [
    List::None,
    List::Partial16,
    List::Partial32,
    List::Partial48,
    List::Partial64,
    List::EmptyEven,
    List::EmptyOdd,
    List::Pristine,
    List::Claimed,
];
const_assert!(List::Pristine as usize == SLAB_LISTS - 1);

const LINK_BITS: u32 = SLOT_BITS - 6 + 1;
const LINK_MASK: u64 = (1 << LINK_BITS) - 1;
const LIST_SHIFT: u32 = 2 * LINK_BITS;
const OUT_SHIFT: u32 = LIST_SHIFT + 4;
const TAKEN_SHIFT: u32 = OUT_SHIFT + 7;
const_assert!(TAKEN_SHIFT + 2 <= 64);

/// Who asks which slabs were not in use lately: the number of a bit of `Slab::taken`.
#[derive(Clone, Copy)]
pub(crate) enum Asks {
    /// A tick of the clock.
    Tick = 0,
    /// Somebody when slots got many new pages.
    Growth = 1,
}

/// All of them.
pub(crate) const EVERYBODY: u32 = 1 << Asks::Tick as u32 | 1 << Asks::Growth as u32;

/// A copy of a slab's row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slab {
    /// Slots that can be taken.
    pub(crate) available: BitWord,
    /// Slots handed out to caches and callers.
    pub(crate) out: u32,
    /// The list it is in.
    pub(crate) list: List,
    /// Whether slots were taken since somebody looked, one bit for each who does.
    pub(crate) taken: u32,
    previous: u32,
    next: u32,
}

impl Slab {
    /// One whose row is as the kernel gave it.
    pub(crate) const UNOPENED: Self = Self {
        available: BitWord::new(0),
        out: 0,
        list: List::None,
        taken: 0,
        previous: 0,
        next: 0,
    };

    fn unpack(available: u64, links: u64) -> Self {
        Self {
            available: BitWord::new(available),
            out: (links >> OUT_SHIFT) as u32 & 127,
            list: LISTS.get((links >> LIST_SHIFT) as usize & 15).copied().unwrap_or(List::None),
            taken: (links >> TAKEN_SHIFT) as u32 & EVERYBODY,
            previous: (links & LINK_MASK) as u32,
            next: (links >> LINK_BITS & LINK_MASK) as u32,
        }
    }

    fn pack(self) -> (u64, u64) {
        let links = u64::from(self.previous)
            | u64::from(self.next) << LINK_BITS
            | (self.list as u64) << LIST_SHIFT
            | u64::from(self.out) << OUT_SHIFT
            | u64::from(self.taken) << TAKEN_SHIFT;
        (self.available.get(), links)
    }

    /// Whether no slot is out.
    pub(crate) fn is_empty(self) -> bool {
        self.out == 0
    }
}

/// The list of a slab of which so many slots are out, where some can be taken. No branch for each list: slots come
/// home in random order, so a fourth of them would be mispredicted.
const fn partial_list(out: u32) -> usize {
    List::Partial16 as usize + ((SLAB_SLOTS - out) as usize - 1) / 16
}

/// The slab after the last one with a slot that was ever opened; 0 when there is none, for rows beyond
/// may not be readable.
pub(crate) fn end(record: &CentralRecord) -> u32 {
    let is_open = record.first > 0 && record.opened > record.first;
    if is_open { record.opened.div_ceil(SLAB_SLOTS) } else { 0 }
}

/// The slabs of one record, with its lock held.
pub(crate) struct Slabs<'a> {
    record: &'a mut CentralRecord,
    arena: ArenaId,
    class: ClassId,
}

impl<'a> Slabs<'a> {
    /// The slabs of `record`, which is that of (`arena`, `class`).
    #[inline]
    pub(crate) fn new(record: &'a mut CentralRecord, arena: ArenaId, class: ClassId) -> Self {
        Self { record, arena, class }
    }

    /// Slab number `slab`.
    #[inline]
    pub(crate) fn load(&self, slab: u32) -> Slab {
        let row = tables::slab(self.arena, self.class, slab);
        Slab::unpack(row.available.load(Ordering::Relaxed), row.links.load(Ordering::Relaxed))
    }

    #[inline]
    fn store(&self, slab: u32, value: Slab) {
        let row = tables::slab(self.arena, self.class, slab);
        let (available, links) = value.pack();
        row.available.store(available, Ordering::Relaxed);
        row.links.store(links, Ordering::Relaxed);
    }

    /// First slab of a list.
    #[inline]
    pub(crate) fn head(&self, list: List) -> Option<u32> {
        self.record.heads.get(list as usize).copied().unwrap_or(0).checked_sub(1)
    }

    /// Whether a purge is at work on one of the slabs.
    pub(super) fn any_claimed(&self) -> bool {
        let last = self.record.opened.saturating_sub(1) / SLAB_SLOTS;
        (self.record.first / SLAB_SLOTS..=last).any(|slab| self.load(slab).list == List::Claimed)
    }

    /// Forgets all slabs: they are as if never opened.
    pub(super) fn clear(&mut self) {
        let last = self.record.opened.saturating_sub(1) / SLAB_SLOTS;
        for slab in self.record.first / SLAB_SLOTS..=last {
            let row = tables::slab(self.arena, self.class, slab);
            row.available.store(0, Ordering::Relaxed);
            row.links.store(0, Ordering::Relaxed);
        }
        self.record.heads = [0; SLAB_LISTS];
        self.record.touched = 0;
    }

    fn set_head(&mut self, list: List, link: u32) {
        if let Some(head) = self.record.heads.get_mut(list as usize) {
            *head = link;
        }
    }

    /// Stores `slab` with new contents and moves it to the front of `list` if it is not in it.
    pub(crate) fn update(&mut self, number: u32, mut slab: Slab, list: List) {
        if slab.list != list {
            self.unlink(slab);
            self.count_touched(number, slab.list, list);
            slab.list = list;
            slab.previous = 0;
            slab.next = 0;
            if list != List::None && list != List::Claimed {
                slab.next = self.record.heads.get(list as usize).copied().unwrap_or(0);
                if let Some(next) = slab.next.checked_sub(1) {
                    let mut after = self.load(next);
                    after.previous = number + 1;
                    self.store(next, after);
                }
                self.set_head(list, number + 1);
            }
        }
        self.store(number, slab);
    }

    /// Keeps the number of slabs that may have pages, as slab `number` goes from a list to another.
    fn count_touched(&mut self, number: u32, from: List, to: List) {
        if from == List::Pristine {
            self.record.touched += 1;
            // Of long slots a slab has many megabytes, of which few may be open.
            let open = self.record.opened.saturating_sub(number * SLAB_SLOTS).min(SLAB_SLOTS);
            footprint::grew(open as usize * sealed().layout.slot_bytes(self.class));
        } else if to == List::Pristine && from != List::None {
            self.record.touched = self.record.touched.saturating_sub(1);
        }
    }

    fn unlink(&mut self, slab: Slab) {
        if slab.list == List::None || slab.list == List::Claimed {
            return;
        }
        match slab.previous.checked_sub(1) {
            Some(previous) => {
                let mut before = self.load(previous);
                before.next = slab.next;
                self.store(previous, before);
            }
            None => self.set_head(slab.list, slab.next),
        }
        if let Some(next) = slab.next.checked_sub(1) {
            let mut after = self.load(next);
            after.previous = slab.previous;
            self.store(next, after);
        }
    }

    /// The list that newly emptied slabs join.
    pub(crate) fn young_empties(&self) -> List {
        if self.record.young == 0 { List::EmptyEven } else { List::EmptyOdd }
    }

    /// The list of slabs that were empty a period ago.
    pub(crate) fn old_empties(&self) -> List {
        if self.record.young == 0 { List::EmptyOdd } else { List::EmptyEven }
    }

    /// Where a slab belongs once slots came or went.
    #[inline]
    pub(crate) fn home_of(&self, slab: Slab) -> List {
        if slab.available == BitWord::default() {
            List::None
        } else if slab.is_empty() {
            self.young_empties()
        } else {
            LISTS.get(partial_list(slab.out)).copied().unwrap_or(List::Partial64)
        }
    }

    /// Puts slot `bit` back into slab `number`. Refuses one that is there already.
    #[inline]
    pub(super) fn put(&mut self, number: u32, bit: u32) -> Result<(), Flaw> {
        let row = tables::slab(self.arena, self.class, number);
        let available = BitWord::new(row.available.load(Ordering::Relaxed));
        let links = row.links.load(Ordering::Relaxed);
        let (out, list) = (links >> OUT_SHIFT & 127, links >> LIST_SHIFT & 15);
        if available.has(bit) || out == 0 {
            return Err(Flaw::Returned);
        }
        let left = out as u32 - 1;
        self.record.out = self.record.out.wrapping_sub(1);
        row.available.store(available.with(bit).get(), Ordering::Relaxed);
        row.links.store(links - (1 << OUT_SHIFT), Ordering::Relaxed);
        // 15 of 16 leave their slab where it is.
        if left == 0 || list != partial_list(left) as u64 {
            self.take_home(number);
        }
        Ok(())
    }

    /// Moves a slab to the list that it belongs to.
    #[inline(never)]
    fn take_home(&mut self, number: u32) {
        let slab = self.load(number);
        self.update(number, slab, self.home_of(slab));
    }
}

#[cfg(test)]
mod tests {
    use super::{EVERYBODY, LISTS, Slab};
    use crate::base::bits::BitWord;

    #[test]
    fn rows_keep_what_is_stored() {
        let most = (1 << 18) + 1;
        for list in LISTS {
            for (previous, next, out) in [(0, 0, 0), (1, most - 1, 64), (most - 1, 1, 63)] {
                let taken = out & EVERYBODY;
                let slab = Slab { available: BitWord::new(7), out, list, taken, previous, next };
                let (available, links) = slab.pack();
                assert_eq!(Slab::unpack(available, links), slab);
            }
        }
    }
}
