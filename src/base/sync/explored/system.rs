//! Callers' memory and the kernel, as far as they matter to the order of threads' steps.

use super::forked::is_gone;
use super::space::{self, Part};
use super::words::Word;
use super::{AtomicU32, Ordering, RUN, checked, checker, is_running, kept};
use core::ops::Range;
use std::rc::Rc;

/// The milliseconds of every clock: time stands still.
pub(crate) const NOW: u64 = 1_000_000;

/// The 8 bytes at `at`, which lie in callers' memory and were `before` when the threads began.
pub(super) fn memory(at: usize, before: u64) -> Option<Rc<Word<checked::AtomicU64>>> {
    assert!(!is_running() || at % 8 == 0, "models use whole words");
    kept(at, move |is_marked| Word::new(at, is_marked, checked::AtomicU64::new(before)))
}

/// Reads 8 bytes of callers' memory, in whatever order the processor likes; `None` outside of a run.
///
/// What a program or the library writes is never acquired by this. What the kernel writes is: a page
/// that it dropped is found by a fault, in which the kernel puts the two in order.
pub(crate) fn read(at: usize, before: u64) -> Option<u64> {
    if space::is_stood_for(at) {
        return Some(0);
    }
    let value = memory(at, before).map(|word| word.to_read().load(Ordering::Acquire));
    space::touch(at);
    value
}

/// Writes them; says whether that was done.
pub(crate) fn write(at: usize, before: u64, value: u64) -> bool {
    if space::is_stood_for(at) {
        return true;
    }
    let done = memory(at, before).map(|word| word.to_write().store(value, Ordering::Relaxed));
    space::touch(at);
    done.is_some()
}

/// Who sleeps on a word of the kernel's.
#[derive(Default)]
struct Bed {
    lock: checker::sync::Mutex<()>,
    sleepers: checker::sync::Condvar,
}

fn bed(word: &AtomicU32) -> Option<Rc<Bed>> {
    kept(core::ptr::from_ref(word).addr() | 2, |_| Bed::default())
}

/// The kernel compares the word and lets the caller sleep; `None` when it is another by now. Its own
/// lock makes that one step.
fn sleep(word: &AtomicU32, value: u32) -> Option<usize> {
    let (bed, word) = (bed(word)?, word.kept()?);
    let held = bed.lock.lock().ok()?;
    // Whom a fork ends is told at the next step, without the lock.
    if is_gone() || word.to_read().load(Ordering::Relaxed) != value {
        return None;
    }
    drop(bed.sleepers.wait(held).ok()?);
    Some(0)
}

fn wake(word: &AtomicU32) -> Option<usize> {
    let bed = bed(word)?;
    let _held = bed.lock.lock().ok()?;
    bed.sleepers.notify_one();
    Some(1)
}

/// Wakes all who sleep, for they are to end.
pub(super) fn wake_all() {
    let kept: Vec<_> = RUN.with_borrow(|run| run.kept.values().cloned().collect());
    for bed in kept.into_iter().filter_map(|kept| kept.downcast::<Bed>().ok()) {
        let _held = bed.lock.lock();
        bed.sleepers.notify_all();
    }
}

/// What the kernel is asked for.
pub(crate) enum Request<'a> {
    Sleep(&'a AtomicU32, u32),
    Wake(&'a AtomicU32),
    Yield,
    DropPages(Range<usize>),
    /// Of the space that the model keeps.
    Map(usize, Part),
    Protect(Range<usize>, Part),
    Replace(Range<usize>, Part),
    /// Where nothing is.
    Fill(Range<usize>, Part),
    /// From, to, and whether the first stays mapped.
    Move(Range<usize>, Range<usize>, bool),
}

/// Does what the kernel would do; `None` where that is a refusal.
pub(crate) fn kernel(request: &Request<'_>) -> Option<usize> {
    match request {
        Request::Sleep(word, value) => sleep(word, *value),
        Request::Wake(word) => wake(word),
        Request::Yield => {
            checker::thread::yield_now();
            Some(0)
        }
        Request::DropPages(range) => {
            space::drop_pages(range.clone());
            Some(0)
        }
        Request::Map(len, part) => space::map(*len, *part),
        Request::Protect(range, part) => {
            space::protect(range.clone(), *part);
            Some(0)
        }
        Request::Replace(range, part) => {
            space::replace(range.clone(), *part);
            Some(0)
        }
        Request::Fill(range, part) => space::fill(range.clone(), *part).map(|()| range.start),
        Request::Move(from, to, stays_mapped) => {
            space::move_pages(from.clone(), to.clone(), *stays_mapped).map(|()| to.start)
        }
    }
}
