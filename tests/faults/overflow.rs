//! Bytes past the end of a block, found when a function gets the block.

use crate::misuse::{Misuse, Seen, is_small};
use crate::sizes::{self, FILLING, SMALL};

/// Whether a request leaves nothing but the canary in its slot: the classes' own arithmetic,
/// restated.
fn fills_its_slot(size: usize) -> bool {
    let bytes = size + 8;
    if bytes <= 256 {
        return bytes.is_multiple_of(16) && bytes > 16;
    }
    let power = 1_usize << (bytes - 1).ilog2();
    let edge = power + if power < 4096 { 16 } else { 32 };
    bytes == edge || (bytes > edge && bytes.is_multiple_of(power / 4))
}

/// How one changed byte right behind a request is told: as a changed canary where the request
/// fills its slot, as a changed byte elsewhere.
#[track_caller]
fn one_byte_is_told(seen: &Seen, size: usize) {
    if fills_its_slot(size) && is_small(size) {
        let report = seen.stops("overflow, canary overwritten behind @").names_block_of(size);
        let canary = Canary::of(report.text("canary"));
        assert_eq!(canary.changed(), [0], "{seen}");
        assert_eq!(canary.found[0], canary.expected[0] ^ b'A', "{seen}");
        report.says("note", "the program wrote past the end of this block some time before");
    } else {
        let report = seen.stops("overflow past the requested size of @").names_block_of(size);
        report
            .says("changed", &format!("byte {size} of the block: expected zeros, found 41*"))
            .says("state", "live; 0 bytes into the block")
            .says("see", "docs/faults.md#overflow");
    }
}

/// The eight bytes as they should be and as they are, out of a line of a report.
struct Canary {
    expected: Vec<u8>,
    found: Vec<u8>,
}

impl Canary {
    fn of(text: &str) -> Self {
        let bytes = |text: &str| {
            let pairs = text.split(' ').take(8);
            pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect::<Vec<_>>()
        };
        let rest = text.strip_prefix("expected ").unwrap_or_default();
        let (expected, found) = rest.split_once(", found ").unwrap_or_default();
        let canary = Self { expected: bytes(expected), found: bytes(found) };
        assert_eq!((canary.expected.len(), canary.found.len()), (8, 8), "{text:?}");
        let [first, .., last] = canary.expected[..] else { panic!("{text:?}") };
        assert!(first & last & 1 == 1 && canary.expected[3] == 0, "{text:?}");
        canary
    }

    fn changed(&self) -> Vec<usize> {
        let pairs = self.expected.iter().zip(&self.found).enumerate();
        pairs.filter(|(_, (expected, found))| expected != found).map(|(at, _)| at).collect()
    }
}

#[test]
fn one_byte_past_a_request_found_by_free() {
    for size in SMALL.into_iter().chain(FILLING) {
        let seen = Misuse::of("overflow_by_one_byte.c").with(size).with("free").run();
        one_byte_is_told(&seen, size);
    }
}

/// Every small size there is up to 300, so every slack up to 23.
#[test]
fn one_byte_past_every_small_request() {
    for size in 1..300 {
        let seen = Misuse::of("overflow_by_one_byte.c").with(size).with("free").run();
        one_byte_is_told(&seen, size);
    }
}

#[test]
fn one_byte_past_a_request_found_by_every_function() {
    for size in [24, 100, 4000, 20_000] {
        for (operation, _) in sizes::OPERATIONS {
            let seen = Misuse::of("overflow_by_one_byte.c").with(size).with(operation).run();
            one_byte_is_told(&seen, size);
        }
    }
}

/// In slots that the hot paths serve in line, in others and in those without a magazine, by each function, on
/// the hot paths and off them.
#[test]
fn a_canary_is_looked_at_on_every_path() {
    for options in ["", "type_mismatch_check=on", "level=light"] {
        for size in [24, 1032, 20_472] {
            for (operation, _) in sizes::OPERATIONS {
                let program = Misuse::of("overflow_among_others.c").with(size).with(operation);
                one_byte_is_told(&program.options(options).run(), size);
            }
        }
    }
}

#[test]
fn one_byte_past_a_large_request() {
    for size in sizes::LARGE {
        for operation in ["free", "realloc", "malloc_usable_size"] {
            let seen = Misuse::of("overflow_by_one_byte.c").with(size).with(operation).run();
            // A block stands as close to the guard behind it as its alignment lets it.
            if size.is_multiple_of(16) { seen.faults() } else { one_byte_is_told(&seen, size) }
        }
    }
}

#[test]
fn eight_bytes() {
    for size in SMALL {
        let seen = Misuse::of("overflow_by_eight_bytes.c").with(size).run();
        seen.stops("overflow* @").names_block_of(size);
    }
    for size in sizes::LARGE {
        let seen = Misuse::of("overflow_by_eight_bytes.c").with(size).run();
        let room = size.next_multiple_of(16) - size;
        if room < 8 {
            seen.faults();
        } else {
            one_byte_is_told(&seen, size);
        }
    }
}

/// Where eight bytes fit, the text that overran is shown.
#[test]
fn the_report_shows_what_was_written() {
    let seen = Misuse::of("overflow_by_eight_bytes.c").with(24).run();
    let report = seen.stops("overflow, canary overwritten behind @");
    report.says("canary", "expected *, found 41 41 41 41 41 41 41 41 \"AAAAAAAA\"");
    let seen = Misuse::of("overflow_by_eight_bytes.c").with(100_000).run();
    seen.stops("overflow past the requested size of @").says(
        "changed",
        "byte 100000 of the block: expected zeros, found 41 41 41 41 41 41 41 41 \"AAAAAAAA\"",
    );
}

/// The end of a string, one past a block that fills its slot.
#[test]
fn a_terminator() {
    for size in FILLING {
        let seen = Misuse::of("overflow_by_a_terminator.c").with(size).run();
        let report = seen.stops("overflow, canary overwritten behind @").names_block_of(size);
        let canary = Canary::of(report.text("canary"));
        assert_eq!((canary.changed(), canary.found[0]), (vec![0], 0), "{seen}");
    }
}

/// Inside the slack it changes nothing, harms nobody, and nobody can tell.
#[test]
fn a_terminator_inside_the_slot_is_harmless() {
    for size in [16, 100, 1000, 100_000] {
        Misuse::of("overflow_by_a_terminator.c").with(size).run().goes_unnoticed();
    }
}

#[test]
fn any_of_the_last_eight_bytes_of_a_slot() {
    for size in FILLING {
        for which in 0..8 {
            let program = Misuse::of("overflow_of_one_canary_byte.c");
            let seen = program.with(size).with(which).run();
            let report = seen.stops("overflow, canary overwritten behind @").names_block_of(size);
            assert_eq!(Canary::of(report.text("canary")).changed(), [which], "{seen}");
        }
    }
}

/// A single byte that jumps over what free looks at is found when the slot is used again.
#[test]
fn far_into_the_slack() {
    for (size, distance) in [(100, 3), (1050, 100), (5200, 700), (66_000, 9000), (100_000, 8000)] {
        let program = Misuse::of("overflow_far_into_the_slack.c");
        let seen = program.with(size).with(distance).run();
        let report = seen.stops("* @");
        let at = size + distance;
        report.says("changed", &format!("byte {at} of the block: expected zeros, found 41*"));
    }
}

#[test]
fn into_the_next_block() {
    for size in SMALL {
        let seen = Misuse::of("overflow_into_the_next_block.c").with(size).run();
        // A guard may stand right behind; else the block's own end is found first, or the
        // beginning of the next one, whichever is freed first.
        if seen.outcome.signal == Some(11) {
            seen.faults();
        } else {
            seen.stops("*flow* 0x*");
        }
    }
}

#[test]
fn a_string_without_an_end_stops_in_its_slot() {
    for size in SMALL {
        let seen = Misuse::of("string_ends_in_its_slot.c").with(size).measure();
        let is_ended_by_slack = !fills_its_slot(size);
        assert!(!is_ended_by_slack || seen.number("beyond") == 0, "{seen}");
    }
}

/// Also where the alignment asks for far more than the block is long.
#[test]
fn one_byte_past_an_aligned_block() {
    for align in [32, 4096, 16_384, 32_768, 65_536, 131_072, 1 << 20] {
        for size in [1, 100, 5000, 70_000] {
            let seen = Misuse::of("overflow_of_an_aligned_block.c").with(align).with(size).run();
            if seen.outcome.signal == Some(11) {
                seen.faults();
            } else {
                seen.stops("overflow past the requested size of @");
            }
        }
    }
}

/// Where address space is short, blocks get slots of larger classes.
#[test]
fn one_byte_past_a_block_in_a_larger_class() {
    for size in [1000, 5000, 40_000, 68_147, 90_000] {
        let misuse = Misuse::of("overflow_in_a_larger_class.c").with(size).with((40 << 20) / size);
        let seen = misuse.options("reserve_gib=1").run();
        if seen.outcome.signal == Some(11) {
            seen.faults();
        } else {
            let report = seen.stops("overflow past the requested size of @");
            report.says("block", &format!("*requested {size}"));
        }
    }
}
