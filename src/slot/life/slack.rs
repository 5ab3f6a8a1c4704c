//! Whether the bytes between a request and its slot's canary are still zero.

use crate::base::addr::Addr;
use crate::region::bytes;

/// Whether the `slack` before the canary at `end` is still zero, of `usable` bytes in all. Of a long one `free` looks at
/// the first bytes, which a linear overflow cannot skip, and at the last; at the rest when the slot is used again.
#[inline(always)]
pub(super) fn slack_is_zero(end: Addr, usable: usize, slack: usize) -> bool {
    if usable > bytes::LOOPLESS {
        // How long the slack is cannot be foreseen: without branches on it, 1,100 to 2,000 bytes at random take 1.06
        // times glibc's time in place of 1.17.
        return bytes::ends_are_zero(end, slack);
    }
    bytes::tail_is_zero(end, usable, slack)
        && (slack <= bytes::TAIL || long_slack_is_zero(end, slack))
}

#[inline(never)]
pub(super) fn long_slack_is_zero(end: Addr, slack: usize) -> bool {
    bytes::first_are_zero(end, slack)
}

#[cfg(test)]
mod tests {
    use super::{long_slack_is_zero, slack_is_zero};
    use crate::base::addr::Addr;
    use crate::geometry::classes::{CANARY_BYTES, MAX_SLACK};
    use crate::region::bytes::tests::with_each_vector;
    use crate::region::bytes::{FIRST, TAIL};

    #[repr(align(16))]
    struct Slot([u8; 512]);

    /// Whether `slack` bytes are taken for zero when all around them is set, and the byte `changed` too.
    fn holds(usable: usize, slack: usize, changed: Option<usize>) -> bool {
        let mut slot = Slot([0xff; 512]);
        slot.0[usable - slack..usable].fill(0);
        if let Some(changed) = changed {
            slot.0[changed] = 0x80;
        }
        let slot = std::hint::black_box(&slot);
        let end = Addr::of(&raw const slot.0).plus(usable);
        let long = slack < 8 || long_slack_is_zero(end, slack);
        let holds = slack_is_zero(end, usable, slack);
        assert!(long || !holds);
        holds
    }

    #[test]
    fn every_byte_of_the_slack_is_seen_and_no_other() {
        with_each_vector(each_byte_is_seen);
    }

    fn each_byte_is_seen() {
        for usable in [8, 24, 40, 248, 504] {
            for slack in 0..=usable.min(256) {
                assert!(holds(usable, slack, None), "{usable} {slack}");
                for changed in usable - slack..usable {
                    assert!(!holds(usable, slack, Some(changed)), "{usable} {slack} {changed}");
                }
            }
        }
    }

    /// Of every slack that a state can record, the first byte past the request is seen, which a linear
    /// overflow cannot leave out, the rest of what is looked at from there, and those next to the canary.
    #[test]
    fn the_ends_of_every_slack_are_seen() {
        with_each_vector(both_ends_are_seen);
    }

    fn both_ends_are_seen() {
        const USABLE: usize = MAX_SLACK + 1 + CANARY_BYTES;
        let mut bytes = vec![0xff_u8; USABLE + 32];
        let skipped = Addr::of(bytes.as_ptr()).get().wrapping_neg() % 16;
        let slot = &mut bytes[skipped..];
        for slack in 1..=MAX_SLACK {
            slot[USABLE - slack] = 0;
            let end = Addr::of(slot.as_ptr()).plus(USABLE);
            assert!(slack_is_zero(end, USABLE, slack), "{slack}");
            for back in [slack, slack - slack.min(FIRST) + 1, slack.min(TAIL), 1] {
                slot[USABLE - back] = 1;
                std::hint::black_box(&mut *slot);
                assert!(!slack_is_zero(end, USABLE, slack), "{back} of {slack}");
                slot[USABLE - back] = 0;
            }
        }
    }
}
