//! The 8 bytes at a slot's end: a keyed function of the slot's address, so that no metadata is
//! loaded to check it and one slot's canary tells nothing of another's.

use crate::base::addr::Addr;

/// Bytes of a canary that are not secret, by their order in memory: those to keep, and what to set. The first
/// and the last one are odd, so a stray terminator just past one slot or just before the next is seen; one
/// in the middle is zero, so a string that overran its slot still ends there.
const KEPT: u64 = u64::from_ne_bytes([255, 255, 255, 0, 255, 255, 255, 255]);
const SET: u64 = u64::from_ne_bytes([1, 0, 0, 0, 0, 0, 0, 1]);

/// What canaries are made with. The two masks lie beside the secrets, since as operands in memory they cost no
/// instruction more than a shift would.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    secrets: [u64; 2],
    kept: u64,
    set: u64,
}

impl Keys {
    /// With these secrets, of which the second must be odd.
    pub(crate) const fn new(secrets: [u64; 2]) -> Self {
        Self { secrets, kept: KEPT, set: SET }
    }

    /// The canary of the slot at `slot`: both halves of a product folded together, so that it is not
    /// linear in the keys.
    #[inline(always)]
    pub(crate) const fn canary(&self, slot: Addr) -> u64 {
        let product = (slot.get() as u64 ^ self.secrets[0]) as u128 * self.secrets[1] as u128;
        let folded = product as u64 ^ (product >> 64) as u64;
        folded & self.kept | self.set
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;
    use crate::base::addr::Addr;
    use std::collections::HashSet;

    /// Of these products only one half is not zero.
    #[test]
    fn both_halves_of_the_product_count() {
        let slot = Addr::new(1 << 40);
        let with = |bit: u32| Keys::new([0, 1 << bit]).canary(slot);
        let fixed = Keys::new([0, 0]).canary(slot);
        assert_eq!(fixed.to_ne_bytes(), [1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(with(63), fixed | 1 << (103 - 64));
        assert_eq!(with(10), fixed | 1 << 50);
    }

    #[test]
    fn canaries_differ_by_slot_and_key_and_keep_their_three_fixed_bytes() {
        let mut seen = HashSet::new();
        for secrets in [[3, 0x9e37_79b9_7f4a_7c15], [0x1234_5678_9abc_def0, 0xd1b5_4a32_d192_ed03]]
        {
            for slot in (0x7000_0000_0000..0x7000_0010_0000).step_by(16) {
                let canary = Keys::new(secrets).canary(Addr::new(slot));
                let bytes = canary.to_ne_bytes();
                assert!(bytes[0] != 0 && bytes[3] == 0 && bytes[7] != 0);
                assert!(seen.insert(bytes));
            }
        }
    }
}
