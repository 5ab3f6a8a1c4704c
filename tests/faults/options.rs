//! Options that change what is caught, and how the process goes on.

use crate::misuse::{Misuse, built, matches};
use crate::support::Child;

const SIGABRT: i32 = 6;
const GOING_ON: &str = "on_fault=report_only,report_count=1000";

/// Two frees too many, a foreign pointer, a question and a resize of a freed block, and an
/// overflow: six reports in each round, and the heap works in between.
#[test]
fn report_only_tells_and_goes_on() {
    let seen = Misuse::of("report_keeps_errno_and_goes_on.c").with(3).options(GOING_ON).measure();
    assert!(seen.has("went"), "{}", seen.outcome.story());
    let told: Vec<_> = seen
        .told()
        .into_iter()
        .map(|line| line.split(" 0x").next().unwrap_or_default().to_owned())
        .collect();
    let round = [
        "double free of",
        "invalid free of",
        "malloc_usable_size of freed memory at",
        "realloc of freed memory at",
        "overflow past the requested size of",
    ];
    assert_eq!(told, round.repeat(3), "{}", seen.outcome.story());
}

/// Freed, inside a block, foreign, damaged: nothing is taken back and no block changes.
#[test]
fn a_refused_free_changes_nothing() {
    for options in [GOING_ON, "on_fault=report_only,report_count=1000,type_mismatch_check=on"] {
        for size in [24, 100, 1032, 20_000, 200_001] {
            let seen = Misuse::of("refused_frees.c").with(size).options(options).measure();
            assert!(seen.has("went"), "{}", seen.outcome.story());
            let told: Vec<_> = seen.told();
            let count = |start| told.iter().filter(|line| line.starts_with(start)).count();
            let counts = ["double free of", "invalid free of", "overflow"].map(count);
            assert_eq!((counts, told.len()), ([2, 3, 1], 6), "{}", seen.outcome.story());
        }
    }
}

/// The block stays as it is, for whoever looks, and the program goes on with a copy.
#[test]
fn a_damaged_block_is_resized_by_a_program_that_goes_on() {
    for size in [24, 100, 1000, 20_000, 200_001] {
        let program = Misuse::of("resize_of_a_damaged_block.c").with(size);
        let seen = program.options(GOING_ON).measure();
        assert!(seen.has("same contents"), "{}", seen.outcome.story());
        assert_eq!(seen.number("usable"), size as u64, "{}", seen.outcome.story());
        assert_eq!(seen.told().len(), 2, "{}", seen.outcome.story());
    }
}

#[test]
fn report_count_limits_what_is_told() {
    let options = "on_fault=report_only,report_count=2";
    let seen = Misuse::of("report_keeps_errno_and_goes_on.c").with(5).options(options).measure();
    assert_eq!(seen.told().len(), 2, "{}", seen.outcome.story());
}

/// Standard output in place of standard error.
#[test]
fn log_fd_leads_reports_elsewhere() {
    let seen = Misuse::of("double_free.c").with(40).options("log_fd=1").run();
    assert_eq!(seen.outcome.stderr, "");
    let told = format!("starmalloc: fatal: double free of {}", seen.address());
    assert!(seen.outcome.stdout.lines().any(|line| line == told), "{}", seen.outcome.story());
}

/// A slot that is not held back is the next to be handed out, sooner or later.
#[test]
fn quarantine_can_be_turned_off() {
    let seen = Misuse::of("double_free.c").with(40).options("quarantine=0").run();
    // Still in the one entry that freed slots pass through.
    seen.stops("double free of @");
    let seen = Misuse::of("double_free.c").with(40).options("quarantine_max_size=16").run();
    seen.stops("double free of @");
}

/// At every level, and where options lead past the usual paths, everything that stops a program by
/// default stops it.
#[test]
fn levels_keep_the_deterministic_checks() {
    for level in
        ["level=light", "level=strong", "type_mismatch_check=on", "guard_madvise=off", "arenas=1"]
    {
        for size in [40, 1000, 20_000, 200_001] {
            let run = |misuse: Misuse| misuse.options(level).run();
            run(Misuse::of("double_free.c").with(size)).stops("double free of @");
            run(Misuse::of("overflow_by_one_byte.c").with(size - 7).with("free"))
                .stops("overflow* @");
            run(Misuse::of("operation_inside_a_block.c").with("free").with(size).with(16))
                .stops("invalid free of @ (inside an allocation)");
            run(Misuse::of("wrong_size_stated.c").with("free_sized").with(size).with(size + 1))
                .stops("size mismatch in free_sized of @");
        }
        Misuse::of("operation_on_the_stack.c")
            .with("free")
            .options(level)
            .run()
            .stops("invalid free of @ (not from this allocator)");
        let seen = Misuse::of("read_after_free.c").with(4000).options(level).measure();
        assert_eq!(seen.number("stale"), 0, "{seen}");
    }
}

/// Reuse takes longer at the strong level, and the check is still there.
#[test]
fn a_write_after_free_is_found_at_the_strong_level() {
    for size in [40, 1000] {
        let misuse = Misuse::of("write_after_free.c").with(size).with(size / 2);
        misuse.options("level=strong").run().stops("write after free to @");
    }
}

#[test]
fn verbose_says_that_the_library_is_active() {
    let seen = Misuse::of("read_after_free.c").with(40).options("verbose=on").measure();
    let text = &seen.outcome.stderr;
    let pattern = "starmalloc: version *.*.* active, level default, layout rung %, page %, guards by *, \
        mseal *, options verbose=on\n";
    assert!(matches(pattern, text) && text.lines().count() == 1, "{text}");
    let options =
        "verbose=on,guard_madvise=off,level=light,canary=1,fill_pattern=7,quarantine=0x10";
    let seen = Misuse::of("read_after_free.c").with(40).options(options).measure();
    let pattern = "* level light, * guards by mprotect, *, options quarantine=16,guard_madvise=off,\
        fill_pattern=7,verbose=on\n";
    assert!(matches(pattern, &seen.outcome.stderr), "{}", seen.outcome.stderr);
}

/// A mistake in the list is named; the rest of the list holds.
#[test]
fn a_wrong_option_is_a_warning() {
    let options = "no_such_thing=1,quarantine=many,log_fd=1";
    let seen = Misuse::of("read_after_free.c").with(40).options(options).measure();
    // Warnings go where reports go, wherever in the list that is said.
    let text = &seen.outcome.stdout;
    assert_eq!(seen.outcome.stderr, "");
    assert!(text.contains("starmalloc: warning: ") && text.contains("no_such_thing"), "{text}");
    assert!(text.contains("many"), "{text}");
}

/// All mistakes are named, then the program ends before it has any memory.
#[test]
fn a_wrong_option_can_stop_the_program() {
    let options = "bad_option=stop,no_such_thing=1,quarantine=many";
    let child = Child::of(built("read_after_free.c")).env("STARMALLOC_OPTIONS", options);
    let outcome = child.run_preloaded();
    assert_eq!(outcome.signal, Some(SIGABRT), "{}", outcome.story());
    let pattern = "starmalloc: warning: *no_such_thing*\nstarmalloc: warning: *many*\n\
        starmalloc: fatal: start-up failed: options that make no sense\n*bad_option=warn*";
    assert!(matches(pattern, &outcome.stderr), "{}", outcome.story());
    let seen = Misuse::of("read_after_free.c").with(40).options("bad_option=stop").measure();
    assert_eq!(seen.outcome.stderr, "", "{seen}");
}

/// What nobody asked for is not done: no look at the heap at exit, no pattern in new memory, no
/// stop when a request cannot be met.
#[test]
fn what_is_off_by_default_stays_off() {
    for program in ["write_after_free_before_exit.c", "overflow_before_exit.c"] {
        let seen = Misuse::of(program).with(100).run();
        assert!(seen.outcome.is_success() && seen.outcome.stderr.is_empty(), "{seen}");
    }
    let seen = Misuse::of("reads_of_uninitialised_memory.c").measure();
    assert_eq!(seen.number("byte"), 0, "{seen}");
    let seen = Misuse::of("out_of_memory.c").measure();
    assert!(seen.has("refused") && seen.outcome.stderr.is_empty(), "{seen}");
}
