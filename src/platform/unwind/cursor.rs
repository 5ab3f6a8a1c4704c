//! Reading one thing after another from a table.

use super::memory::Memory;

/// A place in a table that goes up to `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    /// The next byte's address.
    pub(super) at: usize,
    /// The address behind the last byte.
    pub(super) end: usize,
}

/// The parts of an encoding of pointers: how long, and what it is counted from.
const FORM: u8 = 0x0f;
const ORIGIN: u8 = 0x70;

/// What a pointer is counted from.
const FROM_ZERO: u8 = 0x00;
const FROM_ITSELF: u8 = 0x10;

impl Cursor {
    /// Moves on over `len` bytes and returns where they start.
    pub(super) fn skip(&mut self, len: usize) -> Option<usize> {
        let (start, next) = (self.at, self.at.checked_add(len)?);
        if next > self.end {
            return None;
        }
        self.at = next;
        Some(start)
    }

    /// Whether all is read.
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    pub(super) fn byte(&mut self, memory: &mut Memory) -> Option<u8> {
        memory.byte(self.skip(1)?)
    }

    pub(super) fn half(&mut self, memory: &mut Memory) -> Option<u16> {
        memory.half(self.skip(2)?)
    }

    pub(super) fn word(&mut self, memory: &mut Memory) -> Option<u32> {
        memory.word(self.skip(4)?)
    }

    pub(super) fn long(&mut self, memory: &mut Memory) -> Option<usize> {
        memory.long(self.skip(8)?)
    }

    /// A number of seven bits a byte, lowest first.
    pub(super) fn unsigned(&mut self, memory: &mut Memory) -> Option<usize> {
        self.seven_bits_a_byte(memory).map(|(value, _, _)| value)
    }

    /// The same, with a sign.
    pub(super) fn signed(&mut self, memory: &mut Memory) -> Option<isize> {
        let (value, shift, last) = self.seven_bits_a_byte(memory)?;
        let is_negative = last & 0x40 != 0 && shift < usize::BITS;
        Some((if is_negative { value | usize::MAX << shift } else { value }) as isize)
    }

    /// The number, how many bits it had, and its last byte.
    fn seven_bits_a_byte(&mut self, memory: &mut Memory) -> Option<(usize, u32, u8)> {
        let (mut value, mut shift) = (0, 0);
        while shift < usize::BITS {
            let byte = self.byte(memory)?;
            value |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some((value, shift, byte));
            }
        }
        None
    }

    /// A number in the form that `encoding` says.
    pub(super) fn formed(&mut self, memory: &mut Memory, encoding: u8) -> Option<usize> {
        match encoding & FORM {
            0x00 | 0x04 | 0x0c => self.long(memory),
            0x01 => self.unsigned(memory),
            0x02 => self.half(memory).map(usize::from),
            0x03 => self.word(memory).map(|word| word as usize),
            0x09 => self.signed(memory).map(|value| value as usize),
            0x0a => self.half(memory).map(|half| half as i16 as usize),
            0x0b => self.word(memory).map(|word| word as i32 as usize),
            _ => None,
        }
    }

    /// A pointer encoded as `encoding` says.
    pub(super) fn pointer(&mut self, memory: &mut Memory, encoding: u8) -> Option<usize> {
        let at = self.at;
        let value = self.formed(memory, encoding)?;
        match encoding & ORIGIN {
            FROM_ZERO => Some(value),
            FROM_ITSELF => Some(value.wrapping_add(at)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(bytes: &[u8]) -> (Cursor, Memory) {
        let at = bytes.as_ptr().expose_provenance();
        (Cursor { at, end: at + bytes.len() }, Memory::new().unwrap())
    }

    #[test]
    fn numbers_of_seven_bits_a_byte() {
        let bytes = [0x02, 0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f, 0x3f];
        let (mut cursor, mut memory) = over(&bytes);
        assert_eq!(cursor.unsigned(&mut memory), Some(2));
        assert_eq!(cursor.unsigned(&mut memory), Some(624_485));
        assert_eq!(cursor.signed(&mut memory), Some(-1));
        assert_eq!(cursor.signed(&mut memory), Some(-128));
        assert_eq!(cursor.signed(&mut memory), Some(63));
        assert!(cursor.is_at_end());
        assert_eq!(cursor.unsigned(&mut memory), None);
    }

    #[test]
    fn a_number_without_end_is_none() {
        let bytes = [0xff; 64];
        let (mut cursor, mut memory) = over(&bytes);
        assert_eq!(cursor.unsigned(&mut memory), None);
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let bytes = [1, 2, 3, 4, 5, 6, 7];
        let (mut cursor, mut memory) = over(&bytes);
        assert_eq!(cursor.long(&mut memory), None);
        assert_eq!(cursor.skip(usize::MAX), None);
        assert_eq!(cursor.word(&mut memory), Some(0x0403_0201));
        assert_eq!(cursor.word(&mut memory), None);
        assert_eq!(cursor.half(&mut memory), Some(0x0605));
    }

    #[test]
    fn a_pointer_may_be_counted_from_itself() {
        let bytes = [0xfe, 0xff, 0xff, 0xff];
        let (mut cursor, mut memory) = over(&bytes);
        let at = cursor.at;
        assert_eq!(cursor.pointer(&mut memory, 0x1b), Some(at - 2));
        let (mut cursor, mut memory) = over(&bytes);
        assert_eq!(cursor.pointer(&mut memory, 0x3b), None);
        assert_eq!(cursor.pointer(&mut memory, 0xff), None);
    }
}
