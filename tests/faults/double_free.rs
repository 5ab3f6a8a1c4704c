//! A block freed twice.

use crate::misuse::{Misuse, Seen};
use crate::sizes::{self, LARGE, SMALL};

/// Told as a double free of a block for `size` bytes, found in one of `states`.
#[track_caller]
fn is_told(seen: &Seen, size: usize, states: &[&str]) {
    let report = seen.stops("double free of @").names_block_of(size);
    let report = report.was_in_one_of(states);
    report.says("see", "docs/faults.md#double-free").lacks("canary").lacks("changed");
}

const QUARANTINED: &str = "freed, in quarantine";
const FREE: &str = "freed, ready for reuse";

#[test]
fn twice_in_a_row() {
    for size in sizes::all() {
        is_told(&Misuse::of("double_free.c").with(size).run(), size, &[QUARANTINED]);
    }
}

#[test]
fn after_others_were_allocated_and_freed() {
    for size in sizes::all() {
        let seen = Misuse::of("double_free_delayed.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED, FREE]);
    }
}

/// Its range has been given back to the system.
#[test]
fn of_a_large_block_that_is_long_gone() {
    for size in LARGE {
        if size > 4 << 20 {
            continue;
        }
        for how in ["freed", "moved"] {
            let program = Misuse::of("double_free_of_a_large_block_long_gone.c");
            program.with(size).with(how).run().stops("double free of @");
        }
    }
}

/// Where another block lies over its place, that is the one the report can say something of.
#[test]
fn of_a_large_block_whose_place_is_taken() {
    for size in [200 << 10, 300_000, 1 << 20] {
        let program = Misuse::of("double_free_of_a_large_block_whose_place_is_taken.c");
        program.with(size).run().stops("double free of @");
    }
}

#[test]
fn as_long_as_the_address_was_not_handed_out_again() {
    for (size, after) in [(16, 3000), (100, 1000), (1000, 300), (20_000, 40), (100_000, 20)] {
        let seen = Misuse::of("double_free_of_many.c").with(size).with(after).run();
        is_told(&seen, size, &[QUARANTINED, FREE]);
    }
}

#[test]
fn by_another_thread() {
    for size in sizes::all() {
        let seen = Misuse::of("double_free_by_another_thread.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn by_another_thread_twice() {
    for size in sizes::all() {
        let seen = Misuse::of("double_free_twice_by_another_thread.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn by_another_thread_and_then_the_owner() {
    for size in sizes::all() {
        let seen = Misuse::of("double_free_by_another_then_the_owner.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn after_the_owner_has_ended() {
    for size in sizes::all() {
        let program = Misuse::of("double_free_after_the_owner_ended.c").with(size);
        // Its memory does not go back to the system, however slow the machine.
        let seen = program.options("decay_ms=3600000").run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn of_what_an_ended_thread_left() {
    for size in sizes::all() {
        let seen = Misuse::of("double_free_of_what_an_ended_thread_left.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn in_a_forked_child() {
    for size in sizes::all() {
        is_told(&Misuse::of("double_free_in_a_child.c").with(size).run(), size, &[QUARANTINED]);
    }
}

#[test]
fn after_realloc_to_nothing() {
    for size in sizes::all() {
        let seen = Misuse::of("double_free_after_realloc_to_nothing.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn of_what_realloc_moved() {
    for size in SMALL {
        let seen = Misuse::of("double_free_of_what_realloc_moved.c").with(size).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}

#[test]
fn of_aligned_blocks() {
    for alignment in [16, 64, 512, 4096, 65_536, 2 << 20] {
        for size in [24, 500, 100_000, 1 << 20] {
            let program = Misuse::of("double_free_of_an_aligned_block.c");
            let seen = program.with(size).with(alignment).run();
            seen.stops("double free of @").says("state", "freed, in quarantine; 0 bytes*");
        }
    }
}

/// Its memory went back to the system: the record says no more than that the slot is unused.
#[test]
fn after_a_trim() {
    for size in SMALL.into_iter().filter(|size| *size >= 16) {
        let seen = Misuse::of("double_free_after_a_trim.c").with(size).run();
        let report = seen.stops("* free of @*").names_slot_for(size);
        report.was_in_one_of(&["never handed out", FREE]);
    }
}

/// So large that the range goes back to the system at once.
#[test]
fn of_a_very_large_block() {
    for size in [65_usize << 20, 200 << 20] {
        is_told(&Misuse::of("double_free.c").with(size).run(), size, &[QUARANTINED]);
    }
}

#[test]
fn by_delete() {
    for form in ["object", "array"] {
        let seen = Misuse::of("double_delete.cpp").with(form).run();
        seen.stops("double free of @").says("state", "freed, in quarantine; 0 bytes*");
    }
}

#[test]
fn of_large_blocks_with_any_number_of_them_freed_in_between() {
    for size in LARGE {
        let seen = Misuse::of("double_free_of_many.c").with(size).with(20).run();
        is_told(&seen, size, &[QUARANTINED]);
    }
}
