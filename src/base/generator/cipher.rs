//! ChaCha, several blocks at a time.

/// Blocks of 64 bytes which a refill computes side by side, so that vector code does the work.
pub(super) const BLOCKS: usize = 8;

/// The constant words which open every ChaCha state with a key of 256 bits.
const SIGMA: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Four of the cipher's sixteen state words, each with one value for every block.
pub(super) type Row = [[u32; BLOCKS]; 4];

/// The last four state words of the blocks numbered from `first` up, with a common `nonce`.
pub(super) fn last_row(first: u32, [a, b, c]: [u32; 3]) -> Row {
    let counters = core::array::from_fn(|block| first.wrapping_add(block as u32));
    [counters, [a; BLOCKS], [b; BLOCKS], [c; BLOCKS]]
}

/// The cipher's quarter round on all four columns of all blocks.
///
/// Out of line, on whole rows in memory: this is the form of which the compiler makes vector code.
/// Given single columns, or all rounds as one expression, it falls back to scalar rotations.
#[inline(never)]
fn quarter_rounds(a: &mut Row, b: &mut Row, c: &mut Row, d: &mut Row) {
    let rest = b.as_flattened_mut().iter_mut().zip(c.as_flattened_mut()).zip(d.as_flattened_mut());
    for (a, ((b, c), d)) in a.as_flattened_mut().iter_mut().zip(rest) {
        *a = a.wrapping_add(*b);
        *d = (*d ^ *a).rotate_left(16);
        *c = c.wrapping_add(*d);
        *b = (*b ^ *c).rotate_left(12);
        *a = a.wrapping_add(*b);
        *d = (*d ^ *a).rotate_left(8);
        *c = c.wrapping_add(*d);
        *b = (*b ^ *c).rotate_left(7);
    }
}

/// Computes all blocks of a refill.
///
/// The number of rounds is a parameter so that the published vectors for twenty can check the code.
pub(super) fn blocks<const NUMBER_OF_ROUNDS: usize>(key: &[u32; 8], last: Row) -> [Row; 4] {
    let [k0, k1, k2, k3, k4, k5, k6, k7] = *key;
    let spread = |words: [u32; 4]| words.map(|word| [word; BLOCKS]);
    let start = [spread(SIGMA), spread([k0, k1, k2, k3]), spread([k4, k5, k6, k7]), last];
    let mut state = start;
    let [a, b, c, d] = &mut state;
    for _ in 0..NUMBER_OF_ROUNDS / 2 {
        quarter_rounds(a, b, c, d);
        // Turning the rows makes the next quarter rounds work on diagonals.
        b.rotate_left(1);
        c.rotate_left(2);
        d.rotate_left(3);
        quarter_rounds(a, b, c, d);
        b.rotate_left(3);
        c.rotate_left(2);
        d.rotate_left(1);
    }
    let values = state.as_flattened_mut().as_flattened_mut();
    for (value, origin) in values.iter_mut().zip(start.as_flattened().as_flattened()) {
        *value = value.wrapping_add(*origin);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS, Row, blocks, last_row};

    /// One of the blocks, as the sixteen words of the published vectors.
    fn block<const NUMBER_OF_ROUNDS: usize>(key: &[u32; 8], last: Row, index: usize) -> Vec<u32> {
        let output = blocks::<NUMBER_OF_ROUNDS>(key, last);
        output.as_flattened().iter().map(|word| word[index]).collect()
    }

    #[test]
    fn twenty_rounds_match_the_published_block() {
        let key = core::array::from_fn(|i| {
            let byte = 4 * i as u8;
            u32::from_le_bytes([byte, byte + 1, byte + 2, byte + 3])
        });
        let nonce = [0x0900_0000, 0x4a00_0000, 0];
        let expected = [
            0xe4e7_f110,
            0x1559_3bd1,
            0x1fdd_0f50,
            0xc471_20a3,
            0xc7f4_d1c7,
            0x0368_c033,
            0x9aaa_2204,
            0x4e6c_d4c3,
            0x4664_82d2,
            0x09aa_9f07,
            0x05d7_c214,
            0xa202_8bd9,
            0xd19c_12b5,
            0xb94e_16de,
            0xe883_d0cb,
            0x4e3c_50a2,
        ];
        for index in 0..BLOCKS {
            let first = 1_u32.wrapping_sub(index as u32);
            assert_eq!(block::<20>(&key, last_row(first, nonce), index), expected);
        }
    }

    #[test]
    fn eight_rounds_match_the_published_block() {
        let words = block::<8>(&[0; 8], last_row(0, [0; 3]), 0);
        assert_eq!(words[..4], [0x2fef_003e, 0xd640_5f89, 0xe8b8_5b7f, 0xa1a5_091f]);
    }
}
