//! What the levels differ in, as a table: how late an address comes back, how often the next block
//! lies right behind the last, and what that costs. Not a test: it runs when the variable
//! `STARMALLOC_LEVELS` is set.
//!
//! ```text
//! STARMALLOC_LEVELS=1 cargo test --test faults levels::table -- --nocapture
//! ```

use crate::misuse::Misuse;
use crate::support::target_tmp;
use std::fmt::Write;

const RUNS: usize = 24;
const LEVELS: [&str; 3] = ["light", "default", "strong"];
const SIZES: [(&str, usize); 6] = [
    ("16 B", 16),
    ("64 B", 64),
    ("1 KiB", 1 << 10),
    ("16 KiB", 16 << 10),
    ("128 KiB", 128 << 10),
    ("1 MiB", 1 << 20),
];

/// Where `reuse_distance.c` gives up.
const MOST_PAIRS: u64 = 400_000;

/// The figure `name` of many runs at `level`, in order.
fn figures(program: &str, size: usize, level: &str, name: &str) -> Vec<u64> {
    let options = format!("level={level}");
    let misuse = Misuse::of(program).with(size).options(&options);
    let mut all: Vec<_> = (0..RUNS).map(|_| misuse.measure().number(name)).collect();
    all.sort_unstable();
    all
}

fn median(figures: &[u64]) -> u64 {
    figures[figures.len() / 2]
}

/// A number in thousandths, or in tenths of a percent, with a point.
fn pointed(number: u64, unit: u64) -> String {
    format!("{}.{}", number / unit, number % unit * 10 / unit)
}

fn pairs(size: usize, level: &str) -> String {
    match median(&figures("reuse_distance.c", size, level, "pairs")) {
        MOST_PAIRS => format!("over {MOST_PAIRS}"),
        pairs => pairs.to_string(),
    }
}

fn adjacent(size: usize, level: &str) -> String {
    let thousandths = median(&figures("neighbour_distance.c", size, level, "behind_in_1000"));
    pointed(thousandths, 10)
}

/// Of all runs the least: whatever else the machine does only adds.
fn nanoseconds(size: usize, level: &str) -> String {
    pointed(figures("cost_of_a_pair.c", size, level, "picoseconds")[0], 1000)
}

fn kib(size: usize, level: &str) -> String {
    median(&figures("cost_of_a_pair.c", size, level, "kib")).to_string()
}

/// One cell of a table, for a size and a level.
type Cell = fn(usize, &str) -> String;

#[test]
fn table() {
    if std::env::var_os("STARMALLOC_LEVELS").is_none() {
        return;
    }
    let tables: [(&str, Cell); 4] = [
        ("pairs until an address returns", pairs),
        ("the next lies behind the last, %", adjacent),
        ("nanoseconds for a pair", nanoseconds),
        ("KiB held by pairs of this size", kib),
    ];
    let mut text = String::new();
    for (what, figure) in tables {
        writeln!(text, "| {what} | {} |\n|---|---|---|---|", LEVELS.join(" | ")).expect("grows");
        for (name, size) in SIZES {
            let cells = LEVELS.map(|level| figure(size, level));
            writeln!(text, "| {name} | {} |", cells.join(" | ")).expect("text grows");
        }
        text.push('\n');
    }
    println!("{text}");
    std::fs::write(target_tmp().join("levels.md"), &text).expect("the table can be kept");
}
