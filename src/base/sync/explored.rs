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
pub(crate) mod space;
mod system;

#[cfg(not(loom))]
pub(crate) use check::draw;
pub(crate) use checker::hint::spin_loop;
pub(crate) use checker::sync::atomic::Ordering;
pub(crate) use system::{NOW, Request, kernel, read, write};

use checker::sync::atomic as words;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Whom a fork will end, if anybody, and whom it left alone; 0 before that is known.
    static MORTAL: Cell<usize> = const { Cell::new(0) };
    static SURVIVOR: Cell<usize> = const { Cell::new(0) };
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

/// What ends a thread that a forked child does not have.
struct Gone;

/// Whether the calling thread is the one that the child does not have.
fn is_gone() -> bool {
    SURVIVOR.get() != 0 && MORTAL.get() == identity()
}

/// The word that tells a checker that a fork comes before or after each step of who is ended by it.
fn forks() -> Option<Rc<words::AtomicUsize>> {
    kept(FORKS_AT.addr(), |_| words::AtomicUsize::new(0))
}

/// Where that word would be.
const FORKS_AT: *const () = core::ptr::without_provenance(1);

/// What the checker keeps for the address `at`; `None` outside of a run.
fn kept<T: 'static>(at: usize, make: impl Fn(bool) -> T + 'static) -> Option<Rc<T>> {
    if !is_running() {
        return None;
    }
    if MORTAL.get() != 0 && at != FORKS_AT.addr() && MORTAL.get() == identity() {
        if cfg!(loom) {
            forks().map(|forks| forks.fetch_add(0, Ordering::AcqRel));
        }
        if is_gone() {
            std::panic::resume_unwind(Box::new(Gone));
        }
    }
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

/// Most threads of a run.
const THREADS_MAX: usize = 6;

/// A word of the checker's.
///
/// Of those who read a word, loom remembers only the last one when it asks which write could as well have
/// come first. Others are lost, also behind a read by the very thread that writes: the run in which they
/// see the write is then never made. Where that happens, each reader has a mark of its own, which it
/// reads first and which a writer writes first.
struct Word<T> {
    word: T,
    at: usize,
    marks: Option<[words::AtomicU8; THREADS_MAX]>,
    /// Threads that read the word since it was written, in the order of their last reads.
    readers: RefCell<Vec<usize>>,
}

impl<T> Word<T> {
    fn new(at: usize, is_marked: bool, word: T) -> Self {
        let marks = is_marked.then(|| core::array::from_fn(|_| words::AtomicU8::new(0)));
        Self { word, at, marks, readers: RefCell::default() }
    }

    fn to_read(&self) -> &T {
        if cfg!(loom) && HAS_THREADS.get() {
            let me = thread_number();
            self.readers.borrow_mut().retain(|reader| *reader != me);
            self.readers.borrow_mut().push(me);
            if let Some(marks) = &self.marks {
                marks[me].load(Ordering::Relaxed);
            }
        }
        &self.word
    }

    fn to_write(&self) -> &T {
        if cfg!(loom) && HAS_THREADS.get() {
            let (me, readers) = (thread_number(), self.readers.take());
            let others: Vec<usize> = readers.iter().copied().filter(|other| *other != me).collect();
            if others.len() > 1 || others.last() != readers.last() {
                self.mark(&others);
            }
        }
        &self.word
    }

    fn mark(&self, others: &[usize]) {
        match &self.marks {
            Some(marks) => {
                others.iter().for_each(|other| marks[*other].store(0, Ordering::Relaxed))
            }
            None => {
                RUN.with_borrow_mut(|run| {
                    let known = run.known.iter_mut().find(|known| known.at == self.at);
                    known.expect("what is kept is known").is_marked = true;
                });
                std::panic::resume_unwind(Box::new(OneMore));
            }
        }
    }
}

/// The order that is asked for; none where the variable `STARMALLOC_WEAKEN` names the caller's file and
/// line. With the variable set to nothing, callers that ask for one are listed instead.
#[track_caller]
fn asked(order: Ordering) -> Ordering {
    type Place = (String, u32);
    thread_local! {
        static CHOSEN: Option<Place> = std::env::var("STARMALLOC_WEAKEN").ok().map(|place| {
            let (file, line) = place.split_once(':').unwrap_or_default();
            (file.to_owned(), line.parse().unwrap_or(0))
        });
        static LISTED: RefCell<BTreeSet<(&'static str, u32)>> = const { RefCell::new(BTreeSet::new()) };
    }
    let caller = core::panic::Location::caller();
    CHOSEN.with(|chosen| {
        let Some((file, line)) = chosen else { return order };
        if *line == caller.line() && file == caller.file() {
            return Ordering::Relaxed;
        }
        if *line == 0
            && order != Ordering::Relaxed
            && LISTED.with_borrow_mut(|listed| listed.insert((caller.file(), caller.line())))
        {
            println!("asks for {order:?}: {}:{}", caller.file(), caller.line());
        }
        order
    })
}

/// As the language's; none at all where it is weakened.
#[track_caller]
pub(crate) fn fence(order: Ordering) {
    let order = asked(order);
    if order != Ordering::Relaxed && is_running() {
        words::fence(order);
    }
}

macro_rules! words {
    ($($name:ident: $value:ty),*) => { $(
        /// The word, and the name of the checker's.
        #[repr(transparent)]
        pub(crate) struct $name(core::sync::atomic::$name);

        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(core::sync::atomic::$name::new(value))
            }

            fn kept(&self) -> Option<Rc<Word<words::$name>>> {
                let value = self.0.load(Ordering::Relaxed);
                let at = core::ptr::from_ref(self).addr();
                kept(at, move |is_marked| Word::new(at, is_marked, words::$name::new(value)))
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                let order = asked(order);
                self.kept().map_or_else(|| self.0.load(order), |word| word.to_read().load(order))
            }

            #[track_caller]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                let order = asked(order);
                self.kept().map_or_else(
                    || self.0.store(value, order),
                    |word| word.to_write().store(value, order),
                );
            }

            #[track_caller]
            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                let order = asked(order);
                self.kept().map_or_else(
                    || self.0.swap(value, order),
                    |word| word.to_write().swap(value, order),
                )
            }

            #[track_caller]
            pub(crate) fn compare_exchange(
                &self,
                from: $value,
                to: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let success = asked(success);
                self.kept().map_or_else(
                    || self.0.compare_exchange(from, to, success, failure),
                    |word| word.to_write().compare_exchange(from, to, success, failure),
                )
            }
        }
    )* };
}

words! {
    AtomicBool: bool, AtomicU8: u8, AtomicU16: u16, AtomicU32: u32, AtomicU64: u64,
    AtomicUsize: usize
}

macro_rules! arithmetic {
    ($($name:ident: $value:ty { $($operation:ident),* })*) => { $(
        impl $name { $(
            #[track_caller]
            pub(crate) fn $operation(&self, value: $value, order: Ordering) -> $value {
                let order = asked(order);
                self.kept().map_or_else(
                    || self.0.$operation(value, order),
                    |word| word.to_write().$operation(value, order),
                )
            }
        )* }
    )* };
}

arithmetic! {
    AtomicU32: u32 { fetch_add, fetch_max }
    AtomicU64: u64 { fetch_or, fetch_add }
    AtomicUsize: usize { fetch_add, fetch_sub }
}

impl AtomicU32 {
    pub(crate) const fn as_ptr(&self) -> *mut u32 {
        self.0.as_ptr()
    }
}

/// A value that is no atomic. The checker is told of each access, and finds those that nothing puts in
/// order.
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    fn kept(&self) -> Option<Rc<check::Cell>> {
        kept(core::ptr::from_ref(self).addr() | 1, |_| check::Cell::new(()))
    }

    /// For reading and writing: no other access may be without order to this one.
    pub(crate) fn get(&self) -> *mut T {
        if let Some(kept) = self.kept() {
            kept.with_mut(|_| ());
        }
        self.0.get()
    }

    /// For reading: no write may be without order to it.
    pub(crate) fn look(&self) -> *const T {
        if let Some(kept) = self.kept() {
            kept.with(|_| ());
        }
        self.0.get()
    }
}

checker::thread_local! {
    static WORDS: ([Cell<usize>; 4], usize) = (Default::default(), next_thread());
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

/// The same, a thread that `be_forked` may end. There is one at most.
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

/// All runs share the statics and the tables, so only one model is looked at at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn one_run(body: &dyn Fn()) {
    let known = RUN.with_borrow_mut(|run| {
        run.kept.clear();
        run.space.clear();
        run.known.clone()
    });
    HAS_THREADS.set(false);
    MORTAL.set(0);
    SURVIVOR.set(0);
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
