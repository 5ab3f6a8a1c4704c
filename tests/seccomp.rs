//! After start-up the library makes no system call but mmap, munmap, mprotect, madvise,
//! mremap, futex and sched_yield: a filter kills the process at any other.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::{Child, Outcome, Program};

const SIGABRT: i32 = 6;
const SIGSYS: i32 = 31;

fn run(program: &str, argument: &str) -> Outcome {
    Child::of(Program::of(&format!("seccomp/{program}")).build()).arg(argument).run_preloaded()
}

#[track_caller]
fn survives(program: &str) {
    assert_eq!(run(program, "").expect_success().stdout, "done\n");
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
fn a_program_may_forbid_the_time_stamp() {
    survives("no_time_stamp.c");
}

/// A report needs no more calls than the documents say.
#[test]
fn a_whole_report_survives_the_filter() {
    let outcome = run("report.c", "everything");
    assert_eq!(outcome.signal, Some(SIGABRT), "{}", outcome.story());
    for fact in ["fatal: invalid free of 0x", "  memory   0x", "  from     free", "  stack    #1 "]
    {
        assert!(outcome.stderr.contains(&format!("starmalloc: {fact}")), "{}", outcome.story());
    }
}

/// A filter that lets a program write and no more: what happened is said before it kills.
#[test]
fn the_first_line_needs_nothing_but_write() {
    let outcome = run("report.c", "nothing else");
    assert_eq!(outcome.signal, Some(SIGSYS), "{}", outcome.story());
    let first = outcome.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("starmalloc: fatal: invalid free of 0x"), "{}", outcome.story());
    assert!(outcome.stderr.contains("  see      docs/faults.md#"), "{}", outcome.story());
}

#[test]
fn the_filter_kills() {
    let outcome = run("forbidden_call.c", "");
    assert_eq!(outcome.signal, Some(SIGSYS), "{}", outcome.story());
}
