//! The whole allocator against a model. Proptest makes sequences of operations; a C program
//! (`programs_c/model`) carries each out under the library and holds every answer against a simple
//! model: who owns which bytes, sizes, alignments, contents, zeros, errno, the statistics, and
//! that memory is given back in the end. A sequence that fails is shrunk to one of which nothing
//! can be left out, printed, and kept in a file. The same with a misuse at its end must stop
//! with the report that it calls for.
//!
//! The sequences are the same on every run, the library's random choices are not. Two variables
//! change what is run:
//!
//! - `STARMALLOC_MODEL_SECONDS`: how long each test goes on making sequences (15 if not set);
//! - `STARMALLOC_MODEL_SEED`: a number from which the sequences are made (1 if not set).
//!
//! For example, half an hour of other sequences than ever before:
//!
//! ```sh
//! STARMALLOC_MODEL_SECONDS=720 STARMALLOC_MODEL_SEED=$(date +%s) cargo test --test model
//! ```
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod run;
mod sequence;

use proptest::test_runner::{
    Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner, basic_result_cache,
};
use run::run;
use sequence::{Sequence, Shape, large_sizes, mixed_sizes, sequences, small_sizes};
use std::cell::Cell;
use std::time::{Duration, Instant};
use support::{is_substitute, library, target_tmp};

/// Sequences made from one seed.
const CASES: u32 = 4;
/// How long shrinking may take.
const SHRINKING: Duration = Duration::from_secs(180);
/// A sequence that failed once is run so often before it counts as sound: the library chooses
/// slots at random.
const TRIES: u32 = 4;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The randomness of round `round`.
fn generator(round: u64) -> TestRng {
    let mut seed = [0; 32];
    let first = number("STARMALLOC_MODEL_SEED", 1);
    for (to, byte) in seed.iter_mut().zip([first, round].map(u64::to_le_bytes).as_flattened()) {
        *to = *byte;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// Runs sequences of `shape` until the time is up. Fails with the shortest sequence that does.
fn explore(name: &str, shape: &Shape) {
    // A build with a bug put in goes by our name.
    if is_substitute() && !library().ends_with("libstarmalloc.so") {
        eprintln!("skipped: the model is of starmalloc alone");
        return;
    }
    // Neither build counts.
    library();
    run::program();
    let all = sequences(shape);
    let end = Instant::now() + Duration::from_secs(number("STARMALLOC_MODEL_SECONDS", 15));
    let (mut rounds, operations) = (0, Cell::new(0));
    while Instant::now() < end {
        let config = Config {
            cases: CASES,
            failure_persistence: None,
            // Shrinking goes back to what failed before and must find that it still does, which chance
            // alone would not ensure.
            result_cache: basic_result_cache,
            max_shrink_time: SHRINKING.as_millis() as u32,
            // The largest number of all would mean four times the cases.
            max_shrink_iters: u32::MAX - 1,
            ..Config::default()
        };
        let first_length = Cell::new(None);
        let outcome = TestRunner::new_with_rng(config, generator(rounds)).run(&all, |sequence| {
            operations.set(operations.get() + sequence.len());
            let tries = if first_length.get().is_some() { TRIES } else { 1 };
            let failure = (0..tries).find_map(|_| run(&sequence).err());
            failure.map_or(Ok(()), |story| {
                first_length.set(first_length.get().or(Some(sequence.len())));
                Err(TestCaseError::fail(story))
            })
        });
        if let Err(failure) = outcome {
            fail(name, failure, first_length.get().unwrap_or_default());
        }
        rounds += 1;
    }
    println!("{name}: {} sequences, {} operations", rounds * u64::from(CASES), operations.get());
}

fn fail(name: &str, failure: TestError<Sequence>, first_length: usize) -> ! {
    let TestError::Fail(story, shortest) = failure else { panic!("{failure}") };
    let file = target_tmp().join(format!("model-{name}.txt"));
    std::fs::write(&file, shortest.to_string()).expect("a file can be written");
    panic!(
        "a sequence of {first_length} operations fails, shrunk to {} (in {}), \
         options \"{}\":\n{shortest}{story}",
        shortest.len(),
        file.display(),
        shortest.options,
    );
}

/// One thread, small blocks, so that slots come again soon.
#[test]
fn small_churn() {
    explore(
        "small_churn",
        &Shape {
            threads: 1,
            blocks: 48,
            parts: 64,
            sizes: small_sizes,
            churn: 400,
            is_parallel: false,
            ends_in_misuse: false,
        },
    );
}

/// All sizes and four threads that take turns: all figures can be foretold.
#[test]
fn mixed_in_turns() {
    explore(
        "mixed_in_turns",
        &Shape {
            threads: 4,
            blocks: 64,
            parts: 24,
            sizes: mixed_sizes,
            churn: 250,
            is_parallel: false,
            ends_in_misuse: false,
        },
    );
}

/// Blocks with mappings of their own.
#[test]
fn large_blocks() {
    explore(
        "large_blocks",
        &Shape {
            threads: 2,
            blocks: 12,
            parts: 6,
            sizes: large_sizes,
            churn: 12,
            is_parallel: false,
            ends_in_misuse: false,
        },
    );
}

/// Eight threads at the same time; blocks go from one to the other.
#[test]
fn threads_at_once() {
    explore(
        "threads_at_once",
        &Shape {
            threads: 8,
            blocks: 128,
            parts: 48,
            sizes: mixed_sizes,
            churn: 250,
            is_parallel: true,
            ends_in_misuse: false,
        },
    );
}

/// A sound sequence of all sizes, then a misuse.
#[test]
fn misuse_at_the_end() {
    explore(
        "misuse_at_the_end",
        &Shape {
            threads: 3,
            blocks: 24,
            parts: 6,
            sizes: mixed_sizes,
            churn: 250,
            is_parallel: false,
            ends_in_misuse: true,
        },
    );
}

/// The same among large blocks, with threads at once.
#[test]
fn misuse_among_large_blocks() {
    explore(
        "misuse_among_large_blocks",
        &Shape {
            threads: 3,
            blocks: 8,
            parts: 2,
            sizes: large_sizes,
            churn: 12,
            is_parallel: true,
            ends_in_misuse: true,
        },
    );
}
