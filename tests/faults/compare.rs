//! The same programs under other allocators, as a table. Not a test: it runs when the variable
//! `STARMALLOC_COMPARE` is set, for whatever allocators are installed.
//!
//! ```text
//! STARMALLOC_COMPARE=1 cargo test --test faults compare -- --nocapture
//! ```

use crate::misuse::built;
use crate::support::{Child, Outcome, library, target_tmp};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// How often each misuse is committed.
const RUNS: usize = 8;

/// Seconds after which a program is said to hang.
const PATIENCE: u64 = 20;

/// One row: what is done, the program, its arguments, and how to read the result.
struct Row {
    misuse: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    reading: Reading,
}

/// What a run says.
#[derive(Clone, Copy)]
enum Reading {
    /// Whether the program was stopped.
    Stopped,
    /// A figure that it prints: the median. Stopped is better still.
    Median(&'static str),
    /// Whether it prints a word before it ends.
    Prints(&'static str),
}

use Reading::{Median, Prints, Stopped};

const fn row(
    misuse: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
) -> Row {
    Row { misuse, program, arguments, reading: Stopped }
}

const fn reads(row: Row, reading: Reading) -> Row {
    Row { reading, ..row }
}

const ROWS: &[Row] = &[
    row("double free, 40 bytes", "double_free.c", &["40"]),
    row("double free, 20,000 bytes", "double_free.c", &["20000"]),
    row("double free, 1 MiB", "double_free.c", &["1048576"]),
    row("double free after 1000 other frees", "double_free_of_many.c", &["100", "1000"]),
    row("double free by another thread", "double_free_by_another_thread.c", &["40"]),
    row("double free, the owner has ended", "double_free_after_the_owner_ended.c", &["40"]),
    row(
        "two threads free at the same moment",
        "double_free_by_two_threads_at_once.c",
        &["40", "1"],
    ),
    row("free inside a block", "operation_inside_a_block.c", &["free", "200", "64"]),
    row("free one past a block's start", "operation_inside_a_block.c", &["free", "200", "1"]),
    row(
        "free inside a block of 1 MiB",
        "operation_inside_a_block.c",
        &["free", "1048576", "65536"],
    ),
    row("free where no block ever was", "operation_beyond_a_block.c", &["free", "64", "0x4000000"]),
    row("free of a slot not yet used", "operation_beyond_a_block.c", &["free", "72", "16000"]),
    row("free of a local variable", "operation_on_the_stack.c", &["free"]),
    row("free of a global variable", "operation_on_a_global.c", &["free"]),
    row("free of one made to look like a block", "operation_on_a_forged_chunk.c", &["free"]),
    row("free of the program's own mapping", "operation_on_a_mapping.c", &["free", "accessible"]),
    row("free of brk memory", "operation_on_the_brk_heap.c", &["free"]),
    row("free of the number 16", "operation_on_a_number.c", &["free", "16"]),
    row(
        "realloc of a freed block, same size",
        "operation_on_a_freed_block.c",
        &["realloc_same", "100"],
    ),
    row("realloc of a freed block, larger", "operation_on_a_freed_block.c", &["realloc", "100"]),
    row("realloc inside a block", "operation_inside_a_block.c", &["realloc_same", "200", "16"]),
    row(
        "usable size of a freed block",
        "operation_on_a_freed_block.c",
        &["malloc_usable_size", "100"],
    ),
    row(
        "usable size inside a block",
        "operation_inside_a_block.c",
        &["malloc_usable_size", "200", "16"],
    ),
    row(
        "aligned delete, not so aligned",
        "wrong_alignment_stated.c",
        &["aligned_delete", "100", "65536"],
    ),
    row("sized delete, one byte too many", "wrong_size_stated.c", &["sized_delete", "100", "101"]),
    row("delete as a smaller type", "deleted_as_another_type.cpp", &[]),
    row("malloc, then delete", "mismatched_functions.cpp", &["malloc", "delete", "100"]),
    row("1 byte past the request, in the slack", "overflow_by_one_byte.c", &["100", "free"]),
    row("1 byte past the usable size", "overflow_past_the_usable_size.c", &["120", "byte"]),
    row("a NUL past the usable size", "overflow_past_the_usable_size.c", &["120", "terminator"]),
    row("8 bytes past the usable size", "overflow_past_the_usable_size.c", &["120", "word"]),
    row("overflow through the next block", "overflow_into_the_next_block.c", &["100"]),
    row("1 byte before a block", "underflow.c", &["100", "1"]),
    row("a NUL before a block", "underflow.c", &["100", "1", "0"]),
    row("8 bytes before a block", "underflow.c", &["100", "8"]),
    row("1 byte past 1 MiB", "overflow_by_one_byte.c", &["1048576", "free"]),
    row("1 byte before 1 MiB", "underflow_of_a_large_block.c", &["1048576"]),
    row(
        "1 byte before a block, never used below",
        "underflow_below_an_unused_neighbour.c",
        &["100", "1"],
    ),
    row("write after free, first byte", "write_after_free.c", &["120", "0"]),
    row("write after free, middle", "write_after_free.c", &["120", "60"]),
    row("write after free, last byte", "write_after_free.c", &["120", "119"]),
    row("write after free, 1 MiB", "write_after_free.c", &["1048576", "524288"]),
    row("write after free, by another thread", "write_after_free_by_another_thread.c", &["120"]),
    reads(
        row("bytes of 120 still there after free", "read_after_free.c", &["120"]),
        Median("stale"),
    ),
    reads(
        row("bytes of 1 MiB still there after free", "read_after_free.c", &["1048576"]),
        Median("stale"),
    ),
    reads(
        row("former owners' bytes seen, of 2.4 million", "former_owners_bytes.c", &["120"]),
        Median("stale"),
    ),
    row("writing to zero bytes", "zero_size_is_out_of_reach.c", &["write", "0"]),
    reads(
        row(
            "endless overflow leaves other sizes alone",
            "linear_overflow_out_of_a_slab.c",
            &["100", "up"],
        ),
        Prints("intact"),
    ),
    reads(
        row(
            "endless underflow leaves other sizes alone",
            "linear_overflow_out_of_a_slab.c",
            &["100", "down"],
        ),
        Prints("intact"),
    ),
    reads(
        row("pairs until an address returns, 16 bytes", "reuse_distance.c", &["16"]),
        Median("pairs"),
    ),
    reads(row("the same, 64 bytes", "reuse_distance.c", &["64", "300"]), Median("pairs")),
    reads(row("the same, 1 KiB", "reuse_distance.c", &["1024"]), Median("pairs")),
    reads(
        row("most common distance to the next, of 1000", "neighbour_distance.c", &["64", "300"]),
        Median("most_common_in_1000"),
    ),
    reads(
        row(
            "addresses alike in parent and child, of 32³",
            "parent_and_child_draw_alike.c",
            &["64", "300", "0", "0"],
        ),
        Median("in_place"),
    ),
    reads(
        row("two children of one process, of 32³", "children_draw_alike.c", &["64"]),
        Median("in_place"),
    ),
    reads(
        row("malloc in a handler of the abort works", "handler_of_abort.c", &["40"]),
        Prints("handled"),
    ),
];

/// The allocators to compare with, and where Debian puts them. A star stands for one part of a
/// path; of several matches the last is taken.
const PEERS: [(&str, &str); 4] = [
    ("Scudo", "/usr/lib/*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-x86_64.so"),
    ("mimalloc", "/usr/lib/*/libmimalloc.so.2"),
    ("jemalloc", "/usr/lib/*/libjemalloc.so.2"),
    ("tcmalloc", "/usr/lib/*/libtcmalloc_minimal.so.4"),
];

/// The last file that `pattern` names.
fn find(pattern: &str) -> Option<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').skip(1) {
        found = found.iter().flat_map(|directory| step(directory, part)).collect();
    }
    found.sort();
    found.pop()
}

fn step(directory: &Path, part: &str) -> Vec<PathBuf> {
    if part != "*" {
        let path = directory.join(part);
        return if path.exists() { vec![path] } else { Vec::new() };
    }
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Runs a row with `object` preloaded, or with libc's malloc.
fn run(row: &Row, object: Option<&Path>) -> Outcome {
    let child = Child::of(built(row.program)).args(row.arguments).patience(PATIENCE);
    match object {
        Some(object) => child.companion(object).run_plain(),
        None => child.run_plain(),
    }
}

/// The word or number of one run.
fn reading(row: &Row, outcome: &Outcome) -> String {
    let line = |name: &str| outcome.stdout.lines().find_map(|line| line.strip_prefix(name));
    if outcome.hung {
        return "hangs".to_owned();
    }
    match row.reading {
        // What it is about never came to pass.
        Prints(_) if line("survived").is_some() => "–".to_owned(),
        Prints(word) => if line(word).is_some() { "yes" } else { "**no**" }.to_owned(),
        Median(name) if outcome.signal.is_none() => {
            line(name).map_or_else(|| "–".to_owned(), |number| number.trim().to_owned())
        }
        Stopped | Median(_) => {
            let is_missed = line("survived").is_some() || line("absent").is_some();
            match outcome.signal {
                _ if is_missed => "–",
                Some(6) => "stops",
                Some(_) => "faults",
                // Neither stopped nor through: the program or its arguments do not fit.
                None => "fails",
            }
            .to_owned()
        }
    }
}

/// What all runs together say: their word, if it is the same; how many were stopped; or the
/// median of their numbers.
fn cell(row: &Row, object: Option<&Path>) -> String {
    let mut all: Vec<_> = (0..RUNS).map(|_| reading(row, &run(row, object))).collect();
    let numbers: Option<Vec<u64>> = all.iter().map(|text| text.parse().ok()).collect();
    if let Some(mut numbers) = numbers {
        numbers.sort_unstable();
        return numbers[RUNS / 2].to_string();
    }
    let missed = all.iter().filter(|text| *text == "–").count();
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [only] => only.clone(),
        _ if missed == 0 => "stops".to_owned(),
        _ => format!("{} of {RUNS}", RUNS - missed),
    }
}

#[test]
fn compare() {
    if std::env::var_os("STARMALLOC_COMPARE").is_none() {
        return;
    }
    let mut columns = vec![("starmalloc", Some(library().to_owned())), ("glibc", None)];
    for (name, pattern) in PEERS {
        match find(pattern) {
            Some(object) => columns.push((name, Some(object))),
            None => eprintln!("{name} is not installed"),
        }
    }
    let names: Vec<_> = columns.iter().map(|column| column.0).collect();
    let mut table =
        format!("| misuse | {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len() + 1));
    for row in ROWS {
        let cells: Vec<_> =
            columns.iter().map(|(_, object)| cell(row, object.as_deref())).collect();
        writeln!(table, "| {} | {} |", row.misuse, cells.join(" | ")).expect("text grows");
    }
    println!("{table}");
    assert!(!table.contains("| fails |"), "a row's program or its arguments do not fit");
    std::fs::write(target_tmp().join("comparison.md"), &table).expect("the table can be kept");
}
