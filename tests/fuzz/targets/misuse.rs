//! Sequences of operations that any correct program may make, and then one misuse, in a child process: it must
//! be stopped, with the first line that is right for it.
#![no_main]

#[path = "../harness/mod.rs"]
mod harness;

use harness::child;
use harness::library::library;
use harness::misuse::{Misused, Plan};
use harness::model::Model;
use harness::threads::Threads;
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;

/// What the first line of a report starts with.
const FATAL: &str = "starmalloc: fatal: ";

thread_local! {
    /// libFuzzer gives all inputs to one thread.
    static THREADS: RefCell<Threads> = RefCell::new(Threads::new());
}

/// Has a child do it, and says what is wrong with how that ended.
fn commit(plan: Plan) -> Result<(), String> {
    let Plan { commit, reports, may_fault } = plan;
    let ending = child::run(commit);
    let told = ending.text.lines().next().and_then(|line| line.strip_prefix(FATAL));
    let is_right = match ending.signal {
        Some(libc::SIGABRT) => told.is_some_and(|told| reports.iter().any(|report| report == told)),
        Some(libc::SIGSEGV) => may_fault && ending.text.is_empty(),
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    let ended = match ending.signal {
        Some(libc::SIGALRM) => "hung".to_owned(),
        Some(signal) => format!("was ended by signal {signal}"),
        None => "went unnoticed".to_owned(),
    };
    Err(format!("a misuse {ended}; right is one of {reports:?}, told was:\n{}", ending.text))
}

fuzz_target!(
    init: {
        // Its counters must be there before libFuzzer begins.
        library();
    },
    |input: Misused| {
        THREADS.with_borrow_mut(|threads| {
            let model = Box::new(Model::new());
            let mut model = threads.operate(model, &input.before.operations);
            if let Some(plan) = input.misuse.plan(&mut model)
                && let Err(story) = commit(plan)
            {
                panic!("{story}");
            }
            model.end();
        });
    }
);
