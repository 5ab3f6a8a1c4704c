//! Serving a large request: from a retained range if one fits, else from a new mapping.

use super::extent::{Extent, Status};
use super::frames;
use super::mapping::{self, Request};
use super::table;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
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
    if frames::suits(request)
        && let Some(address) = frames::allocate(request, generator)
    {
        return Some(address);
    }
    if let Some(address) = reuse(request, generator) {
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

/// Takes a retained range that fits: opens just as many pages as are asked for, at its upper end,
/// and wipes them. What is to grow gets the lower end of a range that another grew in.
fn reuse(request: Request, generator: &mut Generator) -> Option<Addr> {
    // Ranges start at any page; larger alignments get mappings of their own.
    if request.align.get() > sealed().page {
        return None;
    }
    let body_len = mapping::body_len(request.size)?;
    let now = clock::coarse_ms();
    let old = {
        let mut table = table::lock().ok()?;
        let address = if mapping::grows(request) {
            let spare = table.stale_room();
            table.retained.note_growth(now);
            table.retained.take_grown(body_len, spare, generator)
        } else {
            table.retained.take(body_len, generator)
        }?;
        table.remove(address)?
    };
    let before = if old.grows { old.before } else { old.before + old.body_len - body_len };
    // What an earlier, longer allocation used and this one does not stays as it is, out of reach.
    let kept = if old.status == Status::Retained { old.pages_len() } else { 0 };
    let extent = Extent {
        before,
        body_len,
        size: request.size.get(),
        stale: kept.saturating_sub(body_len),
        status: Status::Live(request.kind),
        ..old
    };
    let opened = mappings::open(extent.body(), body_len);
    let address = mapping::address_in(extent.body(), body_len, request.size.get(), request.align);
    if !opened || !enter(address, extent) {
        mappings::release(old.base, old.total);
        return None;
    }
    let wiped = if old.grows { body_len.min(kept) } else { body_len };
    if old.status == Status::Retained {
        bytes::fill(extent.body(), 0, wiped);
    }
    Some(address)
}
