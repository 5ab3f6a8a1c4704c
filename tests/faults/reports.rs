//! The report itself, and what the program can do while it dies of it.

use crate::misuse::Misuse;
use crate::support::{Child, Program};
use std::thread;

const SIGABRT: i32 = 6;

#[test]
fn a_report_goes_to_standard_error_alone() {
    let seen = Misuse::of("double_free.c").with(40).run();
    assert_eq!(seen.outcome.stdout, format!("reached {}\n", seen.address()));
    seen.stops("double free of @");
}

/// A line of facts each, in this order, names padded.
#[test]
fn the_facts_come_in_their_order() {
    let seen = Misuse::of("overflow_by_one_byte.c").with(24).with("free").run();
    let names: Vec<_> = seen
        .outcome
        .stderr
        .lines()
        .skip(1)
        .map(|line| line.strip_prefix("starmalloc:   ").and_then(|fact| fact.split(' ').next()))
        .take(6)
        .collect();
    let expected = ["block", "state", "canary", "note", "see", "thread"].map(Some);
    assert_eq!(names, expected, "{}", seen.outcome.story());
}

#[test]
fn the_thread_and_the_process_are_named() {
    let seen = Misuse::of("thread_with_a_name.c").run();
    let report = seen.stops("double free of @");
    report.says("thread", "tid % \"odd \"name\"\", pid % \"faults_thread_w\", starmalloc 0.*");
}

#[test]
fn a_handler_of_abort_may_allocate_and_fork() {
    for size in [40, 1000, 20_000, 200 << 10] {
        let seen = Misuse::of("handler_of_abort.c").with(size).run();
        assert!(seen.has("handled"), "{}", seen.outcome.story());
        seen.stops("double free of @");
    }
}

/// Every write to the descriptor that was chosen fails: standard error gets the report, and the
/// program's errno is as it was.
#[test]
fn a_report_to_a_closed_descriptor_goes_to_standard_error() {
    let seen = Misuse::of("handler_of_abort.c").with(40).options("log_fd=99").run();
    assert!(seen.has("handled"), "{}", seen.outcome.story());
    seen.stops("double free of @");
}

/// The smallest ones hold the facts; the stack is named where there is room.
#[test]
fn a_report_fits_a_signal_stack() {
    let misuses = [
        "double free of @",
        "double free of @",
        "realloc of freed memory at @",
        "overflow past the requested size of @",
        "underflow, canary overwritten before @",
        "write after free to @",
    ];
    for (what, headline) in misuses.into_iter().enumerate() {
        for (kib, has_stack) in [(8, false), (64, true)] {
            let misuse = Misuse::of("misuse_on_a_signal_stack.c").with(kib << 10);
            let seen = misuse.with(what).run();
            let report = seen.stops(headline).says("see", "docs/faults.md#*");
            if has_stack {
                report.says("stack", "*");
            }
        }
    }
}

/// The child has a copy of everything but the thread that reports.
#[test]
fn a_child_of_the_handler_of_abort_has_reports_of_its_own() {
    let seen = Misuse::of("handler_of_abort_forks.c").run();
    assert!(seen.has("handled"), "{}", seen.outcome.story());
    seen.stops_anyhow("double free of @");
    assert_eq!(seen.outcome.stderr.matches("fatal").count(), 2, "{}", seen.outcome.story());
}

/// The second fault ends the process at once and says nothing more.
#[test]
fn a_handler_of_abort_may_be_at_fault_itself() {
    let seen = Misuse::of("handler_of_abort_faults_again.c").run();
    assert!(seen.has("handled") && !seen.outcome.hung, "{}", seen.outcome.story());
    seen.stops("double free of @");
    assert_eq!(seen.outcome.stderr.matches("fatal").count(), 1, "{}", seen.outcome.story());
}

/// What the sweep found may be handed out again.
#[test]
fn a_handler_of_abort_may_allocate_after_a_sweep() {
    for size in [40, 500, 4000, 20000] {
        let misuse = Misuse::of("handler_of_abort_at_exit.c").with(size);
        let seen = misuse.options("sweep_at_exit=on,quarantine=8").run();
        assert!(seen.has("handled"), "{size}: {}", seen.outcome.story());
        seen.stops("write after free to @");
        assert_eq!(seen.outcome.stderr.matches("fatal").count(), 1, "{}", seen.outcome.story());
    }
}

/// No lock is held at the abort, so a program that jumps out of it goes on.
#[test]
fn a_handler_of_abort_may_jump_out() {
    let seen = Misuse::of("handler_of_abort_jumps_out.c").run();
    assert!(seen.has("went") && seen.outcome.is_success(), "{}", seen.outcome.story());
}

/// Another thread's fault is told as well, after a wait: libc's own abort would hang.
#[test]
fn a_handler_of_abort_may_keep_the_process_from_its_end() {
    thread::scope(|scope| {
        for way in ["jump", "exit", "wait"] {
            scope.spawn(move || {
                let seen = Misuse::of("fault_after_a_handler_that_stayed.c").with(way).run();
                assert!(!seen.outcome.hung, "{}", seen.outcome.story());
                seen.stops_anyhow("double free of *");
                let told: Vec<_> =
                    seen.outcome.stderr.lines().filter(|line| line.contains("fatal")).collect();
                assert_eq!(told.len(), 2, "{}", seen.outcome.story());
                assert!(told[1].ends_with(seen.text("reached").unwrap()), "{told:?}");
            });
        }
    });
}

/// The child has the parent's memory, and what is kept there of its report.
#[test]
fn a_child_of_vfork_has_a_report_of_its_own() {
    let seen = Misuse::of("fault_after_a_vforked_child.c").run();
    seen.stops_anyhow("double free of @");
    assert_eq!(seen.outcome.stderr.matches("fatal").count(), 2, "{}", seen.outcome.story());
}

/// One whole report; the others' threads wait and never mix in.
#[test]
fn threads_at_fault_together_make_one_report() {
    for _ in 0..20 {
        let seen = Misuse::of("several_threads_at_fault.c").run();
        assert!(!seen.outcome.hung);
        seen.stops("double free of 0x*").says("see", "docs/faults.md#double-free");
        assert_eq!(seen.outcome.stderr.matches("fatal").count(), 1, "{}", seen.outcome.story());
    }
}

/// Whole reports, one after the other, when the process goes on.
#[test]
fn threads_at_fault_together_do_not_mix_their_reports() {
    let program = Misuse::of("several_threads_at_fault.c");
    let seen = program.options("on_fault=report_only,report_count=100").run();
    let mut tids = Vec::new();
    for report in seen.outcome.stderr.split_inclusive("starmalloc: fault: ").skip(1) {
        let names = report.lines().filter_map(|line| line.strip_prefix("starmalloc:   "));
        let names: Vec<_> = names.filter_map(|fact| fact.split(' ').next()).collect();
        let expected = ["block", "state", "see", "thread", "from", "stack"];
        assert!(names.starts_with(&expected), "{}", seen.outcome.story());
        assert!(names[expected.len()..].iter().all(|name| *name == "stack"));
        tids.push(report.split("tid ").nth(1).and_then(|rest| rest.split(' ').next()));
    }
    assert_eq!(tids.len(), 8, "{}", seen.outcome.story());
    tids.sort_unstable();
    tids.dedup();
    assert_eq!(tids.len(), 8, "each thread reports once: {}", seen.outcome.story());
}

/// What is left for a debugger is the first line.
#[test]
fn the_message_is_kept_for_debuggers() {
    let seen = Misuse::of("message_for_debuggers.c").run();
    seen.stops("double free of @");
    let kept = format!("starmalloc: fatal: double free of {}", seen.address());
    assert!(seen.outcome.stdout.lines().any(|line| line == kept), "{}", seen.outcome.story());
}

/// Nowhere to write to: the process still ends by SIGABRT.
#[test]
fn without_standard_error_the_process_ends_the_same() {
    let program = Program::of("faults/double_free.c").build();
    let script = "exec \"$1\" 40 2>&-";
    let child = Child::of("/bin/sh").args(["-c", script, "sh"]).arg(&program);
    let outcome = child.run_preloaded();
    assert_eq!(outcome.signal, Some(SIGABRT), "{}", outcome.story());
}

/// Every text that a report refers to has its place in the document.
#[test]
fn every_reference_has_its_heading() {
    let document = std::fs::read_to_string("docs/faults.md").expect("the document is there");
    let headings: Vec<_> = document
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect();
    for heading in [
        "double-free",
        "invalid-free",
        "foreign-pointer",
        "overflow",
        "underflow",
        "write-after-free",
        "size-mismatch",
        "alignment-mismatch",
        "type-mismatch",
        "corrupted-state",
        "out-of-memory",
        "start-up",
        "internal-error",
    ] {
        assert!(headings.iter().any(|have| have == heading), "{heading} is missing");
    }
}
