//! Taking a large allocation back, and giving waiting ranges back to the system.

use super::extent::{Extent, Status};
use super::frames;
use super::table;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::platform::clock;
use crate::region::sealed::sealed;
use crate::region::{bytes, mappings, tuning};
use crate::slot::state::Kind;

/// What is wrong with a pointer that was said to be a large allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LargeFlaw {
    /// No range has this address.
    Unknown,
    /// It was freed before.
    Freed(Extent),
    /// Bytes before it, or past the requested size, changed: where, and the byte found.
    Overwritten(Extent, Addr, u8),
}

impl LargeFlaw {
    /// Bytes that were asked for, if the allocation is live all the same.
    pub(crate) const fn requested_despite(self) -> Option<usize> {
        match self {
            Self::Overwritten(extent, ..) => Some(extent.size),
            Self::Unknown | Self::Freed(_) => None,
        }
    }
}

/// The live allocation at `address`, with all that must still be zero around it looked over.
///
/// `Ok(None)` when the table cannot be asked: a signal handler interrupted its holder.
pub(crate) fn check(address: Addr) -> Result<Option<(Extent, Kind)>, LargeFlaw> {
    // Held to the end: another thread that frees the block meanwhile closes it.
    let Ok(table) = table::lock() else { return Ok(None) };
    let extent = table.find(address).ok_or(LargeFlaw::Unknown)?;
    let Status::Live(kind) = extent.status else { return Err(LargeFlaw::Freed(extent)) };
    let past = address.plus(extent.size);
    for (from, to) in [(extent.body(), address), (past, extent.body_end())] {
        if sealed().options.canary
            && let Some((offset, byte)) = first_changed(from, to)
        {
            return Err(LargeFlaw::Overwritten(extent, from.plus(offset), byte));
        }
    }
    Ok(Some((extent, kind)))
}

fn first_changed(from: Addr, to: Addr) -> Option<(usize, u8)> {
    let len = to.offset_from(from);
    // The whole words in between are looked at by vectors, the ends byte by byte.
    let head = from.align_up(8)?.offset_from(from).min(len);
    let words = (len - head) / 8 * 8;
    if bytes::is_zero(from.plus(head), words) {
        let tail = head + words;
        return bytes::first_nonzero(from, head).or_else(|| {
            bytes::first_nonzero(from.plus(tail), len - tail).map(|(at, byte)| (at + tail, byte))
        });
    }
    bytes::first_nonzero(from, len)
}

/// Gives a checked allocation another status, with which nobody else can free it. Fails when another thread was
/// faster; `false` when this thread holds the table's lock.
pub(super) fn withdraw(address: Addr, extent: Extent, status: Status) -> Result<bool, LargeFlaw> {
    let Ok(mut table) = table::lock() else { return Ok(false) };
    match table.find(address) {
        Some(now) if now == extent => {}
        Some(now) => return Err(LargeFlaw::Freed(now)),
        None => return Err(LargeFlaw::Unknown),
    }
    table.update(address, Extent { status, ..extent });
    Ok(true)
}

/// Takes a checked allocation back. Fails when another thread was faster.
pub(crate) fn retire(
    address: Addr,
    extent: Extent,
    generator: &mut Generator,
) -> Result<(), LargeFlaw> {
    if !withdraw(address, extent, Status::Retained)? {
        return Ok(());
    }
    if extent.body_len == 0 {
        forget(address);
        return Ok(());
    }
    let keeps = may_keep(&extent) && is_dense(&extent);
    let now = clock::coarse_ms();
    let stowed = if keeps { frames::stow(&extent, now, generator) } else { None };
    let Some(status) = stowed.or_else(|| close(&extent, keeps)) else {
        // Out of mappings: nothing can wait.
        forget(address);
        return Ok(());
    };
    let keeps = status == Status::Retained;
    let stale = if keeps { extent.stale } else { 0 };
    let extent = Extent { status, stale, ..extent };
    let kept = if keeps { extent.pages_len() } else { 0 };
    let (evicted, budget) = {
        let mut table = table::lock_again();
        table.update(address, extent);
        let evicted = table.retained.add(address, &extent, kept, now);
        // What grows next takes the range freed before this one: both have their pages until then.
        (evicted, table.budget_beside(if extent.grows { extent.size } else { 0 }))
    };
    if let Some(evicted) = evicted {
        forget(evicted);
    }
    give_back(now, most_age(), budget);
    Ok(())
}

/// Makes a freed range inaccessible; without its pages unless it `keeps` them.
fn close(extent: &Extent, keeps: bool) -> Option<Status> {
    // What keeps its pages was about to be moved. Of the rest a whole frame goes, with its page table, only where more
    // than the block may have been open: with three pages written in blocks of up to 4 MiB that took a tenth more.
    let is_all = keeps || extent.moved;
    let first = if is_all { frames::first_open(extent) } else { extent.pages() };
    if keeps {
        let len = extent.body_end().offset_from(first);
        return mappings::close(first, len).then_some(Status::Retained);
    }
    let len = extent.pages_end().offset_from(first);
    mappings::replace(first, len).then_some(Status::Held)
}

/// Whether one more range may keep its pages, and may be as long as this.
fn may_keep(extent: &Extent) -> bool {
    extent.body_len <= tuning::kept_range_bytes()
        && (!extent.grows || table::lock().is_ok_and(|table| table.retained.keeps_grown()))
        && sealed().options.large_retained_kib > 0
        && tuning::kept_ranges().is_none_or(|most| {
            table::lock()
                .is_ok_and(|table| table.retained.keeping() + table.stash.count() < most as usize)
        })
}

/// Quarters of a block at which a page is looked at, to tell whether most of it was written.
const SAMPLES: [usize; 3] = [2, 1, 3];

/// Whether most of a block was written. Keeping pages costs a wipe of the whole block at reuse,
/// which touches every page of it; a block of which little was used is cheaper to give back and to
/// fault in again. Whole pages are looked at, for one byte is enough to make a page; looking at an
/// unused one costs a fault, so two that agree decide.
fn is_dense(extent: &Extent) -> bool {
    let page = sealed().page;
    let [first, second, third] = SAMPLES
        .map(|quarter| extent.body().plus(extent.body_len / 4 * quarter).align_down(page))
        .map(|at| move || !bytes::is_zero(at, page));
    let (first, second) = (first(), second());
    if first == second { first } else { third() }
}

/// Takes a range that does not wait out of the table, which had it a moment ago, and gives its mapping back.
fn forget(address: Addr) {
    let removed = table::lock_again().remove(address);
    if let Some(extent) = removed {
        mappings::release(extent.base, extent.total);
    }
}

/// Gives all waiting ranges back, addresses included: memory ran out. Says whether there were any.
pub(crate) fn give_back_everything() -> bool {
    let mut any = frames::give_back_overdue(0, 0, 0) > 0;
    loop {
        let taken = table::lock().ok().and_then(|mut table| table.retained.take_any());
        let Some(waiting) = taken else { return any };
        forget(waiting.address());
        any = true;
    }
}

/// Gives back the pages of ranges that waited long enough, or that exceed the budget; of all of them
/// if `all`. Says how many bytes that were.
pub(crate) fn give_back_overdue(now: u64, all: bool) -> usize {
    let age = if all { 0 } else { most_age() };
    let most = if all { 0 } else { table::lock().map_or(0, |table| table.budget()) };
    give_back(now, age, most)
}

/// Milliseconds for which pages wait at most.
fn most_age() -> u64 {
    u64::from(tuning::decay_ms()) * 2
}

/// Gives back pages that waited for `age` milliseconds, or exceed `most` bytes.
fn give_back(now: u64, age: u64, most: usize) -> usize {
    let mut given = frames::give_back_overdue(now, age, most);
    loop {
        let (waiting, extent) = {
            let Ok(mut table) = table::lock() else { return given };
            let left = most.saturating_sub(table.stash.bytes());
            let Some(waiting) = table.retained.overdue(now, age, left) else { return given };
            let Some(extent) = table.find(waiting.address()) else { return given };
            table.update(waiting.address(), Extent { status: Status::Held, stale: 0, ..extent });
            (waiting, extent)
        };
        let is_empty = mappings::replace(extent.pages(), extent.pages_len());
        given += extent.pages_len();
        let waits_on = is_empty && table::lock_again().retained.put_back(waiting);
        if !waits_on {
            forget(waiting.address());
        }
    }
}
