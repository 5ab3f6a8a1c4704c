//! The words, and values without order, as the code knows them.

use super::{HAS_THREADS, OneMore, Ordering, RUN, check, checked, is_running, kept, thread_number};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Most threads of a run.
const THREADS_MAX: usize = 6;

/// A word of the checker's.
///
/// Of those who read a word, loom remembers only the last one when it asks which write could as well have
/// come first. Others are lost, also behind a read by the very thread that writes: the run in which they
/// see the write is then never made. Where that happens, each reader has a mark of its own, which it
/// reads first and which a writer writes first.
pub(super) struct Word<T> {
    word: T,
    at: usize,
    marks: Option<[checked::AtomicU8; THREADS_MAX]>,
    /// Threads that read the word since it was written, in the order of their last reads.
    readers: RefCell<Vec<usize>>,
}

impl<T> Word<T> {
    pub(super) fn new(at: usize, is_marked: bool, word: T) -> Self {
        let marks = is_marked.then(|| core::array::from_fn(|_| checked::AtomicU8::new(0)));
        Self { word, at, marks, readers: RefCell::default() }
    }

    pub(super) fn to_read(&self) -> &T {
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

    pub(super) fn to_write(&self) -> &T {
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
        checked::fence(order);
    }
}

macro_rules! words {
    ($($name:ident: $value:ty { $($operation:ident),* })*) => { $(
        /// The word, and the name of the checker's.
        #[repr(transparent)]
        pub(crate) struct $name(core::sync::atomic::$name);

        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(core::sync::atomic::$name::new(value))
            }

            pub(super) fn kept(&self) -> Option<Rc<Word<checked::$name>>> {
                let value = self.0.load(Ordering::Relaxed);
                let at = core::ptr::from_ref(self).addr();
                kept(at, move |is_marked| Word::new(at, is_marked, checked::$name::new(value)))
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

            $(
                #[track_caller]
                pub(crate) fn $operation(&self, value: $value, order: Ordering) -> $value {
                    let order = asked(order);
                    self.kept().map_or_else(
                        || self.0.$operation(value, order),
                        |word| word.to_write().$operation(value, order),
                    )
                }
            )*
        }
    )* };
}

every_word! { words }

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
