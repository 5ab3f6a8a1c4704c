//! Sequences of operations that any correct program may make: every answer of the heap is held against a
//! model, and a report of the library is a false alarm.
#![no_main]

#[path = "../harness/mod.rs"]
mod harness;

use harness::library::library;
use harness::model::Model;
use harness::operation::Sequence;
use harness::threads::Threads;
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;

thread_local! {
    /// libFuzzer gives all inputs to one thread.
    static THREADS: RefCell<Threads> = RefCell::new(Threads::new());
}

fuzz_target!(
    init: {
        // Its counters must be there before libFuzzer begins.
        library();
    },
    |sequence: Sequence| {
        THREADS.with_borrow_mut(|threads| {
            threads.operate(Box::new(Model::new()), &sequence.operations).end();
        });
    }
);
