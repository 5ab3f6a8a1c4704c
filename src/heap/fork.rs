//! Fork: every lock is held across it, so that the child finds all records whole.

use super::{figures, start, thread};
use crate::base::index::{ArenaId, CLASS_SLOTS, ClassId, MAX_ARENAS};
use crate::base::sync::{AtomicBool, AtomicU64, Ordering, rounds};
use crate::cache::{arenas, pool};
use crate::large;
use crate::platform::thread::yield_now;
use crate::platform::{entropy, hooks, symbols};
use crate::region::rows::CentralRecord;
use crate::region::tables;
use crate::report;
use crate::sample::record;

#[cfg(all(test, any(loom, shuttle)))]
mod interleavings;

/// What a forked child is seeded with: drawn before the fork, so that neither needs a system call
/// and both draw differently afterwards. Four words.
static CHILD_SEED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// Whether `prepare` took the locks. Beside the seed, whose page is written anyway: each page that a
/// fork's two sides write is copied.
static HELD: AtomicBool = AtomicBool::new(false);

/// Has libc call us around forks and at thread exits. Runs once, as the library's constructor.
pub(crate) fn install_hooks() {
    hooks::around_fork(on_prepare, on_parent, on_child);
    thread::watch();
}

extern "C" fn on_prepare() {
    prepare();
}

extern "C" fn on_parent() {
    in_parent();
}

extern "C" fn on_child() {
    in_child();
}

fn prepare() {
    if !start::is_done() {
        return;
    }
    // Drawing takes a lock that is held below.
    let seed = pool::child_seed();
    // Without other threads, a lock is open or held by what this fork interrupted: taking all of
    // them would only make both processes copy the pages they are on.
    let alone = symbols::is_only_one();
    HELD.store(!alone, Ordering::Relaxed);
    if !alone {
        while !hold_all() {
            yield_now();
        }
    }
    // Not before: libc runs the handlers of several threads' forks beside one another, and the end of
    // another one takes away what is kept here.
    for (word, bytes) in CHILD_SEED.iter().zip(seed.as_chunks::<8>().0) {
        word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
    }
}

/// Takes every lock, or none: a fork in a signal handler that interrupted the holder of one of them
/// must get through, which ends when it has all the others. The first one keeps forks apart.
fn hold_all() -> bool {
    if !start::hold_for_fork() {
        return false;
    }
    let has_all = pool::hold_for_fork()
        && every_record(Lock::hold_for_fork)
        && large::table::hold_for_fork()
        && record::hold_for_fork();
    if has_all {
        return true;
    }
    let_go();
    false
}

fn let_go() {
    if !HELD.load(Ordering::Relaxed) {
        return;
    }
    record::let_go_after_fork();
    large::table::let_go_after_fork();
    every_record(|record| {
        record.let_go_after_fork();
        true
    });
    pool::let_go_after_fork();
    start::let_go_after_fork();
}

fn in_parent() {
    if start::is_done() {
        for word in &CHILD_SEED {
            word.store(0, Ordering::Relaxed);
        }
        let_go();
    }
}

fn in_child() {
    report::restart_in_child();
    figures::restart_in_child();
    if start::is_done() {
        let_go();
        let mut seed = [0; 32];
        for (bytes, word) in seed.as_chunks_mut::<8>().0.iter_mut().zip(&CHILD_SEED) {
            *bytes = word.swap(0, Ordering::Relaxed).to_ne_bytes();
        }
        // A signal handler that forked since `prepare` took it away.
        if seed == [0; 32] {
            seed = entropy::seed();
        }
        pool::restart_in_child(seed);
    }
}

/// Arenas that there may be.
const ARENAS: usize = rounds(MAX_ARENAS as u32, 2) as usize;

type Lock = crate::platform::lock::Lock<CentralRecord>;

/// Visits the records until `visit` says no; says whether it never did.
fn every_record(mut visit: impl FnMut(&Lock) -> bool) -> bool {
    let mut arenas = (0..ARENAS).filter(|arena| arenas::is_open(*arena));
    arenas.all(|arena| {
        (0..CLASS_SLOTS)
            .all(|class| visit(tables::record(ArenaId::masked(arena), ClassId::masked(class))))
    })
}
