//! Hours in little time: processes one after the other, each at a level drawn at random, in which
//! threads are born and die, forks happen and blocks change hands. 30 seconds in all, or as many as
//! `STARMALLOC_SOAK_SECONDS` says.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use support::{Child, Program};

/// At level strong memory would grow for minutes, until each thread's quarantine is full: a shorter one is
/// full before memory is first looked at.
const LEVELS: [&str; 3] = ["light", "default", "strong,quarantine=1024"];

/// Seconds of one process.
const ROUND: u64 = 10;

fn seconds() -> u64 {
    let wish = std::env::var("STARMALLOC_SOAK_SECONDS").ok();
    wish.map_or(30, |wish| wish.parse().expect("STARMALLOC_SOAK_SECONDS is a number"))
}

#[test]
fn memory_and_mappings_stay_bounded() {
    let program = Program::of("inject/soak.c").build();
    let seed = RandomState::new().build_hasher().finish() >> 32;
    for round in 0..seconds().div_ceil(ROUND) {
        let seed = seed + round;
        let level = LEVELS[(seed % LEVELS.len() as u64) as usize];
        let child = Child::of(&program)
            .args([ROUND.to_string(), seed.to_string()])
            .env("STARMALLOC_OPTIONS", format!("level={level}"));
        let outcome = child.run_preloaded();
        assert!(outcome.is_success(), "level {level}, seed {seed}: {}", outcome.story());
        println!("level {level}, seed {seed}: {}", outcome.stdout.trim());
    }
}
