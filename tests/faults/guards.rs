//! Overflows that run on until a guard stops them.

use crate::misuse::Misuse;
use crate::sizes::LARGE;

const RUNS: u64 = 20;

/// Runs that many times and says the mean of the distances at which a guard stopped it. In every
/// one of them all other sizes' blocks stay as they are and the allocator goes on serving them.
fn mean_distance(size: usize, direction: &str, options: &str) -> u64 {
    let misuse = Misuse::of("linear_overflow_out_of_a_slab.c").with(size).with(direction);
    let misuse = misuse.options(options);
    let distances: Vec<_> = (0..RUNS)
        .map(|_| {
            let seen = misuse.measure();
            assert!(seen.has("intact"), "{seen}: {}", seen.outcome.story());
            seen.number("distance")
        })
        .collect();
    let mut different = distances.clone();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() >= 5, "guards stand at fixed places: {distances:?}");
    distances.iter().sum::<u64>() / RUNS
}

#[test]
fn an_overflow_that_runs_on_meets_a_guard() {
    for size in [16, 100, 1000, 4000, 20_000, 100_000] {
        for direction in ["up", "down"] {
            let mean = mean_distance(size, direction, "");
            assert!(mean <= 512 << 10, "{size} bytes, {direction}: {mean}");
        }
    }
}

/// Guards that are mappings of their own, as on older kernels.
#[test]
fn it_does_on_kernels_without_lightweight_guards() {
    for (size, direction) in [(16, "up"), (1000, "down"), (20_000, "up")] {
        let mean = mean_distance(size, direction, "guard_madvise=off");
        assert!(mean <= 512 << 10, "{size} bytes, {direction}: {mean}");
    }
}

/// A smaller interval stops it sooner.
#[test]
fn the_interval_is_an_option() {
    let (near, far) = ("guard_interval_kib=8", "guard_interval_kib=1024");
    assert!(mean_distance(100, "up", near) * 4 < mean_distance(100, "up", far));
}

/// The default limit on mappings is 65,530; guards leave most of it to the program, and none of
/// them is given up in silence.
#[test]
fn guards_take_few_mappings_and_are_counted() {
    let seen = Misuse::of("guards_under_a_small_limit.c").measure();
    assert!(seen.number("mappings") < 500, "{seen}: {}", seen.outcome.story());
    assert!(seen.number("guards") >= 2000 && seen.number("missing") == 0, "{seen}");
    let seen = Misuse::of("guards_under_a_small_limit.c").options("guard_madvise=off").measure();
    let (guards, missing) = (seen.number("guards"), seen.number("missing"));
    assert!(seen.number("mappings") < 20_000, "{seen}: {}", seen.outcome.story());
    assert!(guards >= 200 && guards + missing >= 500, "{seen}: {}", seen.outcome.story());
}

/// The page behind a block that ends where its pages end, and the one before.
#[test]
fn one_byte_outside_a_large_block_faults() {
    for size in LARGE.into_iter().filter(|size| size.is_multiple_of(16)) {
        for _ in 0..3 {
            let program = Misuse::of("overflow_by_one_byte.c");
            program.with(size).with("free").run().faults();
        }
    }
    for size in LARGE.into_iter().filter(|size| size.is_multiple_of(4096)) {
        for _ in 0..3 {
            Misuse::of("underflow_of_a_large_block.c").with(size).run().faults();
        }
    }
}

/// On both sides of every block there is something closed before anything else begins.
#[test]
fn no_block_reaches_the_allocators_records() {
    assert!(Misuse::of("records_are_out_of_reach.c").measure().has("closed"));
}
