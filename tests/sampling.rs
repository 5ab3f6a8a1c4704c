//! Samples: a touch out of bounds or after free is reported when it happens, with who allocated and
//! freed the block; valid programs notice nothing; profiles say how much is live.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::thread;
use support::{Child, Outcome, Program, header_dir};

const SIGSEGV: i32 = 11;
const SIGABRT: i32 = 6;
const SIGILL: i32 = 4;
const SIGKILL: i32 = 9;
const SIGUSR2: i32 = 12;
const SIZES: [&str; 5] = ["16", "100", "1000", "4000", "60000"];

fn touches() -> PathBuf {
    Program::of("sampling/touches.c").build()
}

/// What becomes of a program that touches a sample of `size` bytes.
fn touch(what: &str, size: &str, options: &str) -> Outcome {
    Child::of(touches()).arg(what).arg(size).env("STARMALLOC_OPTIONS", options).run_preloaded()
}

#[track_caller]
fn tells(outcome: &Outcome, signal: i32, first_line: &str, facts: &[&str]) {
    assert_eq!(outcome.signal, Some(signal), "{outcome:?}");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let first = lines.first().copied().unwrap_or_default();
    assert!(first.starts_with(&format!("starmalloc: fatal: {first_line} 0x")), "{outcome:?}");
    for fact in facts {
        assert!(lines.iter().any(|line| line.contains(fact)), "{fact}: {outcome:?}");
    }
}

/// The first of few allocations are no likelier to be samples than others, and no less likely: 1.3 of 100 runs, and 64.
#[test]
fn short_lives_have_as_many_samples_as_long_ones() {
    let header = format!("-I{}", header_dir().display());
    let program = Program::of("sampling/first.c").flag(&header).build();
    let of_a_run = |options: &str| {
        let child = Child::of(&program).env("STARMALLOC_OPTIONS", options);
        let outcome = child.run_preloaded().expect_success();
        outcome.stdout.trim().parse::<u32>().expect("a number")
    };
    let of_all = |options: &str| (0..100).map(|_| of_a_run(options)).sum::<u32>();
    let (few, more) = (of_all("sample=5000"), of_all("sample=100"));
    assert!(few < 12 && (30..110).contains(&more), "{few} {more}");
}

#[test]
fn a_touch_past_the_end_is_reported() {
    for size in SIZES {
        let outcome = touch("past", size, "sample=10");
        let requested = format!("requested {size}");
        let facts =
            [&requested, "past the end of the block", "allocated by thread", "state    live"];
        tells(&outcome, SIGSEGV, "access past the end at", &facts);
        assert!(!outcome.stderr.contains("freed     by"), "{outcome:?}");
    }
}

#[test]
fn a_touch_before_the_start_is_reported() {
    for size in SIZES {
        let outcome = touch("before", size, "sample=10");
        tells(&outcome, SIGSEGV, "access before the start at", &["1 bytes before the start"]);
    }
}

#[test]
fn a_touch_after_free_is_reported_with_both_stacks() {
    for size in SIZES {
        let outcome = touch("freed", size, "sample=10");
        let facts = ["freed, in quarantine", "allocated by thread", "freed     by thread"];
        tells(&outcome, SIGSEGV, "access after free at", &facts);
        // The stack of the touch, of the allocation and of the free each begin in the program.
        let begins = outcome.stderr.matches("stack    #0 sampling_touches").count();
        assert_eq!(begins, 3, "{outcome:?}");
    }
}

#[test]
fn a_double_free_of_a_sample_tells_both_stacks() {
    let outcome = touch("twice", "100", "sample=10");
    let facts = ["allocated by thread", "freed     by thread"];
    tells(&outcome, SIGABRT, "double free of", &facts);
}

#[test]
fn touches_around_large_blocks_are_told_when_asked_for() {
    let past = touch("large-past", "0", "report_touch=on");
    tells(&past, SIGSEGV, "access past the end at", &["requested 300000", "0 bytes past the end"]);
    let freed = touch("large-freed", "0", "report_touch=on");
    tells(&freed, SIGSEGV, "access after free at", &["7 bytes into the block"]);
}

/// The handler that tells of it has no room there either, and must not be tried again and again.
#[test]
fn a_fault_on_a_stack_too_short_ends_the_process() {
    let program = Program::of("sampling/short_stack.c").build();
    for bytes in ["2560", "3072", "4096"] {
        for options in ["sample=1", "report_touch=on"] {
            let child = Child::of(&program).arg(bytes).env("STARMALLOC_OPTIONS", options);
            let outcome = child.patience(30).run_preloaded();
            assert!(!outcome.hung, "{bytes} {options} {outcome:?}");
        }
    }
}

/// An overflow out of a small block runs on until it meets a guard.
#[test]
fn a_touch_of_a_guard_among_small_blocks_is_told() {
    let outcome = touch("guard", "100", "report_touch=on");
    let facts = ["112-byte class (slot ", "unusable, under a guard page"];
    tells(&outcome, SIGSEGV, "access to a guard page at", &facts);
}

/// A block of no bytes is out of reach as a whole.
#[test]
fn a_touch_of_a_block_without_bytes_is_told() {
    let outcome = touch("nothing", "0", "report_touch=on");
    let facts = ["32-byte class (slot ", "requested 0", "state    live; 0 bytes into the block"];
    tells(&outcome, SIGSEGV, "access to a guard page at", &facts);
}

#[test]
fn nothing_is_said_unless_asked_for_or_when_the_address_is_not_ours() {
    for (what, options) in [("large-past", ""), ("null", "sample=1"), ("null", "report_touch=on")] {
        let outcome = touch(what, "0", options);
        assert_eq!((outcome.signal, outcome.stderr.as_str()), (Some(SIGSEGV), ""), "{what}");
    }
}

/// Where samples were there may be pages of the program's own.
#[test]
fn nothing_is_said_of_pages_that_were_a_samples_once() {
    let options = "sample=10,decay_ms=0,large_retained_kib=0";
    let child = Child::of(Program::of("sampling/own_pages.c").build());
    let outcome = child.env("STARMALLOC_OPTIONS", options).run_preloaded().expect_success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("enough\n", ""));
}

/// Nor of pages of live blocks, samples or not, that the program closed itself.
#[test]
fn nothing_is_said_of_live_blocks() {
    let program = Program::of("sampling/barrier.c").build();
    for (size, options) in ["8192", "9000", "16384", "100000", "300001"]
        .into_iter()
        .flat_map(|size| ["sample=1", "sample=3", "report_touch=on"].map(|options| (size, options)))
    {
        let child = Child::of(&program).arg(size).env("STARMALLOC_OPTIONS", options);
        let outcome = child.run_preloaded().expect_success();
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("80\n", ""),
            "{size} {options}"
        );
    }
}

/// A handler that the program sets when it runs already is called after the report.
#[test]
fn the_programs_own_handler_runs_afterwards() {
    let outcome = touch("handled", "100", "sample=10");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), "handled\n"), "{outcome:?}");
    assert!(outcome.stderr.starts_with("starmalloc: fatal: access past the end at"), "{outcome:?}");
}

/// What a program sets, calls or puts back is what happens after the report, once.
#[test]
fn handlers_of_the_program_are_called_as_without_the_library() {
    let cases = [
        ("chains", Some(SIGSEGV), "program's\n", 1),
        ("restores", Some(SIGSEGV), "", 1),
        ("ignores", None, "went on\n", 0),
        ("once", Some(SIGSEGV), "once\n", 2),
        ("blocks", None, "SEGV USR1 -\n", 1),
        ("blocks others", None, "- USR1 -\n", 1),
    ];
    let program = Program::of("sampling/handlers.c").build();
    let check = |(what, signal, printed, reports): (&str, _, &str, _)| {
        let child = Child::of(&program).arg(what);
        let outcome = child.env("STARMALLOC_OPTIONS", "report_touch=on").run_preloaded();
        assert_eq!((outcome.signal, outcome.stdout.as_str()), (signal, printed), "{outcome:?}");
        assert_eq!(outcome.stderr.matches("starmalloc: fatal: ").count(), reports, "{outcome:?}");
    };
    // Each waits for seconds until the library looks again.
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || check(case));
        }
    });
}

#[test]
fn valid_programs_notice_nothing() {
    for options in ["sample=1", "sample=50", "sample=1,level=strong", "sample=1,level=light"] {
        let outcome = touch("valid", "0", options);
        // That no more are taken is no complaint.
        let complaints =
            outcome.stderr.lines().filter(|line| !line.contains(" samples are live: "));
        assert_eq!((outcome.code, complaints.count()), (Some(0), 0), "{options} {outcome:?}");
        assert_eq!(outcome.stdout, "fine\n");
    }
}

/// A program without the option makes no sample: its blocks lie side by side.
#[test]
fn without_the_option_there_is_no_sample() {
    let outcome = touch("past", "100", "");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), "no sample\n"));
}

/// Bytes that the samples of a profile stand for.
fn profiled_bytes(text: &str) -> u64 {
    let number = |line: &str| line.split(' ').nth(1)?.parse::<u64>().ok();
    text.lines().filter(|line| line.starts_with("live ")).filter_map(number).sum()
}

/// The profiles that the program writes with these arguments and further options.
fn profiles(arguments: &[&str], options: &str) -> Vec<String> {
    profiles_of("holds.c", arguments, &format!("profile_interval_kib=16,{options}"))
}

/// The same of any program.
fn profiles_of(program: &str, arguments: &[&str], options: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder for the profile");
    let path = folder.path().join("heap");
    let program = Program::of(&format!("sampling/{program}")).build();
    let options = format!("profile={},{options}", path.display());
    let child = Child::of(program).args(arguments).env("STARMALLOC_OPTIONS", options);
    child.run_preloaded().expect_success();
    let files = fs::read_dir(folder.path()).expect("the folder is there").flatten();
    files.map(|file| fs::read_to_string(file.path()).expect("the profile is there")).collect()
}

#[test]
fn a_profile_that_cannot_be_written_is_told() {
    let outcome = Child::of(Program::of("sampling/holds.c").build())
        .env("STARMALLOC_OPTIONS", "profile=/nonexistent/folder/heap")
        .run_preloaded()
        .expect_success();
    let warning = "starmalloc: warning: the file of the option profile cannot be made: errno 2\n";
    assert!(outcome.stderr.contains(warning), "{}", outcome.story());
}

/// The kernel would end a process that goes beyond its limit; the file is cut off there.
#[test]
fn a_profile_keeps_to_the_limit_on_files() {
    let folder = tempfile::tempdir().expect("a folder for the profile");
    let options =
        format!("profile={},profile_interval_kib=16", folder.path().join("heap").display());
    Child::of(Program::of("sampling/holds.c").build())
        .limit("-f 4")
        .env("STARMALLOC_OPTIONS", options)
        .run_preloaded()
        .expect_success();
    let files = fs::read_dir(folder.path()).expect("the folder is there").flatten();
    let lengths: Vec<_> =
        files.map(|file| file.metadata().expect("it has a length").len()).collect();
    assert!(matches!(lengths[..], [2048 | 4096]), "{lengths:?}");
}

#[test]
fn a_signal_that_nobody_may_handle_is_told() {
    for signal in [SIGKILL, SIGSEGV, SIGILL] {
        let options = format!("profile=/nonexistent/heap,profile_signal={signal}");
        let child = Child::of(Program::of("sampling/holds.c").build());
        let outcome = child.env("STARMALLOC_OPTIONS", options).run_preloaded().expect_success();
        assert!(outcome.stderr.contains("warning: option profile_signal: "), "{}", outcome.story());
    }
}

#[test]
fn a_profile_says_how_much_is_live() {
    let is_whole = |texts: &[String]| assert_profile(texts.first().expect("a profile is written"));
    is_whole(&profiles(&[], ""));
    // The same at a signal, of a program that never gets to its exit.
    let signal = SIGUSR2.to_string();
    is_whole(&profiles(&[&signal], &format!("profile_signal={signal}")));
}

/// However it grew, in place or to other addresses: 512 samples are off by a quarter in one of 10^8 runs.
#[test]
fn a_profile_counts_what_grew() {
    for step in ["0", "4096", "100000"] {
        let texts = profiles_of("grows.c", &[step], "profile_interval_kib=128");
        let ratio = profiled_bytes(texts.first().expect("a profile")) as f64 / 67_108_864.0;
        assert!((0.75..1.25).contains(&ratio), "{step}: {ratio}");
    }
}

/// With as short an interval as here more samples fall due than may live at once. No fewer than 500 stay,
/// which are off by a quarter in one of 10^7 runs.
/// The block that stays is always the first after others went: it is no more often a sample for that.
#[test]
fn a_profile_counts_classes_in_turn() {
    let texts = profiles_of("holds_in_turn.c", &[], "profile_interval_kib=64");
    let ratio = profiled_bytes(texts.first().expect("a profile")) as f64 / 67_108_864.0;
    assert!((0.75..1.25).contains(&ratio), "{ratio}");
}

/// Also where each batch of slots has a sample, which is one allocation more: 500 samples of each run are off by 0.035,
/// four by 0.017.
#[test]
fn a_profile_counts_where_each_batch_has_a_sample() {
    let run = |_| profiles_of("holds_blocks.c", &["2000", "5000"], "profile_interval_kib=16");
    let texts: Vec<_> = (0..4).flat_map(run).collect();
    let ratio = texts.iter().map(|text| profiled_bytes(text) as f64).sum::<f64>() / 4e7;
    assert!((0.93..1.07).contains(&ratio), "{ratio}");
}

/// Samples that nobody drew for the profile take nothing from it, though all their room is full: 458 of its own are
/// off by a fifth in one of 10^5 runs.
#[test]
fn a_profile_counts_beside_other_samples() {
    let options = "profile_interval_kib=64,sample=100";
    let texts = profiles_of("holds_blocks.c", &["300000", "100"], options);
    let ratio = profiled_bytes(texts.first().expect("a profile")) as f64 / 3e7;
    assert!((0.8..1.2).contains(&ratio), "{ratio}");
}

/// What comes and goes is most of what is allocated, and nothing of the profile. Three runs of 500 samples or more
/// are off by a tenth in one of 10^4.
#[test]
fn a_profile_counts_what_stays_among_what_goes() {
    for interval in [16, 64] {
        let options = format!("profile_interval_kib={interval}");
        let texts: Vec<_> =
            (0..3).flat_map(|_| profiles_of("keeps_among_others.c", &[], &options)).collect();
        let ratio = texts.iter().map(|text| profiled_bytes(text) as f64).sum::<f64>()
            / (3.0 * 67_108_864.0);
        assert!((0.9..1.1).contains(&ratio), "{interval}: {ratio}");
    }
}

/// One allocation in 100 of those that stay, as of all others: 614 of four runs, off by 120 in one of 10^6.
#[test]
fn samples_are_as_many_as_was_asked_for() {
    let program = Program::of("sampling/keeps_among_others.c").build();
    let live = || {
        let child = Child::of(&program).env("STARMALLOC_OPTIONS", "sample=100");
        let outcome = child.run_preloaded().expect_success();
        outcome.stdout.trim().parse::<u32>().expect("a number")
    };
    let live = (0..4).map(|_| live()).sum::<u32>();
    assert!((494..734).contains(&live), "{live}");
}

#[test]
fn a_profile_becomes_coarser_and_stays_true() {
    for (size, align) in [("9", "0"), ("1100", "0"), ("65536", "64"), ("65536", "8192")] {
        let texts = profiles_of("holds_many.c", &[size, align], "profile_interval_kib=4");
        let text = texts.first().expect("a profile");
        let ratio = profiled_bytes(text) as f64 / 67_108_864.0;
        assert!((0.75..1.25).contains(&ratio), "{size} {align}: {ratio}");
        let samples = text.lines().filter(|line| line.starts_with("live ")).count();
        assert!((400..=1024).contains(&samples), "{size} {align}: {samples}");
    }
}

/// Samples are no more than so many at once, and who looks for bugs is told.
#[test]
fn samples_that_are_not_taken_are_told() {
    let child = Child::of(Program::of("sampling/holds_many.c").build()).args(["1100", "0"]);
    let outcome = child.env("STARMALLOC_OPTIONS", "sample=10").run_preloaded().expect_success();
    let warning =
        "starmalloc: warning: 1024 samples are live: no more are taken until some are freed\n";
    assert_eq!(outcome.stderr, warning);
}

/// A handler may come while the records of samples are in use: it takes none then.
#[test]
fn a_handler_that_allocates_is_no_reason_for_a_warning() {
    let child = Child::of(Program::of("sampling/handler_allocates.c").build()).arg("3000");
    let outcome = child.env("STARMALLOC_OPTIONS", "sample=50").run_preloaded().expect_success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("fine\n", ""));
}

/// Nobody asked for the signal, which is not the library's then.
#[test]
fn a_program_that_ends_early_writes_no_profile() {
    assert!(profiles(&["0"], "").is_empty());
}

#[track_caller]
fn assert_profile(text: &str) {
    assert!(text.starts_with("starmalloc heap profile 1\ninterval 16384\n"));
    // 100,000 blocks of 96 bytes, and 20 MiB in large ones; 1,800 samples are off
    // by 5 % in one of 10,000 runs.
    let expected = 100_000.0 * 96.0 + 20.0 * 1_048_576.0;
    let ratio = profiled_bytes(text) as f64 / expected;
    assert!((0.9..1.1).contains(&ratio), "{ratio}");
    assert!(
        text.contains("\nmappings\n")
            && text.ends_with("\nend\n")
            && text.contains("libstarmalloc")
    );
}

#[test]
fn a_signal_writes_the_profile_and_a_block_that_moves_stays_in_it() {
    let folder = tempfile::tempdir().expect("a folder for the profile");
    let path = folder.path().join("heap");
    let program = Program::of("sampling/signalled.c").build();
    let options = format!("profile={},profile_interval_kib=16,profile_signal=12", path.display());
    let child = Child::of(program).arg(&path).env("STARMALLOC_OPTIONS", options);
    let outcome = child.run_preloaded().expect_success();
    // MiB of one block of 16; of another, and the first with 64; of that one; of none.
    assert_eq!(outcome.stdout, "moved 16 80 64 0\n");
    // Five at signals, and the one at exit.
    let files = fs::read_dir(folder.path()).expect("the folder is there").flatten();
    assert_eq!(files.count(), 6);
}
