//! Freed ranges that wait before their addresses are used again.
//!
//! They are the quarantine of large allocations: inaccessible, in the tree, reused only after some
//! other frees. Their pages stay for a while, so that reuse costs a wipe and no page faults.

use super::extent::Extent;
use super::pace::Pace;
use super::stash::FRAME;
use super::waiting::{Waiting, can_grow, most_for, most_for_front};
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::size::Align;
use crate::base::sync::rounds;
use core::cmp::Reverse;

/// Most ranges that wait.
const ENTRIES: usize = rounds(64, 3) as usize;
/// A framed range, and one that has all its pages where they are, is reused after as many other frees; the framed one when
/// there are as many of them to choose from, by a block that leaves at most so many bytes of its addresses unused.
const FRAMED_DELAY: u64 = rounds(16, 1) as u64;
const FRAMED_CHOICE: u32 = rounds(16, 1);
const FRAMED_WASTE: usize = 16 * FRAME;
/// Ranges among which one is chosen at random.
const CANDIDATES: usize = 3;
/// All waiting ranges.
pub(crate) struct Retained {
    waiting: [Option<Waiting>; ENTRIES],
    /// Bytes kept by all of them.
    bytes: usize,
    /// Frees so far.
    serial: u64,
    /// How soon what is to grow follows what had grown, and any block another.
    pub(crate) growing: Pace,
    /// As above.
    pub(crate) any: Pace,
}

impl Retained {
    /// None.
    pub(crate) const fn new() -> Self {
        Self { waiting: [None; ENTRIES], bytes: 0, serial: 0, growing: Pace::NONE, any: Pace::NONE }
    }

    /// All places, as a slice of a length that the compiler does not know: loops over a known one are unrolled, into
    /// kilobytes of code.
    fn places(&self) -> &[Option<Waiting>] {
        core::hint::black_box(&self.waiting)
    }

    /// Bytes kept.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many ranges wait.
    pub(crate) fn count(&self) -> usize {
        self.places().iter().flatten().count()
    }

    /// How many ranges keep their pages.
    pub(crate) fn keeping(&self) -> usize {
        self.places().iter().flatten().filter(|waiting| waiting.kept > 0).count()
    }

    /// Adds a range. The one that gives up its place for it, if any, is to be given back.
    pub(crate) fn add(
        &mut self,
        address: Addr,
        extent: &Extent,
        kept: usize,
        now: u64,
    ) -> Option<Addr> {
        self.serial += 1;
        self.any.note_free(now, extent.body_len);
        if extent.grows {
            self.growing.note_free(now, extent.pages_len());
        }
        self.wait(address, extent, kept, now)
    }

    /// The same for a range that no free left.
    pub(crate) fn wait(
        &mut self,
        address: Addr,
        extent: &Extent,
        kept: usize,
        now: u64,
    ) -> Option<Addr> {
        let new = Waiting::of(address, extent, kept, (self.serial, now));
        let free = self.places().iter().position(Option::is_none);
        let index = free.or_else(|| self.oldest(|_| true))?;
        let place = self.waiting.get_mut(index)?;
        let evicted = place.replace(new);
        self.bytes += kept;
        evicted.map(|evicted| {
            self.bytes -= evicted.kept;
            evicted.address
        })
    }

    /// Takes out a range whose capacity is at least `body_len` and at most a quarter and 64 pages more, with at most
    /// `spare` bytes of pages too many. One that has pages, if any has, and is hardly longer, so that longer blocks find
    /// theirs: of 1,000 live blocks of 140 to 300 KB a third got new mappings, and take two thirds of the CPU time so.
    pub(crate) fn take(
        &mut self,
        body_len: usize,
        spare: usize,
        generator: &mut Generator,
    ) -> Option<Addr> {
        let (most, most_kept) = (most_for(body_len), body_len.saturating_add(spare));
        let fits = |waiting: &Waiting| {
            !waiting.is_framed
                && !waiting.grows
                && !waiting.is_front
                && waiting.kept <= most_kept
                && (body_len..=most).contains(&waiting.capacity)
        };
        self.take_best(body_len, generator, fits, |waiting| {
            (waiting.kept > 0, Reverse(waiting.capacity), waiting.serial)
        })
    }

    /// Takes out a range that has its pages where they are, or those of its front unless `is_any`, if the last freed of
    /// such a length is one: the next block is likely to be used like that one. At random among those that
    /// waited long enough. For alignments of more than a page, only those of fronts: the address of their last block is where
    /// the next begins.
    pub(crate) fn take_kept(
        &mut self,
        body_len: usize,
        align: Align,
        is_any: bool,
        generator: &mut Generator,
    ) -> Option<Addr> {
        if self.bytes == 0 {
            return None;
        }
        let fits = |waiting: &Waiting| {
            let most = if waiting.is_front { most_for_front(body_len) } else { most_for(body_len) };
            !waiting.grows
                && (body_len..=most).contains(&waiting.capacity)
                && waiting.address.is_aligned(align.get())
        };
        let alike = self.places().iter().flatten().filter(|waiting| fits(waiting));
        let has_pages = |waiting: &Waiting| waiting.kept > 0 && (is_any || waiting.is_front);
        if !has_pages(alike.max_by_key(|waiting| waiting.serial)?) {
            return None;
        }
        let serial = self.serial;
        self.take_any_of(generator, 1, |waiting| {
            let has_waited = if waiting.is_front {
                waiting.has_waited(serial, body_len)
            } else {
                serial - waiting.serial >= FRAMED_DELAY
            };
            fits(waiting) && has_pages(waiting) && waiting.kept <= body_len && has_waited
        })
    }

    /// Whether `take_grown` would find as many pages as are asked for.
    pub(crate) fn has_grown(&self, body_len: usize, spare: usize) -> bool {
        let fits = can_grow(body_len, spare);
        self.places().iter().flatten().any(|waiting| {
            fits(waiting) && waiting.kept >= body_len && waiting.has_waited(self.serial, body_len)
        })
    }

    /// Takes out a range that a block of `body_len` bytes can grow in to twice as many at least, and whose pages
    /// are at most `spare` bytes too many.
    pub(crate) fn take_grown(
        &mut self,
        body_len: usize,
        spare: usize,
        generator: &mut Generator,
    ) -> Option<Addr> {
        let fits = can_grow(body_len, spare);
        // One with pages is worth more than one of three.
        self.take_late(body_len, generator, |waiting| fits(waiting) && waiting.kept > 0)
            .or_else(|| self.take_late(body_len, generator, fits))
    }

    /// Takes out one of the few ranges that were freed last among those that fit. They are likely still in the
    /// processor's caches.
    fn take_late(
        &mut self,
        body_len: usize,
        generator: &mut Generator,
        fits: impl Fn(&Waiting) -> bool,
    ) -> Option<Addr> {
        self.take_best(body_len, generator, fits, |waiting| waiting.serial)
    }

    /// Takes out one of the few ranges of the greatest worth among those that fit and waited long enough for a block of
    /// `body_len` bytes, at random.
    fn take_best<W: Ord + Copy>(
        &mut self,
        body_len: usize,
        generator: &mut Generator,
        fits: impl Fn(&Waiting) -> bool,
        worth: impl Fn(&Waiting) -> W,
    ) -> Option<Addr> {
        let mut best = [None; CANDIDATES];
        for (index, waiting) in self.places().iter().enumerate() {
            if let Some(waiting) = waiting
                && fits(waiting)
                && waiting.has_waited(self.serial, body_len)
            {
                // Kept in order, the greatest first.
                let mut moving = Some((worth(waiting), index));
                for place in &mut best {
                    if moving > *place {
                        core::mem::swap(place, &mut moving);
                    }
                }
            }
        }
        let found = best.iter().flatten().count() as u32;
        let (_, chosen) = (*best.get(generator.next_below(found) as usize)?)?;
        let waiting = self.waiting.get_mut(chosen)?.take()?;
        self.bytes -= waiting.kept;
        Some(waiting.address)
    }

    /// Takes out a framed range for `body_len` bytes, at random among those that waited long enough. All
    /// cost the same: none has pages.
    pub(crate) fn take_framed(
        &mut self,
        body_len: usize,
        generator: &mut Generator,
    ) -> Option<Addr> {
        let most = body_len.saturating_add(FRAMED_WASTE);
        let serial = self.serial;
        self.take_any_of(generator, FRAMED_CHOICE, |waiting| {
            waiting.is_framed
                && (body_len..=most).contains(&waiting.capacity)
                && serial - waiting.serial >= FRAMED_DELAY
        })
    }

    /// Takes out one of those that fit, at random, if there are as many as `least`.
    fn take_any_of(
        &mut self,
        generator: &mut Generator,
        least: u32,
        fits: impl Fn(&Waiting) -> bool,
    ) -> Option<Addr> {
        let fits = |place: &Option<Waiting>| place.as_ref().is_some_and(&fits);
        let found = self.places().iter().filter(|place| fits(place)).count() as u32;
        if found < least.max(1) {
            return None;
        }
        let chosen = generator.next_below(found) as usize;
        let all = self.places().iter().enumerate();
        let (index, _) = all.filter(|(_, place)| fits(place)).nth(chosen)?;
        let waiting = self.waiting.get_mut(index)?.take()?;
        self.bytes -= waiting.kept;
        Some(waiting.address)
    }

    fn oldest(&self, which: impl Fn(&Waiting) -> bool) -> Option<usize> {
        let candidates = self.places().iter().enumerate();
        candidates
            .filter_map(|(index, waiting)| waiting.map(|waiting| (index, waiting)))
            .filter(|(_, waiting)| which(waiting))
            .min_by_key(|(_, waiting)| waiting.serial)
            .map(|(index, _)| index)
    }

    /// Takes out a range whose pages have been kept for `age_ms`, or that exceeds `most` bytes in
    /// all. One from a time to come, by a clock that went back, is as old as that is far away.
    /// Out of the list nobody else works on it; `put_back` lets it wait on without pages.
    pub(crate) fn overdue(&mut self, now: u64, age_ms: u64, most: usize) -> Option<Waiting> {
        if self.bytes == 0 {
            return None;
        }
        let over = self.bytes > most;
        let index = self.oldest(|waiting| {
            waiting.kept > 0 && (over || now.abs_diff(waiting.freed_at) >= age_ms)
        })?;
        let waiting = self.waiting.get_mut(index)?.take()?;
        self.bytes -= waiting.kept;
        Some(waiting)
    }

    /// Takes out any range.
    pub(crate) fn take_any(&mut self) -> Option<Waiting> {
        let index = self.oldest(|_| true)?;
        let waiting = self.waiting.get_mut(index)?.take()?;
        self.bytes -= waiting.kept;
        Some(waiting)
    }

    /// Lets a range whose pages were given back, as `extent` says, wait on; `false` when there is no place for it.
    pub(crate) fn put_back(&mut self, old: Waiting, extent: &Extent) -> bool {
        let place = self.waiting.iter_mut().find(|place| place.is_none());
        place.is_some_and(|place| {
            *place = Some(Waiting::of(old.address, extent, 0, (old.serial, old.freed_at)));
            true
        })
    }
}

#[cfg(all(test, not(any(loom, shuttle, threads))))]
mod tests {
    use super::super::waiting::Waiting;
    use super::Retained;
    use crate::base::addr::Addr;
    use crate::base::generator::Generator;
    use std::collections::HashSet;

    const LEN: usize = 1 << 20;
    const COUNT: u64 = 20;

    /// The range number `number`, `spare` bytes longer than a block of `LEN` bytes, or framed.
    fn range(number: u64, spare: Option<usize>, kept: usize) -> Waiting {
        Waiting {
            address: Addr::new(number as usize * 4 * LEN),
            capacity: LEN + spare.unwrap_or(0),
            kept,
            serial: number,
            freed_at: 0,
            is_framed: spare.is_none(),
            grows: false,
            is_front: false,
        }
    }

    /// The numbers of what 256 generators take of ranges that have all waited long enough.
    fn taken(range: impl Fn(u64) -> Waiting) -> HashSet<usize> {
        let take = |seed| {
            let mut retained = Retained::new();
            for (place, number) in retained.waiting.iter_mut().zip(1..=COUNT) {
                let range = range(number);
                retained.bytes += range.kept;
                *place = Some(range);
            }
            retained.serial = 2 * COUNT;
            let mut generator = Generator::seeded(seed);
            let framed = retained.take_framed(LEN, &mut generator);
            framed.or_else(|| retained.take(LEN, LEN, &mut generator))
        };
        (0..=255).filter_map(take).map(|address| address.get() / (4 * LEN)).collect()
    }

    #[test]
    fn any_of_the_last_ranges_is_taken_or_any_that_ends_at_a_frame() {
        assert_eq!(taken(|number| range(number, Some(0), 0)), HashSet::from([18, 19, 20]));
        assert_eq!(taken(|number| range(number, None, 0)).len(), COUNT as usize);
    }

    #[test]
    fn shorter_ranges_are_taken_first_but_for_those_with_pages() {
        let longer_and_longer = |number: u64| range(number, Some(number as usize), 0);
        assert_eq!(taken(longer_and_longer), HashSet::from([1, 2, 3]));
        let with_pages =
            |number: u64| range(number, Some(number as usize), LEN * (number as usize / 10));
        assert_eq!(taken(with_pages), HashSet::from([10, 11, 12]));
    }
}
