//! The models once more, by threads of the system: what a tool watches that looks at a running program.
//!
//! Each run is a process of its own, for nothing sets slots, pages and statics back. The test starts it: the
//! test binary again, with this one test and, if wanted, under another program.

#[cfg(valgrind)]
#[path = "threads/words.rs"]
mod words;

#[cfg(valgrind)]
pub(crate) use words::{
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};

#[cfg(not(valgrind))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};

pub(crate) use core::{hint::spin_loop, sync::atomic::fence};

use std::env;
use std::process::Command;
use std::thread::{self, JoinHandle};

/// Names the model that a process is started for.
const MODEL: &str = "STARMALLOC_MODEL";
/// How many processes a model gets, and the program that they run under.
const RUNS: &str = "STARMALLOC_RUNS";
const UNDER: &str = "STARMALLOC_RUN_UNDER";

/// Status of a process whose run went well; that of one in which no such model was met is another.
const DONE: i32 = 42;

/// As `core`'s, with the other names that models ask by.
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// For reading and writing.
    pub(crate) const fn get(&self) -> *mut T {
        self.0.get()
    }

    /// For reading.
    pub(crate) const fn look(&self) -> *const T {
        self.0.get()
    }
}

/// Starts a thread of the run.
pub(crate) fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::spawn(body)
}

/// Runs `body` in a process of its own, again and again.
pub(crate) fn explore(
    name: &str,
    _preemptions: Option<usize>,
    body: impl Fn() + Sync + Send + 'static,
) {
    if let Ok(wanted) = env::var(MODEL) {
        if wanted == name {
            body();
            // What the test harness does with its own threads is not looked at, nor is what prints.
            std::process::exit(DONE);
        }
        return;
    }
    let runs = env::var(RUNS).map_or(20, |runs| runs.parse().unwrap());
    let under = env::var(UNDER).unwrap_or_default();
    let this = env::current_exe().unwrap();
    let me = thread::current();
    for run in 0..runs {
        let mut words: Vec<_> = under.split_whitespace().map(Into::into).collect();
        words.push(this.clone());
        let mut command = Command::new(words.remove(0));
        command.args(words).args([me.name().unwrap(), "--exact", "--nocapture"]);
        let output = command.env(MODEL, name).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = output.status.code() != Some(DONE);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!failed, "{name}: run {run}: {}\n{said}\n{errors}", output.status);
    }
    println!("{name}: {runs} runs");
}
