//! Taking a large allocation back, and giving waiting ranges back to the system.

use super::blank;
use super::extent::{Extent, FRONT_MOST, Status};
use super::frames;
use super::stranded::{self, forget};
use super::table;
use crate::base::addr::Addr;
use crate::base::generator::Generator;
use crate::base::sync::{AtomicU32, Ordering};
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
    let now = clock::coarse_ms();
    let written =
        if may_keep(&extent) { written(&extent, now, generator) } else { Written::Little };
    let is_stowed = written == Written::Most && frames::stow(&extent, now, generator);
    let closed = match written {
        _ if is_stowed => Some(without_pages(&extent)),
        Written::Little => blank::time(&extent, || close(&extent, written)),
        _ => close(&extent, written),
    };
    let stowed = if is_stowed { extent.pages_len() } else { 0 };
    let Some(extent) = closed else {
        // Out of mappings: nothing can wait.
        forget(address);
        return Ok(());
    };
    let kept = extent.kept_len();
    let (evicted, budget) = {
        let mut table = table::lock_again();
        table.update(address, extent);
        let evicted = table.retained.add(address, &extent, kept, now);
        (evicted, table.budget_after(&extent, kept + stowed, now))
    };
    if let Some(evicted) = evicted {
        forget(evicted);
    }
    give_back(now, most_age(), budget);
    Ok(())
}

/// Has the range at `address`, out of which the pages of its block moved, wait as a freed one does: stale pointers to it
/// fault, and a free by one is told. `false` where it cannot: little address space, or somebody else was given the hole.
pub(super) fn hold_back(address: Addr, extent: &Extent) -> bool {
    if sealed().rung > 0 || extent.stale > 0 || !mappings::fill_hole(extent.body(), extent.body_len)
    {
        return false;
    }
    let held = without_pages(extent);
    let now = clock::coarse_ms();
    let evicted = {
        let mut table = table::lock_again();
        if !table.enter(address, held) {
            mappings::release(extent.base, extent.total);
            return true;
        }
        table.retained.wait(address, &held, 0, now)
    };
    if let Some(evicted) = evicted {
        forget(evicted);
    }
    true
}

/// A freed range that has no pages any more: new mappings that nobody used, which the kernel makes one.
fn without_pages(extent: &Extent) -> Extent {
    Extent { status: Status::Held, stale: 0, front: 0, parted: false, ..*extent }
}

/// Makes a freed range inaccessible, without the pages that nothing was written to. Says what it is then.
fn close(extent: &Extent, written: Written) -> Option<Extent> {
    // What keeps its pages was about to be moved. Of the rest a whole frame goes, with its page table, only where more
    // than the block may have been open: with three pages written in blocks of up to 4 MiB that took a tenth more.
    let is_all = written == Written::Most || extent.moved;
    let first = if is_all { frames::first_open(extent) } else { extent.pages() };
    let (body, end) = (extent.body(), extent.pages_end());
    match written {
        Written::Most => {
            let len = extent.body_end().offset_from(first);
            let closed = Extent { status: Status::Retained, front: 0, ..*extent };
            mappings::close(first, len).then_some(closed)
        }
        // Where pages lie below the block, or behind it for growth, the front is not at their lower end.
        Written::Front(front) if first == body && !extent.grows => {
            let rest = body.plus(front << sealed().page_bits);
            let is_closed = mappings::replace(rest, end.offset_from(rest))
                && mappings::close(body, rest.offset_from(body));
            is_closed.then_some(Extent { status: Status::Front, front, ..*extent })
        }
        Written::Front(_) | Written::Little => {
            mappings::replace(first, end.offset_from(first)).then(|| without_pages(extent))
        }
    }
}

/// Whether one more range may keep its pages, and may be as long as this.
fn may_keep(extent: &Extent) -> bool {
    extent.body_len <= tuning::kept_range_bytes()
        && (!extent.grows || table::lock().is_ok_and(|table| table.retained.growing.is_quick()))
        && sealed().options.large_retained_kib > 0
        && tuning::kept_ranges().is_none_or(|most| {
            table::lock()
                .is_ok_and(|table| table.retained.keeping() + table.stash.count() < most as usize)
        })
}

/// Eighths of a block at which a page is looked at, to tell whether most of it was written: the first and one of the next
/// two, and two of the rest. Where all were written, a look costs nothing, and to wipe a long block of which little was
/// costs as many page faults as it has pages.
const SAMPLES: [usize; 3] = [4, 2, 6];
/// As above.
const MORE_SAMPLES: [usize; 4] = [1, 3, 5, 7];

/// In blocks of so many pages the pages looked at lie one, two and up to seven pages behind the eighths: what is laid out by
/// powers of two may have nothing but zeros at all of these.
const OFF_EIGHTHS: usize = 64;

/// How much of a block was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Most,
    /// So many pages at its front, and little behind.
    Front(usize),
    Little,
}

/// Fewest pages at the front of a block that are worth a system call more: with three no time is gained.
const FRONT_PAGES: usize = 4;
/// What was used at its front only is taken to be used so again, but for one in so many frees; and so is what was
/// used little, after as many such blocks in a row. Each look makes two page faults.
const LOOK_EVERY: u32 = 8;
const IN_A_ROW: u32 = 4;
/// How many of the blocks looked at last were used little.
static LITTLE: AtomicU32 = AtomicU32::new(0);

/// How much of a block was written. Keeping pages costs a wipe of them all at reuse, which touches every page; a block
/// of which little was used is cheaper to give back and to fault in again, but for what was used of its front,
/// which the next block is likely to use as well. Whole pages are looked at, for one byte is enough to
/// make a page; looking at an unused one costs a fault, so few decide.
fn written(extent: &Extent, now: u64, generator: &mut Generator) -> Written {
    let pages = extent.body_len >> sealed().page_bits;
    let is_front = (1..pages).contains(&extent.front);
    let may_be_blank = blank::may_keep_pages(extent, now);
    let is_little = LITTLE.load(Ordering::Relaxed) >= IN_A_ROW && !may_be_blank;
    if (is_front || is_little) && generator.next_below(LOOK_EVERY) > 0 {
        return if is_front { Written::Front(extent.front) } else { Written::Little };
    }
    let written = match look(extent, pages, is_front) {
        Written::Little if may_be_blank && !blank::pages(extent).any(is_written) => Written::Most,
        written => written,
    };
    let in_a_row = if written == Written::Little { LITTLE.load(Ordering::Relaxed) + 1 } else { 0 };
    LITTLE.store(in_a_row.min(IN_A_ROW), Ordering::Relaxed);
    written
}

#[inline(never)]
fn is_written(page: Addr) -> bool {
    bytes::load(page) != 0 || !bytes::is_zero(page, sealed().page)
}

fn look(extent: &Extent, pages: usize, is_front: bool) -> Written {
    let page = sealed().page;
    let step = extent.body_len / 8 + if pages >= OFF_EIGHTHS { page } else { 0 };
    let is_eighth_written = |eighth| is_written(extent.body().plus(step * eighth).align_down(page));
    let [half, first, third] = SAMPLES;
    if is_eighth_written(half)
        && (is_eighth_written(first) || is_eighth_written(third))
        && MORE_SAMPLES.into_iter().filter(|eighth| is_eighth_written(*eighth)).count() >= 2
    {
        return Written::Most;
    }
    // The first page holds the block's first bytes, if any does.
    let at = |number| extent.body().plus(number << sealed().page_bits);
    let others = 1..FRONT_MOST.min(pages / 2);
    let used = 1 + others.take_while(|number| is_written(at(*number))).count();
    // Blocks of which more was used before may be used so again.
    let front = if is_front { used.max(extent.front / 4 * 3) } else { used };
    match front {
        FRONT_PAGES.. => Written::Front(front),
        _ => Written::Little,
    }
}

/// Gives all waiting ranges back, addresses included: memory ran out. Says whether there were any.
pub(crate) fn give_back_everything() -> bool {
    let mut any = frames::give_back_overdue(0, 0, 0) > 0;
    loop {
        let taken = table::lock().ok().and_then(|mut table| table.retained.take_any());
        let Some(waiting) = taken else {
            return stranded::give_back_some(stranded::AT_ONCE) || any;
        };
        forget(waiting.address());
        any = true;
    }
}

/// Gives back the pages of ranges that waited long enough, or that exceed the budget; of all of them
/// if `all`. Says how many bytes that were.
pub(crate) fn give_back_overdue(now: u64, all: bool) -> usize {
    let age = if all { 0 } else { most_age() };
    let most = if all { 0 } else { table::lock().map_or(0, |table| table.budget()) };
    if all {
        stranded::give_back_all();
    }
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
        let (waiting, old, extent) = {
            let Ok(mut table) = table::lock() else { return given };
            let left = most.saturating_sub(table.stash.bytes());
            let Some(waiting) = table.retained.overdue(now, age, left) else { return given };
            let Some(old) = table.find(waiting.address()) else { return given };
            let extent = without_pages(&old);
            table.update(waiting.address(), extent);
            (waiting, old, extent)
        };
        let is_empty = mappings::replace(old.pages(), old.pages_len());
        given += old.pages_len();
        let waits_on = is_empty && table::lock_again().retained.put_back(waiting, &extent);
        if !waits_on {
            forget(waiting.address());
        }
    }
}
