//! Tests of the road to abort, each in a process of its own.
#![forbid(unsafe_code)]

use super::{Fault, Kind, Operation, die, is_mapped};
use std::os::unix::process::ExitStatusExt;
use std::process::{self, Command, Output};
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

/// The number of the signal, the same on every Linux.
const SIGABRT: i32 = 6;

const ADDRESS: usize = 0x7f3a_1c00_42a0;

/// Tells a test that it runs in the process of its own.
const CHILD: &str = "STARMALLOC_TEST_CHILD";

/// What comes of a process of its own that runs the calling `test` as far as here, and then `body`.
fn in_child(test: &str, body: fn()) -> Output {
    if std::env::var_os(CHILD).is_some() {
        body();
        process::exit(0);
    }
    let name = format!("report::die_tests::{test}");
    let arguments = ["--exact", &name, "--nocapture", "--test-threads=1"];
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments).env(CHILD, "1").output().unwrap()
}

fn reports(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stderr).matches("starmalloc: fatal: ").count()
}

fn first_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().next().unwrap().to_owned()
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
    let output = in_child("dying_reports_and_aborts", || die(&FAULT, &[]));
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert!(output.stderr.starts_with(b"starmalloc: fatal: double free of 0x7f3a1c0042a0\n"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("\nstarmalloc:   stack    #0 "));
}

/// What no program can bring about from outside, as the next.
#[test]
fn a_corrupted_state_is_reported_like_all_others() {
    let output = in_child("a_corrupted_state_is_reported_like_all_others", || {
        die(&Fault::new(Kind::CorruptedState, Operation::Free, ADDRESS), &[])
    });
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert_eq!(first_line(&output), "starmalloc: fatal: corrupted state of 0x7f3a1c0042a0");
}

#[test]
fn an_internal_error_is_reported_like_all_others() {
    let output = in_child("an_internal_error_is_reported_like_all_others", || {
        die(&Fault::new(Kind::Internal, Operation::Query, 0), &[])
    });
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert_eq!(first_line(&output), "starmalloc: fatal: internal error");
}

#[test]
fn a_fault_while_reporting_ends_the_process_at_once() {
    let start = Instant::now();
    let output = in_child("a_fault_while_reporting_ends_the_process_at_once", || {
        die::interrupted(&FAULT, || die(&FAULT, &[]));
    });
    assert!(start.elapsed().as_secs() < 4, "waited for itself");
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert_eq!(reports(&output), 1);
}

#[test]
fn threads_that_fault_together_give_one_report() {
    let output = in_child("threads_that_fault_together_give_one_report", || {
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    die(&FAULT, &[])
                });
            }
        });
    });
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert_eq!(reports(&output), 1);
}

#[test]
fn telling_goes_on_and_keeps_errno() {
    let output = in_child("telling_goes_on_and_keeps_errno", || {
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
    });
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.matches("starmalloc: fault: double free").count(), 3);
    assert!(text.ends_with("starmalloc: done 7\n"));
}
