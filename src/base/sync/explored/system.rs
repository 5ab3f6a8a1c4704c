//! Callers' memory and the kernel, as far as they matter to the order of threads' steps.

use super::{AtomicU32, Ordering, RUN, Word, is_running, kept, words};
use std::rc::Rc;

/// The 8 bytes at `at`, which lie in callers' memory and were `before` when the threads began.
fn memory(at: usize, before: u64) -> Option<Rc<Word<words::AtomicU64>>> {
    assert!(!is_running() || at % 8 == 0, "models use whole words");
    kept(at, move |is_marked| Word::new(at, is_marked, words::AtomicU64::new(before)))
}

/// Reads 8 bytes of callers' memory, in whatever order the processor likes; `None` outside of a run.
///
/// What a program or the library writes is never acquired by this. What the kernel writes is: a page
/// that it dropped is found by a fault, in which the kernel puts the two in order.
pub(crate) fn read(at: usize, before: u64) -> Option<u64> {
    memory(at, before).map(|word| word.to_read().load(Ordering::Acquire))
}

/// Writes them; says whether that was done.
pub(crate) fn write(at: usize, before: u64, value: u64) -> bool {
    memory(at, before).map(|word| word.to_write().store(value, Ordering::Relaxed)).is_some()
}

/// The kernel drops the pages of a range.
fn drop_pages(at: usize, len: usize) {
    let words = RUN.with_borrow(|run| {
        let words = run.kept.range(at..at + len).map(|(_, kept)| Rc::clone(kept));
        words.collect::<Vec<_>>()
    });
    for word in words.into_iter().filter_map(|kept| kept.downcast::<Word<words::AtomicU64>>().ok())
    {
        word.to_write().store(0, Ordering::Release);
    }
}

/// Who sleeps on a word of the kernel's.
#[derive(Default)]
struct Bed {
    lock: loom::sync::Mutex<()>,
    sleepers: loom::sync::Condvar,
}

fn bed(word: &AtomicU32) -> Option<Rc<Bed>> {
    kept(core::ptr::from_ref(word).addr() | 2, |_| Bed::default())
}

/// The kernel compares the word and lets the caller sleep; `None` when it is another by now. Its own
/// lock makes that one step.
fn sleep(word: &AtomicU32, value: u32) -> Option<usize> {
    let bed = bed(word)?;
    let held = bed.lock.lock().ok()?;
    if word.load(Ordering::Relaxed) != value {
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

/// What the kernel is asked for.
pub(crate) enum Request<'a> {
    Sleep(&'a AtomicU32, u32),
    Wake(&'a AtomicU32),
    Yield,
    DropPages(usize, usize),
}

/// Does what the kernel would do; `None` where that is a refusal.
pub(crate) fn kernel(request: &Request<'_>) -> Option<usize> {
    match request {
        Request::Sleep(word, value) => sleep(word, *value),
        Request::Wake(word) => wake(word),
        Request::Yield => {
            loom::thread::yield_now();
            Some(0)
        }
        Request::DropPages(at, len) => {
            drop_pages(*at, *len);
            Some(0)
        }
    }
}
