//! Numbers as text, without the formatting machinery of `core::fmt` and its panics.
#![forbid(unsafe_code)]

/// Room for the longest decimal number of 64 bits.
const MOST: usize = 20;

/// A number written out.
pub(crate) struct Digits {
    bytes: [u8; MOST],
    /// Unused bytes at the front.
    unused: usize,
}

impl Digits {
    /// `value` in base ten.
    pub(crate) fn decimal(value: u64) -> Self {
        Self::write(value, 10, 1)
    }

    /// `value` in base sixteen, in lower case, without a prefix and with at least `least` digits
    /// (up to 20).
    pub(crate) fn hex(value: u64, least: usize) -> Self {
        Self::write(value, 16, least)
    }

    /// Out of line: in each caller it was 8 KB of code in all.
    #[inline(never)]
    fn write(mut value: u64, base: u64, least: usize) -> Self {
        let mut digits = Self { bytes: [b'0'; MOST], unused: MOST };
        for (written, byte) in digits.bytes.iter_mut().rev().enumerate() {
            if value == 0 && written >= least {
                break;
            }
            let digit = (value % base) as u8;
            *byte = if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
            value /= base;
            digits.unused = MOST - 1 - written;
        }
        digits
    }

    /// The digits, most significant first.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.unused..).unwrap_or(&[])
    }
}

/// The value of an ASCII digit in `base`, which is at most sixteen.
pub(crate) const fn value_of(digit: u8, base: u64) -> Option<u64> {
    let value = match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => return None,
    } as u64;
    if value < base { Some(value) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_library_does() {
        for value in [0, 1, 9, 10, 15, 16, 255, 1000, 0xdead_beef, u64::MAX / 3, u64::MAX] {
            assert_eq!(Digits::decimal(value).as_bytes(), value.to_string().as_bytes());
            assert_eq!(Digits::hex(value, 1).as_bytes(), format!("{value:x}").as_bytes());
            assert_eq!(Digits::hex(value, 2).as_bytes(), format!("{value:02x}").as_bytes());
            assert_eq!(Digits::hex(value, 16).as_bytes(), format!("{value:016x}").as_bytes());
        }
        assert_eq!(Digits::hex(1, 99).as_bytes().len(), MOST);
    }

    #[test]
    fn digits_outside_the_base_have_no_value() {
        assert_eq!(value_of(b'9', 10), Some(9));
        assert_eq!(value_of(b'a', 10), None);
        assert_eq!(value_of(b'F', 16), Some(15));
        assert_eq!(value_of(b'g', 16), None);
    }
}
