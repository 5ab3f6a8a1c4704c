//! How a request is laid into a mapping: guards of random length, and the block at the very end of
//! the accessible pages, so that one byte too far faults.

use super::extent::{Extent, Status};
use super::stash::FRAME;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::size::{Align, Size};
use crate::region::mappings;
use crate::region::sealed::sealed;
use crate::slot::state::Kind;

/// Most pages of one guard.
const GUARD_PAGES: u32 = 32;
/// Most frames left out above a block that ends at one: with whole frames between them, distances
/// would be few.
const SPARE_FRAMES: u32 = 7;

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    /// Bytes.
    pub(crate) size: Size,
    /// Alignment of the address.
    pub(crate) align: Align,
    /// By which family of functions.
    pub(crate) kind: Kind,
    /// Bytes of address space to keep behind the block for growth.
    pub(crate) room: usize,
    /// Whether it is a sample, and where in its pages it lies.
    pub(crate) sample: Option<End>,
}

/// An end of the accessible pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// A byte before the block faults.
    Lower,
    /// A byte past the block faults, as far as its alignment allows.
    Upper,
}

/// Accessible bytes that a request needs, none for no bytes; `None` when they exceed the limit.
pub(crate) fn body_len(size: Size) -> Option<usize> {
    Some(size.round_up(sealed().page)?.get())
}

/// A guard's length in bytes: random, so that distances between blocks are, and short beside the
/// block.
pub(crate) fn guard_len(body_len: usize, generator: &mut Generator) -> usize {
    let page = sealed().page;
    // Where address space is short, so are guards.
    if sealed().rung > 0 {
        return page;
    }
    let most = u32::try_from(body_len >> sealed().page_bits >> 1)
        .unwrap_or(u32::MAX)
        .clamp(1, GUARD_PAGES);
    page * (1 + generator.next_below(most) as usize)
}

/// Where a block of `size` bytes starts in `[body, body + body_len)`: as far up as its alignment
/// allows.
pub(crate) fn address_in(body: Addr, body_len: usize, size: usize, align: Align) -> Addr {
    body.plus(body_len - size).align_down(align.get())
}

/// Whether a request gets room to grow: not where address space is short.
pub(crate) fn grows(request: Request) -> bool {
    request.room > 0 && sealed().rung == 0
}

/// Makes a mapping for `request`. `live` is how many there are already.
pub(crate) fn make(
    request: Request,
    live: usize,
    generator: &mut Generator,
) -> Option<(Addr, Extent)> {
    let page = sealed().page;
    let body_len = body_len(request.size)?;
    let room = if grows(request) { request.room } else { 0 };
    let after = guard_len(body_len, generator).checked_add(room)?;
    let before = guard_len(body_len, generator);
    let beyond_page = if request.align.get() > page { request.align.get() - page } else { 0 };
    let total = body_len.checked_add(before)?.checked_add(after)?.checked_add(beyond_page)?;
    Size::new(total)?;
    let (base, total, advised) = if beyond_page == 0 {
        let (base, advised) = mappings::make(total, before, body_len, live)?;
        (base, total, advised)
    } else {
        let (base, total) = make_aligned(total, before, body_len, request.align)?;
        (base, total, false)
    };
    let extent = Extent {
        base,
        total,
        before,
        body_len,
        size: request.size.get(),
        stale: 0,
        front: 0,
        status: Status::Live(request.kind),
        advised,
        moved: false,
        grows: room > 0 && !advised,
        parted: false,
        warm: false,
    };
    let address = match request.sample {
        Some(End::Lower) => extent.body(),
        _ => address_in(extent.body(), body_len, request.size.get(), request.align),
    };
    Some((address, extent))
}

/// A mapping for `body_len` bytes, all of it still inaccessible, with room behind for as many again.
/// Says how much room there is, all but the last page.
pub(crate) fn reserve_for_growth(
    body_len: usize,
    kind: Kind,
    generator: &mut Generator,
) -> Option<(Extent, usize)> {
    let wanted = if sealed().rung > 0 { 0 } else { body_len };
    let before = guard_len(body_len, generator);
    let room = wanted.checked_add(guard_len(body_len, generator))? - sealed().page;
    let total = before.checked_add(body_len)?.checked_add(room)?.checked_add(sealed().page)?;
    Size::new(total)?;
    let base = mappings::reserve(total)?;
    let status = Status::Live(kind);
    Some((
        Extent {
            base,
            total,
            before,
            body_len,
            size: 0,
            stale: 0,
            front: 0,
            status,
            advised: false,
            moved: false,
            grows: wanted > 0,
            parted: false,
            warm: false,
        },
        room,
    ))
}

/// A mapping for `body_len` bytes that end at a whole frame, all of it still inaccessible.
pub(crate) fn reserve_framed(body_len: usize, generator: &mut Generator) -> Option<Extent> {
    let (before, after) = (guard_len(body_len, generator), guard_len(body_len, generator));
    let frames = body_len.checked_next_multiple_of(FRAME)?;
    let room = FRAME * SPARE_FRAMES as usize;
    let total = frames.checked_add(before)?.checked_add(after)?.checked_add(FRAME + room)?;
    Size::new(total)?;
    let base = mappings::reserve(total)?;
    let skipped = FRAME * generator.next_below(SPARE_FRAMES + 1) as usize;
    let end = base.plus(total - after).align_down(FRAME).minus(skipped);
    Some(Extent {
        base,
        total,
        before: end.offset_from(base) - body_len,
        body_len,
        size: 0,
        stale: 0,
        front: 0,
        status: Status::Held,
        advised: false,
        moved: false,
        grows: false,
        parted: false,
        warm: false,
    })
}

/// A mapping whose accessible part starts at a multiple of `align`, which is larger than a page.
fn make_aligned(
    total: usize,
    before: usize,
    body_len: usize,
    align: Align,
) -> Option<(Addr, usize)> {
    // Nothing is accessible until it is known where the aligned part begins.
    let base = mappings::reserve(total)?;
    let body = base.plus(before).align_up(align.get())?;
    let start = body.minus(before);
    let end = base.plus(total).minus(align.get() - sealed().page - start.offset_from(base));
    mappings::release(base, start.offset_from(base));
    mappings::release(end, base.plus(total).offset_from(end));
    if !mappings::open(body, body_len) {
        mappings::release(start, end.offset_from(start));
        return None;
    }
    Some((start, end.offset_from(start)))
}

#[cfg(test)]
mod tests {
    use super::address_in;
    use crate::base::addr::Addr;
    use crate::base::size::Align;

    #[test]
    fn blocks_end_where_their_pages_end() {
        let body = Addr::new(0x7000_0000_0000);
        for size in [1usize, 15, 16, 17, 4095, 4096, 200_000] {
            let body_len = size.next_multiple_of(4096);
            let at = address_in(body, body_len, size, Align::MIN);
            assert!(at >= body && at.is_aligned(16));
            assert!(body.plus(body_len).offset_from(at.plus(size)) < 16);
            let aligned = address_in(body, body_len, size, Align::new(4096).unwrap());
            assert!(aligned.is_aligned(4096) && aligned >= body);
        }
    }
}
