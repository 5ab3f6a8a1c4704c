//! Memory written or read after it was freed.

use crate::misuse::{Misuse, Seen};
use crate::sizes::{self, LARGE, SMALL};

#[track_caller]
fn is_told(seen: &Seen, size: usize, place: usize) {
    let report = seen.stops("write after free to @").names_block_of(size);
    report
        .says("changed", &format!("byte {place} of the block: expected zeros, found 41*"))
        .says("note", "the program wrote to this block after it was freed, or past its end before")
        .says("see", "docs/faults.md#write-after-free");
}

const CANARY: &str = "expected *, found *";

#[test]
fn a_write_at_any_place() {
    for size in SMALL {
        for place in [0, size / 2, size - 1] {
            let seen = Misuse::of("write_after_free.c").with(size).with(place).run();
            is_told(&seen, size, place);
        }
    }
}

/// Behind the former request: the slack, and the canary to the slot's last byte. The canary is
/// also looked at when the next slot is freed, which says no more than that somebody wrote
/// before that one.
#[test]
fn a_write_behind_the_request() {
    for (size, slot) in [(33_usize, 48_usize), (100, 112), (24, 32), (1000, 1024), (4000, 4096)] {
        for place in [size, slot - 9, slot - 8, slot - 1] {
            let seen = Misuse::of("write_after_free.c").with(size).with(place).run();
            if place < slot - 8 {
                is_told(&seen, size, place);
            } else if seen.outcome.stderr.contains(": underflow") {
                seen.stops("underflow, canary overwritten before 0x*").says("canary", CANARY);
            } else {
                let report = seen.stops("write after free to @").names_block_of(size);
                report.says("canary", CANARY);
            }
        }
    }
}

/// No neighbour is freed any more: the next use of the slot itself finds it, all eight bytes of
/// canary included.
#[test]
fn a_write_to_the_end_of_a_slot() {
    for (size, slot) in [(24_usize, 32_usize), (120, 128), (1032, 1040), (4120, 4128)] {
        for place in slot - 8..slot {
            let program = Misuse::of("write_after_free_to_the_end_of_a_slot.c");
            let seen = program.with(size).with(place).run();
            let report = seen.stops("write after free to @").names_block_of(size);
            report.says("canary", CANARY).says("state", "freed, ready for reuse; 0 bytes *");
        }
    }
}

#[test]
fn a_write_by_another_thread() {
    for size in SMALL {
        let seen = Misuse::of("write_after_free_by_another_thread.c").with(size).run();
        is_told(&seen, size, 0);
    }
}

#[test]
fn a_write_to_where_realloc_moved_from() {
    for size in SMALL {
        let seen = Misuse::of("write_after_realloc_moved.c").with(size).run();
        is_told(&seen, size, 0);
    }
}

/// Before pages go back to the system, what is on them is looked at.
#[test]
fn a_write_before_a_trim() {
    for size in [16, 100, 1000, 4000, 20_000] {
        let program = Misuse::of("write_after_free_found_by_a_trim.c").with(size);
        // Nothing goes back before the trim, however slow the machine.
        let seen = program.options("decay_ms=3600000").run();
        is_told(&seen, size, 0);
    }
}

#[test]
fn a_large_block_cannot_be_written() {
    for size in LARGE {
        for place in [0, size / 2, size - 1] {
            Misuse::of("write_after_free.c").with(size).with(place).run().faults();
        }
        Misuse::of("write_after_free_and_reuse_of_a_large_block.c").with(size).run().faults();
    }
}

#[test]
fn a_large_block_cannot_be_read() {
    for size in LARGE {
        Misuse::of("read_after_free.c").with(size).run().faults();
    }
}

#[test]
fn a_small_block_shows_nothing() {
    for size in SMALL {
        let seen = Misuse::of("read_after_free.c").with(size).measure();
        assert_eq!(seen.number("stale"), 0, "{seen}");
    }
}

#[test]
fn nobody_sees_what_was_anothers() {
    for size in sizes::all() {
        let seen = Misuse::of("former_owners_bytes.c").with(size).measure();
        assert_eq!(seen.number("stale"), 0, "{seen}");
    }
}

/// Below a large block there may be pages that a longer one had, behind a guard.
#[test]
fn what_lies_below_a_large_block_is_nobodys() {
    for size in [400_000, 1 << 20, 2_000_000] {
        let seen = Misuse::of("write_far_below_a_large_block.c").with(size).measure();
        assert_eq!((seen.number("below"), seen.number("stale")), (0, 0), "{seen}");
    }
}

/// All of that goes out of reach along with the block.
#[test]
fn nothing_below_a_freed_large_block_can_be_read() {
    for size in [400_000, 1 << 20, 2_000_000] {
        let seen = Misuse::of("pages_below_a_freed_large_block.c").with(size).measure();
        assert_eq!(seen.number("open"), 0, "{seen}");
    }
}

/// Where the memory went back to the system since.
#[test]
fn a_write_after_a_trim() {
    for size in [100, 1000, 4000, 20_000] {
        let seen = Misuse::of("write_after_free_and_a_trim.c").with(size).run();
        assert!(!seen.has("seen"), "{seen}: the next owner gets what another wrote");
        seen.stops("write after free to @");
    }
}
