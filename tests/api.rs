//! The contract of every C function, held against libc's own answers: the same program
//! runs with libc's malloc and with the library, and each line it prints must be the
//! same, but for the differences listed here with their reasons.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::{Child, Outcome, Program, header_dir, is_substitute, library, well_formed};

/// A line in which the library rightly differs from libc.
struct Difference {
    program: &'static str,
    /// What stands before the line's last colon and space; a final `*` stands for any end.
    label: &'static str,
    ours: &'static str,
    reason: &'static str,
}

const fn differs(
    program: &'static str,
    label: &'static str,
    ours: &'static str,
    reason: &'static str,
) -> Difference {
    Difference { program, label, ours, reason }
}

const EXACT: &str = "the requested size is the usable size, so that slack stays checkable";
const ZERO: &str = "memory handed out is zero";
const POWER: &str = "an alignment that is no power of two is an error here and in the standard; \
                     libc's memalign, and its aligned_alloc before 2.38, round it up";
const IN_PLACE: &str = "libc moves some blocks that have a mapping of their own";

const DIFFERENCES: [Difference; 7] = [
    differs("usable_size", "usable size is the request", "yes", EXACT),
    differs("usable_size", "growing within it does not move", "yes", IN_PLACE),
    differs("memory_is_zero", "malloc gives zeros", "yes", ZERO),
    differs("memory_is_zero", "memalign gives zeros", "yes", ZERO),
    differs("memory_is_zero", "realloc's new part is zeros", "yes", ZERO),
    differs("bad_alignments", "memalign(*", "NULL EINVAL", POWER),
    differs("bad_alignments", "aligned_alloc(*", "NULL EINVAL", POWER),
];

/// `aligned_alloc(64, 100)` is in the same program as the bad alignments and no error.
const GOOD_ALIGNMENT: &str = "aligned_alloc(64, 100)";

/// A printed line as label and answer.
fn parts(line: &str) -> (&str, &str) {
    line.rsplit_once(": ").unwrap_or((line, ""))
}

fn known(program: &str, label: &str) -> Option<&'static Difference> {
    DIFFERENCES.iter().find(|difference| {
        let is_label = match difference.label.strip_suffix('*') {
            Some(start) => label.starts_with(start) && label != GOOD_ALIGNMENT,
            None => label == difference.label,
        };
        difference.program == program && is_label
    })
}

/// Everything wrong with `ours`, given libc's answers.
fn complaints(program: &str, libc: &str, ours: &str) -> Vec<String> {
    let (libc, ours): (Vec<&str>, Vec<&str>) = (libc.lines().collect(), ours.lines().collect());
    let mut found = Vec::new();
    if libc.is_empty() || libc.len() != ours.len() {
        found.push(format!("libc prints {} lines, ours {}", libc.len(), ours.len()));
    }
    for (expected, actual) in libc.iter().zip(&ours) {
        let (label, answer) = parts(actual);
        match known(program, label) {
            Some(difference) if answer != difference.ours => {
                let Difference { ours, reason, .. } = difference;
                found.push(format!("{actual}\n    must be {ours}: {reason}"));
            }
            None if actual != expected => found.push(format!("{actual}\n    libc: {expected}")),
            _ => {}
        }
    }
    found
}

fn run_twice(source: &str) -> (Outcome, Outcome) {
    let child = Child::of(Program::of(source).build());
    (child.run_plain().expect_success(), child.run_preloaded().expect_success())
}

/// Compares what `api/<program>.c` prints with libc's malloc and with ours.
#[track_caller]
fn same_as_libc(program: &str) {
    let (libc, ours) = run_twice(&format!("api/{program}.c"));
    let found = complaints(program, &libc.stdout, &ours.stdout);
    assert!(found.is_empty(), "{program}:\n{}", found.join("\n"));
}

macro_rules! same_as_libc {
    ($($name:ident)*) => {
        $(#[test] fn $name() { same_as_libc(stringify!($name)); })*
    };
}

same_as_libc! {
    alignments
    bad_alignments
    calloc_zeroes
    default_alignment
    errno_kept
    every_size
    free_of_null
    libc_aliases
    libc_clients
    looks_freed
    mallopt
    memory_is_zero
    no_overlap
    page_aligned
    products
    realloc_contents
    realloc_outcomes
    statistics
    too_large
    trim
    usable_size
    zero_sizes
}

#[test]
fn each_known_difference_is_about_a_line_that_is_printed() {
    for difference in &DIFFERENCES {
        let source = format!("api/{}.c", difference.program);
        let output = Child::of(Program::of(&source).build()).run_plain().expect_success();
        let is_printed = output.stdout.lines().any(|line| {
            known(difference.program, parts(line).0)
                .is_some_and(|d| d.program == difference.program)
        });
        assert!(is_printed, "{}: nothing prints {}", difference.program, difference.label);
    }
}

#[test]
fn an_unlisted_difference_is_a_complaint() {
    assert!(complaints("products", "a: 1\nb: 2", "a: 1\nb: 2").is_empty());
    assert_eq!(complaints("products", "a: 1\nb: 2", "a: 1\nb: 3").len(), 1);
    assert_eq!(complaints("products", "a: 1\nb: 2", "a: 1").len(), 1);
    assert_eq!(
        complaints(
            "usable_size",
            "usable size is the request: no",
            "usable size is the request: no"
        )
        .len(),
        1
    );
}

#[test]
fn c23_frees_take_the_right_sizes_and_null() {
    let outcome = Child::of(Program::of("api/sized_frees.c").build()).run_preloaded();
    assert_eq!(outcome.expect_success().stdout, "present\n");
}

#[test]
fn any_function_may_be_the_first_call() {
    let program = Program::of("api/first_call.c").build();
    let functions = [
        "malloc",
        "calloc",
        "realloc",
        "memalign",
        "posix_memalign",
        "free",
        "malloc_usable_size",
        "malloc_trim",
        "mallopt",
        "mallinfo2",
        "too large",
    ];
    for function in functions {
        Child::of(&program).arg(function).run_plain().expect_success();
        let outcome = Child::of(&program).arg(function).run_preloaded();
        assert!(outcome.is_success(), "{function}: {}", outcome.story());
    }
}

#[test]
fn malloc_info_answers_as_libc_does_and_writes_proper_xml() {
    same_as_libc("malloc_info");
    let report = Child::of(Program::of("api/malloc_info.c").build()).arg("report");
    for outcome in [report.run_plain(), report.run_preloaded()] {
        let text = outcome.expect_success().stdout;
        assert_eq!(well_formed(&text).as_deref(), Ok("malloc"), "{text}");
        assert!(text.contains("<malloc version=\""), "{text}");
    }
}

#[test]
fn malloc_stats_writes_to_standard_error() {
    let (libc, ours) = run_twice("api/malloc_stats.c");
    assert_eq!(libc.stdout, ours.stdout);
    assert!(!libc.stderr.is_empty());
    // A table, in whose columns the numbers stand right under their names.
    let lines = ours.stderr.lines().map(|line| line.strip_prefix("starmalloc: ").unwrap_or(line));
    let table: Vec<&str> = lines.filter(|line| line.starts_with("  ")).collect();
    let names = table.first().expect("there is a table");
    assert_eq!(names.split_whitespace().next(), Some("class"), "{}", ours.stderr);
    for row in &table[1..] {
        assert_eq!(row.len(), names.len(), "{}", ours.stderr);
        assert!(row.split_whitespace().all(|number| number.parse::<u64>().is_ok()), "{row}");
    }
    let is_of = |row: &&&str, bytes: &str| row.split_whitespace().next() == Some(bytes);
    let row = table.iter().find(|row| is_of(row, "1024")).expect("1000 bytes are in use");
    assert_eq!(row.split_whitespace().nth(1), Some("1"), "{}", ours.stderr);
}

#[test]
fn mallopt_carries_out_the_parameters_of_scudo() {
    if is_substitute() {
        eprintln!("skipped: of glibc's allocators only starmalloc has them");
        return;
    }
    let header = format!("-I{}", header_dir().display());
    let program = Program::of("api/mallopt_scudo.c").flag(&header).build();
    let outcome = Child::of(program).run_preloaded().expect_success();
    assert!(outcome.stderr.contains("class"), "no statistics: {}", outcome.stderr);
}

#[test]
fn what_is_freed_is_idle() {
    Child::of(Program::of("api/idle_bytes.c").build()).run_preloaded().expect_success();
}

#[test]
fn the_library_serves_the_programs() {
    let maps = Child::of("/bin/cat").arg("/proc/self/maps").run_preloaded().expect_success();
    let file = library().canonicalize().expect("the library is a file");
    let name = file.to_string_lossy().into_owned();
    assert!(is_substitute() || maps.stdout.contains(&name), "{name} is not loaded");
}

#[test]
fn the_checker_tells_good_from_bad() {
    assert_eq!(well_formed("<a b=\"1\"><c/><d>x</d></a>\n").as_deref(), Ok("a"));
    for bad in ["", "x", "<a>", "<a></b>", "<a b=1/>", "<a/><b/>", "<a b=\"1\" b=\"2\"/>", "<1/>"] {
        assert!(well_formed(bad).is_err(), "{bad}");
    }
}
