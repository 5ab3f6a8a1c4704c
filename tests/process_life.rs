//! The library through the life of a process: before constructors and after main,
//! threads that come and go, fork in every form, exec, and plugins.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use std::path::PathBuf;
use support::{Child, Program, header_dir, library};

fn built(program: &str) -> PathBuf {
    Program::of(&format!("process_life/{program}")).build()
}

fn plugin() -> PathBuf {
    Program::of("process_life/plugin.c").shared().build()
}

/// The program checks itself.
#[track_caller]
fn holds(program: &str) {
    Child::of(built(program)).run_preloaded().expect_success();
}

#[test]
fn a_hundred_thousand_threads_leave_nothing_behind() {
    holds("short_threads.c");
}

#[test]
fn what_threads_left_is_reclaimed_by_a_grandchild_too() {
    holds("grandchild_reclaims.c");
}

#[test]
fn dumps_hold_blocks_and_nothing_that_is_only_reserved() {
    holds("dumped.c");
}

#[test]
fn a_thread_that_calls_late_leaves_no_cache_behind() {
    holds("late_first_calls.c");
}

#[cfg(target_arch = "x86_64")]
#[test]
fn handlers_may_interrupt_a_childs_first_allocation_at_any_step() {
    holds("steps_after_fork.c");
}

#[test]
fn what_busy_threads_had_is_not_lost_to_a_chain_of_forks() {
    holds("fork_chain.c");
}

#[test]
fn three_hundred_threads_live_at_once() {
    holds("many_threads.c");
}

/// Of slots of 5,120 bytes 40 are held back.
#[test]
fn nothing_is_lost_where_a_quarantine_gets_shorter() {
    let header = format!("-I{}", header_dir().display());
    let program = Program::of("process_life/crowd_comes_and_goes.c").flag(&header).build();
    let child = Child::of(program);
    child.env("STARMALLOC_OPTIONS", "quarantine=320").run_preloaded().expect_success();
}

/// What another thread allocates and this one frees goes home at once where it is long, for nothing limits the bytes.
#[test]
fn long_slots_of_others_do_not_wait() {
    let header = format!("-I{}", header_dir().display());
    let program = Program::of("process_life/long_handed_over.c").flag(&header).build();
    Child::of(program).env("STARMALLOC_OPTIONS", "arenas=2").run_preloaded().expect_success();
}

/// Other linkers than LLD keep all code in one segment: see build.rs.
#[test]
fn code_that_does_not_run_has_no_pages() {
    let file = std::fs::read(library()).expect("the library can be read");
    if cfg!(target_arch = "x86_64") && file.windows(4).any(|four| four == b"LLD ") {
        holds("rare_code.c");
    }
}

#[test]
fn key_destructors_may_allocate() {
    holds("key_destructors.c");
}

#[test]
fn destructors_of_thread_locals_may_allocate() {
    holds("tls_destructors.cpp");
}

#[test]
fn fork_beside_busy_threads_never_hangs() {
    holds("fork_busy.c");
    // Each block is a sample, whose records have a lock of their own.
    let child = Child::of(built("fork_busy.c")).env("STARMALLOC_OPTIONS", "sample=1");
    child.run_preloaded().expect_success();
}

#[test]
fn a_slot_on_its_way_home_is_in_one_place_after_a_fork() {
    holds("fork_while_slots_go_home.c");
}

#[test]
fn several_threads_may_fork() {
    holds("fork_from_threads.c");
}

#[test]
fn a_timer_handler_that_interrupts_malloc_may_fork() {
    holds("fork_in_handler.c");
}

#[test]
fn a_handler_of_anothers_signal_may_fork() {
    let program = built("fork_in_handler.c");
    Child::of(program).arg("from another").run_preloaded().expect_success();
}

#[test]
fn threads_may_start_programs() {
    let outcome = Child::of(built("spawn_from_threads.c")).run_preloaded().expect_success();
    assert_eq!(outcome.stdout, "started again\n");
}

#[test]
fn plugins_full_of_thread_locals_come_and_go() {
    Child::of(built("plugin_loop.c")).arg(plugin()).run_preloaded().expect_success();
}

#[test]
fn a_deeply_bound_plugin_shares_the_heap() {
    let plugin = plugin();
    let name = plugin.file_name().expect("a plugin has a name");
    let program = Program::of("process_life/deepbind.c");
    // Beside the program, and found only by the program's run path.
    let program = program.flag("-Wl,-rpath,$ORIGIN,--enable-new-dtags").build();
    Child::of(&program).arg(name).run_plain().expect_success();
    Child::of(&program).arg(name).run_preloaded().expect_success();
    // Left as it asks, it has libc's heap, and what the two free is the other's.
    let unfixed = Child::of(&program).arg(name).env("STARMALLOC_OPTIONS", "deepbind_fix=off");
    assert!(!unfixed.run_preloaded().is_success());
}

#[test]
fn allocation_works_before_any_constructor() {
    let early = Program::of("process_life/early_object.c").shared().build();
    holds("early_program.c");
    let child = Child::of(built("early_program.c")).companion(&early);
    child.run_preloaded().expect_success();
    child.run_preloaded_last().expect_success();
}

#[test]
fn a_constructor_may_fork_beside_threads_and_have_hooks() {
    let early = Program::of("process_life/early_hooks.c").shared().build();
    let child = Child::of("/bin/true").companion(&early);
    child.run_preloaded().expect_success();
    child.run_preloaded_last().expect_success();
    let child = child.env("FORK_AT_END", "1");
    child.run_preloaded().expect_success();
    child.run_preloaded_last().expect_success();
}

#[test]
fn allocation_works_after_main() {
    let outcome = Child::of(built("late_calls.cpp")).run_preloaded().expect_success();
    assert_eq!(outcome.stdout, "leaving\n");
}

#[test]
fn the_main_thread_may_end_first() {
    holds("main_thread_exits.c");
}

#[test]
fn blocks_freed_by_other_threads_come_home() {
    holds("cross_thread_frees.c");
}

#[test]
fn a_thread_may_end_while_its_blocks_are_freed() {
    holds("exit_while_freed.c");
}

#[test]
fn a_process_may_end_while_its_threads_are_busy() {
    let child = Child::of(built("exit_while_busy.c"))
        .env("STARMALLOC_OPTIONS", "sweep_at_exit=on,quarantine=8");
    child.run_preloaded().expect_success();
}

#[test]
fn threads_exchange_blocks_of_all_sizes() {
    holds("churn.c");
}

#[test]
fn allocating_is_no_cancellation_point() {
    holds("cancellation.c");
}
