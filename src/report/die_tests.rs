//! Tests of the road to abort, each in a process of its own.
#![forbid(unsafe_code)]

use super::{Fault, Kind, Operation, die, is_mapped};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

/// The number of the signal, the same on every Linux.
const SIGABRT: i32 = 6;

const ADDRESS: usize = 0x7f3a_1c00_42a0;

/// Runs one of the ignored tests below in a process of its own.
fn child(test: &str) -> Output {
    let name = format!("report::die_tests::{test}");
    let arguments = ["--exact", &name, "--ignored", "--nocapture", "--test-threads=1"];
    Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap()
}

fn reports(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stderr).matches("starmalloc: fatal: ").count()
}

const FAULT: Fault = Fault::new(Kind::Freed, Operation::Free, ADDRESS);

#[test]
fn what_is_mapped_is_known() {
    let local = 0;
    assert!(is_mapped(core::ptr::from_ref(&local).addr()));
    assert!(is_mapped(core::ptr::from_ref(&FAULT).addr()));
    assert!(!is_mapped(0) && !is_mapped(1 << 60));
}

#[test]
fn dying_reports_and_aborts() {
    let output = child("child_dies");
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert!(output.stderr.starts_with(b"starmalloc: fatal: double free of 0x7f3a1c0042a0\n"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("\nstarmalloc:   stack    #0 "));
}

/// What no program can bring about from outside.
#[test]
fn faults_of_our_own_are_reported_like_all_others() {
    let first = |test| {
        let output = child(test);
        assert_eq!(output.status.signal(), Some(SIGABRT));
        String::from_utf8(output.stderr).unwrap().lines().next().map(str::to_owned)
    };
    let state = first("child_dies_of_corrupted_state").unwrap();
    assert_eq!(state, "starmalloc: fatal: corrupted state of 0x7f3a1c0042a0");
    let error = first("child_dies_of_an_internal_error").unwrap();
    assert_eq!(error, "starmalloc: fatal: internal error");
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child_dies_of_corrupted_state() {
    die(&Fault::new(Kind::CorruptedState, Operation::Free, ADDRESS), &[])
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child_dies_of_an_internal_error() {
    die(&Fault::new(Kind::Internal, Operation::Query, 0), &[])
}

#[test]
fn a_fault_while_reporting_ends_the_process_at_once() {
    let start = std::time::Instant::now();
    let output = child("child_dies_while_reporting");
    assert!(start.elapsed().as_secs() < 4, "waited for itself");
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert_eq!(reports(&output), 1);
}

#[test]
fn threads_that_fault_together_give_one_report() {
    let output = child("child_dies_in_many_threads");
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert_eq!(reports(&output), 1);
}

#[test]
fn telling_goes_on_and_keeps_errno() {
    let output = child("child_tells");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.matches("starmalloc: fault: double free").count(), 3);
    assert!(text.ends_with("starmalloc: done 7\n"));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child_dies() {
    die(&FAULT, &[])
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child_dies_while_reporting() {
    die::interrupted(&FAULT, || die(&FAULT, &[]));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child_dies_in_many_threads() {
    let barrier = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                die(&FAULT, &[])
            });
        }
    });
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child_tells() {
    crate::platform::errno::set(7);
    super::tell(&FAULT, &[]);
    super::tell(&FAULT, &[]);
    // The write to the chosen descriptor fails and sets errno; standard error gets the report.
    super::set_log_fd(-1);
    super::tell(&FAULT, &[]);
    super::set_log_fd(2);
    let errno = crate::platform::errno::get();
    super::say(|line| {
        line.text("done ").decimal(u64::from(errno.unsigned_abs()));
    });
}
