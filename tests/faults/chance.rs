//! Where chance decides: which address comes next, when a freed one comes again, and whether a
//! forked child draws what its parent draws. Rates, over enough runs that a right build does not
//! fail by chance.

use crate::misuse::Misuse;
use std::collections::HashSet;

const RUNS: usize = 24;

/// The figure `name` of many runs, in order of size.
fn figures(name: &str, misuse: &Misuse) -> Vec<u64> {
    let mut all: Vec<_> = (0..RUNS).map(|_| misuse.measure().number(name)).collect();
    all.sort_unstable();
    all
}

fn median(sorted: &[u64]) -> u64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// How many pairs of malloc and free it takes, at the median, until an address comes again.
fn reuse_distance(size: usize, options: &str) -> u64 {
    median(&figures("pairs", &Misuse::of("reuse_distance.c").with(size).options(options)))
}

#[test]
fn a_freed_address_comes_back_late() {
    for (size, least) in [(16, 64), (64, 64), (256, 32), (1024, 8), (4096, 2), (16 << 10, 2)] {
        let distance = reuse_distance(size, "");
        assert!(distance >= least, "{size} bytes come back after {distance} pairs");
    }
}

/// Never by the very next request, in any of many runs.
#[test]
fn a_freed_address_is_not_the_next_one() {
    for size in [16, 100, 1000, 4000, 20_000, 100_000, 131_096, 200 << 10, 1 << 20] {
        let pairs = figures("pairs", &Misuse::of("reuse_distance.c").with(size));
        assert!(pairs.first() > Some(&0), "{size} bytes: {pairs:?}");
    }
}

/// Nor where many sizes share what is held back.
#[test]
fn a_freed_address_among_many_long_sizes_is_not_the_next_one() {
    for (threads, options) in [(1, ""), (1, "level=strong"), (4, ""), (8, ""), (16, "")] {
        for (size, least) in [(16_000, 2), (100_000, 1)] {
            let program = Misuse::of("reuse_among_many_sizes.c").with(threads).with(size);
            let seen = program.options(options).measure();
            assert_eq!(seen.number("at_once"), 0, "{threads} threads {options} {seen}");
            assert!(seen.number("pairs") >= least, "{threads} threads {options} {seen}");
        }
    }
}

/// What a large block leaves when its pages move waits as a freed one does.
#[test]
fn what_realloc_left_is_not_the_next_block() {
    for (before, after) in [(200_000, 500_000), (1_000_000, 3_000_000), (4_000_000, 9_000_000)] {
        let program = Misuse::of("realloc_leaves_its_place.c").with(before).with(after);
        let seen = program.measure();
        assert!(seen.number("moved") > 50 && seen.number("taken") == 0, "{seen}");
    }
}

/// The next thread goes on with what the last one held back. Only time lets go of it.
#[test]
fn what_a_thread_freed_stays_back_when_it_ends() {
    for size in [16, 100, 1000, 4000, 20_000, 100_000] {
        for options in ["decay_ms=60000", "decay_ms=60000,level=strong"] {
            let program = Misuse::of("reuse_after_a_thread.c").with(size);
            let seen = program.options(options).measure();
            assert_eq!(seen.number("pairs"), 2000, "{size} bytes {options} {seen}");
        }
    }
}

/// A length that can never be had does not empty the quarantine.
#[test]
fn a_refused_request_leaves_the_quarantine() {
    for size in [40, 200, 1000, 8000] {
        let program = Misuse::of("refused_request.c").with(size).with(1_u64 << 46);
        let blocks = figures("blocks", &program);
        assert!(blocks.iter().all(|count| *count == 1500), "{size} bytes: {blocks:?}");
    }
}

/// Nor do they come in the order in which they were freed.
#[test]
fn what_a_thread_freed_comes_in_no_order() {
    for size in [40, 200, 1000] {
        let program = Misuse::of("order_after_threads.c").with(size);
        let in_order: u64 = (0..10).map(|_| program.measure().number("inorder")).sum();
        assert!(in_order <= 30, "{in_order} of 90 pairs of {size} bytes come one after the other");
    }
}

/// At least the distances that the best of the others has.
#[test]
fn at_the_strong_level_addresses_come_back_very_late() {
    for (size, least) in [(16, 7359), (64, 3403), (1024, 244), (16 << 10, 13), (100_000, 2)] {
        let distance = reuse_distance(size, "level=strong");
        assert!(distance >= least, "{size} bytes come back after {distance} pairs");
    }
}

/// How many slots are held back, and which.
#[test]
fn the_quarantine_is_an_option() {
    assert!(reuse_distance(64, "quarantine=0") * 10 < reuse_distance(64, ""));
    assert!(reuse_distance(64, "quarantine=4000") > reuse_distance(64, "") * 5);
    assert!(reuse_distance(1024, "quarantine_max_size=512") * 4 < reuse_distance(1024, ""));
}

/// Not at the first turn, and not always at the same.
#[test]
fn the_turn_at_which_an_address_comes_back_varies() {
    let of_level = |options, sizes: &[usize]| {
        for size in sizes {
            let program = Misuse::of("reuse_distance.c").with(*size).options(options);
            let mut pairs = figures("pairs", &program);
            pairs.dedup();
            assert!(pairs.len() > RUNS / 4, "{size} bytes {options}: {pairs:?}");
        }
    };
    of_level("", &[16, 256, 1024]);
    of_level("level=strong", &[16, 1024, 8000, 16_000, 65_000]);
}

/// No distance between one block and the next occurs often.
#[test]
fn the_next_address_cannot_be_guessed() {
    for (size, most) in [(16, 60), (64, 60), (256, 120), (1024, 250)] {
        let shares = figures("most_common_in_1000", &Misuse::of("neighbour_distance.c").with(size));
        assert!(median(&shares) <= most, "{size} bytes: {shares:?} in 1000");
    }
}

/// Nor in a heap that has hardly begun, where few slots are there to choose from.
#[test]
fn the_first_addresses_cannot_be_guessed() {
    for size in [1000, 4000, 4500, 20_000, 100_000] {
        let misuse = Misuse::of("neighbour_distance.c").with(size).with(64);
        let shares = figures("behind_in_1000", &misuse);
        assert!(median(&shares) <= 300, "{size} bytes: {shares:?} in 1000");
    }
}

/// Unless it is asked for: then most lie right behind one another.
#[test]
fn new_blocks_follow_one_another_if_that_is_wanted() {
    for (size, options) in [(16, "level=light"), (64, "random_order=off"), (1024, "level=light")] {
        let misuse = Misuse::of("neighbour_distance.c").with(size).options(options);
        let shares = figures("behind_in_1000", &misuse);
        assert!(median(&shares) >= 750, "{size} bytes {options}: {shares:?} in 1000");
    }
}

/// A large block's distance to the next is random, and its address is held back.
#[test]
fn large_blocks_are_spread_and_held_back() {
    for size in [200 << 10, 1 << 20, 64 << 20] {
        let misuse = Misuse::of("large_blocks_differ_in_distance.c").with(size);
        let different = figures("different", &misuse);
        assert!(median(&different) >= 10, "{size} bytes: {different:?} distances");
        let turns = figures("turns", &Misuse::of("large_block_is_held_back.c").with(size));
        assert!(turns.first() >= Some(&16), "{size} bytes: {turns:?}");
    }
}

/// A layout for few addresses keeps no ranges without pages, of which one is drawn: there a block waits for
/// others of 1 MiB in all, and for one at least.
#[test]
fn large_blocks_of_a_small_layout_are_held_back() {
    for (size, least) in [(200 << 10, 5), (1 << 20, 2)] {
        let misuse = Misuse::of("large_block_is_held_back.c").with(size).options("reserve_gib=64");
        let turns = figures("turns", &misuse);
        assert!(turns.first() >= Some(&least), "{size} bytes: {turns:?}");
    }
}

/// Where a process has its blocks, and what its canaries are made with, is drawn at each start.
#[test]
fn no_process_is_like_another() {
    let misuse = Misuse::of("secrets_of_a_process.c");
    let runs: Vec<_> = (0..RUNS).map(|_| misuse.measure()).collect();
    for (name, least) in [("region", 20), ("between", 20), ("first", RUNS), ("second", RUNS)] {
        let different: HashSet<_> = runs.iter().map(|seen| seen.number(name)).collect();
        assert!(different.len() >= least, "{name}: {different:?}");
    }
}

/// Two children of one process draw differently too: by chance 0.9 to 2.2 are alike on average, and a mean of so many runs
/// differs from that by 0.3.
#[test]
fn children_draw_different_addresses() {
    for size in [16, 100, 1000] {
        let alike = figures("in_place", &Misuse::of("children_draw_alike.c").with(size));
        let mean = alike.iter().sum::<u64>() as f64 / alike.len() as f64;
        assert!(mean <= 4.0, "{size} bytes: {alike:?} of 32 alike");
    }
}

/// Of 32 addresses that each draws after a fork, few are the same ones in the same order.
#[test]
fn parent_and_child_draw_different_addresses() {
    for (size, before) in
        [(16, 300), (16, 4000), (100, 4000), (600, 2000), (1000, 300), (1000, 500), (3000, 500)]
    {
        // Of what waits for a sample part of the magazine is hidden.
        for (is_threaded, options) in [(0, ""), (1, ""), (0, "sample=50"), (1, "sample=50")] {
            let misuse = Misuse::of("parent_and_child_draw_alike.c").with(size).with(before);
            let misuse = misuse.with(2).with(is_threaded).options(options);
            let alike = figures("in_place", &misuse);
            let mean = alike.iter().sum::<u64>() as f64 / alike.len() as f64;
            assert!(mean <= 3.0, "{size} bytes, {is_threaded}, {options}: {alike:?} of 32 alike");
        }
    }
}
