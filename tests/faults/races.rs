//! Two threads free a block at the same moment. Whether the second sees what the first did is
//! chance, but at the latest the slot's way out of the two quarantines tells.

use crate::misuse::{Misuse, Seen};

/// A program that goes on, so that one run counts many pairs: each is told exactly once.
#[track_caller]
fn every_pair_is_told(size: usize, pairs: usize) {
    let seen = Misuse::of("double_free_by_two_threads_at_once.c")
        .with(size)
        .with(pairs)
        .options("on_fault=report_only,report_count=1000000")
        .run_in_full();
    let told = seen.told();
    let other = told.iter().find(|line| !line.starts_with("double free of 0x"));
    assert_eq!(other, None, "{seen}");
    assert_eq!(told.len(), pairs, "{seen}");
}

#[test]
fn ten_thousand_pairs_of_small_blocks_are_all_told() {
    every_pair_is_told(40, 10_000);
}

#[test]
fn pairs_of_every_kind_of_size_are_all_told() {
    for size in [16, 100, 1000, 4000, 20_000, 100_000] {
        every_pair_is_told(size, 1000);
    }
}

/// How many faults the lines say that have no report of their own, if there are such lines.
fn not_told(seen: &Seen) -> Option<usize> {
    let number = |line: &str| {
        let line = line.strip_prefix("starmalloc: ")?;
        line.strip_suffix(" more faults of the same batch are not told")?.parse().ok()
    };
    let numbers: Vec<usize> = seen.outcome.stderr.lines().filter_map(number).collect();
    (!numbers.is_empty()).then(|| numbers.iter().sum())
}

/// A batch keeps only so many; the others are at least counted.
#[test]
fn pairs_that_leave_in_one_batch_are_all_told_or_counted() {
    const PAIRS: usize = 10_000;
    let run = |count: &str| {
        Misuse::of("double_frees_that_leave_in_one_batch.c")
            .with(40)
            .with(PAIRS)
            .options(&format!("on_fault=report_only,quarantine=24000,report_count={count}"))
            .run_in_full()
    };
    let is_crowded = || {
        let seen = run("1000000");
        let counted = not_told(&seen);
        assert_eq!(seen.told().len() + counted.unwrap_or(0), PAIRS, "{seen}");
        counted.is_some()
    };
    // How many of the pairs meet depends on what else the machine does.
    assert!((0..60).any(|_| is_crowded()), "never so many at once");
    let seen = run("3");
    assert_eq!((seen.told().len(), not_told(&seen)), (3, None), "{seen}");
}

#[test]
fn pairs_of_large_blocks_are_all_told() {
    every_pair_is_told(200 << 10, 4000);
    every_pair_is_told(1 << 20, 4000);
    // There are bytes behind the request to look at, which the other may have put out of reach.
    every_pair_is_told(300_000, 4000);
}

/// The one that comes second is told; what the other did holds.
#[test]
fn a_free_beside_a_resize_of_a_large_block_is_told() {
    for (size, new_size) in [(300_000, 1000), (1 << 20, 100_000)] {
        let seen = Misuse::of("free_and_realloc_at_once.c")
            .with(size)
            .with(new_size)
            .with(2000)
            .options("on_fault=report_only,report_count=1000000")
            .run_in_full();
        assert_eq!(seen.told().len(), 2000, "{seen}");
    }
}

#[test]
fn a_free_is_noticed_while_realloc_copies() {
    for size in [150_000, 300_000, 2_000_001] {
        let seen = Misuse::of("free_while_realloc_copies.c").with(size).run();
        seen.stops("double free of @").names_block_of(size);
    }
}

#[test]
fn pairs_of_empty_blocks_are_all_told() {
    every_pair_is_told(0, 1000);
}

/// To wipe so many bytes takes long enough for another thread to come by.
#[test]
fn a_free_is_noticed_while_another_wipes() {
    for size in [13_000, 20_000, 100_000] {
        let seen = Misuse::of("double_free_while_the_first_wipes.c").with(size).run();
        seen.stops("double free of @").names_slot_for(size);
    }
}

/// A thread that ends has one of two copies of a slot, of which the other left its quarantine before.
#[test]
fn what_a_threads_end_finds_is_told() {
    for size in [24, 40, 500] {
        let program = || Misuse::of("double_free_told_when_a_thread_ends.c").with(size);
        let seen = program().with(0).options("arenas=1").run();
        seen.stops("double free of @").says("from", "thread exit called by *");
        // Its cache is kept for another thread, for as long as other memory that nobody uses.
        program().with(4).options("decay_ms=100").run().stops("double free of @");
    }
}

/// The copy of a slot that is one too many is told before it could be handed out: no address is in
/// use twice at any time, and none of the pairs stays untold.
#[test]
fn ten_thousand_pairs_never_give_an_address_twice() {
    // How many of the pairs meet within nanoseconds depends on what else the machine does.
    let small = [(40, 10_000); 4];
    for (size, pairs) in small.into_iter().chain([(1000, 2000), (20_000, 1000)]) {
        let seen = Misuse::of("double_free_race_and_live_addresses.c")
            .with(size)
            .with(pairs)
            .options("on_fault=report_only,report_count=1000000")
            .measure();
        assert_eq!(seen.number("twice"), 0, "{seen}");
        let told = seen.told();
        let other = told.iter().find(|line| !line.starts_with("double free of 0x"));
        assert_eq!(other, None, "{seen}");
        assert_eq!(told.len(), pairs, "{seen}");
    }
}

/// By default the first pair that is noticed ends the process: in every one of many runs.
#[test]
fn the_first_pair_noticed_ends_the_process() {
    for _ in 0..40 {
        let seen =
            Misuse::of("double_free_by_two_threads_at_once.c").with(40).with(1).run_in_full();
        seen.stops("double free of 0x*");
    }
}
