//! Options that switch protections off, or fill memory: what each takes away, what stays, and that
//! a valid program notices none of them, in whatever combination.

use crate::misuse::{Misuse, built};
use crate::sizes::{LARGE, SMALL};
use crate::support::{Child, python};

#[test]
fn without_zero_on_free_contents_stay_until_reuse() {
    let options = "zero_on_free=off";
    for size in SMALL {
        let seen = Misuse::of("read_after_free.c").with(size).options(options).measure();
        assert_eq!(seen.number("stale"), size as u64, "{seen}");
    }
    for size in SMALL.into_iter().chain(LARGE) {
        let seen = Misuse::of("former_owners_bytes.c").with(size).options(options).measure();
        assert_eq!(seen.number("stale"), 0, "{seen}");
    }
}

/// What the former owner left cannot be told from what came later; the canary can.
#[test]
fn without_zero_on_free_writes_to_the_canary_alone_are_found() {
    let options = "zero_on_free=off";
    for size in [40, 1000] {
        let misuse = Misuse::of("write_after_free.c").with(size).with(0).options(options);
        misuse.run().goes_unnoticed();
    }
    let program = Misuse::of("write_after_free_to_the_end_of_a_slot.c").options(options);
    let seen = program.with(120).with(125).run();
    seen.stops("write after free to @").says("canary", "expected *, found *");
}

#[test]
fn without_check_on_reuse_writes_after_free_go_unnoticed() {
    let options = "check_on_reuse=off";
    for size in [40, 1000, 4000] {
        let misuse = Misuse::of("write_after_free.c").with(size).with(size / 2);
        misuse.options(options).run().goes_unnoticed();
    }
    let seen = Misuse::of("read_after_free.c").with(1000).options(options).measure();
    assert_eq!(seen.number("stale"), 0, "{seen}");
}

/// The light level has the check, and the sweep looks wherever it is asked to.
#[test]
fn the_light_level_checks_too() {
    let misuse = Misuse::of("write_after_free.c").with(100).with(50);
    misuse.options("level=light").run().stops("write after free to @");
    let misuse = Misuse::of("write_after_free_before_exit.c").with(100);
    misuse.options("level=light,sweep_at_exit=on").run().stops("write after free to @");
}

#[test]
fn without_canary_overflows_go_unnoticed() {
    let run = |misuse: Misuse| misuse.options("canary=off").run();
    for size in [24, 33, 100, 1000, 4000, 20_000, 200_001] {
        for function in ["free", "realloc"] {
            run(Misuse::of("overflow_by_one_byte.c").with(size).with(function)).goes_unnoticed();
        }
    }
    for size in [24, 120, 1016] {
        run(Misuse::of("overflow_by_eight_bytes.c").with(size)).goes_unnoticed();
        run(Misuse::of("underflow.c").with(size).with(8)).goes_unnoticed();
    }
    let misuse = Misuse::of("overflow_before_exit.c").with(100);
    let seen = misuse.options("canary=off,sweep_at_exit=on").run();
    assert!(seen.outcome.is_success() && seen.outcome.stderr.is_empty(), "{seen}");
}

/// Bytes that nobody looked at are not taken for a write after free later.
#[test]
fn without_canary_the_rest_stays() {
    let run = |misuse: Misuse| misuse.options("canary=off").run();
    run(Misuse::of("overflow_then_reuse.c").with(100)).goes_unnoticed();
    for size in [40, 1000] {
        run(Misuse::of("double_free.c").with(size)).stops("double free of @");
        let misuse = Misuse::of("write_after_free.c").with(size).with(size / 2);
        run(misuse).stops("write after free to @");
    }
}

#[test]
fn new_memory_is_filled_with_the_pattern() {
    for (fill, byte) in [("1", 1), ("0xa5", 0xa5), ("255", 255), ("0", 0), ("none", 0)] {
        let options = format!("fill_pattern={fill}");
        let seen = Misuse::of("reads_of_uninitialised_memory.c").options(&options).measure();
        assert_eq!(seen.number("byte"), byte, "{seen}");
    }
    let cxx = Child::of(built("new_memory_of_operators.cpp"));
    let outcome = cxx.env("STARMALLOC_OPTIONS", "fill_pattern=7").run_preloaded().expect_success();
    assert_eq!(outcome.stdout, "byte 7\n");
}

/// And where another option changes what becomes of freed memory.
#[test]
fn valid_programs_find_the_pattern_in_every_combination() {
    let off = |name: &&str| format!(",{name}=off");
    let switches = ["zero_on_free", "check_on_reuse", "canary"];
    for bits in 0..1 << switches.len() {
        let chosen = switches.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
        let others: String = chosen.map(|(_, name)| off(name)).collect();
        let program = Misuse::of("valid_use_of_everything.c").with(0xa5).with(0xa5);
        let seen = program.options(&format!("fill_pattern=0xa5{others}")).measure();
        assert!(seen.has("done") && seen.outcome.stderr.is_empty(), "{seen}");
    }
}

/// The data region stays one mapping for each stretch in use, whatever the policy.
#[test]
fn thp_is_the_policy_of_the_whole_region() {
    if !std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
        return;
    }
    let run = |options| Misuse::of("huge_pages.c").options(options).measure();
    let (off, on) = (run("thp=off"), run("thp=on"));
    assert_eq!((off.text("policy"), on.text("policy")), (Some("nh"), Some("hg")));
    let (few, many) = (off.number("mappings"), on.number("mappings"));
    assert!(many <= few + 4, "{few} mappings without, {many} with");
}

/// Every combination of what can be switched.
fn combinations() -> Vec<String> {
    let switches = ["zero_on_free", "check_on_reuse", "canary", "type_mismatch_check"];
    let mut all = Vec::new();
    for level in ["light", "default", "strong"] {
        for bits in 0..1 << switches.len() {
            let mut list = format!("level={level}");
            for (i, switch) in switches.iter().enumerate() {
                list.push_str(&format!(",{switch}={}", bits >> i & 1));
            }
            all.push(list);
        }
    }
    all
}

#[test]
fn a_valid_program_notices_no_combination() {
    for options in combinations() {
        let program = Misuse::of("valid_use_of_everything.c").with(0).with(0);
        let seen = program.options(&options).measure();
        let is_quiet = seen.has("done") && seen.outcome.stderr.is_empty();
        assert!(is_quiet, "{seen}: {}", seen.outcome.story());
    }
}

/// The extremes of everything else that changes how memory is laid out or kept.
#[test]
fn a_valid_program_notices_no_extreme() {
    for options in [
        "quarantine=0",
        "quarantine=32768",
        "quarantine_max_size=0",
        "quarantine_max_size=256k",
        "guard_interval_kib=0",
        "guard_interval_kib=1",
        "guard_interval_kib=1048576",
        "guard_madvise=off",
        "guard_madvise=off,guard_interval_kib=1",
        "arenas=1",
        "arenas=64",
        "large_retained_kib=0",
        "large_retained_kib=4294967296",
        "decay_ms=0",
        "decay_ms=3600000",
        "rss_limit_mb=4294967296",
        "sized_free_check=off",
        "may_return_null=off",
        "sweep_at_exit=on",
        "thp=on,guard_interval_kib=0",
    ] {
        let program = Misuse::of("valid_use_of_everything.c").with(0).with(0);
        let seen = program.options(options).measure();
        let is_quiet = seen.has("done") && seen.outcome.stderr.is_empty();
        assert!(is_quiet, "{seen}: {}", seen.outcome.story());
    }
}

#[test]
fn python_notices_no_combination() {
    let Some(python) = python() else { return };
    let script = "import json\n\
        rows = [{'k%d' % (i % 50): [i / 7] * 10} for i in range(3000)]\n\
        print(len(json.dumps(json.loads(json.dumps(rows)))))";
    // Every object from malloc, instead of arenas of the interpreter's own.
    let child = |options: &str| {
        let child = Child::of(&python).args(["-c", script]).env("PYTHONMALLOC", "malloc");
        child.env("STARMALLOC_OPTIONS", options)
    };
    let expected = child("").run_plain().expect_success().stdout;
    for options in combinations() {
        let outcome = child(&options).run_preloaded();
        let is_same = outcome.stdout == expected && outcome.stderr.is_empty();
        assert!(is_same && outcome.is_success(), "{options}: {}", outcome.story());
    }
}
