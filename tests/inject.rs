//! Every system call that the library makes fails: once, at random, or from some moment on. The
//! program gets NULL or goes on more slowly, keeps every block, and is well again afterwards.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::{Child, Program};

/// The programs check themselves; nothing is to be reported.
#[track_caller]
fn holds(program: &str, arguments: &[&str]) -> String {
    let program = Program::of(&format!("inject/{program}")).build();
    let child = Child::of(program).args(arguments).patience(300);
    let outcome = child.run_preloaded().expect_success();
    assert!(!outcome.stderr.contains("fatal"), "{}", outcome.story());
    outcome.stdout
}

/// After start, with as many plans as `plans`.
#[track_caller]
fn survives_failing(call: &str, plans: &str) {
    let figures = holds("after_start.c", &[call, plans]);
    println!("{figures}");
}

#[test]
fn mmap_may_fail() {
    survives_failing("mmap", "12");
}

#[test]
fn mprotect_may_fail() {
    survives_failing("mprotect", "24");
}

#[test]
fn madvise_may_fail() {
    survives_failing("madvise", "12");
}

#[test]
fn mremap_may_fail() {
    survives_failing("mremap", "12");
}

#[test]
fn munmap_may_fail() {
    survives_failing("munmap", "12");
}

#[test]
fn all_calls_may_fail() {
    survives_failing("all", "24");
}

#[test]
fn calls_of_the_start_may_fail() {
    println!("{}", holds("at_start.c", &[]));
}

#[test]
fn a_purge_that_does_nothing_shows_nobody_the_bytes_of_others() {
    println!("{}", holds("lying_purge.c", &[]));
}

/// A handler that allocates, frees and forks at any moment, for 5 seconds.
#[test]
fn a_timer_may_interrupt_one_thread_at_any_moment() {
    println!("{}", holds("signals.c", &["5"]));
}

#[test]
fn a_timer_may_interrupt_several_threads_at_any_moment() {
    println!("{}", holds("signals.c", &["5", "several"]));
}
