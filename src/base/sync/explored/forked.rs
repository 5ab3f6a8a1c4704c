//! A fork: of the threads of a run one goes on, and another is gone at one of its steps.

use super::{Ordering, checked, checker, identity, kept, spawn, system};
use std::cell::Cell;
use std::rc::Rc;

thread_local! {
    /// Whom a fork will end, if anybody, and whom it left alone; 0 before that is known.
    static MORTAL: Cell<usize> = const { Cell::new(0) };
    static SURVIVOR: Cell<usize> = const { Cell::new(0) };
}

/// What ends a thread that a forked child does not have.
struct Gone;

/// Whether the calling thread is the one that the child does not have.
pub(super) fn is_gone() -> bool {
    SURVIVOR.get() != 0 && MORTAL.get() == identity()
}

/// The word that tells a checker that a fork comes before or after each step of who is ended by it.
fn forks() -> Option<Rc<checked::AtomicUsize>> {
    kept(FORKS_AT.addr(), |_| checked::AtomicUsize::new(0))
}

/// Where that word would be.
const FORKS_AT: *const () = core::ptr::without_provenance(1);

/// What comes before each step, at the word at `at`, of whom a fork will end.
pub(super) fn step(at: usize) {
    if MORTAL.get() == 0 || at == FORKS_AT.addr() || MORTAL.get() != identity() {
        return;
    }
    if cfg!(loom) {
        forks().map(|forks| forks.fetch_add(0, Ordering::AcqRel));
    }
    if is_gone() {
        std::panic::resume_unwind(Box::new(Gone));
    }
}

/// No thread of this run is known to be ended.
pub(super) fn start_anew() {
    MORTAL.set(0);
    SURVIVOR.set(0);
}

/// Starts a thread that `be_forked` may end. There is one at most.
pub(crate) fn spawn_mortal(
    body: impl FnOnce() + Send + 'static,
) -> checker::thread::JoinHandle<()> {
    spawn(|| {
        MORTAL.set(identity());
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        if let Err(why) = ended
            && !why.is::<Gone>()
        {
            std::panic::resume_unwind(why);
        }
    })
}

/// The kernel forks, and the run goes on in the child: all is as it was at the last step of the mortal
/// thread, which does not make another one.
pub(crate) fn be_forked(mortal: checker::thread::JoinHandle<()>) {
    forks().map(|forks| forks.fetch_add(1, Ordering::AcqRel));
    SURVIVOR.set(identity());
    system::wake_all();
    mortal.join().unwrap();
}
