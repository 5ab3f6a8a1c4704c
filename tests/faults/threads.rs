//! Damage done by one thread and found by another that frees the block.

use crate::misuse::{Misuse, is_small};
use crate::sizes::SMALL;

fn of(misuse: &str, size: usize) -> Misuse {
    Misuse::of("misuse_found_by_another_thread.c").with(misuse).with(size)
}

#[test]
fn an_overflow() {
    for size in SMALL {
        of("overflow", size).run().stops("overflow* @").names_block_of(size);
    }
}

#[test]
fn an_underflow() {
    for size in SMALL {
        let seen = of("underflow", size).run();
        seen.stops("underflow, canary overwritten before @").names_block_of(size);
    }
}

#[test]
fn a_wrong_size() {
    for size in SMALL.into_iter().chain([200_001]) {
        let report = of("size", size).run();
        let report = report.stops("size mismatch in free_sized of @");
        let told = format!("the caller states {} bytes, allocated were {size}", size + 1);
        assert!(is_small(size) || report.text("sizes") == told);
        report.says("sizes", &told);
    }
}
