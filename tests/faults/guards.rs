//! Overflows that run on until a guard stops them.

use crate::misuse::{Misuse, Seen};
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
    // A guard costs whole slots, and of those there are four to one guard where they are long.
    let least = if size < 16_384 { 5 } else { 3 };
    assert!(different.len() >= least, "guards stand at fixed places: {distances:?}");
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

/// Guards can be told apart from places that repeat: of the many that runs meet, hardly two are the
/// same number of pages away.
#[test]
fn guards_stand_at_random_places() {
    let misuse = Misuse::of("linear_overflow_out_of_a_slab.c").with(4104).with("up");
    let mut pages: Vec<_> = (0..RUNS)
        .map(|_| {
            let seen = misuse.measure();
            let start = u64::from_str_radix(seen.address().trim_start_matches("0x"), 16);
            let start = start.expect("an address is a number");
            // Guards that all stood at the start of their interval would all give the same.
            ((start + seen.number("distance")) % (64 << 10)) >> 12
        })
        .collect();
    pages.sort_unstable();
    pages.dedup();
    // Intervals begin a page or two behind a multiple of their length.
    let halves = pages.first() < Some(&7) && pages.last() > Some(&9);
    assert!(pages.len() >= 5 && halves, "guards stand at {pages:?} of 16 pages");
}

/// From every class there is, in both directions. Guards stand farther apart where slots are
/// longer, so those are tried more often.
#[test]
fn an_overflow_out_of_any_class_stays_among_its_kind() {
    let mut class = 0;
    loop {
        let runs = if class < 46 { 3 } else { 8 };
        let mut distances = Vec::new();
        for direction in ["up", "down"] {
            let misuse = Misuse::of("overflow_out_of_any_class.c").with(class).with(direction);
            for _ in 0..runs {
                let seen = misuse.measure();
                if seen.has("absent") {
                    assert_eq!(class, 61, "as many classes as the design has");
                    return;
                }
                assert!(seen.has("intact"), "{seen}: {}", seen.outcome.story());
                distances.push(seen.number("distance"));
            }
        }
        let mean = distances.iter().sum::<u64>() / distances.len() as u64;
        assert!(mean <= 512 << 10, "class {class}: {distances:?}");
        class += 1;
    }
}

/// Where address space is short, spans are too, and every slot of one may be in use.
#[test]
fn an_overflow_out_of_a_full_class_does_not_reach_the_next() {
    for (low, high) in [(40, 56), (1200, 1500), (20_000, 24_000)] {
        for direction in ["up", "down"] {
            let misuse = Misuse::of("overflow_out_of_a_full_span.c").with(low).with(high);
            let misuse = misuse.with(direction).options("reserve_gib=1,guard_interval_kib=0");
            let seen = misuse.measure();
            assert!(seen.has("intact"), "{seen}: {}", seen.outcome.story());
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
    let seen = Misuse::of("guards_under_a_small_limit.c").with(256).measure();
    assert!(seen.number("mappings") < 500, "{seen}: {}", seen.outcome.story());
    assert!(seen.number("guards") >= 2000 && seen.number("missing") == 0, "{seen}");
    let misuse = Misuse::of("guards_under_a_small_limit.c").with(256);
    let seen = misuse.options("guard_madvise=off").measure();
    assert!(seen.number("mappings") < 20_000, "{seen}: {}", seen.outcome.story());
    assert!(seen.number("guards") >= 1000, "{seen}: {}", seen.outcome.story());
    one_for_each_interval_had_or_missing(&seen, 256 << 20, 64 << 10);
}

/// What is not there is counted as missing, together so many as were wanted in `bytes` of slots.
#[track_caller]
fn one_for_each_interval_had_or_missing(seen: &Seen, bytes: u64, interval: u64) {
    let (had, missing) = (seen.number("guards"), seen.number("missing"));
    assert!(missing > 0, "{seen}: {}", seen.outcome.story());
    // Guards take some room themselves, and more than is used is opened.
    let wanted = bytes / interval;
    let is_right = (wanted * 9 / 10..=wanted * 12 / 10).contains(&(had + missing));
    assert!(is_right, "{wanted} wanted, {seen}: {}", seen.outcome.story());
}

/// Mappings of their own are for a budget: as it is used up they stand ever farther apart, and the
/// process keeps most of the mappings that the kernel allows.
#[test]
fn guards_that_are_mappings_never_use_them_all_up() {
    let options = "guard_madvise=off,guard_interval_kib=8";
    let seen = Misuse::of("guards_under_a_small_limit.c").with(1024).options(options).measure();
    let guards = seen.number("guards");
    assert!((2000..=8192).contains(&guards), "{seen}: {}", seen.outcome.story());
    assert!(seen.number("mappings") < 20_000, "{seen}: {}", seen.outcome.story());
    one_for_each_interval_had_or_missing(&seen, 1024 << 20, 8 << 10);
}

/// A kernel that has the advice refuses it for locked memory: allocation goes on, and the
/// statistics tell.
#[test]
fn guards_that_the_kernel_refuses_are_counted() {
    let seen = Misuse::of("guards_in_locked_memory.c").measure();
    let is_told = || seen.number("guards") + seen.number("missing") >= 100;
    assert!(seen.has("absent") || is_told(), "{seen}: {}", seen.outcome.story());
}

/// The page behind a block that ends where its pages end, and the one before.
#[test]
fn one_byte_outside_a_large_block_faults() {
    // Neither all of its pages nor none of the last one.
    let odd = [200_000, (1 << 20) + 80];
    for size in LARGE.into_iter().filter(|size| size.is_multiple_of(16)).chain(odd) {
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
