//! Where something is scarce: address space, data size, mappings, memory itself.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use std::path::{Path, PathBuf};
use support::{Child, Program, programs_dir, python, tool};

/// `ulimit -v` of 1 GiB: ordinary programs must work.
const ONE_GIB: &str = "-v 1048576";

/// `ulimit -v` of 256 MiB: small programs must work.
const QUARTER_GIB: &str = "-v 262144";

/// Small enough to be exhausted, large enough to be worth it.
const TO_EXHAUST: &str = "-v 400000";

fn built(program: &str) -> PathBuf {
    Program::of(&format!("limits/{program}")).build()
}

/// A program's output under a limit, the same with and without the library.
#[track_caller]
fn same_output(child: &Child) -> String {
    let libc = child.run_plain().expect_success();
    let ours = child.run_preloaded().expect_success();
    assert_eq!(ours.stdout, libc.stdout);
    assert_eq!(ours.stderr, libc.stderr);
    ours.stdout
}

#[test]
fn python_works_in_one_gibibyte() {
    let Some(python) = python() else { return };
    let script = "import json, random, re, threading\n\
        random.seed(1)\n\
        data = [{'k%d' % (i % 50): [random.random()] * 10} for i in range(20000)]\n\
        print(len(json.dumps(json.loads(json.dumps(data)))))\n\
        done = []\n\
        work = lambda: done.append(sum(len(str(i) * 50) for i in range(20000)))\n\
        threads = [threading.Thread(target=work) for _ in range(4)]\n\
        [t.start() for t in threads]; [t.join() for t in threads]\n\
        print(done, re.sub('a+', 'b', 'aab' * 1000)[:10])";
    same_output(&Child::of(python).limit(ONE_GIB).args(["-c", script]));
}

/// A repository with one commit of 200 files.
fn repository(git: &Path, directory: &Path) {
    for number in 0..200 {
        let text = format!("file {number}\n").repeat(number * 10 + 1);
        std::fs::write(directory.join(format!("{number}.txt")), text).expect("a file is written");
    }
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    for arguments in
        [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", "first"]]
    {
        let child = Child::of(git).directory(directory).args(identity).args(arguments);
        git_alone(child).limit(ONE_GIB).run_preloaded().expect_success();
    }
}

/// Keeps the user's own settings out of it.
fn git_alone(child: Child) -> Child {
    child.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
}

#[test]
fn git_works_in_one_gibibyte() {
    let Some(git) = tool("git") else { return };
    let directory = tempfile::tempdir_in(support::target_tmp()).expect("a directory is made");
    repository(&git, directory.path());
    for arguments in [
        &["log", "--stat", "--format=%s"][..],
        &["gc", "--quiet"],
        &["fsck", "--full"],
        &["status", "--short"],
        &["clone", "--quiet", ".", "copy"],
    ] {
        let child = Child::of(&git).directory(directory.path()).args(arguments);
        let outcome = git_alone(child).limit(ONE_GIB).run_preloaded().expect_success();
        let is_log = arguments.first() == Some(&"log");
        assert!(!is_log || outcome.stdout.contains("200 files changed"), "{}", outcome.story());
    }
    assert!(directory.path().join("copy").join("199.txt").is_file());
}

#[test]
fn small_programs_work_in_a_quarter_of_a_gibibyte() {
    same_output(&Child::of("/bin/true").limit(QUARTER_GIB));
    let Some(bash) = tool("bash") else { return };
    let shell = |script| Child::of(&bash).limit(QUARTER_GIB).args(["-c", script]);
    assert_eq!(same_output(&shell("echo ok")), "ok\n");
    let script = "x=; for i in $(seq 300); do x=$x$i; done; echo ${#x}; (echo sub); echo a | cat";
    same_output(&shell(script));
}

#[test]
fn any_limit_on_address_space_starts_or_stops_a_program_cleanly() {
    for mib in [32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 4096, 65536] {
        let child = Child::of("/bin/true").limit(&format!("-v {}", mib * 1024));
        let outcome = child.run_preloaded();
        assert!(outcome.is_success(), "{mib} MiB: {}", outcome.story());
    }
}

#[test]
fn a_limit_on_data_is_a_refusal() {
    Child::of(built("data_limit.c")).limit("-d 65536").run_preloaded().expect_success();
    let Some(python) = python() else { return };
    let script = "print(sum(len(bytes(i)) for i in range(5000)))";
    same_output(&Child::of(python).limit("-d 262144").args(["-c", script]));
}

#[test]
fn a_limit_on_data_that_a_process_sets_itself_counts_from_then_on() {
    Child::of(built("data_limit.c")).arg("later").run_preloaded().expect_success();
}

#[test]
fn exhausted_address_space_is_a_refusal() {
    Child::of(built("exhaust.c")).limit(TO_EXHAUST).run_preloaded().expect_success();
}

#[test]
fn ranges_whose_front_was_used_take_no_address_space_from_others() {
    let child = Child::of(built("shorter_after_fronts.c")).limit("-v 4000000");
    child.run_preloaded().expect_success();
}

#[test]
fn exhausted_address_space_is_a_refusal_in_every_thread() {
    let child = Child::of(built("exhaust.c")).arg("threads").limit(TO_EXHAUST);
    child.run_preloaded().expect_success();
}

#[test]
fn exhausted_address_space_is_a_bad_alloc() {
    Child::of(built("exhaust_cxx.cpp")).limit(TO_EXHAUST).run_preloaded().expect_success();
}

/// A small layout has spans of 8 MiB.
#[test]
fn a_used_up_span_is_no_reason_to_refuse() {
    let child = Child::of(built("span_used_up.c")).env("STARMALLOC_OPTIONS", "reserve_gib=1");
    child.run_preloaded().expect_success();
}

/// A small layout has rows for 32,767 of them.
#[test]
fn large_blocks_are_as_many_as_there_are_rows() {
    let child = Child::of(built("rows_used_up.c")).env("STARMALLOC_OPTIONS", "reserve_gib=1");
    println!("{}", child.run_preloaded().expect_success().stdout);
}

#[test]
fn exhausted_mappings_are_a_refusal() {
    Child::of(built("no_mappings_left.c")).run_preloaded().expect_success();
}

#[test]
fn what_is_freed_where_no_mapping_is_left_is_out_of_reach_and_goes_back_later() {
    let outcome = Child::of(built("large_freed_without_mappings.c")).run_preloaded();
    let said = outcome.expect_success().stdout;
    assert!(said.starts_with("readable no, mapped few\n"), "{said}");
}

#[test]
fn a_hundred_thousand_bytearrays_take_few_mappings() {
    let Some(python) = python() else { return };
    let script = programs_dir().join("limits").join("bytearrays.py");
    let outcome = Child::of(python).arg(script).run_preloaded().expect_success();
    let mappings: usize = outcome.stdout.trim().parse().expect("the script prints a number");
    assert!(mappings < 1000, "{mappings} mappings");
}

#[test]
fn a_quarter_gibibyte_of_small_objects_takes_few_mappings() {
    Child::of(built("many_small.c")).run_preloaded().expect_success();
}

#[test]
fn address_space_that_is_not_used_costs_no_time() {
    Child::of(built("sparse.c")).run_preloaded().expect_success();
}

#[test]
fn blocks_that_were_written_here_and_there_leave_few_pages() {
    Child::of(built("here_and_there.c")).run_preloaded().expect_success();
}

#[test]
fn blocks_filled_with_zeros_leave_their_pages_to_others() {
    Child::of(built("zero_filled.c")).run_preloaded().expect_success();
}

#[test]
fn blocks_aligned_to_more_than_a_page_keep_their_pages() {
    Child::of(built("aligned_again.c")).run_preloaded().expect_success();
}

#[test]
fn blocks_of_no_bytes_take_few_addresses() {
    Child::of(built("empty_blocks.c")).run_preloaded().expect_success();
}

#[test]
fn pages_of_zeros_at_powers_of_two_do_not_make_a_block_blank() {
    Child::of(built("zeros_at_powers.c")).run_preloaded().expect_success();
}

#[test]
fn blocks_that_nobody_touched_get_no_pages() {
    Child::of(built("never_touched.c")).run_preloaded().expect_success();
    Child::of(built("never_touched_by_threads.c")).run_preloaded().expect_success();
}

#[test]
fn freed_memory_returns_to_the_system() {
    Child::of(built("memory_returns.c")).run_preloaded().expect_success();
}

#[test]
fn memory_freed_in_random_order_returns_too() {
    Child::of(built("memory_returns.c")).arg("random").run_preloaded().expect_success();
}

#[test]
fn memory_returns_to_a_program_that_works_with_large_blocks_only() {
    Child::of(built("memory_returns.c")).arg("large").run_preloaded().expect_success();
}

/// Whatever the program does next.
#[test]
fn what_ended_threads_left_goes_home() {
    for how in ["large", "trim"] {
        let child =
            Child::of(built("ended_threads.c")).arg(how).env("STARMALLOC_OPTIONS", "arenas=8");
        child.run_preloaded().expect_success();
    }
}

#[test]
fn pages_that_went_back_come_again_by_one_fault_each() {
    Child::of(built("faulted_once.c")).run_preloaded().expect_success();
}

/// Pages that lie idle go back before others are refused.
#[test]
fn phases_of_sizes_get_on_under_a_limit() {
    for options in ["", "rss_limit_mb=64"] {
        let child = Child::of(built("phases_under_a_limit.c")).env("STARMALLOC_OPTIONS", options);
        child.run_preloaded().expect_success();
    }
}

/// Nothing decays meanwhile, however slow the machine.
#[test]
fn large_blocks_whose_front_is_used_keep_its_pages() {
    let child = Child::of(built("fronts.c")).env("STARMALLOC_OPTIONS", "decay_ms=600000");
    child.run_preloaded().expect_success();
}

/// As before.
#[test]
fn one_large_block_after_another_keeps_its_pages() {
    let child =
        Child::of(built("one_after_another.c")).env("STARMALLOC_OPTIONS", "decay_ms=600000");
    child.run_preloaded().expect_success();
}

/// As before.
#[test]
fn each_of_many_large_blocks_keeps_its_pages_for_another() {
    let child = Child::of(built("many_large.c")).env("STARMALLOC_OPTIONS", "decay_ms=600000");
    child.run_preloaded().expect_success();
}

#[test]
fn blocks_that_grow_where_a_parent_used_the_front_leave_no_mappings() {
    Child::of(built("fronts_in_a_child.c")).run_preloaded().expect_success();
}

#[test]
fn what_had_grown_keeps_its_pages_only_for_the_next_at_once() {
    Child::of(built("grown_returns.c")).run_preloaded().expect_success();
}

/// A clock that a program brings, by which memory is kept no longer than by any other.
#[test]
fn the_clock_may_go_back_or_stand_still_or_jump_ahead() {
    let program = Program::of("limits/clock.c").flag("-rdynamic").build();
    for how in ["back", "still", "ahead"] {
        let child = Child::of(&program).arg(how).patience(250);
        println!("{}", child.run_preloaded().expect_success().stdout);
    }
}

/// One block in each slab is enough to keep it from being empty.
#[test]
fn memory_between_survivors_returns_too() {
    for size in ["500", "2000", "9000", "60000"] {
        Child::of(built("holes_return.c")).arg(size).run_preloaded().expect_success();
    }
}

/// Advice to drop pages is refused for locked memory.
#[test]
fn locked_memory_is_zeroed_and_bounded() {
    let program = built("locked_memory.c");
    Child::of(program).run_preloaded().expect_success();
}

#[test]
fn mappings_may_run_out_while_threads_allocate() {
    Child::of(built("mappings_used_up.c")).run_preloaded().expect_success();
}

#[test]
fn a_limit_on_address_space_may_fall_while_a_program_runs() {
    Child::of(built("limit_lowered.c")).arg("as").run_preloaded().expect_success();
}

#[test]
fn a_limit_on_data_may_fall_while_a_program_runs() {
    Child::of(built("limit_lowered.c")).arg("data").run_preloaded().expect_success();
}

#[test]
fn threads_may_trim_while_memory_runs_out() {
    Child::of(built("trim_while_memory_runs_out.c")).run_preloaded().expect_success();
}

/// A control group whose members share so many bytes of memory; gone with the value.
struct Group(PathBuf);

impl Group {
    /// `None` where this test may not make one.
    fn of(bytes: usize) -> Option<Self> {
        let name = format!("starmalloc-test-{}", std::process::id());
        for (root, limit) in
            [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")]
        {
            let directory = Path::new(root).join(&name);
            if std::fs::create_dir(&directory).is_err() {
                continue;
            }
            let group = Self(directory);
            // In a folder that is no control group there are no files to begin with.
            if group.0.join(limit).exists()
                && std::fs::write(group.0.join(limit), bytes.to_string()).is_ok()
            {
                return Some(group);
            }
        }
        None
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Members that have just ended keep it busy for a moment.
        for _ in 0..100 {
            if std::fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// What is held back beside 24 MiB of live memory fits into 96 MiB too: the kernel kills what does not, as it does
/// where 256 MiB are live.
#[test]
fn a_program_lives_in_a_small_control_group() {
    let Some(group) = Group::of(96 << 20) else {
        println!("skipped: no memory control group can be made here");
        return;
    };
    let script = "echo $$ > \"$1/cgroup.procs\" && exec \"$2\" $3";
    let in_group = || {
        let shell = Child::of("/bin/sh").args(["-c", script, "sh"]).arg(&group.0);
        shell.arg(built("in_little_memory.c"))
    };
    in_group().run_preloaded().expect_success();
    let killed = in_group().arg("256").run_preloaded();
    assert_eq!(killed.signal, Some(9), "{}", killed.stdout);
}
