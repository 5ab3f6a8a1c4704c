//! After start-up the library makes no system call but mmap, munmap, mprotect, madvise,
//! mremap, futex and sched_yield: a filter kills the process at any other.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::{Child, Outcome, Program};

const SIGSYS: i32 = 31;

fn run(program: &str) -> Outcome {
    Child::of(Program::of(&format!("seccomp/{program}")).build()).run_preloaded()
}

#[track_caller]
fn survives(program: &str) {
    assert_eq!(run(program).expect_success().stdout, "done\n");
}

#[test]
fn one_thread_survives_the_filter() {
    survives("one_thread.c");
}

#[test]
fn the_programs_first_allocation_survives_the_filter() {
    survives("first_malloc.c");
}

#[test]
fn threads_survive_the_filter_and_end_under_it() {
    survives("threads.c");
}

#[test]
fn the_filter_kills() {
    let outcome = run("forbidden_call.c");
    assert_eq!(outcome.signal, Some(SIGSYS), "{}", outcome.story());
}
