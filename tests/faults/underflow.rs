//! Bytes before a block.

use crate::misuse::{Misuse, is_small};
use crate::sizes::{LARGE, SMALL};

#[test]
fn into_a_live_neighbour() {
    for size in SMALL {
        for bytes in [1, 8] {
            let seen = Misuse::of("underflow.c").with(size).with(bytes).run();
            let report = seen.stops("underflow, canary overwritten before @").names_block_of(size);
            report
                .says("canary", "expected *, found *42 *")
                .says("note", "the program wrote past the end of the block before, or in *")
                .says("see", "docs/faults.md#underflow");
        }
    }
}

#[test]
fn into_a_freed_neighbour() {
    for size in SMALL {
        for bytes in [1, 7] {
            let program = Misuse::of("underflow_below_a_freed_neighbour.c");
            let seen = program.with(size).with(bytes).run();
            seen.stops("underflow, canary overwritten before @").names_block_of(size);
        }
    }
}

/// Each of the eight bytes.
#[test]
fn by_any_number_of_bytes() {
    for size in [16, 100, 1000] {
        for bytes in 1..=8 {
            let seen = Misuse::of("underflow.c").with(size).with(bytes).run();
            seen.stops("underflow, canary overwritten before @").names_block_of(size);
        }
    }
}

/// What `text[strlen(text) - 1] = 0` does to an empty text.
#[test]
fn by_a_terminator() {
    for size in SMALL {
        let seen = Misuse::of("underflow.c").with(size).with(1).with(0).run();
        seen.stops("underflow, canary overwritten before @").names_block_of(size);
    }
}

/// Whose bytes nobody owns yet: told at this block's free, or when the neighbour comes into use. Or
/// a guard is there, at which the write itself faults.
#[test]
fn into_a_neighbour_that_was_never_used() {
    for size in [16, 100, 1000, 4000, 8000, 12_000, 50_000, 100_000] {
        for bytes in [1, 8, 1, 8, 1, 8] {
            let program = Misuse::of("underflow_below_an_unused_neighbour.c");
            let seen = program.with(size).with(bytes).run();
            if seen.outcome.signal == Some(11) {
                seen.faults();
            } else {
                let written = ["41"; 8][..bytes].join(" ");
                let changed =
                    format!("{bytes} bytes before the block: expected zeros, found {written} *");
                seen.stops("underflow, canary overwritten before @")
                    .names_block_of(size)
                    .says("changed", &changed)
                    .lacks("canary");
            }
        }
    }
}

/// A guard where the block fills its pages, else zeros that free looks at.
#[test]
fn before_a_large_block() {
    for size in LARGE {
        assert!(!is_small(size));
        let seen = Misuse::of("underflow_of_a_large_block.c").with(size).run();
        if size.next_multiple_of(16).is_multiple_of(4096) {
            seen.faults();
        } else {
            let report = seen.stops("underflow, canary overwritten before @").names_block_of(size);
            report
                .says("state", "live; 0 bytes into the block")
                .says("changed", "% bytes before the block: expected zeros, found 41 \"A\"");
        }
    }
}
