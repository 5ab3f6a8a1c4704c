//! A thread's life: its cache on the first allocation, its memory home at the end.

use super::{fault, start};
use crate::cache::{Trouble, exchange, pool, troubles};
use crate::platform::thread::{self, Word};
use crate::platform::{clock, hooks};
use crate::region::current::{self, Current};
use core::ffi::c_void;

/// How far a thread is; kept in its second word.
mod phase {
    /// Up to here it never allocated, and has freed so often, each time with a cache that was lent to it.
    pub(super) const LENT: usize = 8;
    /// It has a cache, though an interrupted operation may be using it.
    pub(super) const SERVED: usize = LENT + 1;
    /// It does without: its cache went home when it ended, or none was to be had.
    pub(super) const WITHOUT: usize = LENT + 2;
}

/// Rounds of destructors that pass before the cache goes home: other keys' destructors may allocate in each. libc makes four
/// at most, and where the first to allocate is another key's destructor, up to two of them are over.
const LAST_ROUND: u32 = 1;

/// The calling thread's cache, made on its first allocation; `None` when it has none at hand.
#[cold]
pub(super) fn adopt() -> Option<Current> {
    if let Some(current) = take_renewed() {
        return Some(current);
    }
    let before = thread::load(Word::Phase);
    if before > phase::LENT {
        return None;
    }
    // What interrupts from here on does without a cache.
    thread::store(Word::Phase, phase::WITHOUT);
    if !start::ensure() {
        thread::store(Word::Phase, before);
        return None;
    }
    let current = pool::take_one()?;
    current::put(current);
    thread::store(Word::Phase, phase::SERVED);
    // May allocate, which the cache now serves.
    hooks::at_thread_exit();
    current::take()
}

/// The same for a free. A thread that has never allocated gets none for the first few: libc frees what it made for the
/// thread's own variables when the last destructor was called, and a cache made then would be nobody's for good.
#[cold]
pub(super) fn adopt_to_free() -> Option<Current> {
    let frees = thread::load(Word::Phase);
    if frees < phase::LENT {
        thread::store(Word::Phase, frees + 1);
        return None;
    }
    adopt()
}

/// A cache for one operation of a thread that has none, for `go_home`: so what it frees is held back. `None` in a signal
/// handler that interrupted the use of its own.
pub(super) fn borrow() -> Option<Current> {
    if thread::load(Word::Phase) == phase::SERVED { None } else { pool::take_one() }
}

/// Takes a cache that no thread uses any more back, with what it holds where few are kept.
pub(super) fn go_home(current: Current) -> Result<(), Trouble> {
    let Err(mut current) = pool::keep(current, clock::coarse_ms()) else { return Ok(()) };
    let emptied = exchange::empty(&mut current);
    pool::give_back(current);
    emptied
}

/// A cache that a fork set aside, as this process's own.
fn take_renewed() -> Option<Current> {
    let mut current = current::take_aside()?;
    pool::renew(&mut current);
    Some(current)
}

/// Runs when a thread ends, as often as libc makes rounds; other destructors come before the last.
extern "C" fn leave(_: *mut c_void) {
    // In a forked child it may never have been used.
    let Some(mut current) = current::take().or_else(take_renewed) else { return };
    let cache = current.cache();
    cache.exit_rounds += 1;
    if cache.exit_rounds <= LAST_ROUND {
        current::put(current);
        // Refused only when libc is out of memory; the cache is then lost until a fork.
        hooks::at_thread_exit();
        return;
    }
    thread::store(Word::Phase, phase::WITHOUT);
    if let Err(trouble) = go_home(current) {
        fault::at_thread_exit(trouble);
    }
}

/// Part of the constructor: threads that end from now on are noticed, this one included.
pub(super) fn watch() {
    hooks::create_exit_key(leave);
    if thread::load(Word::Phase) == phase::SERVED {
        hooks::at_thread_exit();
    }
}

/// Sends all that the calling thread's cache holds home, quarantined slots too, and what ended threads
/// left: memory ran out.
pub(super) fn give_all_up() {
    give_up(exchange::empty);
}

/// Sends everything in the calling thread's magazines home, for a trim, and what ended threads left. Its
/// quarantine stays.
pub(super) fn flush() {
    give_up(exchange::flush_magazines);
}

/// Does `own` to the calling thread's cache, if it has one, and empties what ended threads left. Nothing in a signal
/// handler that interrupted the cache's use.
fn give_up(own: impl FnOnce(&mut Current) -> Result<(), Trouble>) {
    let mut current = current::take();
    if current.is_none() && thread::load(Word::Phase) == phase::SERVED {
        return;
    }
    let mut result = current.as_mut().map_or(Ok(()), own);
    pool::release_kept(|| 0, 0, |kept| result = troubles::both(result, exchange::empty(kept)));
    if let Some(current) = current {
        current::put(current);
    }
    if let Err(trouble) = result {
        fault::in_transit(trouble);
    }
}
