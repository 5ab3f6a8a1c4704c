//! What the library itself needs: out of reach of whatever runs out of a block, and closed where it
//! never changes.

use crate::misuse::Misuse;

/// On both sides of every block there is something closed before anything else begins.
#[test]
fn no_block_reaches_the_allocators_records() {
    assert!(Misuse::of("records_are_out_of_reach.c").measure().has("closed"));
}

/// Guards of random length before and behind them.
#[test]
fn records_lie_between_guards() {
    let mut lengths = Vec::new();
    for _ in 0..20 {
        let seen = Misuse::of("records_lie_between_guards.c").measure();
        for name in ["before_kib", "behind_kib"] {
            let kib = seen.number(name);
            assert!(kib >= 64, "{seen}: {}", seen.outcome.story());
            lengths.push(kib);
        }
    }
    lengths.sort_unstable();
    lengths.dedup();
    assert!(lengths.len() >= 30, "{lengths:?}");
}

#[test]
fn what_is_decided_at_start_cannot_be_written() {
    let seen = Misuse::of("start_up_state_is_read_only.c").measure();
    assert!(seen.number("read_only") >= 4096, "{seen}: {}", seen.outcome.story());
}

/// Nor made writable again, where the kernel can forbid that.
#[test]
fn what_is_decided_at_start_is_sealed() {
    let seen = Misuse::of("start_up_state_is_read_only.c").measure();
    let is_open = seen.number("kernel_seals") == 1 && seen.number("reopens") == 1;
    assert!(!is_open, "{seen}: {}", seen.outcome.story());
}
