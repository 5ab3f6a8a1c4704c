//! Options that add a check, or say what happens when memory is short.

use crate::misuse::Misuse;
use crate::support::Child;

#[test]
fn sweep_at_exit_finds_what_no_function_got_to_see() {
    for size in [40, 100, 1000, 4000, 20_000] {
        for level in ["", ",level=strong"] {
            let options = format!("sweep_at_exit=on{level}");
            let written = Misuse::of("write_after_free_before_exit.c").with(size);
            let place = size / 2;
            written
                .options(&options)
                .run()
                .stops("write after free to @")
                .says("changed", &format!("byte {place} of the block: expected zeros, found 41*"));
            let overrun = Misuse::of("overflow_before_exit.c").with(size);
            overrun.options(&options).run().stops("overflow* @");
        }
    }
}

#[test]
fn the_strong_level_sweeps() {
    let seen = Misuse::of("overflow_before_exit.c").with(100).options("level=strong").run();
    seen.stops("overflow past the requested size of @");
}

/// One after the other where the program is to go on.
#[test]
fn the_sweep_tells_all_that_it_finds() {
    let options = "sweep_at_exit=on,on_fault=report_only";
    let seen = Misuse::of("overflows_of_many_before_exit.c").options(options).measure();
    assert_eq!(seen.told().len(), 5, "{}", seen.outcome.story());
}

#[test]
fn without_null_a_request_that_cannot_be_met_stops() {
    let seen = Misuse::of("out_of_memory.c").options("may_return_null=off").run();
    seen.stops("out of memory, request for % bytes").says("see", "docs/faults.md#out-of-memory");
    for function in ["malloc", "calloc", "realloc", "reallocarray", "memalign", "pvalloc"] {
        let misuse = || Misuse::of("too_much_is_asked_for.c").with(function);
        assert!(misuse().measure().has("refused"));
        let seen = misuse().options("may_return_null=off").run();
        seen.stops("out of memory, request for % bytes");
    }
}

/// However the memory is asked for, and however seldom idle memory is looked at.
#[test]
fn the_limit_on_resident_memory_refuses() {
    for size in [64, 65_536, 1 << 20, 0] {
        for others in ["", ",decay_ms=3600000", ",decay_ms=0", ",level=light"] {
            let misuse = Misuse::of("resident_memory_grows.c").with(size);
            let seen = misuse.options(&format!("rss_limit_mb=128{others}")).measure();
            let mib = seen.number("mib");
            assert!((64..160).contains(&mib), "{mib}: {}", seen.outcome.story());
        }
    }
    let seen = Misuse::of("resident_memory_grows.c").with(65_536).measure();
    assert_eq!(seen.number("mib"), 512, "{seen}");
}

#[test]
fn the_limit_on_resident_memory_stops() {
    let options = "rss_limit_mb=128,rss_limit_action=stop";
    let seen = Misuse::of("resident_memory_grows.c").with(65_536).options(options).run();
    seen.stops("limit on resident memory reached, request for 65536 bytes");
}

#[test]
fn statistics_come_at_exit() {
    let seen = Misuse::of("overflow_before_exit.c").with(100).options("stats_at_exit=on").run();
    assert!(seen.outcome.stderr.contains("starmalloc: small_live "), "{}", seen.outcome.story());
}

/// All of its address space, which the library has reserved nearly alone.
#[test]
fn less_address_space_is_reserved_if_asked_for() {
    let reserved_gib = |options: &str| {
        let child =
            Child::of("/bin/cat").arg("/proc/self/statm").env("STARMALLOC_OPTIONS", options);
        let text = child.run_preloaded().expect_success().stdout;
        let pages = text.split(' ').next().and_then(|pages| pages.parse::<u64>().ok());
        pages.expect("the file starts with a number") >> 18
    };
    let all = reserved_gib("");
    assert!(all >= 1024, "{all}");
    for most in [1, 8, 1000] {
        // Samples and guards come on top.
        let reserved = reserved_gib(&format!("reserve_gib={most}"));
        assert!(reserved <= most + 2 && reserved >= most / 5, "{most}: {reserved}");
    }
}

fn idle_mib(size: usize, options: &str, mallopt: &[i64]) -> u64 {
    let start = Misuse::of("idle_memory.c").with(size).options(options);
    mallopt.iter().fold(start, |misuse, argument| misuse.with(argument)).measure().number("mib")
}

const DECAY_TIME: i64 = -100;
const PURGE: i64 = -101;
const CACHE_COUNT: i64 = -200;
const CACHE_SIZE: i64 = -201;
const ARENAS: i64 = -202;
const LOG_STATS: i64 = -205;

/// Small memory goes back after `decay_ms`; so does large memory, if it was kept at all.
#[test]
fn idle_memory_goes_back_in_time() {
    for size in [500, 1 << 20] {
        let kept = "decay_ms=3600000,large_retained_kib=1048576";
        assert!(idle_mib(size, kept, &[]) >= 48, "{size}");
        for options in ["decay_ms=100", "decay_ms=0"] {
            let left = idle_mib(size, options, &[]);
            assert!(left <= 16, "{size} {options}: {left}");
        }
        assert!(idle_mib(size, kept, &[DECAY_TIME, 50]) <= 16, "{size}");
        assert!(idle_mib(size, "decay_ms=0,large_retained_kib=1048576", &[DECAY_TIME, -1]) >= 48);
    }
    assert!(idle_mib(1 << 20, "decay_ms=3600000,large_retained_kib=0", &[]) <= 16);
    assert!(idle_mib(1 << 20, "decay_ms=3600000,large_retained_kib=32768", &[]) <= 40);
}

#[test]
fn mallopt_limits_what_is_kept_of_large_blocks() {
    let kept = "decay_ms=3600000,large_retained_kib=1048576";
    let left = idle_mib(1 << 20, kept, &[CACHE_COUNT, 8]);
    assert!((4..=16).contains(&left), "{left}");
    let left = idle_mib(1 << 20, kept, &[CACHE_SIZE, 500_000]);
    assert!(left <= 8, "{left}");
}

#[test]
fn mallopt_answers_to_scudos_parameters() {
    let run = |parameter: i64, value: i64| {
        let misuse = Misuse::of("mallopt_of_scudo.c").with(parameter).with(value);
        misuse.options("arenas=4").measure()
    };
    for (parameter, value, answer) in [
        (DECAY_TIME, 1000, 1),
        (DECAY_TIME, -1, 1),
        (PURGE, 0, 1),
        (-104, 0, 1),
        (-105, 0, 1),
        (CACHE_COUNT, 32, 1),
        (CACHE_COUNT, -1, 0),
        (CACHE_SIZE, 4096, 1),
        (CACHE_SIZE, -1, 0),
        (ARENAS, 8, 1),
        (ARENAS, 4, 1),
        (ARENAS, 3, 0),
        (ARENAS, -1, 0),
        (ARENAS, 1 << 20, 0),
        (-102, 1, 0),
        (-103, 1, 0),
        (-999, 0, 0),
        (2, 0, 0),
    ] {
        assert_eq!(run(parameter, value).number("answer"), answer, "{parameter} {value}");
    }
    let seen = run(LOG_STATS, 0);
    assert!(seen.outcome.stderr.contains("starmalloc: small_live "), "{}", seen.outcome.story());
}

/// The arenas that sixteen threads at once were served from.
fn arenas(options: &str, mallopt: Option<u32>) -> usize {
    let options = format!("on_fault=report_only,report_count=1000,{options}");
    let misuse = Misuse::of("threads_in_turn.c").options(&options);
    let misuse = mallopt.into_iter().fold(misuse, Misuse::with);
    let seen = misuse.measure();
    assert_eq!(seen.told().len(), 16, "{}", seen.outcome.story());
    let arena = |line: &str| Some(line.split_once(", arena ")?.1.split(')').next()?.to_owned());
    let all: std::collections::BTreeSet<_> =
        seen.outcome.stderr.lines().filter_map(arena).collect();
    all.len()
}

#[test]
fn threads_spread_over_as_many_arenas_as_are_asked_for() {
    for count in [1, 3, 16] {
        assert_eq!(arenas(&format!("arenas={count}"), None), count);
    }
    assert_eq!(arenas("arenas=1", Some(5)), 5);
    assert!(arenas("arenas=0", None) >= 2);
}
