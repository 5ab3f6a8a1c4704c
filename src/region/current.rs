//! The calling thread's cache: taken for the length of one operation, then put back.
//!
//! - **C-SOLE**: a cache is reached only through a `Current`, and while one exists the thread's word
//!   is zero: a signal handler that interrupts the operation finds no cache, and other threads
//!   never look at this word. A cache that no thread owns is reached through `claim` alone, whose
//!   callers hold the pool's lock.

use super::pages;
use super::rows::{ClassCache, ThreadCache};
use super::sealed::sealed;
use crate::base::addr::Addr;
use crate::base::index::{ClassId, Entry};
use crate::platform::thread::{self, Word};
use core::marker::PhantomData;
use core::ptr::{NonNull, with_exposed_provenance_mut};
use core::sync::atomic::{Ordering, compiler_fence};

/// The right to use the calling thread's cache.
pub(crate) struct Current(NonNull<ThreadCache>);

/// Bytes of a cache with `entries` entries.
pub(crate) const fn cache_bytes(entries: usize) -> usize {
    size_of::<ThreadCache>() + entries * size_of::<Entry>()
}

/// Takes the calling thread's cache for a hot path. `None` when it has none, or uses it at this
/// moment, or when options call for what only the general path does: one test for all three.
#[inline(always)]
pub(crate) fn take_hot() -> Option<Current> {
    take_from(Word::Cache)
}

/// Puts back what `take_hot` gave.
#[inline(always)]
pub(crate) fn put_hot(current: Current) {
    put_into(Word::Cache, current);
}

/// Takes the calling thread's cache; `None` when it has none, or uses it at this moment.
pub(crate) fn take() -> Option<Current> {
    take_from(home_word())
}

/// Puts a cache back, or makes it this thread's.
pub(crate) fn put(current: Current) {
    // In a process that a handler forked between the two steps of `take` it was set aside as well.
    if sealed().hot_paths {
        thread::store(Word::QuietCache, 0);
    }
    put_into(home_word(), current);
}

/// Moves the thread's cache out of the hot paths' reach, without touching it: in a forked child, which
/// likely never allocates and would only copy its pages.
pub(crate) fn set_aside() {
    if let Some(current) = take_hot() {
        put_into(Word::QuietCache, current);
    }
}

/// Takes a cache that was set aside.
pub(crate) fn take_aside() -> Option<Current> {
    if !sealed().hot_paths {
        return None;
    }
    let aside = take_from(Word::QuietCache)?;
    // A handler that interrupted this in the midst took it as well, and put it where the hot paths find it.
    thread::store(Word::Cache, 0);
    Some(aside)
}

/// The address of the thread's cache while nobody uses it, set aside or not; 0 otherwise.
pub(crate) fn address() -> usize {
    match thread::load(home_word()) {
        0 => thread::load(Word::QuietCache),
        address => address,
    }
}

fn home_word() -> Word {
    if sealed().hot_paths { Word::Cache } else { Word::QuietCache }
}

#[inline(always)]
fn take_from(word: Word) -> Option<Current> {
    let cache = NonNull::new(with_exposed_provenance_mut(thread::take(word)))?;
    compiler_fence(Ordering::Acquire);
    Some(Current(cache))
}

#[inline(always)]
fn put_into(word: Word, current: Current) {
    compiler_fence(Ordering::Release);
    thread::store(word, current.0.as_ptr().expose_provenance());
}

fn cache_at(index: u32) -> Addr {
    let all = sealed();
    all.metadata.plus(all.plan.caches + index as usize * all.cache_bytes)
}

/// Whether a made cache is owned, since which generation, and its address. The caller holds the
/// pool's lock, under which alone the two fields change.
pub(crate) fn ownership(index: u32) -> (u32, u32, usize) {
    let cache: *const ThreadCache = with_exposed_provenance_mut(cache_at(index).get());
    // SAFETY: C-SOLE but for two fields, of which no reference is made.
    let owned = unsafe { &raw const (*cache).owned };
    // SAFETY: as above.
    let generation = unsafe { &raw const (*cache).generation };
    // SAFETY: as above.
    let owned = unsafe { owned.read_volatile() };
    // SAFETY: as above.
    let generation = unsafe { generation.read_volatile() };
    (owned, generation, cache.addr())
}

/// Opens the memory of the cache with this index in the pool, for good; whether it could be had.
pub(crate) fn make(index: u32) -> bool {
    let at = cache_at(index);
    pages::commit_metadata(at, at.plus(sealed().cache_bytes), &mut 0)
}

/// The cache with this index in the pool, which was made.
///
/// The caller holds the pool's lock and no thread owns the cache: C-SOLE.
pub(crate) fn claim(index: u32) -> Option<Current> {
    NonNull::new(with_exposed_provenance_mut(cache_at(index).get())).map(Current)
}

/// The entries behind a cache, for the hot paths.
///
/// - **C-ENTRIES**: a class's part is all zero, so that it has no room for an entry, or made by
///   `cache::shape`, whose magazines and lines lie one after the other in `cache_entries`; nothing
///   else writes where they are. An index between a magazine's or line's first entry and its
///   capacity therefore names an entry.
pub(crate) struct Entries<'a>(NonNull<Entry>, PhantomData<&'a mut [Entry]>);

impl Entries<'_> {
    /// Those behind a part that `cache::shape` made, whose entries these are.
    #[cfg(test)]
    pub(crate) fn of(entries: &mut [Entry]) -> Self {
        Self(NonNull::from(entries).cast(), PhantomData)
    }

    /// The entry with this index, which lies in a magazine or line: C-ENTRIES.
    #[inline(always)]
    pub(crate) fn get(&self, index: u32) -> Entry {
        // SAFETY: C-ENTRIES.
        let at = unsafe { self.0.add(index as usize) };
        // SAFETY: C-ENTRIES; C-SOLE.
        unsafe { at.read() }
    }

    /// Replaces it.
    #[inline(always)]
    pub(crate) fn set(&mut self, index: u32, entry: Entry) {
        // SAFETY: C-ENTRIES.
        let at = unsafe { self.0.add(index as usize) };
        // SAFETY: C-ENTRIES; C-SOLE.
        unsafe { at.write(entry) };
    }
}

impl Current {
    /// The cache and the entries behind it.
    #[inline(always)]
    pub(crate) fn parts(&mut self) -> (&mut ThreadCache, &mut [Entry]) {
        // SAFETY: the entries follow the cache in memory that `cache_bytes` accounts for.
        let entries = unsafe { self.0.add(1) }.cast::<Entry>();
        // SAFETY: C-SOLE; zeroed memory is a valid cache (R-ZERO).
        let cache = unsafe { self.0.as_mut() };
        // SAFETY: as above; `cache_entries` is what `cache_bytes` was computed from, and zero is a
        // valid entry.
        let entries =
            unsafe { core::slice::from_raw_parts_mut(entries.as_ptr(), sealed().cache_entries) };
        (cache, entries)
    }

    /// One class's part of the cache, and the entries.
    #[inline(always)]
    pub(crate) fn class(&mut self, class: ClassId) -> (&mut ClassCache, Entries<'_>) {
        // SAFETY: the entries follow the cache in memory that `cache_bytes` accounts for.
        let entries = unsafe { self.0.add(1) }.cast::<Entry>();
        // SAFETY: C-SOLE; zeroed memory is a valid cache (R-ZERO).
        let cache = unsafe { self.0.as_mut() };
        (&mut cache.classes[class.get()], Entries(entries, PhantomData))
    }

    /// The mark of the cache, for the hot paths.
    #[inline(always)]
    pub(crate) fn mark(&self) -> u16 {
        // SAFETY: C-SOLE.
        unsafe { self.0.as_ref() }.mark
    }

    /// The cache without its entries.
    pub(crate) fn cache(&mut self) -> &mut ThreadCache {
        self.parts().0
    }
}
