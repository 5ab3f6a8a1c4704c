//! Shared words as a model checker keeps them.
//!
//! The checker's own atomics are neither made at compile time nor valid when all bytes are zero, and
//! ours are both: they lie in statics and in mapped tables. So each of the types here is the word that
//! it is in the library, which holds the value from before the threads began, and its address names
//! the checker's word for it, made for each run anew. Outside of a run the word itself is used.
//!
//! loom wants each of its words to be made before the threads that use it. Which they are is found out on
//! the way: a run in which a thread comes across new ones only collects them, and the next attempt begins
//! with these words more.
//!
//! Two checkers can do this: loom, which goes through all orders of short lives, and shuttle, which draws
//! orders of long ones at random and lets every load see the last store.

#[cfg(loom)]
use loom as checker;
#[cfg(not(loom))]
use shuttle as checker;

#[cfg_attr(not(loom), path = "explored/drawn.rs")]
#[cfg_attr(loom, path = "explored/all.rs")]
mod check;
mod forked;
pub(crate) mod space;
mod system;
mod words;

#[cfg(not(loom))]
pub(crate) use check::draw;
pub(crate) use checker::hint::spin_loop;
pub(crate) use checker::sync::atomic::Ordering;
pub(crate) use forked::{be_forked, spawn_mortal};
pub(crate) use system::{NOW, Request, kernel, read, write};
pub(crate) use words::{
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, UnsafeCell, fence,
};

use checker::sync::atomic as checked;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

type Kept = Rc<dyn Any>;

/// A word or another thing of the checker's, and how to make it anew for each run.
#[derive(Clone)]
struct Known {
    at: usize,
    make: Rc<dyn Fn(bool) -> Kept>,
    /// Whether it is a word with marks.
    is_marked: bool,
}

#[derive(Default)]
struct Run {
    /// What the checker keeps for an address, in this run.
    kept: BTreeMap<usize, Kept>,
    /// What earlier runs came across, in the order of that.
    known: Vec<Known>,
    /// The mappings that a model keeps, in this run.
    space: space::Space,
}

thread_local! {
    static RUN: RefCell<Run> = RefCell::default();
    /// Whether a thread came across a new word in this run: it is good for nothing else.
    static IS_SPOILED: Cell<bool> = const { Cell::new(false) };
    static IS_RUNNING: Cell<bool> = const { Cell::new(false) };
    static HAS_THREADS: Cell<bool> = const { Cell::new(false) };
    static RUNS: Cell<usize> = const { Cell::new(0) };
    static THREADS: Cell<usize> = const { Cell::new(0) };
}

/// Whether a checker runs the code at this moment. What is dropped while a failed run is taken apart is
/// none of its business.
pub(crate) fn is_running() -> bool {
    IS_RUNNING.get() && !std::thread::panicking()
}

/// What ends an attempt that came across new words, or one that is to have marks.
struct OneMore;

/// What the checker keeps for the address `at`; `None` outside of a run.
fn kept<T: 'static>(at: usize, make: impl Fn(bool) -> T + 'static) -> Option<Rc<T>> {
    if !is_running() {
        return None;
    }
    forked::step(at);
    if let Some(kept) = RUN.with_borrow(|run| run.kept.get(&at).cloned()) {
        return kept.downcast().ok();
    }
    let make: Rc<dyn Fn(bool) -> Kept> = Rc::new(move |is_marked| Rc::new(make(is_marked)) as Kept);
    if cfg!(loom) {
        let known = Known { at, make: Rc::clone(&make), is_marked: false };
        RUN.with_borrow_mut(|run| run.known.push(known));
        IS_SPOILED.set(IS_SPOILED.get() || HAS_THREADS.get());
    }
    let made = make(false);
    RUN.with_borrow_mut(|run| run.kept.insert(at, Rc::clone(&made)));
    made.downcast().ok()
}

checker::thread_local! {
    static WORDS: ([Cell<usize>; 5], usize) = (Default::default(), next_thread());
}

fn next_thread() -> usize {
    THREADS.set(THREADS.get() + 1);
    THREADS.get() * 64
}

fn thread_number() -> usize {
    identity() / 64
}

/// Uses a word of the running thread's storage.
pub(crate) fn with_word<T>(index: usize, use_it: impl FnOnce(&Cell<usize>) -> T) -> T {
    WORDS.with(|(words, _)| use_it(&words[index]))
}

/// A number that no other thread of this run has.
pub(crate) fn identity() -> usize {
    WORDS.with(|(_, identity)| *identity)
}

/// Starts a thread of the run.
pub(crate) fn spawn<T: Send + 'static>(
    body: impl FnOnce() -> T + Send + 'static,
) -> checker::thread::JoinHandle<T> {
    HAS_THREADS.set(true);
    checker::thread::spawn(body)
}

/// All runs share the statics and the tables, so only one model is looked at at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn one_run(body: &dyn Fn()) {
    let known = RUN.with_borrow_mut(|run| {
        run.kept.clear();
        run.space.clear();
        run.known.clone()
    });
    HAS_THREADS.set(false);
    forked::start_anew();
    THREADS.set(0);
    RUNS.set(RUNS.get() + 1);
    for Known { at, make, is_marked } in known {
        let made = make(is_marked);
        RUN.with_borrow_mut(|run| run.kept.insert(at, made));
    }
    IS_RUNNING.set(true);
    body();
    IS_RUNNING.set(false);
    if IS_SPOILED.get() {
        std::panic::resume_unwind(Box::new(OneMore));
    }
}

/// What goes wrong in a run that is spoiled is not told: loom may find accesses to new words that have no
/// order.
fn be_quiet_when_spoiled() {
    static DONE: std::sync::Once = std::sync::Once::new();
    DONE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |about| {
            if !IS_SPOILED.get() {
                usual(about);
            }
        }));
    });
}

/// Runs `body` in all orders of its threads' steps with at most so many preemptions (any number if
/// `None`), and with every value that the memory model lets a load see; or in some that are drawn.
pub(crate) fn explore(
    name: &str,
    preemptions: Option<usize>,
    body: impl Fn() + Sync + Send + 'static,
) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    RUN.set(Run::default());
    be_quiet_when_spoiled();
    let body = Arc::new(body);
    let start = std::time::Instant::now();
    loop {
        RUNS.set(0);
        IS_SPOILED.set(false);
        let body = Arc::clone(&body);
        let attempt = move || check::check(preemptions, move || one_run(&*body));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt));
        IS_RUNNING.set(false);
        match outcome {
            Ok(()) => break,
            Err(why) if why.is::<OneMore>() || IS_SPOILED.take() => {}
            Err(why) => std::panic::resume_unwind(why),
        }
    }
    let (runs, how) = (RUNS.get(), check::describe(preemptions));
    let seconds = start.elapsed().as_secs_f32();
    println!("{name}: {runs} orders, {how}, {seconds:.1} s");
}
