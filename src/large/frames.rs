//! Blocks that end at a whole frame, so that their pages can move to the stash and back by the frame.
//!
//! ```text
//!   base      first                    body                 body_end      base + total
//!    |  guard   |    stale     | guard  |      accessible      |    guard     |
//!               ^ multiple of FRAME                            ^ multiple of FRAME
//! ```
//!
//! A free moves the pages away and closes the addresses; an allocation takes other addresses, and
//! fetches and wipes pages for them. Access is changed where there are few pages, for each costs 0.1 us
//! or more: of the pages that a frame has too many only a guard's worth is closed. The others stay
//! open; they are wiped as well, for no block's data must lie there, and again before a block gets them.

use super::allocate::enter;
use super::extent::{Extent, Status};
use super::mapping::{self, Request};
use super::stash::{FRAME, FRAME_PAGE, Pages, STASH_SPAN};
use super::stranded;
use super::table;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::platform::clock;
use crate::region::mappings::Move;
use crate::region::sealed::sealed;
use crate::region::{bytes, mappings};

/// Frames among which one with too few pages is taken.
const CHOICE: usize = 4;
/// Most pages of the guard between a block and the pages that its frame has too many.
const STALE_GUARD_PAGES: u32 = 4;

/// Whether a request gets a block that ends at a frame. Moved pages are mappings of their own, so only
/// few blocks may have them.
pub(crate) fn suits(request: Request) -> bool {
    let align = request.align.get();
    // A frame's end less the block's pages is aligned then. A block without pages has no use for a frame.
    let is_aligned = align <= FRAME
        && mapping::body_len(request.size)
            .is_some_and(|body_len| body_len > 0 && body_len.is_multiple_of(align));
    let is_plain = is_aligned && request.room == 0;
    let is_roomy = sealed().rung == 0 && !sealed().scarce_metadata && sealed().page == FRAME_PAGE;
    is_plain
        && is_roomy
        && table::lock().is_ok_and(|table| table.live < mappings::FEW && !table.stash.is_refused())
}

/// Whether all frames of a range are whole and its own.
pub(crate) fn is_framed(extent: &Extent) -> bool {
    let is_plain = !extent.advised && !extent.grows;
    extent.body_end().is_aligned(FRAME) && is_plain && capacity(extent) >= extent.pages_len()
}

/// Bytes of whole frames that a framed range has.
pub(crate) fn capacity(extent: &Extent) -> usize {
    let lowest = extent.base.plus(sealed().page).align_up(FRAME).unwrap_or(extent.body_end());
    extent.body_end().get().saturating_sub(lowest.get())
}

/// First byte of a range that may be accessible: where pages were put, or were about to be moved away, all of a
/// frame may be but a guard.
pub(crate) fn first_open(extent: &Extent) -> Addr {
    if !extent.moved && !is_framed(extent) {
        return extent.pages();
    }
    let frame = extent.pages().align_down(FRAME);
    if frame < extent.base { extent.pages() } else { frame }
}

/// Allocates; `None` when there is no memory, or this thread holds the table's lock.
pub(crate) fn allocate(request: Request, generator: &mut Generator) -> Option<Addr> {
    let body_len = mapping::body_len(request.size)?;
    let waiting = take_waiting(body_len, generator);
    let place = waiting.or_else(|| mapping::reserve_framed(body_len, generator))?;
    let empty = Extent {
        before: place.before + place.body_len - body_len,
        body_len,
        size: request.size.get(),
        stale: 0,
        front: 0,
        status: Status::Live(request.kind),
        ..place
    };
    let extent = fetch(empty, generator)?;
    let address = mapping::address_in(extent.body(), body_len, request.size.get(), request.align);
    if enter(address, extent) {
        return Some(address);
    }
    mappings::release(place.base, place.total);
    None
}

fn take_waiting(body_len: usize, generator: &mut Generator) -> Option<Extent> {
    let mut table = table::lock().ok()?;
    let address = table.retained.take_framed(body_len, generator)?;
    table.remove(address)
}

/// Makes a range without pages accessible, with pages from the stash as far as there are any. Gives
/// it back when that fails.
fn fetch(extent: Extent, generator: &mut Generator) -> Option<Extent> {
    let (first, end) = (extent.body().align_down(FRAME), extent.body_end());
    let (mut fetched, mut lowest) = (0, 0);
    let mut at = end;
    while at > first {
        at = at.minus(FRAME);
        let len = at.plus(FRAME).offset_from(extent.body()).min(FRAME);
        let Some(bytes) = fetch_frame(at, len) else {
            mappings::release(extent.base, at.offset_from(extent.base));
            mappings::release(at.plus(FRAME), extent.end().offset_from(at.plus(FRAME)));
            return None;
        };
        lowest = bytes;
        fetched += usize::from(lowest > 0);
        // What the stash has not for one whole frame, it has not for the next, and there may be millions.
        if lowest == 0 && at > first {
            at = first.plus(FRAME);
        }
    }
    let front = extent.body().offset_from(first);
    let stale = lowest.saturating_sub(FRAME - front);
    let is_open =
        fetched * FRAME == end.offset_from(first) || mappings::open(extent.body(), extent.body_len);
    let guard = sealed().page * (1 + generator.next_below(STALE_GUARD_PAGES) as usize);
    // Where there are no pages, to close all costs nothing.
    let closed = if stale > guard { guard } else { front };
    let is_closed = lowest == 0 || mappings::close(extent.body().minus(closed), closed);
    if is_open && is_closed {
        let (moved, warm) = (extent.moved || fetched > 0, fetched > 0);
        return Some(Extent { stale, moved, warm, ..extent });
    }
    stranded::release(extent.body(), extent);
    None
}

/// Moves pages for the last `len` bytes of the frame at `to` there, all zero. Says how many bytes have
/// pages then, at its upper end; 0 when the stash has none that fit, `None` when the frame
/// may be somebody else's now.
fn fetch_frame(to: Addr, len: usize) -> Option<usize> {
    let claimed = table::lock().ok().and_then(|mut table| {
        // Fresh pages make the choice wider, while there is room for more.
        let is_rich = table.stash.count() >= CHOICE || table.kept_bytes() >= table.budget() / 2;
        let spare = table.stale_room();
        let (place, pages) = table.stash.claim_best(len, spare, is_rich)?;
        Some((place, pages, table.stash.address(place)))
    });
    let Some((place, pages, from)) = claimed else { return Some(0) };
    let moved = mappings::move_pages(from, to, FRAME);
    if moved == Move::Done {
        mappings::close(from, FRAME);
    }
    let mut table = table::lock_again();
    match moved {
        Move::Done => table.stash.vacate(place),
        Move::Refused => table.stash.refuse(),
        Move::Failed => {}
    }
    if moved != Move::Done {
        table.stash.fill(place, pages, clock::coarse_ms());
    }
    drop(table);
    match moved {
        Move::Done => {}
        Move::Refused => return Some(0),
        Move::Failed => return None,
    }
    let wiped = pages.bytes.min(pages.used.max(len));
    bytes::fill(to.plus(FRAME - wiped), 0, wiped);
    Some(pages.bytes)
}

/// Moves a freed block's pages into the stash, as far as there is room, and closes its addresses;
/// `false` when it has no frames of its own, or nothing was done.
pub(crate) fn stow(extent: &Extent, now: u64, generator: &mut Generator) -> bool {
    let first = extent.pages().align_down(FRAME);
    if !is_framed(extent)
        || extent.parted
        || !ensure_stash()
        // In locked memory a frame would get all of its pages.
        || mappings::is_locked(first.minus(sealed().page), sealed().page)
        || !mappings::open(first, extent.body().offset_from(first))
    {
        return false;
    }
    let end = extent.body_end();
    let mut at = end;
    while at > first && stow_frame(at.minus(FRAME), extent, now, generator) {
        at = at.minus(FRAME);
    }
    let len = end.offset_from(first);
    if at == first { mappings::close(first, len) } else { mappings::replace(first, len) }
}

fn stow_frame(from: Addr, extent: &Extent, now: u64, generator: &mut Generator) -> bool {
    let claimed = table::lock().ok().and_then(|mut table| {
        let place = table.stash.claim_empty(generator)?;
        Some((place, table.stash.address(place)))
    });
    let Some((place, to)) = claimed else { return false };
    let end = from.plus(FRAME);
    let pages = Pages {
        bytes: end.offset_from(extent.pages()).min(FRAME),
        used: end.offset_from(extent.body()).min(FRAME),
    };
    let moved = mappings::move_pages(from, to, FRAME);
    let mut table = table::lock_again();
    match moved {
        Move::Done => {
            table.stash.fill(place, pages, now);
        }
        Move::Refused => {
            table.stash.vacate(place);
            table.stash.refuse();
        }
        Move::Failed => table.stash.lose(place),
    }
    moved == Move::Done
}

/// Gives the stash its address space; says whether it has any.
fn ensure_stash() -> bool {
    if table::lock().is_ok_and(|table| table.stash.is_placed()) {
        return true;
    }
    let Some(base) = mappings::reserve(STASH_SPAN) else { return false };
    let is_first = table::lock().is_ok_and(|mut table| {
        let is_first = !table.stash.is_placed();
        if is_first {
            table.stash.place_at(base);
        }
        is_first
    });
    if !is_first {
        mappings::release(base, STASH_SPAN);
    }
    true
}

/// Gives back frames that have been in the stash for `age` milliseconds, or exceed `most` bytes in
/// all. Says how many bytes that were.
pub(crate) fn give_back_overdue(now: u64, age: u64, most: usize) -> usize {
    let mut given = 0;
    loop {
        let claimed = table::lock().ok().and_then(|mut table| {
            let (place, pages) = table.stash.claim_overdue(now, age, most)?;
            Some((place, pages.bytes, table.stash.address(place)))
        });
        let Some((place, bytes, at)) = claimed else { return given };
        mappings::replace(at, FRAME);
        given += bytes;
        table::lock_again().stash.vacate(place);
    }
}
