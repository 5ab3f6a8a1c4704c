//! The thread caches: made on a thread's first allocation, used again after it ended.

use super::magazine;
use crate::base::generator::Generator;
use crate::base::index::{CLASS_SLOTS, ClassId};
use crate::base::sync::{AtomicBool, AtomicU32, AtomicUsize, Ordering, rounds};
use crate::platform::lock::Lock;
use crate::region::current::{self, Current};
use crate::region::rows::ThreadCache;
use crate::region::sealed::sealed;
use crate::region::tuning;
use crate::slot::state::Mark;

#[cfg(all(test, any(loom, shuttle, threads)))]
pub(crate) mod interleavings;

/// Which caches exist.
struct Pool {
    /// Caches made so far.
    made: u32,
    /// First spare cache's index plus one.
    spare: u32,
    /// Caches of ended threads that have their magazines and their quarantine still.
    kept: [Option<Kept>; KEPT],
    /// Seeds the caches' generators, and serves whoever has no cache.
    generator: Generator,
}

impl Pool {
    /// No cache was ever made.
    const fn new() -> Self {
        Self { made: 0, spare: 0, kept: [None; KEPT], generator: Generator::new_empty() }
    }
}

/// Most caches that are kept as they are; no more than there are arenas in use.
const KEPT: usize = rounds(8, 1) as usize;

/// One of them.
#[derive(Clone, Copy)]
struct Kept {
    index: u32,
    /// When its thread ended, in milliseconds of the coarse clock.
    since: u64,
}

static POOL: Lock<Pool> = Lock::new(Pool::new());

/// How many caches are kept; changed with the pool held.
static KEPT_NOW: AtomicU32 = AtomicU32::new(0);

/// Set in a forked child whose cache could not be rekeyed at once.
static REKEY: AtomicBool = AtomicBool::new(false);

/// Threads that have a cache; changed with the pool held.
static THREADS: AtomicU32 = AtomicU32::new(0);

/// How many threads have a cache.
pub(crate) fn threads() -> u32 {
    THREADS.load(Ordering::Relaxed)
}

/// Seeds the pool; part of start.
pub(crate) fn seed(bytes: [u8; 32]) {
    if let Ok(mut pool) = POOL.acquire() {
        pool.generator.rekey(bytes);
    }
}

/// Forks that led to this process.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// As above.
pub(crate) fn forks() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// The address of the cache whose thread survived the fork that led to this process.
static SURVIVOR: AtomicUsize = AtomicUsize::new(0);

/// Set in a forked child until the caches of the parent's other threads are reclaimed.
static ORPHANS: AtomicBool = AtomicBool::new(false);

/// Lets `use_it` draw from a generator that the pool's has seeded; an unkeyed one in a signal handler
/// that interrupted the pool itself. The pool is not held meanwhile: `use_it` may take another lock.
pub(crate) fn with_generator<T>(use_it: impl FnOnce(&mut Generator) -> T) -> T {
    let mut generator = Generator::new_empty();
    if let Ok(mut pool) = POOL.acquire() {
        let key = fresh_key(&mut pool.generator);
        drop(pool);
        generator.rekey(key);
    }
    use_it(&mut generator)
}

/// Runs `work` with the pool held and says what came of it; `false` in a signal handler that interrupted
/// the pool itself.
pub(crate) fn while_held(work: impl FnOnce() -> bool) -> bool {
    POOL.acquire().is_ok_and(|_held| work())
}

fn fresh_key(generator: &mut Generator) -> [u8; 32] {
    let mut key = [0; 32];
    for part in key.as_chunks_mut::<8>().0 {
        *part = generator.next_u64().to_ne_bytes();
    }
    key
}

/// A cache for the calling thread; `None` when there are as many as the layout holds.
pub(crate) fn take_one() -> Option<Current> {
    let mut pool = POOL.acquire().ok()?;
    let kept = pool.take_kept(|_| true);
    let (index, is_spare) = match (kept, pool.spare.checked_sub(1)) {
        (Some(kept), _) => (kept, false),
        (None, Some(spare)) => (spare, true),
        (None, None) if pool.made < sealed().layout.caches && current::make(pool.made) => {
            (pool.made, false)
        }
        (None, None) => return None,
    };
    let mut current = current::claim(index)?;
    let cache = current.cache();
    if is_spare {
        pool.spare = cache.next_spare;
    } else if kept.is_none() {
        pool.made += 1;
        // Who takes it over goes on in this arena: its classes' spans are there.
        cache.arena = index % tuning::arenas();
    }
    cache.index = index;
    cache.mark = Mark::of(index).raw();
    cache.owned = 1;
    cache.next_spare = 0;
    cache.exit_rounds = 0;
    cache.generator.rekey(fresh_key(&mut pool.generator));
    THREADS.store(threads() + 1, Ordering::Relaxed);
    if core::mem::replace(&mut cache.generation, forks()) != forks() {
        shuffle_magazines(&mut current);
    }
    Some(current)
}

impl Pool {
    /// Takes out the cache that was kept last among those of which `which` holds.
    fn take_kept(&mut self, which: impl Fn(&Kept) -> bool) -> Option<u32> {
        let kept = self.kept.iter_mut().filter(|place| place.as_ref().is_some_and(&which));
        let last = kept.max_by_key(|place| place.map(|kept| kept.since))?.take()?;
        KEPT_NOW.store(KEPT_NOW.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        Some(last.index)
    }
}

/// Takes back the cache of a thread that ended at `now`, with all that it holds: the next thread goes on
/// with it. A program with a thread for each task would have no quarantine otherwise; and sending the magazines
/// home for the next thread to fill them again took 4 us for a thread of 100 blocks, where libc takes 25 to make and
/// end one. Fails when enough are kept.
pub(crate) fn keep(mut current: Current, now: u64) -> Result<(), Current> {
    let Ok(mut pool) = POOL.acquire() else { return Err(current) };
    let most = tuning::arenas() as usize;
    let Some(place) = pool.kept.iter_mut().take(most).find(|place| place.is_none()) else {
        return Err(current);
    };
    let cache = current.cache();
    *place = Some(Kept { index: cache.index, since: now });
    cache.generator.rekey([0; 32]);
    cache.owned = 0;
    KEPT_NOW.store(KEPT_NOW.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    THREADS.store(threads().saturating_sub(1), Ordering::Relaxed);
    Ok(())
}

/// Hands every cache that has been kept for `age` milliseconds to `empty` and makes it spare. One from a
/// time to come, by a clock that went back, is as old as that is far away.
pub(crate) fn release_kept(now: impl Fn() -> u64, age: u64, mut empty: impl FnMut(&mut Current)) {
    while KEPT_NOW.load(Ordering::Relaxed) > 0
        && let Some(mut kept) = claim_kept(now(), age)
    {
        empty(&mut kept);
        give_back(kept);
    }
}

fn claim_kept(now: u64, age: u64) -> Option<Current> {
    let mut pool = POOL.acquire().ok()?;
    let index = pool.take_kept(|kept| now.abs_diff(kept.since) >= age)?;
    let mut current = current::claim(index)?;
    current.cache().owned = 1;
    current.cache().generation = forks();
    THREADS.store(threads() + 1, Ordering::Relaxed);
    Some(current)
}

/// Takes an emptied cache back.
pub(crate) fn give_back(mut current: Current) {
    let cache = current.cache();
    // Nothing a later thread draws can be computed from what this one left.
    cache.generator.rekey([0; 32]);
    if let Ok(mut pool) = POOL.acquire() {
        cache.owned = 0;
        cache.next_spare = pool.spare;
        pool.spare = cache.index + 1;
        THREADS.store(threads().saturating_sub(1), Ordering::Relaxed);
    }
}

/// Gives a forked child's cache its own randomness if the fork could not.
pub(crate) fn rekey_if_forked(cache: &mut ThreadCache) {
    if REKEY.load(Ordering::Relaxed) && REKEY.swap(false, Ordering::Relaxed) {
        with_generator(|generator| cache.generator.rekey(fresh_key(generator)));
    }
}

/// Before a fork: holds the pool still.
pub(crate) fn hold_for_fork() -> bool {
    POOL.hold_for_fork()
}

/// After a fork, in parent and child.
pub(crate) fn let_go_after_fork() {
    POOL.let_go_after_fork();
}

/// Draws what the child will be seeded with, in the parent, without a system call.
pub(crate) fn child_seed() -> [u8; 32] {
    with_generator(fresh_key)
}

/// In the child: its own seed, and every cache but this thread's marked as an orphan. All else waits
/// until the child allocates, for most children replace their program at once: this thread's cache is
/// only set aside, and the orphans are reclaimed with it.
pub(crate) fn restart_in_child(seed_bytes: [u8; 32]) {
    seed(seed_bytes);
    GENERATION.fetch_add(1, Ordering::Relaxed);
    let survivor = current::address();
    if survivor == 0 {
        // This fork came from a signal handler that interrupted the cache's use, or from a thread
        // without one: which caches are orphans is not known, so none is reclaimed.
        ORPHANS.store(false, Ordering::Relaxed);
        REKEY.store(true, Ordering::Relaxed);
        return;
    }
    SURVIVOR.store(survivor, Ordering::Relaxed);
    current::set_aside();
    ORPHANS.store(true, Ordering::Relaxed);
    REKEY.store(true, Ordering::Relaxed);
}

/// `renew` for a cache that a fork could not set aside, when its process first uses it.
pub(crate) fn renew_if_forked(current: &mut Current) {
    if REKEY.load(Ordering::Relaxed) {
        renew(current);
    }
}

/// Makes a cache that a fork set aside this process's own: other random draws than the parent's, and
/// its magazines in another order.
pub(crate) fn renew(current: &mut Current) {
    rekey_if_forked(current.cache());
    shuffle_magazines(current);
}

/// Brings magazines that came with a fork into another order than the parent's.
fn shuffle_magazines(current: &mut Current) {
    let (cache, entries) = current.parts();
    // Also what waits for a sample to be taken.
    (0..CLASS_SLOTS).for_each(|class| magazine::show(cache, entries, ClassId::masked(class)));
    for part in &mut cache.classes {
        magazine::shuffle(part, entries, &mut cache.generator);
    }
}

/// Hands every cache whose thread ended with a fork to `reclaim` and makes it spare.
pub(crate) fn reclaim_orphans(mut reclaim: impl FnMut(&mut Current)) {
    if !ORPHANS.load(Ordering::Relaxed) || !ORPHANS.swap(false, Ordering::Relaxed) {
        return;
    }
    let generation = forks();
    let made = POOL.acquire().map_or(0, |pool| pool.made);
    for index in 0..made {
        let Some(mut orphan) = claim_orphan(index, generation) else { continue };
        reclaim(&mut orphan);
        give_back(orphan);
    }
}

fn claim_orphan(index: u32, generation: u32) -> Option<Current> {
    let _pool = POOL.acquire().ok()?;
    let (owned, since, address) = current::ownership(index);
    let is_orphan =
        owned == 1 && since != generation && address != SURVIVOR.load(Ordering::Relaxed);
    if is_orphan { current::claim(index) } else { None }
}
