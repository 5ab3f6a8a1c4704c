//! Memory written where no block ever was.

use crate::misuse::Misuse;

/// In the slot behind a block: in its middle, or within its first kilobyte; and at its end, where its canary will be.
#[test]
fn a_write_where_no_block_was() {
    for (size, slot) in [
        (24_usize, 32_usize),
        (100, 112),
        (500, 512),
        (1000, 1024),
        (2000, 2048),
        (4000, 4096),
        (20_000, 20_480),
    ] {
        for place in [slot.min(1000) / 2, slot - 3] {
            let misuse = Misuse::of("write_to_unused_memory.c").with(size).with(slot + place);
            let is_told = |_| {
                let seen = misuse.run();
                // A guard may stand there, or the end of what is open; and a slot that a guard cuts is never used.
                if seen.outcome.signal == Some(11) || seen.outcome.stdout.contains("survived") {
                    return false;
                }
                let report = seen.stops("write to unused memory at 0x*");
                report.says("see", "docs/faults.md#write-to-unused-memory");
                true
            };
            assert!((0..30).any(is_told), "{size} at {place}");
        }
    }
}

/// The report is not given up for another one.
#[test]
fn a_handler_of_the_abort_may_allocate_among_them() {
    let told = (0..10).filter(|_| {
        let seen = Misuse::of("handler_of_abort_among_unused.c").run_in_full();
        // A guard may stand in the way of the overflow.
        if seen.outcome.signal == Some(11) {
            return false;
        }
        assert!(seen.outcome.stderr.contains("write to unused memory at"), "{seen}");
        assert_eq!((seen.outcome.signal, seen.number("served")), (None, 300), "{seen}");
        true
    });
    assert!(told.count() > 0);
}
