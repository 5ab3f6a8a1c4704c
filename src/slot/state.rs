//! The 16 bits that say what a slot is.
//!
//! ```text
//!   15 14 | 13 ... 0
//!   ------+---------
//!   kind  | slack      live: which function made it, bytes between the request and the canary
//!   0  0  | 0..3       FRESH, DEAD, PURGED, RETIRING
//!   0  0  | 4 + s      FREE,        s: the slack of the last owner, for reports
//!   0  0  | 8192 + 129 m + s
//!                      QUARANTINED by a hot path, with mark m of the thread's cache; s is at most 128
//!   0  0  | 10256 + s  QUARANTINED in any other way
//! ```
//!
//! Where s has no room for a slack, see `shortened`, it says that nobody knows. By the mark a cache knows the slots
//! that it freed last: of two threads that free one slot at the same moment, whose lines both have it then, one finds
//! the other's mark when it leaves, and no exchange is needed for each slot to find that out. The first caches have marks.

use crate::geometry::classes::MAX_SLACK;
use crate::region::bytes::TAIL_SEEN;
use static_assertions::const_assert;

const KIND_SHIFT: u32 = 14;
const SLACK_MASK: u16 = (1 << KIND_SHIFT) - 1;
const_assert!(MAX_SLACK == SLACK_MASK as usize);
// The words of `is_wiped`, and no others, lie from FREE up to the live ones.
const_assert!(State::FREE.0 == State::RETIRING.0 + 1);
const_assert!(State::UNMARKED.0 + UNKNOWN == SLACK_MASK);

/// Slacks below this one are all kept when a slot is freed; of the others the multiples of 8.
const ALL_KEPT: u16 = 4096;
/// In place of a slack that is not kept.
const UNKNOWN: u16 = SLACK_MASK - State::UNMARKED.0;
const_assert!(ALL_KEPT + (SLACK_MASK - ALL_KEPT) / 8 < UNKNOWN);

/// The slack of a live slot in the bits that a freed one has for it.
#[inline(always)]
const fn shortened(slack: u16) -> u16 {
    if slack < ALL_KEPT { slack } else { shortened_long(slack) }
}

/// Apart, so that `free` need not save a register for what few blocks come to.
#[cold]
#[inline(never)]
const fn shortened_long(slack: u16) -> u16 {
    if slack.is_multiple_of(8) { ALL_KEPT + (slack - ALL_KEPT) / 8 } else { UNKNOWN }
}

/// The slack that `shortened` made `short` of.
const fn lengthened(short: u16) -> Option<usize> {
    match short {
        ..ALL_KEPT => Some(short as usize),
        UNKNOWN => None,
        _ => Some((ALL_KEPT + (short - ALL_KEPT) * 8) as usize),
    }
}

/// The family of functions that made an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    /// `malloc` and the rest of the C functions.
    Malloc = 1,
    /// `operator new`.
    New = 2,
    /// `operator new[]`.
    NewArray = 3,
    /// `calloc`, whose memory must be zero whatever the options say. The bits above the lowest two are
    /// lost where a state is made: recorded, it is `Malloc`.
    Zeroed = 5,
}

const_assert!(State::live(Kind::Zeroed, 0).get() == State::live(Kind::Malloc, 0).get());

impl Kind {
    /// As it is recorded.
    pub(crate) const fn family(self) -> Self {
        match self {
            Self::Zeroed => Self::Malloc,
            other => other,
        }
    }
}

/// Words of one mark, by the slack.
const MARKED: u16 = TAIL_SEEN as u16 + 1;
/// How many marks there are.
const MARKS: u16 = 16;
const_assert!(State::QUARANTINED.0 + MARKS * MARKED == State::UNMARKED.0 && MARKED <= ALL_KEPT);

/// The mark of a cache, and with it what a slot becomes that its thread frees in line, but for the slack.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark(u16);

impl Mark {
    /// Of caches without a mark of their own: what they free is as if another path had freed it.
    const NONE: Self = Self(State::UNMARKED.0);

    /// That of the cache with this number.
    pub(crate) const fn of(index: u32) -> Self {
        if index < MARKS as u32 {
            Self(State::QUARANTINED.0 + index as u16 * MARKED)
        } else {
            Self::NONE
        }
    }

    /// Wraps the stored bits.
    #[inline(always)]
    pub(crate) const fn of_raw(raw: u16) -> Self {
        Self(raw)
    }

    /// The bits to store.
    pub(crate) const fn raw(self) -> u16 {
        self.0
    }
}

/// What a slot is.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct State(u16);

impl State {
    /// Never handed out; all zero, no canary. What metadata reads as before anything is written.
    pub(crate) const FRESH: Self = Self(0);
    /// A guard page overlaps it.
    pub(crate) const DEAD: Self = Self(1);
    /// As FREE, but its page was given back, and the canary with it.
    pub(crate) const PURGED: Self = Self(2);
    /// Being wiped on its way to QUARANTINED.
    pub(crate) const RETIRING: Self = Self(3);
    /// With the central record or in a magazine: may be handed out. The first of its words.
    pub(crate) const FREE: Self = Self(4);
    /// Freed, and withheld from reuse. The first of its words.
    pub(crate) const QUARANTINED: Self = Self(8192);
    /// The same, the first without a mark.
    const UNMARKED: Self = Self(10256);

    /// Handed out by `kind`, with `slack` bytes between the request and the canary. More slack than
    /// can be recorded (over-aligned requests only) is recorded as the most.
    #[inline(always)]
    pub(crate) const fn live(kind: Kind, slack: usize) -> Self {
        let slack = if slack > MAX_SLACK { MAX_SLACK } else { slack };
        Self((kind as u16) << KIND_SHIFT | slack as u16)
    }

    /// The same for slack that is known to be recordable.
    #[inline(always)]
    pub(crate) const fn live_exactly(kind: Kind, slack: usize) -> Self {
        Self((kind as u16) << KIND_SHIFT | slack as u16 & SLACK_MASK)
    }

    /// The slack of a live slot made by `kind`, if it is at most `most`.
    #[inline(always)]
    pub(crate) const fn slack_if(self, kind: Kind, most: usize) -> Option<usize> {
        // One comparison: of all other states some bit above the slack differs.
        let slack = (self.0 as u32 ^ (kind as u32) << KIND_SHIFT) as usize;
        if slack <= most { Some(slack) } else { None }
    }

    /// What a live slot becomes when it is freed.
    #[inline(always)]
    pub(crate) const fn quarantined(self) -> Self {
        Self(Self::UNMARKED.0 + shortened(self.0 & SLACK_MASK))
    }

    /// The same of one with so many bytes of slack, at most [`TAIL_SEEN`], freed by the thread whose cache has `mark`.
    #[inline(always)]
    pub(crate) const fn quarantined_by(mark: Mark, slack: usize) -> Self {
        Self(mark.0 + slack as u16)
    }

    /// What it becomes when it leaves the quarantine of the cache with this mark, if it was made by `quarantined_by` with
    /// that.
    #[inline(always)]
    pub(crate) const fn released_by(self, mark: Mark) -> Option<Self> {
        let slack = self.0.wrapping_sub(mark.0);
        if slack < MARKED && mark.0 != Mark::NONE.0 {
            Some(Self(Self::FREE.0 + slack))
        } else {
            None
        }
    }

    /// Itself, if it is a QUARANTINED state without a mark; else some other state that is.
    #[inline(always)]
    pub(crate) const fn as_if_unmarked(self) -> Self {
        if Self::UNMARKED.0 <= self.0 && self.0 <= SLACK_MASK { self } else { Self::UNMARKED }
    }

    /// What a QUARANTINED slot becomes when it may be handed out again.
    #[inline(always)]
    pub(crate) const fn released(self) -> Self {
        Self(Self::FREE.0 + self.freed_slack())
    }

    /// The slack that a QUARANTINED slot had, shortened.
    #[inline(always)]
    const fn freed_slack(self) -> u16 {
        if self.0 >= Self::UNMARKED.0 {
            self.0 - Self::UNMARKED.0
        } else {
            (self.0 - Self::QUARANTINED.0) % MARKED
        }
    }

    /// Wraps the stored bits.
    #[inline(always)]
    pub(crate) const fn of(raw: u16) -> Self {
        Self(raw)
    }

    /// The bits to store.
    #[inline(always)]
    pub(crate) const fn get(self) -> u16 {
        self.0
    }

    /// Whether the program owns the slot.
    #[inline(always)]
    pub(crate) const fn is_live(self) -> bool {
        self.0 > SLACK_MASK
    }

    /// Whether the slot has its canary: in every state but the first three.
    #[inline(always)]
    pub(crate) const fn has_canary(self) -> bool {
        self.0 > Self::PURGED.0
    }

    /// Whether the slot is FREE.
    pub(crate) const fn is_free(self) -> bool {
        Self::FREE.0 <= self.0 && self.0 < Self::QUARANTINED.0
    }

    /// Whether the slot is QUARANTINED.
    #[inline(always)]
    pub(crate) const fn is_quarantined(self) -> bool {
        Self::QUARANTINED.0 <= self.0 && self.0 <= SLACK_MASK
    }

    /// Whether the slot was wiped and has not been touched since, as far as it is known: FREE, or
    /// QUARANTINED by a process with one thread, which leaves the state alone until the slot is used.
    #[inline(always)]
    pub(crate) const fn is_wiped(self) -> bool {
        (self.0 as u32).wrapping_sub(Self::FREE.0 as u32) <= (SLACK_MASK - Self::FREE.0) as u32
    }

    /// Bytes between the request and the canary that a live slot has or a freed one had, where that is
    /// recorded.
    pub(crate) const fn slack_known(self) -> Option<usize> {
        match self {
            _ if self.is_live() => Some(self.slack()),
            _ if self.is_quarantined() => lengthened(self.freed_slack()),
            _ if self.is_free() => lengthened(self.0 - Self::FREE.0),
            _ => None,
        }
    }

    /// Bytes between the request and the canary, of a live slot.
    #[inline(always)]
    pub(crate) const fn slack(self) -> usize {
        (self.0 & SLACK_MASK) as usize
    }

    /// Who made it, if it is live.
    pub(crate) const fn kind(self) -> Option<Kind> {
        match self.0 >> KIND_SHIFT {
            1 => Some(Kind::Malloc),
            2 => Some(Kind::New),
            3 => Some(Kind::NewArray),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, MAX_SLACK, Mark, State, TAIL_SEEN};
    use crate::geometry::classes::{SMALL_MAX, class_of, usable_bytes};

    #[test]
    fn live_states_keep_kind_and_slack() {
        for kind in [Kind::Malloc, Kind::New, Kind::NewArray] {
            for slack in 0..=MAX_SLACK {
                let state = State::live(kind, slack);
                assert!(state.is_live() && state.has_canary());
                assert_eq!((state.kind(), state.slack()), (Some(kind), slack));
            }
            assert_eq!(State::live(kind, MAX_SLACK + 1).slack(), MAX_SLACK);
        }
    }

    /// All 2^16 words, against the table at the top of this file.
    #[test]
    fn every_word_reads_as_one_thing() {
        for raw in 0..=u16::MAX {
            let (state, slack) = (State::of(raw), usize::from(raw & 0x3fff));
            let kind = [None, Some(Kind::Malloc), Some(Kind::New), Some(Kind::NewArray)]
                [usize::from(raw >> 14)];
            assert_eq!((state.kind(), state.is_live()), (kind, kind.is_some()));
            assert_eq!(state.has_canary(), raw > 2);
            assert_eq!(state.is_free(), (4..8192).contains(&raw));
            assert_eq!(state.is_quarantined(), (8192..0x4000).contains(&raw));
            assert_eq!(state.is_wiped(), state.is_free() || state.is_quarantined());
            assert_eq!((state.get(), state.slack()), (raw, slack));
            let is_unmarked = (10256..0x4000).contains(&raw);
            assert!((10256..0x4000).contains(&state.as_if_unmarked().get()));
            assert_eq!(state.as_if_unmarked() == state, is_unmarked);
            let marks = (0..40).filter(|index| state.released_by(Mark::of(*index)).is_some());
            let is_marked = state.is_quarantined() && !is_unmarked;
            assert!(marks.eq(is_marked.then(|| u32::from(raw - 8192) / 129)), "{raw:#x}");
            for asked in [Kind::Malloc, Kind::New, Kind::NewArray] {
                for most in [0, 16, 248, MAX_SLACK] {
                    let expected = (kind == Some(asked) && slack <= most).then_some(slack);
                    assert_eq!(state.slack_if(asked, most), expected, "{raw:#x}");
                }
            }
        }
    }

    #[test]
    fn every_request_can_be_read_from_its_slots_state() {
        for bytes in 1..=SMALL_MAX {
            let usable = usable_bytes(class_of(bytes).unwrap());
            for kind in [Kind::Malloc, Kind::New, Kind::NewArray] {
                let state = State::live(kind, usable - bytes);
                assert_eq!((state.kind(), usable - state.slack()), (Some(kind), bytes));
                assert_eq!(State::live_exactly(kind, usable - bytes), state);
            }
        }
    }

    #[test]
    fn a_freed_slot_remembers_what_its_owner_left() {
        for kind in [Kind::Malloc, Kind::New, Kind::NewArray] {
            for slack in 0..=MAX_SLACK {
                assert_eq!(State::live(kind, slack).slack_known(), Some(slack));
                let kept = (slack < 4096 || slack % 8 == 0).then_some(slack);
                let quarantined = State::live(kind, slack).quarantined();
                assert!(quarantined.is_quarantined() && quarantined.has_canary());
                assert_eq!(quarantined.slack_known(), kept);
                let released = quarantined.released();
                assert!(released.is_free() && released.has_canary());
                assert_eq!(released.slack_known(), kept);
                for index in (0..40).filter(|_| slack <= TAIL_SEEN) {
                    let mark = Mark::of_raw(Mark::of(index).raw());
                    let marked = State::quarantined_by(mark, slack);
                    assert!(marked.is_quarantined());
                    assert_eq!(marked.released_by(mark), (index < 16).then_some(released));
                    assert_eq!((marked.slack_known(), marked.released()), (kept, released));
                }
            }
        }
        for state in [State::FRESH, State::DEAD, State::PURGED, State::RETIRING] {
            assert_eq!(state.slack_known(), None);
        }
    }

    #[test]
    fn other_states_are_not_live() {
        for state in [
            State::FRESH,
            State::FREE,
            State::QUARANTINED,
            State::RETIRING,
            State::DEAD,
            State::PURGED,
        ] {
            assert!(!state.is_live() && state.kind().is_none());
        }
        assert!(!State::FRESH.has_canary() && !State::DEAD.has_canary());
        assert!(!State::PURGED.has_canary());
        assert!(State::FREE.has_canary() && State::QUARANTINED.has_canary());
        assert!(State::RETIRING.has_canary() && !State::RETIRING.is_wiped());
    }
}
