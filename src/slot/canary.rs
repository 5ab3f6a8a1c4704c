//! The 8 bytes at a slot's end: a keyed function of the slot's address, so that no metadata is
//! loaded to check it and one slot's canary tells nothing of another's.

use crate::base::addr::Addr;

/// The canary of the slot at `slot`: both halves of a product folded together, so that it is not
/// linear in the keys. In memory its first byte is odd, so a stray terminator just past the slot is
/// seen, and its last byte is zero, so a string that overran its slot still ends there.
#[inline(always)]
pub(crate) const fn value(keys: [u64; 2], slot: Addr) -> u64 {
    let product = (slot.get() as u64 ^ keys[0]) as u128 * keys[1] as u128;
    let folded = product as u64 ^ (product >> 64) as u64;
    ((folded >> 8) | 1).to_le()
}

#[cfg(test)]
mod tests {
    use super::value;
    use crate::base::addr::Addr;
    use std::collections::HashSet;

    /// Of these products only one half is not zero.
    #[test]
    fn both_halves_of_the_product_count() {
        let slot = Addr::new(1 << 40);
        assert_eq!(value([0, 1 << 63], slot), (1_u64 << (103 - 64 - 8) | 1).to_le());
        assert_eq!(value([0, 1 << 10], slot), (1_u64 << (50 - 8) | 1).to_le());
    }

    #[test]
    fn canaries_differ_by_slot_and_key_and_keep_their_two_fixed_bytes() {
        let mut seen = HashSet::new();
        for keys in [[3, 0x9e37_79b9_7f4a_7c15], [0x1234_5678_9abc_def0, 0xd1b5_4a32_d192_ed03]] {
            for slot in (0x7000_0000_0000..0x7000_0010_0000).step_by(16) {
                let bytes = value(keys, Addr::new(slot)).to_le_bytes();
                assert!(bytes[0] != 0 && bytes[7] == 0);
                assert!(seen.insert(bytes));
            }
        }
    }
}
