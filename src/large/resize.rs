//! Growing and shrinking a large allocation where it is, or by moving its pages.

use super::extent::{Extent, Status};
use super::free::{self, LargeFlaw};
use super::mapping;
use super::stash::FRAME;
use super::table;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::size::Size;
use crate::platform::clock;
use crate::region::mappings::Move;
use crate::region::sealed::sealed;
use crate::region::{bytes, limit, mappings};
use crate::slot::state::Kind;

/// Gives the checked allocation at `address` a new size. `None` when only a copy can. Fails when another
/// thread frees or resizes it at the same time; one of the two is told.
pub(crate) fn resize(
    address: Addr,
    extent: Extent,
    size: Size,
    generator: &mut Generator,
) -> Result<Option<Addr>, LargeFlaw> {
    if !hold(address, extent)? {
        return Ok(None);
    }
    let resized = resize_held(address, extent, size, generator);
    if resized.is_none() {
        let_go(address, extent);
    }
    Ok(resized)
}

/// Makes the checked allocation nobody else's until it is let go: it cannot be freed meanwhile. Fails as `resize`
/// does; `false` when this thread holds the table's lock.
pub(crate) fn hold(address: Addr, extent: Extent) -> Result<bool, LargeFlaw> {
    free::withdraw(address, extent, Status::Held)
}

/// Makes it live again.
pub(crate) fn let_go(address: Addr, extent: Extent) {
    update(address, extent);
}

fn resize_held(
    address: Addr,
    extent: Extent,
    size: Size,
    generator: &mut Generator,
) -> Option<Addr> {
    // No pages can be moved that are not there.
    if extent.body_len == 0 {
        return None;
    }
    let offset = address.offset_from(extent.body());
    let body_len = mapping::body_len(Size::new(offset.checked_add(size.get())?)?)?;
    if body_len <= extent.body_len {
        return shrink(address, extent, size.get(), body_len);
    }
    if limit::forbids(body_len - extent.body_len) {
        return None;
    }
    if !(extent.grows && has_room(&extent, body_len)) && has_pages(body_len) {
        return None;
    }
    grow_in_place(address, extent, size.get(), body_len)
        .or_else(|| relocate(address, extent, size, body_len, generator))
}

/// Whether there is a place with pages to copy to: moving the block's own would leave them unused, and the next
/// block like it would be without.
fn has_pages(body_len: usize) -> bool {
    let now = clock::coarse_ms();
    table::lock().is_ok_and(|mut table| {
        table.retained.growing.note_request(now);
        table.retained.has_grown(body_len, table.stale_room())
    })
}

/// Keeps the front; what is cut off becomes guard, in one call: there is nothing to undo when it fails.
fn shrink(address: Addr, extent: Extent, size: usize, body_len: usize) -> Option<Addr> {
    let mut new = Extent { body_len, size, ..extent };
    if body_len < extent.body_len {
        let (from, to) = (new.body_end(), extent.pages_end());
        if !mappings::replace(from, to.offset_from(from)) {
            return None;
        }
        new.stale = if extent.grows { 0 } else { extent.stale };
        new.parted = true;
    }
    let kept = address.plus(size);
    let end = address.plus(extent.size).get().min(new.body_end().get());
    // What lies past the request is zero, in a live allocation, at all times.
    bytes::fill(kept, 0, end.saturating_sub(kept.get()));
    Some(update(address, new))
}

/// Whether the block can have so many bytes where it is: one page of guard must be left. What lies below it, if
/// there is anything, would be lost sight of.
fn has_room(extent: &Extent, body_len: usize) -> bool {
    let reach = extent.body().plus(body_len).plus(sealed().page);
    let is_known = extent.grows || extent.stale == 0;
    is_known && !extent.advised && reach <= extent.end()
}

/// Opens pages of the room behind the block and wipes what another left there.
fn grow_in_place(address: Addr, extent: Extent, size: usize, body_len: usize) -> Option<Addr> {
    let (old_end, more) = (extent.body_end(), body_len - extent.body_len);
    if !has_room(&extent, body_len) || !mappings::open(old_end, more) {
        return None;
    }
    let wiped = extent.stale.min(more);
    bytes::fill(old_end, 0, wiped);
    let stale = extent.stale - wiped;
    Some(update(address, Extent { body_len, size, stale, front: 0, grows: true, ..extent }))
}

fn update(address: Addr, extent: Extent) -> Addr {
    table::lock_again().update(address, extent);
    address
}

/// Moves the pages into a larger mapping with as much room behind as the block is long, so that a
/// block that grows step by step moves only when it has doubled.
fn relocate(
    address: Addr,
    extent: Extent,
    size: Size,
    body_len: usize,
    generator: &mut Generator,
) -> Option<Addr> {
    // Pages of several mappings cannot be moved at once.
    let is_several = extent.body_len > FRAME || !extent.body_end().is_aligned(FRAME);
    if extent.parted || (extent.moved && is_several) {
        return None;
    }
    let (place, room) = mapping::reserve_for_growth(body_len, kind_of(extent), generator)?;
    // The old addresses are free for others once the pages have moved: out of the table first. The row is
    // kept for the entry that follows in either case, for other threads want rows too.
    let Some((row, _)) = table::lock_again().take_out(address) else {
        mappings::release(place.base, place.total);
        return None;
    };
    let all = body_len + room;
    let moved = move_pages(&extent, &place, body_len, room);
    let new_address = place.body().plus(address.offset_from(extent.body()));
    let (new_key, kept, left) = match moved {
        Moved::Open(body_len) => {
            (new_address, Extent { size: size.get(), body_len, ..place }, extent)
        }
        Moved::Not | Moved::Hole => (address, extent, place),
    };
    table::lock_again().enter_in(row, new_key, kept);
    if matches!(moved, Moved::Open(_)) && free::hold_back(address, &left) {
        return Some(new_key);
    }
    // Where pages moved away, or were to go, somebody else may have been given the hole since.
    let hole = match moved {
        Moved::Open(_) => left.body_len,
        Moved::Hole => all,
        Moved::Not => 0,
    };
    mappings::release(left.base, left.before);
    mappings::release(left.body().plus(hole), left.end().offset_from(left.body()) - hole);
    matches!(moved, Moved::Open(_)).then_some(new_key)
}

/// What came of moving pages.
enum Moved {
    /// They are at the new place, and so many bytes of it are accessible.
    Open(usize),
    /// Nothing happened.
    Not,
    /// They stayed, and where they were to go there may be a hole.
    Hole,
}

/// Moves `extent`'s pages to `place` and makes `body_len` bytes accessible there.
///
/// The kernel stretches the moved mapping over the room as well, which is then closed again. Opened
/// piece by piece it becomes one with the moved part each time, and one mapping is what the kernel
/// can move; pages of the room's own mapping would stay a second one for ever. Where the system does
/// not close the room, it belongs to the block: the pages are not to be had back.
fn move_pages(extent: &Extent, place: &Extent, body_len: usize, room: usize) -> Moved {
    let all = body_len + room;
    match mappings::relocate(extent.body(), extent.body_len, place.body(), all) {
        Move::Done if mappings::close_room(place.body().plus(body_len), room) => {
            Moved::Open(body_len)
        }
        Move::Done => Moved::Open(all),
        Move::Refused => Moved::Not,
        Move::Failed => Moved::Hole,
    }
}

const fn kind_of(extent: Extent) -> Kind {
    match extent.status {
        Status::Live(kind) => kind,
        Status::Retained | Status::Front | Status::Held | Status::Stranded => Kind::Malloc,
    }
}
