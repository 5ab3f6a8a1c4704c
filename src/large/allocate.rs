//! Serving a large request: from a retained range if one fits, else from a new mapping.

use super::extent::{Extent, Status};
use super::frames;
use super::mapping::{self, Request};
use super::stranded;
use super::table;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::size::Align;
use crate::platform::clock;
use crate::region::sealed::sealed;
use crate::region::{bytes, limit, mappings};

/// Allocates; `None` when the system gives no memory, or this very thread holds the table's lock
/// (in a signal handler that interrupted it).
pub(crate) fn allocate(request: Request, generator: &mut Generator) -> Option<Addr> {
    if limit::forbids(request.size.get()) {
        return None;
    }
    if request.sample.is_some() {
        return make(request, generator);
    }
    // A block that ends at a frame needs more addresses and mappings; where they are short, others do.
    let is_framed = frames::suits(request);
    let first = if is_framed { Way::Kept } else { Way::Front };
    if let Some(address) = reuse(request, first, generator) {
        return Some(address);
    }
    if is_framed && let Some(address) = frames::allocate(request, generator) {
        return Some(address);
    }
    if let Some(address) = reuse(request, Way::Any, generator) {
        return Some(address);
    }
    make(request, generator)
}

/// Allocates in a new mapping.
fn make(request: Request, generator: &mut Generator) -> Option<Addr> {
    let live = table::lock().ok()?.live;
    let (address, extent) = mapping::make(request, live, generator)?;
    if enter(address, extent) {
        return Some(address);
    }
    mappings::release(extent.base, extent.total);
    None
}

/// Enters a live allocation into the table; `false` when there is no row for it.
pub(super) fn enter(address: Addr, extent: Extent) -> bool {
    table::lock().is_ok_and(|mut table| table.enter(address, extent))
}

/// Which retained ranges are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those of which only the front was used, with its pages.
    Front,
    /// Those that have their pages where they are.
    Kept,
    /// Any, but those of which only the front was used.
    Any,
}

/// Takes a retained range that fits: opens just as many pages as are asked for, at its upper end,
/// and wipes them. What is to grow gets the lower end of a range that another grew in, as does what is likely to be
/// used at its front only.
fn reuse(request: Request, way: Way, generator: &mut Generator) -> Option<Addr> {
    // Ranges start at any page; of those whose front was used it is known where, for it stays there.
    let is_aligned = request.align.get() > sealed().page;
    if is_aligned && way == Way::Any {
        return None;
    }
    let body_len = mapping::body_len(request.size)?;
    let now = clock::coarse_ms();
    let grows = mapping::grows(request);
    let old = {
        let mut table = table::lock().ok()?;
        let spare = table.stale_room();
        table.retained.any.note_request(now);
        let address = if way != Way::Any {
            let is_any = way == Way::Kept && !is_aligned;
            let align = if is_aligned { request.align } else { Align::MIN };
            if grows { None } else { table.retained.take_kept(body_len, align, is_any, generator) }
        } else if grows {
            table.retained.growing.note_request(now);
            table.retained.take_grown(body_len, spare, generator)
        } else {
            table.retained.take(body_len, spare, generator)
        }?;
        table.remove(address)?
    };
    let is_front = old.status == Status::Front;
    let is_lower = old.grows || is_front;
    let before = if is_lower { old.before } else { old.before + old.body_len - body_len };
    // What an earlier, longer allocation used and this one does not stays as it is, out of reach.
    let kept = old.kept_len();
    let extent = Extent {
        before,
        body_len,
        size: request.size.get(),
        stale: kept.saturating_sub(body_len),
        front: if is_front { old.front } else { 0 },
        parted: old.parted || is_front,
        warm: kept > 0,
        status: Status::Live(request.kind),
        ..old
    };
    let opened = mappings::open(extent.body(), body_len);
    let address = mapping::address_in(extent.body(), body_len, request.size.get(), request.align);
    if !opened || !enter(address, extent) {
        stranded::release(old.body(), old);
        return None;
    }
    let wiped = body_len.min(kept);
    let from = if is_lower { extent.body() } else { extent.body_end().minus(wiped) };
    bytes::fill(from, 0, wiped);
    Some(address)
}
