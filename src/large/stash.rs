//! The stash: pages of freed large allocations, kept for later ones at addresses that no program was
//! ever given. Pages are put there and fetched by the frame.

use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::sync::rounds;

/// The page size that frames are for: with larger ones a frame would be too long.
pub(crate) const FRAME_PAGE: usize = 4096;
/// Address space that one table of 512 page table entries maps. The kernel moves a whole frame by one
/// entry, in 1.5 us; changing the access of its pages twice takes 35 to 70 us.
pub(crate) const FRAME: usize = 512 * FRAME_PAGE;
/// Frames that the stash holds at most.
const PLACES: usize = rounds(64, 2) as usize;
/// As much again stays inaccessible below each of them.
const STRIDE: usize = 2 * FRAME;
/// Bytes of address space of the whole stash, with room to align it.
pub(crate) const STASH_SPAN: usize = (PLACES + 1) * STRIDE;

/// What one place of the stash holds.
#[derive(Clone, Copy)]
enum Place {
    Empty,
    Full(Frame),
    /// A thread moves pages to or from it.
    Busy,
    /// A move failed: somebody else may have mapped something there.
    Lost,
}

/// What of a frame has pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pages {
    /// Bytes at its upper end that may have pages.
    pub(crate) bytes: usize,
    /// Bytes at its upper end that a block had last; pages below show nothing of any block.
    pub(crate) used: usize,
}

/// Pages of one frame.
#[derive(Clone, Copy)]
struct Frame {
    pages: Pages,
    /// When, in milliseconds of the coarse clock.
    since: u64,
    /// How many came before.
    serial: u64,
}

/// Names a place of the stash that this thread made busy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PlaceIndex(usize);

/// All places.
pub(crate) struct Stash {
    /// Where the first place is; null while there is no stash.
    start: Addr,
    places: [Place; PLACES],
    bytes: usize,
    serial: u64,
    /// Whether the kernel refused to move pages this way.
    is_refused: bool,
}

impl Stash {
    /// Nowhere yet.
    pub(crate) const fn new() -> Self {
        Self {
            start: Addr::NULL,
            places: [Place::Empty; PLACES],
            bytes: 0,
            serial: 0,
            is_refused: false,
        }
    }

    /// Whether it has address space.
    pub(crate) fn is_placed(&self) -> bool {
        self.start != Addr::NULL
    }

    /// Lays it into `STASH_SPAN` inaccessible bytes at `base`.
    pub(crate) fn place_at(&mut self, base: Addr) {
        self.start = base.align_up(FRAME).map_or(Addr::NULL, |start| start.plus(FRAME));
    }

    /// Whether the kernel refused.
    pub(crate) const fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Notes that it refused.
    pub(crate) fn refuse(&mut self) {
        self.is_refused = true;
    }

    /// Bytes of all frames.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// All places, as a slice of a length that the compiler does not know, as in `Retained`.
    fn places(&self) -> &[Place] {
        core::hint::black_box(&self.places)
    }

    /// How many frames there are.
    pub(crate) fn count(&self) -> usize {
        self.places().iter().filter(|place| matches!(place, Place::Full(_))).count()
    }

    /// Where a place lies.
    pub(crate) const fn address(&self, place: PlaceIndex) -> Addr {
        self.start.plus(place.0 * STRIDE)
    }

    /// Makes an empty place busy, at random.
    pub(crate) fn claim_empty(&mut self, generator: &mut Generator) -> Option<PlaceIndex> {
        let first = generator.next_below(PLACES as u32) as usize;
        let index = (first..PLACES).chain(0..first).find(|index| {
            self.places.get(*index).is_some_and(|place| matches!(place, Place::Empty))
        })?;
        self.set(PlaceIndex(index), Place::Busy);
        Some(PlaceIndex(index))
    }

    /// A busy place now holds a frame with these pages.
    pub(crate) fn fill(&mut self, place: PlaceIndex, pages: Pages, since: u64) {
        self.serial += 1;
        self.bytes += pages.bytes;
        self.set(place, Place::Full(Frame { pages, since, serial: self.serial }));
    }

    /// A busy place holds nothing any more.
    pub(crate) fn vacate(&mut self, place: PlaceIndex) {
        self.set(place, Place::Empty);
    }

    /// Nobody may touch a busy place any more.
    pub(crate) fn lose(&mut self, place: PlaceIndex) {
        self.set(place, Place::Lost);
    }

    /// Makes the place busy that serves `len` bytes best: the one with the fewest bytes too many, which cost
    /// at most a wipe, and no more than `spare`. If `any` will do, the one with the fewest missing is next:
    /// each page of them costs a fault. Says which the place has.
    pub(crate) fn claim_best(
        &mut self,
        len: usize,
        spare: usize,
        any: bool,
    ) -> Option<(PlaceIndex, Pages)> {
        self.claim_least(|frame| match frame.pages.bytes.checked_sub(len) {
            Some(excess) => (excess <= spare).then_some((0, excess)),
            None => any.then_some((1, len - frame.pages.bytes)),
        })
    }

    /// Makes the oldest frame busy, if it has been there for `age_ms` or there are more than `most`
    /// bytes in all. One from a time to come, by a clock that went back, is as old as that is far away.
    pub(crate) fn claim_overdue(
        &mut self,
        now: u64,
        age_ms: u64,
        most: usize,
    ) -> Option<(PlaceIndex, Pages)> {
        let is_over = self.bytes > most;
        self.claim_least(|frame| {
            (is_over || now.abs_diff(frame.since) >= age_ms).then_some(frame.serial)
        })
    }

    fn claim_least<K: Ord>(
        &mut self,
        key: impl Fn(&Frame) -> Option<K>,
    ) -> Option<(PlaceIndex, Pages)> {
        if self.bytes == 0 {
            return None;
        }
        let full = self.places().iter().enumerate().filter_map(|(index, place)| match place {
            Place::Full(frame) => Some((key(frame)?, index, frame.pages)),
            _ => None,
        });
        let (_, index, pages) = full.min_by(|a, b| a.0.cmp(&b.0))?;
        self.bytes -= pages.bytes;
        self.set(PlaceIndex(index), Place::Busy);
        Some((PlaceIndex(index), pages))
    }

    /// Whether each place is empty or full.
    #[cfg(all(test, any(loom, shuttle)))]
    pub(super) fn is_quiet(&self) -> bool {
        self.places().iter().all(|place| matches!(place, Place::Empty | Place::Full(_)))
    }

    fn set(&mut self, place: PlaceIndex, to: Place) {
        if let Some(slot) = self.places.get_mut(place.0) {
            *slot = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAME, PLACES, Pages, STASH_SPAN, STRIDE, Stash};
    use crate::base::addr::Addr;
    use crate::base::generator::Generator;

    fn stash() -> Stash {
        let mut stash = Stash::new();
        stash.place_at(Addr::new(0x7000_0000_1000));
        stash
    }

    #[test]
    fn places_lie_apart_inside_the_span_at_whole_frames() {
        let (mut stash, mut generator) = (stash(), Generator::seeded(7));
        let places: Vec<_> = core::iter::from_fn(|| stash.claim_empty(&mut generator)).collect();
        let mut seen: Vec<_> = places.iter().map(|place| stash.address(*place).get()).collect();
        seen.sort_unstable();
        assert_eq!(seen.len(), PLACES);
        assert!(seen.iter().all(|at| at % FRAME == 0));
        assert!(seen.windows(2).all(|pair| pair[1] - pair[0] >= STRIDE));
        assert!(seen[0] >= 0x7000_0000_1000 + FRAME);
        assert!(seen[PLACES - 1] + FRAME <= 0x7000_0000_1000 + STASH_SPAN);
    }

    #[test]
    fn the_best_frame_has_few_pages_too_many_or_else_few_missing() {
        let (mut stash, mut generator) = (stash(), Generator::seeded(7));
        for bytes in [50, 100, 200, 300, 900] {
            let place = stash.claim_empty(&mut generator).unwrap();
            stash.fill(place, Pages { bytes, used: bytes }, 0);
        }
        let cases = [
            (1000, 1000, false, None, "all lack some"),
            (10, 5, true, None, "all have too many"),
            (10, 100, false, Some(50), "the fewest too many"),
            (1000, 1000, true, Some(900), "the fewest missing"),
            (90, 200, true, Some(100), "the fewest too many"),
            (150, 100, false, Some(200), "the fewest too many"),
            (250, 40, false, None, "more than can be spared"),
            (250, 50, false, Some(300), "just as many as can be spared"),
        ];
        for (len, spare, any, expected, why) in cases {
            let best = stash.claim_best(len, spare, any).map(|(_, pages)| pages.bytes);
            assert_eq!(best, expected, "{why}");
        }
        assert_eq!(stash.bytes(), 0);
    }

    #[test]
    fn the_oldest_go_first_when_they_are_overdue_or_too_many() {
        let (mut stash, mut generator) = (stash(), Generator::seeded(7));
        for (bytes, since) in [(100, 1), (200, 2), (300, 3)] {
            let place = stash.claim_empty(&mut generator).unwrap();
            stash.fill(place, Pages { bytes, used: bytes }, since);
        }
        assert_eq!(stash.claim_overdue(3, 3, 600), None);
        assert_eq!(stash.claim_overdue(4, 3, 600).map(|(_, pages)| pages.bytes), Some(100));
        assert_eq!(stash.claim_overdue(4, 3, 499).map(|(_, pages)| pages.bytes), Some(200));
        assert_eq!(stash.count(), 1);
    }

    #[test]
    fn a_clock_that_went_back_keeps_no_frame() {
        let (mut stash, mut generator) = (stash(), Generator::seeded(7));
        let place = stash.claim_empty(&mut generator).unwrap();
        stash.fill(place, Pages { bytes: 100, used: 100 }, 1_000_000);
        assert_eq!(stash.claim_overdue(999_999, 10, 600), None, "another thread read it just now");
        assert!(stash.claim_overdue(5, 10, 600).is_some());
    }

    #[test]
    fn a_lost_place_is_never_claimed_again() {
        let (mut stash, mut generator) = (stash(), Generator::seeded(7));
        let lost = stash.claim_empty(&mut generator).unwrap();
        stash.lose(lost);
        let claims = core::iter::from_fn(|| stash.claim_empty(&mut generator));
        assert_eq!(claims.filter(|place| *place != lost).count(), PLACES - 1);
    }
}
