//! A part of the address space whose mappings a model keeps by itself. The kernel's answers about it come
//! from here, and a touch of what is not accessible ends the run as it would end the program.

use super::system::memory;
use super::words::Word;
use super::{Kept, Ordering, RUN, checked, is_running, kept};
use core::ops::Range;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;

/// Bytes of a page. Its first word stands for all of it.
const PAGE: usize = 4096;

/// What may be done with a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// It is nobody's.
    Unmapped,
    /// Every touch faults.
    Closed,
    Open,
}

/// The parts by their first bytes, in one run. Each reaches to the next one.
pub(super) type Space = BTreeMap<usize, Part>;

/// Where it lies; nowhere until a model needs it.
static BOUNDS: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

fn bounds() -> Range<usize> {
    let [start, end] = BOUNDS.each_ref().map(|bound| bound.load(Ordering::Relaxed));
    start..end
}

/// Says where it lies: in memory that can really be read, for the code takes the value before a run from
/// there. All of that is zero.
pub(crate) fn lay_out(at: usize, len: usize) {
    BOUNDS[0].store(at, Ordering::Relaxed);
    BOUNDS[1].store(at + len, Ordering::Relaxed);
}

/// Whether an address of a model's lies there.
pub(crate) fn holds(at: usize) -> bool {
    is_running() && bounds().contains(&at)
}

/// Whether a word is one of those that a page's first word stands for.
pub(super) fn is_stood_for(at: usize) -> bool {
    holds(at) && at % PAGE != 0
}

/// From the word at `at` to the next that stands for itself.
pub(crate) fn step(at: usize) -> usize {
    if holds(at) && at % PAGE == 0 { PAGE } else { 8 }
}

/// The parts of a range, with the bytes of each.
fn parts(range: Range<usize>) -> Vec<(Part, usize)> {
    RUN.with_borrow(|run| {
        let first = run.space.range(..=range.start).next_back();
        let mut part = first.map_or(Part::Unmapped, |(_, part)| *part);
        let (mut found, mut from) = (Vec::new(), range.start);
        for (at, next) in run.space.range(range.start + 1..range.end) {
            found.push((part, at - from));
            (part, from) = (*next, *at);
        }
        found.push((part, range.end - from));
        found
    })
}

/// Whether all of a range, if it has any bytes, may be used so.
pub(crate) fn is_all(range: Range<usize>, wanted: Part) -> bool {
    range.is_empty() || parts(range).iter().all(|(part, _)| *part == wanted)
}

/// Bytes that are mapped.
pub(crate) fn mapped_bytes() -> usize {
    let mapped = parts(bounds()).into_iter().filter(|(part, _)| *part != Part::Unmapped);
    mapped.map(|(_, len)| len).sum()
}

/// Notes a touch of the word at `at`.
pub(super) fn touch(at: usize) {
    assert!(!holds(at) || is_all(at..at + 8, Part::Open), "{at:#x} is not accessible");
}

fn set(range: Range<usize>, part: Part) {
    if range.is_empty() {
        return;
    }
    let behind = parts(range.end..range.end + 1)[0].0;
    RUN.with_borrow_mut(|run| {
        run.space.retain(|at, _| !range.contains(at));
        run.space.insert(range.start, part);
        run.space.insert(range.end, behind);
    });
}

/// Changes of mappings have an order, by a lock of the kernel's.
fn take_turn() {
    let word = kept(BOUNDS.as_ptr().addr() | 3, |_| checked::AtomicUsize::new(0));
    word.map(|word| word.fetch_add(1, Ordering::AcqRel));
}

/// The words of a range that anybody touched so far.
pub(super) fn touched(range: Range<usize>) -> Vec<(usize, Rc<Word<checked::AtomicU64>>)> {
    let all: Vec<(usize, Kept)> = RUN.with_borrow(|run| {
        run.kept.range(range).map(|(at, kept)| (*at, Rc::clone(kept))).collect()
    });
    all.into_iter().filter_map(|(at, kept)| Some((at, kept.downcast().ok()?))).collect()
}

/// The pages of a range are dropped.
pub(super) fn drop_pages(range: Range<usize>) {
    for (_, word) in touched(range) {
        word.to_write().store(0, Ordering::Release);
    }
}

fn assert_mapped(range: Range<usize>) {
    let is_mapped = parts(range.clone()).iter().all(|(part, _)| *part != Part::Unmapped);
    assert!(is_mapped, "{range:#x?} is not mapped");
}

/// Maps `len` bytes at the lowest place that is free: what somebody just gave back is somebody else's at
/// once.
pub(super) fn map(len: usize, part: Part) -> Option<usize> {
    take_turn();
    let mut from = bounds().start;
    for (free, bytes) in parts(bounds()) {
        if free == Part::Unmapped && bytes >= len {
            set(from..from + len, part);
            return Some(from);
        }
        from += bytes;
    }
    None
}

/// Changes what may be done with a range.
pub(super) fn protect(range: Range<usize>, part: Part) {
    take_turn();
    assert_mapped(range.clone());
    set(range, part);
}

/// The same, without its pages.
pub(super) fn replace(range: Range<usize>, part: Part) {
    take_turn();
    assert_mapped(range.clone());
    // Nobody else gets the range before they are gone.
    drop_pages(range.clone());
    set(range, part);
}

/// Maps a range where nothing is; `None` where anything is.
pub(super) fn fill(range: Range<usize>, part: Part) -> Option<()> {
    take_turn();
    is_all(range.clone(), Part::Unmapped).then(|| set(range, part))
}

std::thread_local! {
    /// Whether the next move fails. A plain cell: all threads of a run see it.
    static MOVE_FAILS: Cell<bool> = const { Cell::new(false) };
}

/// Makes the next move fail as if memory were short.
pub(crate) fn fail_next_move() {
    MOVE_FAILS.set(true);
}

/// Moves the pages of `from`, and its access, to `to`, which may be longer and becomes all alike. `None`,
/// and nothing done, where that is more than one mapping.
pub(super) fn move_pages(from: Range<usize>, to: Range<usize>, stays_mapped: bool) -> Option<()> {
    take_turn();
    assert_mapped(from.clone());
    assert_mapped(to.clone());
    if MOVE_FAILS.take() {
        // The way was cleared already.
        set(to, Part::Unmapped);
        return None;
    }
    let part = parts(from.clone())[0].0;
    if !is_all(from.clone(), part) {
        return None;
    }
    drop_pages(to.clone());
    for (at, word) in touched(from.clone()) {
        let value = word.to_write().swap(0, Ordering::AcqRel);
        if value != 0 {
            memory(to.start + (at - from.start), 0)?.to_write().store(value, Ordering::Release);
        }
    }
    set(to, part);
    if !stays_mapped {
        set(from, Part::Unmapped);
    }
    Some(())
}
