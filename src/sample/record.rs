//! What is known of each sample, found by its address.
//!
//! Rows are in sets by address. A new sample takes an empty row of its set, or the one whose
//! allocation was freed first; where all are live it is not recorded.

use super::due;
use super::trace::{CALLS, Trace};
use crate::base::addr::Addr;
use crate::platform::lock::Lock;
use crate::region::samples::{self, ROWS, SampleRow, WORDS};
use crate::region::sealed::sealed;
use core::sync::atomic::Ordering;
use static_assertions::const_assert;

/// Rows of a set.
const WAYS: usize = 8;
const SETS: usize = ROWS / WAYS;
const_assert!(SETS.is_power_of_two());

/// Most samples whose live blocks are known at once: each needs mappings.
const LIVE_MOST: usize = ROWS / 4;

/// Places in a row: the numbers, then the two stacks.
mod at {
    pub(super) const ADDRESS: usize = 0;
    pub(super) const BASE: usize = 1;
    pub(super) const END: usize = 2;
    pub(super) const SIZE: usize = 3;
    pub(super) const STANDS_FOR: usize = 4;
    /// 0 while live, else how many were freed before, from 1.
    pub(super) const FREED: usize = 5;
    pub(super) const THREADS: usize = 6;
    pub(super) const ALLOCATED: usize = 8;
    pub(super) const FREED_BY: usize = ALLOCATED + super::CALLS;
}
const_assert!(at::FREED_BY + CALLS <= WORDS);

/// One sample.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    /// Where the block is.
    pub(crate) address: Addr,
    /// First byte of its mapping, and the byte after the last.
    pub(crate) base: Addr,
    /// As above.
    pub(crate) end: Addr,
    /// Bytes asked for.
    pub(crate) size: usize,
    /// Bytes it stands for in the profile.
    pub(crate) stands_for: u64,
    /// Who allocated it.
    pub(crate) allocated: Trace,
    /// Who freed it; nobody while it is live.
    pub(crate) freed: Option<Trace>,
}

/// How many are live, and how many were freed so far.
struct Counts {
    live: usize,
    freed: u64,
}

static COUNTS: Lock<Counts> = Lock::new(Counts { live: 0, freed: 0 });

/// How many are live.
pub(crate) fn live() -> usize {
    COUNTS.acquire().map_or(0, |counts| counts.live)
}

/// How many may live. Those that stand for no bytes leave half of the room to the profile, where there is one: else it
/// would forget its own, again and again, until none is left.
pub(crate) fn most(is_of_profile: bool) -> usize {
    let is_shared = !is_of_profile && sealed().options.profile > 0;
    if is_shared { LIVE_MOST / 2 } else { LIVE_MOST }
}

/// Whether one more may live; `None` when a signal handler interrupted who knows. Only a hint: others
/// allocate at the same time. Where too many do, one of the profile makes that
/// coarser: of those that stand for bytes in it each is forgotten unless it `stays`, as one in two
/// should, and those that stay stand for twice as many.
pub(crate) fn make_room(is_of_profile: bool, mut stays: impl FnMut() -> bool) -> Option<bool> {
    let mut counts = COUNTS.acquire().ok()?;
    if counts.live < most(is_of_profile) || !is_of_profile {
        return Some(counts.live < most(is_of_profile));
    }
    let mut forgotten = 0;
    let rows = (0..ROWS).filter_map(samples::row).filter(is_row_live);
    for row in rows.filter(|row| get(row, at::STANDS_FOR) > 0) {
        if stays() {
            put(row, at::STANDS_FOR, get(row, at::STANDS_FOR).saturating_mul(2));
        } else {
            put(row, at::ADDRESS, 0);
            forgotten += 1;
        }
    }
    counts.live = counts.live.saturating_sub(forgotten);
    if forgotten > 0 {
        due::double_interval();
    }
    Some(counts.live < LIVE_MOST)
}

fn set_of(address: Addr) -> impl Iterator<Item = &'static SampleRow> {
    // Blocks start anywhere in a page, and mappings follow each other by pages.
    let hash = (address.get() >> 12).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let first = hash % SETS * WAYS;
    (first..first + WAYS).filter_map(samples::row)
}

/// Keeps `record`, of a live allocation, unless its set is full of live ones or a signal handler
/// interrupted who works on the rows.
pub(crate) fn add(record: &Record) {
    let Ok(mut counts) = COUNTS.acquire() else { return };
    let rank = |row: &&SampleRow| match (get(row, at::ADDRESS), get(row, at::FREED)) {
        (0, _) => 0,
        (_, 0) => u64::MAX,
        (_, freed) => freed,
    };
    // What was at the address before is gone.
    let same = set_of(record.address).find(|row| is_at(row, record.address));
    let Some(row) = same.or_else(|| set_of(record.address).min_by_key(rank)) else { return };
    let was_live = get(row, at::ADDRESS) != 0 && get(row, at::FREED) == 0;
    if was_live && !is_at(row, record.address) {
        return;
    }
    counts.live += usize::from(!was_live);
    let numbers = [
        record.address.get() as u64,
        record.base.get() as u64,
        record.end.get() as u64,
        record.size as u64,
        record.stands_for,
        0,
        u64::from(record.allocated.thread),
    ];
    for (index, number) in numbers.into_iter().enumerate() {
        put(row, index, number);
    }
    put_calls(row, at::ALLOCATED, &record.allocated);
}

/// The sample at `address` was freed by who calls. Nothing happens if there is none.
pub(crate) fn free(address: Addr) {
    if !is_live(address) {
        return;
    }
    // Walking the stack takes a while: not with the lock held.
    let trace = Trace::here();
    let Ok(mut counts) = COUNTS.acquire() else { return };
    let Some(row) = set_of(address).find(|row| is_at(row, address)) else { return };
    counts.freed += 1;
    counts.live = counts.live.saturating_sub(1);
    put(row, at::FREED, counts.freed);
    let allocator = get(row, at::THREADS) & u64::from(u32::MAX);
    put(row, at::THREADS, allocator | u64::from(trace.thread) << 32);
    put_calls(row, at::FREED_BY, &trace);
}

/// Forgets the sample at `address`, if there is one, and says what it stood for.
pub(crate) fn forget(address: Addr) -> Option<Record> {
    let mut counts = COUNTS.acquire().ok()?;
    let row = set_of(address).find(|row| is_at(row, address) && get(row, at::FREED) == 0)?;
    let record = read(row);
    put(row, at::ADDRESS, 0);
    counts.live = counts.live.saturating_sub(1);
    Some(record)
}

fn is_live(address: Addr) -> bool {
    set_of(address).any(|row| is_at(row, address) && get(row, at::FREED) == 0)
}

/// The sample whose mapping `touched` lies in; a live one before one that was there earlier.
pub(crate) fn around(touched: Addr) -> Option<Record> {
    let holds =
        |record: &Record| touched.offset_from(record.base) < record.end.offset_from(record.base);
    let mut found: Option<(u64, Record)> = None;
    for row in (0..ROWS).filter_map(samples::row).filter(|row| get(row, at::ADDRESS) != 0) {
        let (record, freed) = (read(row), get(row, at::FREED).wrapping_sub(1));
        if holds(&record) && found.is_none_or(|(last, _)| freed > last) {
            found = Some((freed, record));
        }
    }
    found.map(|(_, record)| record)
}

/// The sample at `address`, live or freed.
pub(crate) fn find(address: Addr) -> Option<Record> {
    set_of(address).find(|row| is_at(row, address)).map(read)
}

/// Calls `with` for every live sample.
pub(crate) fn for_each_live(mut with: impl FnMut(&Record)) {
    (0..ROWS).filter_map(samples::row).filter(is_row_live).for_each(|row| with(&read(row)));
}

fn is_row_live(row: &&'static SampleRow) -> bool {
    get(row, at::ADDRESS) != 0 && get(row, at::FREED) == 0
}

/// Whether somebody works on the rows.
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) fn is_locked() -> bool {
    COUNTS.is_taken()
}

/// Before a fork; `false` when another thread does not let go.
#[must_use]
pub(crate) fn hold_for_fork() -> bool {
    COUNTS.hold_for_fork()
}

/// After a fork, in parent and child.
pub(crate) fn let_go_after_fork() {
    COUNTS.let_go_after_fork();
}

fn is_at(row: &SampleRow, address: Addr) -> bool {
    get(row, at::ADDRESS) == address.get() as u64
}

// Relaxed: rows are written with the lock held; who reads without it, in a signal handler, takes what
// is there for evidence and no more.
fn get(row: &SampleRow, word: usize) -> u64 {
    row.0.get(word).map_or(0, |word| word.load(Ordering::Relaxed))
}

fn put(row: &SampleRow, word: usize, value: u64) {
    if let Some(word) = row.0.get(word) {
        word.store(value, Ordering::Relaxed);
    }
}

fn put_calls(row: &SampleRow, first: usize, trace: &Trace) {
    for index in 0..CALLS {
        let call = trace.calls().get(index).copied().unwrap_or(0);
        put(row, first + index, call as u64);
    }
}

fn trace(row: &SampleRow, thread: u32, first: usize) -> Trace {
    let calls = (first..first + CALLS).map(|word| get(row, word) as usize);
    Trace::of(thread, calls.take_while(|call| *call != 0))
}

fn read(row: &SampleRow) -> Record {
    let (threads, freed) = (get(row, at::THREADS), get(row, at::FREED));
    Record {
        address: Addr::new(get(row, at::ADDRESS) as usize),
        base: Addr::new(get(row, at::BASE) as usize),
        end: Addr::new(get(row, at::END) as usize),
        size: get(row, at::SIZE) as usize,
        stands_for: get(row, at::STANDS_FOR),
        allocated: trace(row, threads as u32, at::ALLOCATED),
        freed: (freed != 0).then(|| trace(row, (threads >> 32) as u32, at::FREED_BY)),
    }
}
