//! Misuse, one program each: the library notices it, says so on the first line of
//! standard error, and stops with SIGABRT; or a guard page stops the program at once.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::{Child, Outcome, Program};

const SIGABRT: i32 = 6;
const SIGSEGV: i32 = 11;

/// What every report's first line starts with.
const PREFIX: &str = "starmalloc: fatal: ";

fn run(program: &str, arguments: &[&str]) -> Outcome {
    let child = Child::of(Program::of(&format!("faults/{program}.c")).build());
    let outcome = child.args(arguments).run_preloaded();
    assert!(!outcome.stdout.contains("survived"), "{program} goes unnoticed: {}", outcome.story());
    assert!(outcome.stdout.contains("reached"), "{program} stops too soon: {}", outcome.story());
    outcome
}

/// The first line of its report, without the prefix; `None` if there is no proper one.
fn report(outcome: &Outcome) -> Option<&str> {
    let line = outcome.stderr.lines().next()?.strip_prefix(PREFIX)?;
    (outcome.signal == Some(SIGABRT)).then_some(line)
}

/// The report starts with one of `kinds`, separated by bars.
#[track_caller]
fn stops(program: &str, arguments: &[&str], kinds: &str) {
    let outcome = run(program, arguments);
    let is_told =
        report(&outcome).is_some_and(|line| kinds.split('|').any(|k| line.starts_with(k)));
    let story = outcome.story();
    assert!(is_told, "{program} {arguments:?} must be told as {kinds:?}: {story}");
}

/// A guard stops the program; nobody can say more.
#[track_caller]
fn faults(program: &str) {
    let outcome = run(program, &[]);
    assert_eq!(outcome.signal, Some(SIGSEGV), "{program}: {}", outcome.story());
}

/// Either of the two.
#[track_caller]
fn stops_or_faults(program: &str, kinds: &str) {
    let outcome = run(program, &[]);
    let is_told =
        report(&outcome).is_some_and(|line| kinds.split('|').any(|k| line.starts_with(k)));
    assert!(is_told || outcome.signal == Some(SIGSEGV), "{program}: {}", outcome.story());
}

macro_rules! stops {
    ($($program:ident: $kinds:literal,)*) => {
        $(#[test] fn $program() { stops(stringify!($program), &[], $kinds); })*
    };
}

stops! {
    double_free_small: "double free of",
    double_free_small_delayed: "double free of",
    double_free_medium: "double free of",
    double_free_large: "double free of",
    double_free_very_large: "double free of|invalid free of",
    double_free_zero_size: "double free of",
    double_free_by_another_thread: "double free of",
    double_free_after_thread_end: "double free of",
    double_free_by_realloc: "double free of",
    free_interior_small: "invalid free of",
    free_unaligned_small: "invalid free of",
    free_interior_large: "invalid free of",
    free_unaligned_large: "invalid free of",
    free_stack: "invalid free of",
    free_global: "invalid free of",
    free_literal: "invalid free of",
    free_own_mapping: "invalid free of",
    free_inaccessible_mapping: "invalid free of",
    free_small_number: "invalid free of",
    free_non_canonical: "invalid free of",
    free_highest_address: "invalid free of",
    free_far_from_a_block: "invalid free of",
    free_never_allocated: "invalid free of",
    realloc_freed: "realloc of freed memory",
    realloc_freed_same_size: "realloc of freed memory",
    realloc_freed_large: "realloc of freed memory",
    realloc_interior: "invalid realloc of",
    realloc_foreign: "invalid realloc of",
    usable_size_freed: "malloc_usable_size of freed memory",
    usable_size_interior: "invalid malloc_usable_size of",
    usable_size_foreign: "invalid malloc_usable_size of",
    overflow_past_request_found_by_realloc: "overflow",
    overflow_eight_bytes: "overflow",
    overflow_large_slack: "overflow",
}

#[test]
fn overflow_past_the_request_at_every_slack() {
    for size in ["1", "8", "20", "24", "100", "104", "250", "1000", "5000", "40000", "100000"] {
        stops("overflow_past_request", &[size], "overflow");
    }
}

#[test]
fn overflow_by_a_terminator() {
    for size in ["8", "24", "40", "120", "248"] {
        stops("overflow_nul", &[size], "overflow");
    }
}

#[test]
fn overflow_of_the_slots_last_byte() {
    for slot in ["16", "32", "48", "128", "256"] {
        stops("overflow_last_byte_of_slot", &[slot], "overflow");
    }
}

#[test]
fn overflow_into_the_next_slot() {
    stops_or_faults("overflow_into_next", "overflow|underflow");
}

#[test]
fn overflow_of_a_large_block() {
    stops_or_faults("overflow_large", "overflow");
}

#[test]
fn underflow_of_a_large_block() {
    faults("underflow_large");
}

#[test]
fn underflow_of_a_small_block() {
    for bytes in ["1", "8"] {
        stops("underflow_small", &[bytes], "underflow");
    }
}

#[test]
fn write_after_free_anywhere_in_a_block() {
    for (size, places) in [
        ("40", ["0", "17", "39"]),
        ("120", ["7", "64", "119"]),
        ("1000", ["0", "500", "999"]),
        ("20000", ["8", "10000", "19999"]),
    ] {
        for place in places {
            stops("write_after_free", &[size, place], "write after free");
        }
    }
}

#[test]
fn write_after_free_behind_a_block() {
    for place in ["40", "47"] {
        stops("write_after_free", &["40", place], "write after free|overflow|underflow");
    }
}

#[test]
fn a_freed_large_block_is_out_of_reach() {
    faults("write_after_free_large");
    faults("read_after_free_large");
}

#[test]
fn a_block_of_no_bytes_cannot_be_touched() {
    faults("touch_zero_size");
}

#[test]
fn a_freed_small_block_shows_nothing() {
    let child = Child::of(Program::of("faults/read_after_free_small.c").build());
    child.run_preloaded().expect_success();
}

#[test]
fn a_handler_of_abort_may_allocate() {
    let child = Child::of(Program::of("faults/handler_of_abort.c").build());
    let outcome = child.run_preloaded();
    assert_eq!(outcome.stdout, "handled\n", "{}", outcome.story());
    assert!(report(&outcome).is_some_and(|line| line.starts_with("double free of")));
}

#[test]
fn a_report_goes_to_standard_error_alone_and_names_the_address() {
    let outcome = run("double_free_small", &[]);
    assert_eq!(outcome.stdout, "reached\n");
    let line = report(&outcome).unwrap_or_default();
    assert!(line.starts_with("double free of 0x"), "{}", outcome.story());
}
