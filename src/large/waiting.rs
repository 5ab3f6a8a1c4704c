//! One freed range that waits, and which blocks it would suit.

use super::extent::{Extent, Status};
use super::frames;
use crate::base::addr::Addr;
use crate::base::sync::rounds;
use crate::region::sealed::sealed;

/// A range is reused after as many other frees as have these bytes in ranges of its size,
const DELAY_BYTES: usize = 1 << 20;
/// but at most this many, and at least one.
const DELAY_MOST: u64 = rounds(8, 1) as u64;
/// How many times as long a range may be as a block that uses the pages of its front, where address space is plentiful: the
/// rest stays closed.
const FRONT_ROOM: usize = 8;

/// One waiting range.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    /// Its key in the tree.
    pub(super) address: Addr,
    /// Bytes that can be made accessible.
    pub(super) capacity: usize,
    /// Bytes whose pages it keeps; 0 once they were given back.
    pub(super) kept: usize,
    /// How many frees came before.
    pub(super) serial: u64,
    /// When, in milliseconds of the coarse clock.
    pub(super) freed_at: u64,
    /// Whether it ends at a whole frame and has no pages: those come from the stash.
    pub(super) is_framed: bool,
    /// Whether its pages are at its lower end, with room behind.
    pub(super) grows: bool,
    /// Whether only its front was used: its pages are at its lower end.
    pub(super) is_front: bool,
}

impl Waiting {
    /// The range whose key is `address`, with `kept` bytes of pages.
    pub(super) fn of(
        address: Addr,
        extent: &Extent,
        kept: usize,
        (serial, freed_at): (u64, u64),
    ) -> Self {
        let is_framed = kept == 0 && frames::is_framed(extent);
        Self {
            address,
            capacity: if is_framed { frames::capacity(extent) } else { capacity(extent) },
            kept,
            serial,
            freed_at,
            is_framed,
            grows: extent.grows,
            is_front: extent.status == Status::Front,
        }
    }

    /// Whether enough others were freed since, `serial` in all, for a block of `body_len` bytes.
    pub(super) fn has_waited(&self, serial: u64, body_len: usize) -> bool {
        let len = self.kept.max(body_len).max(1);
        let delay = ((DELAY_BYTES / len) as u64).clamp(1, DELAY_MOST);
        serial - self.serial >= delay
    }

    /// Its key in the tree.
    pub(crate) const fn address(&self) -> Addr {
        self.address
    }
}

/// Most bytes of a range that a block of `body_len` bytes gets.
pub(super) fn most_for(body_len: usize) -> usize {
    body_len.saturating_add(body_len / 4).saturating_add(2 * sealed().page * 32)
}

/// The same of a range that has the pages of its front.
pub(super) fn most_for_front(body_len: usize) -> usize {
    // The rest is out of use as long as the block lives.
    if sealed().rung == 0 { body_len.saturating_mul(FRONT_ROOM) } else { most_for(body_len) }
}

/// Ranges that `Retained::take_grown` may take.
pub(super) fn can_grow(body_len: usize, spare: usize) -> impl Fn(&Waiting) -> bool + Copy {
    let (least, most) = (body_len.saturating_mul(2), body_len.saturating_add(spare));
    move |waiting| waiting.grows && waiting.capacity >= least && waiting.kept <= most
}

/// Bytes of a freed range that a later allocation may have, one page of guard kept at each end.
pub(crate) fn capacity(extent: &Extent) -> usize {
    if extent.status == Status::Front && !extent.advised {
        // Room behind it may be many times as long.
        let room = extent.end().offset_from(extent.body()) - sealed().page;
        return room.min(most_for_front(extent.body_len));
    }
    if extent.grows {
        return extent.end().offset_from(extent.body()).saturating_sub(sealed().page);
    }
    if extent.advised {
        // Its guard begins right below, or below what an earlier block left.
        return extent.stale + extent.body_len;
    }
    let after = extent.end().offset_from(extent.body_end());
    // Room below it may be many times as long.
    extent.total.saturating_sub(after + sealed().page).min(most_for(extent.body_len))
}
