//! Shared words as a model checker keeps them.
//!
//! The checker's own atomics are neither made at compile time nor valid when all bytes are zero, and
//! ours are both: they lie in statics and in mapped tables. So each of the types here is the word that
//! it is in the library, which holds the value from before the threads began, and its address names
//! the checker's word for it, made for each run anew. Outside of a run the word itself is used.
//!
//! The checker wants each of its words to be made before the threads that use it. Which they are is
//! found out on the way: a thread that comes across a new one ends the attempt, and the next one
//! begins with one word more.

pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::atomic::Ordering;

mod system;

pub(crate) use system::{Request, kernel, read, write};

use loom::sync::atomic as words;
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
}

thread_local! {
    static RUN: RefCell<Run> = RefCell::default();
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

/// What ends an attempt that came across a new word.
struct OneMore;

/// What the checker keeps for the address `at`; `None` outside of a run.
fn kept<T: 'static>(at: usize, make: impl Fn(bool) -> T + 'static) -> Option<Rc<T>> {
    if !is_running() {
        return None;
    }
    if let Some(kept) = RUN.with_borrow(|run| run.kept.get(&at).cloned()) {
        return kept.downcast().ok();
    }
    let make: Rc<dyn Fn(bool) -> Kept> = Rc::new(move |is_marked| Rc::new(make(is_marked)) as Kept);
    let known = Known { at, make: Rc::clone(&make), is_marked: false };
    RUN.with_borrow_mut(|run| run.known.push(known));
    if HAS_THREADS.get() && cfg!(loom) {
        std::panic::resume_unwind(Box::new(OneMore));
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

    fn kept(&self) -> Option<Rc<loom::cell::UnsafeCell<()>>> {
        kept(core::ptr::from_ref(self).addr() | 1, |_| loom::cell::UnsafeCell::new(()))
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

loom::thread_local! {
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
) -> loom::thread::JoinHandle<T> {
    HAS_THREADS.set(true);
    loom::thread::spawn(body)
}

/// All runs share the statics and the tables, so only one model is looked at at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn one_run(body: &dyn Fn()) {
    let known = RUN.with_borrow_mut(|run| {
        run.kept.clear();
        run.known.clone()
    });
    HAS_THREADS.set(false);
    THREADS.set(0);
    RUNS.set(RUNS.get() + 1);
    for Known { at, make, is_marked } in known {
        let made = make(is_marked);
        RUN.with_borrow_mut(|run| run.kept.insert(at, made));
    }
    IS_RUNNING.set(true);
    body();
    IS_RUNNING.set(false);
}

/// Runs `body` in all orders of its threads' steps with at most so many preemptions (any number if
/// `None`), and with every value that the memory model lets a load see.
pub(crate) fn explore(
    name: &str,
    preemptions: Option<usize>,
    body: impl Fn() + Sync + Send + 'static,
) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    RUN.set(Run::default());
    let body = Arc::new(body);
    let start = std::time::Instant::now();
    loop {
        RUNS.set(0);
        let mut model = loom::model::Builder::new();
        model.preemption_bound = preemptions;
        model.max_branches = 100_000;
        let body = Arc::clone(&body);
        let attempt = std::panic::AssertUnwindSafe(|| model.check(move || one_run(&*body)));
        let outcome = std::panic::catch_unwind(attempt);
        IS_RUNNING.set(false);
        match outcome {
            Ok(()) => break,
            Err(why) if why.is::<OneMore>() => {}
            Err(why) => std::panic::resume_unwind(why),
        }
    }
    let bound = preemptions.map_or_else(|| "any".to_owned(), |most| most.to_string());
    let seconds = start.elapsed().as_secs_f32();
    println!("{name}: {} orders, preemptions {bound}, {seconds:.1} s", RUNS.get());
}
